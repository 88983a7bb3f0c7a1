import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Change } from '../../../src/model/commit.ts';
import { changesMax } from '../../../src/services/records/unit-of-work.ts';
import { Bench, isRefusal } from './bench.ts';

const names = (records: readonly { readonly [key: string]: unknown }[]): unknown[] => records.map(({ id }) => id);

/** An id that sorts as its number does. */
const idOf = (prefix: string, number: number): string => prefix + String(number).padStart(15 - prefix.length, '0');

describe('removing what collections hold', () => {
  let bench: Bench;
  before(async () => {
    bench = await Bench.open();
  });
  after(() => bench[Symbol.asyncDispose]());

  /** Adds rows behind the back of the rules, many at once. */
  async function fill(collection: string, count: number, rowOf: (id: string) => object): Promise<void> {
    const { id: collectionId } = await bench.collections.view(collection);
    for (let start = 0; start < count; start += 10_000) {
      const changes = Array.from({ length: Math.min(10_000, count - start) }, (_, index): Change => {
        const id = idOf('r', start + index);
        const row = { id, ...rowOf(id) };
        return { kind: 'insert', table: collection, collectionId: collectionId as string, id, row };
      });
      const outcome = await bench.database.commit({ key: null, bucket: null, expects: [], changes });
      assert.equal(outcome.kind, 'done', JSON.stringify(outcome));
    }
  }

  async function putFile(key: string): Promise<void> {
    await mkdir(bench.opened.engines.tempDir, { recursive: true });
    const source = path.join(bench.opened.engines.tempDir, `${key.replaceAll('/', '-')}`);
    await writeFile(source, 'x');
    await bench.opened.engines.files.put(key, source, { contentType: 'text/plain', originalName: 'x' });
  }

  const filesOf = (id: unknown): Promise<string[]> => bench.opened.engines.files.list(id as string, '', 100);

  describe('delete', () => {
    it('takes the table, the files, and the rows that belong to its records, however many', async () => {
      const { id } = await bench.collections.create({ name: 'people', type: 'auth' });
      const origin = { collectionRef: id as string, recordRef: 'r', created: '', updated: '' };
      await fill('_authOrigins', 2500, (fingerprint) => ({ ...origin, fingerprint }));
      await putFile(`${id}/rec/a.txt`);
      await bench.collections.delete('people');
      await assert.rejects(bench.read('SELECT * FROM "people"'));
      assert.deepEqual(await bench.list('_authOrigins'), []);
      assert.deepEqual(await filesOf(id), []);
      assert.equal((await bench.collections.create({ name: 'people', type: 'auth' }))['id'], id);
    });

    it('is finished when a collection of the same id comes', async () => {
      const row = { collectionRef: 'again_1', recordRef: 'r', fingerprint: 'left', created: '', updated: '' };
      await fill('_authOrigins', 1, () => row);
      await bench.collections.create({ id: 'again_1', name: 'again', type: 'auth' });
      assert.deepEqual(await bench.list('_authOrigins'), []);
    });

    it('is refused while others relate to the collection, and for system collections', async () => {
      const { id } = await bench.collections.create({ name: 'wanted' });
      const relation = (to: unknown): object => ({ name: 'rel', type: 'relation', collectionId: to, maxSelect: 1 });
      await bench.collections.create({ name: 'first', fields: [relation(id) as never] });
      await bench.collections.create({ name: 'second', fields: [relation(id) as never] });
      await assert.rejects(bench.collections.delete('wanted'), isRefusal(400, 'reference in first, second.'));
      await assert.rejects(bench.collections.delete('_mfas'), isRefusal(400, 'Failed to delete collection.'));
      await assert.rejects(bench.collections.delete('nothing'), isRefusal(404));
    });
  });

  describe('truncate', () => {
    it('does as deleting one by one does: cascades, references, files, rows of auth records', async () => {
      const { id } = await bench.collections.create({
        name: 'albums',
        fields: [{ name: 'cover', type: 'file', maxSelect: 1 }],
      });
      await bench.collections.update('albums', {
        fields: [
          { name: 'cover', type: 'file', maxSelect: 1, id: 'f_cover' },
          { name: 'next', type: 'relation', collectionId: id!, maxSelect: 1, required: true, id: 'f_next' },
        ],
      });
      const to = (more: object): never =>
        ({ name: 'album', type: 'relation', collectionId: id, maxSelect: 1, ...more }) as never;
      await bench.collections.create({ name: 'photos', fields: [to({ cascadeDelete: true, required: true })] });
      await bench.collections.create({ name: 'notes', fields: [to({})] });
      await bench.collections.create({ name: 'guests', type: 'auth', fields: [to({ cascadeDelete: true })] });
      const guests = await bench.collections.view('guests');

      await fill('albums', 250, (record) => ({ cover: 'a.txt', next: record }));
      await putFile(`${id}/${idOf('r', 7)}/a.txt`);
      const photo = await bench.create('photos', { album: idOf('r', 1) });
      const note = await bench.create('notes', { album: idOf('r', 249) });
      const guest = { email: 'a@example.com', password: '1234567890', passwordConfirm: '1234567890' };
      const { id: guestId } = await bench.create('guests', { ...guest, album: idOf('r', 3) });
      const owned = { collectionRef: guests['id'] as string, recordRef: guestId as string };
      await bench.create('_authOrigins', { ...owned, fingerprint: 'here' });
      assert.ok(photo['id'] !== note['id']);

      await bench.collections.truncate('albums');
      for (const name of ['albums', 'photos', 'guests', '_authOrigins'])
        assert.deepEqual(await bench.list(name), [], name);
      assert.deepEqual(names(await bench.list('notes')), [note['id']]);
      assert.equal((await bench.list('notes'))[0]!['album'], '');
      assert.deepEqual(await filesOf(id), []);
    });

    it('changes nothing when a required relation keeps a record', async () => {
      const { id } = await bench.collections.create({ name: 'kept' });
      const relation = { name: 'rel', type: 'relation', collectionId: id!, maxSelect: 1, required: true };
      await bench.collections.create({ name: 'keeper', fields: [relation] });
      await fill('kept', 3, () => ({}));
      await bench.create('keeper', { rel: idOf('r', 2) });
      await assert.rejects(bench.collections.truncate('kept'), isRefusal(400, 'Failed to truncate collection'));
      assert.equal((await bench.list('kept')).length, 3);
    });

    it('does not take the last superuser', async () => {
      const superuser = { email: 'a@example.com', password: '1234567890', passwordConfirm: '1234567890' };
      await bench.create('_superusers', superuser);
      await assert.rejects(bench.collections.truncate('_superusers'), isRefusal(400, 'Failed to truncate collection'));
      assert.equal((await bench.list('_superusers')).length, 1);
    });

    it('says when it is more than one commit holds', async () => {
      await bench.collections.create({ name: 'many' });
      await fill('many', changesMax + 1, () => ({}));
      await assert.rejects(bench.collections.truncate('many'), isRefusal(400, 'too large to be truncated'));
      assert.equal((await bench.read('SELECT count(*) FROM "many"'))[0]![0], changesMax + 1);
    });
  });
});
