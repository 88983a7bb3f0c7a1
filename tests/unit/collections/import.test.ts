import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../../src/util/json.ts';
import { Bench, isRefusal } from './bench.ts';

const failure = 'validation_collections_import_failure';

async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  await using bench = await Bench.open();
  await work(bench);
}

async function exported(bench: Bench): Promise<JsonObject[]> {
  const { all } = await bench.opened.services.catalogue.schema();
  return Promise.all(all.map(({ id }) => bench.collections.view(id)));
}

describe('import of collections', () => {
  it('takes what was exported back, on an empty server too', () =>
    withBench(async (first) => {
      const { id } = await first.collections.create({ name: 'authors', fields: [{ name: 'name', type: 'text' }] });
      const relation = { name: 'author', type: 'relation', collectionId: id!, maxSelect: 3 };
      await first.collections.create({ name: 'books', listRule: "author.name != ''", fields: [relation] });
      await first.collections.delete('users');
      const collections = await exported(first);
      const shape = (list: readonly JsonObject[]): JsonObject[] =>
        list
          .map((collection): JsonObject => ({ ...collection, created: '', updated: '' }))
          .toSorted((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));

      await withBench(async (second) => {
        // Both orders, so that in one of them a reference points forward.
        await second.collections.import({ collections: collections.toReversed(), deleteMissing: true });
        assert.deepEqual(shape(await exported(second)), shape(collections));
        await second.collections.import({ collections, deleteMissing: true });
        assert.deepEqual(shape(await exported(second)), shape(collections));
      });
    }));

  it('moves names, index names and rate limits from one collection to another', () =>
    withBench(async (bench) => {
      const fields = [{ id: 'f_t', name: 't', type: 'text' }];
      await bench.collections.create({ id: 'one', name: 'one_name', fields, indexes: ['CREATE INDEX idx_a ON x (t)'] });
      await bench.collections.create({ id: 'two', name: 'two_name', fields });
      await bench.create('one_name', { t: 'of one' });
      await bench.collections.update('users', { authRule: '' });
      const rules = ['one_name:list', 'two_name:list'].map((label) => ({ label, duration: 1, maxRequests: 1 }));
      await bench.opened.services.settings.update({ rateLimits: { rules } });
      await bench.collections.import({
        collections: [
          { id: 'two', name: 'second', indexes: ['CREATE INDEX idx_a ON x (t)'] },
          { id: 'one', name: 'first', indexes: [] },
        ],
      });
      assert.deepEqual((await bench.collections.view('two'))['indexes'], ['CREATE INDEX `idx_a` ON `second` (`t`)']);
      assert.equal((await bench.list('first'))[0]!['t'], 'of one');
      const { rateLimits } = await bench.opened.services.settings.read();
      assert.deepEqual(
        rateLimits.rules.map(({ label }) => label),
        ['first:list', 'second:list'],
      );
    }));

  it('gives the name of a collection that goes to one that comes', () =>
    withBench(async (bench) => {
      const { id } = await bench.collections.create({ name: 'posts', indexes: ['CREATE INDEX idx_p ON x (id)'] });
      const collections = [{ id: 'new_posts', name: 'posts', indexes: ['CREATE INDEX idx_p ON posts (id)'] }];
      await bench.collections.import({ collections, deleteMissing: true });
      assert.equal((await bench.collections.view('posts'))['id'], 'new_posts');
      await assert.rejects(bench.collections.view(id as string), isRefusal(404));
      await assert.rejects(bench.collections.view('users'), isRefusal(404));
      assert.equal((await bench.collections.view('_superusers'))['system'], true);
    }));

  it('is all or nothing, and names what is wrong', () =>
    withBench(async (bench) => {
      const before = await exported(bench);
      const good = { name: 'good' };
      const refuses = (second: JsonObject, ...texts: string[]): Promise<void> =>
        assert.rejects(
          bench.collections.import({ collections: [good, second], deleteMissing: true }),
          isRefusal(400, 'Failed to import collections.', failure, ...texts),
        );
      await refuses({ name: 'bad', listRule: 'nothing = 1' }, 'Data validations failed for collection "bad" (pbc_');
      await refuses({ name: 'GOOD' }, 'must be unique');
      await refuses({ name: 'bad', type: 'view', viewQuery: 'select 1 as id' }, 'not available');
      await refuses({ name: 'bad', fields: [{ name: 'x', type: 'nothing' }] }, 'Raw error');
      const relation = { name: 'x', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 };
      await refuses({ name: 'bad', fields: [relation] }, "doesn't exist");
      assert.deepEqual(await exported(bench), before);
    }));

  it('needs a list of collections', () =>
    withBench(async (bench) => {
      const empty: JsonObject[] = [{}, { collections: [] }, { collections: null }];
      for (const body of empty) {
        await assert.rejects(bench.collections.import(body), isRefusal(400, 'validation_required'));
      }
      const unreadable: JsonObject[] = [
        { collections: 'x' },
        { collections: [1] },
        { collections: [{}], deleteMissing: 'x' },
      ];
      for (const body of unreadable) {
        await assert.rejects(bench.collections.import(body), isRefusal(400, 'An error occurred while loading'));
      }
    }));
});
