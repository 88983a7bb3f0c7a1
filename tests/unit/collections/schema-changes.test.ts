import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cache } from '../../../src/engines/cache/cache.ts';
import { MemoryCache } from '../../../src/engines/cache/memory/memory.ts';
import { Catalogue } from '../../../src/services/collections/catalogue.ts';
import { Collections } from '../../../src/services/collections/collections.ts';
import { internalInfo } from '../../../src/services/records/rule-book.ts';
import type { JsonObject } from '../../../src/util/json.ts';
import { Bench, isRefusal } from './bench.ts';

const title = { id: 'f_title', name: 'title', type: 'text' };

/** The body that makes an auth record. */
function person(number: number): JsonObject {
  return { email: `p${number}@example.com`, password: '1234567890', passwordConfirm: '1234567890' };
}

/** The management of another process on the same database: it hears of nothing. */
function createOther({ opened }: Bench): Collections {
  const { engines, services } = opened;
  const cache = new Cache(new MemoryCache({ bytesMax: 1000 }));
  const catalogue = new Catalogue(engines.database, cache);
  return new Collections({ ...services, ...engines, catalogue, onLeftover: () => assert.fail('a file was left over') });
}

describe('changes of collections', () => {
  let bench: Bench;
  before(async () => {
    bench = await Bench.open();
  });
  after(() => bench[Symbol.asyncDispose]());

  it('takes records, indexes and rate limits along when a collection gets another name', async () => {
    await bench.collections.create({
      name: 'posts',
      fields: [title],
      indexes: ['CREATE INDEX idx_t ON posts (title)'],
    });
    const { id } = await bench.create('posts', { title: 'kept' });
    const rule = { audience: '', duration: 1, maxRequests: 1 };
    const labels = ['posts:list', 'posts2:list', '*:create'];
    await bench.opened.services.settings.update({ rateLimits: { rules: labels.map((label) => ({ ...rule, label })) } });
    const renamed = await bench.collections.update('posts', { name: 'articles' });
    assert.deepEqual(renamed['indexes'], ['CREATE INDEX `idx_t` ON `articles` (`title`)']);
    assert.deepEqual(
      (await bench.list('articles')).map((record) => [record['id'], record['title']]),
      [[id, 'kept']],
    );
    const { rateLimits } = await bench.opened.services.settings.read();
    assert.deepEqual(
      rateLimits.rules.map(({ label }) => label),
      ['articles:list', 'posts2:list', '*:create'],
    );
    await assert.rejects(bench.collections.view('posts'), isRefusal(404));
  });

  it('changes nothing when an index cannot be made', async () => {
    const twins = await bench.collections.create({ name: 'twins', fields: [title] });
    await bench.create('twins', { title: 'same' });
    await bench.create('twins', { title: 'same' });
    const change = {
      name: 'moved',
      fields: [title, { name: 'more', type: 'number' }],
      indexes: ['CREATE INDEX idx_ok ON twins (more)', 'CREATE UNIQUE INDEX idx_bad ON twins (title)'],
    };
    await assert.rejects(
      bench.collections.update('twins', change),
      (error: Error & { data?: JsonObject }) =>
        isRefusal(400, 'Failed to update collection.', 'Failed to create index idx_bad')(error) &&
        Object.keys(error.data?.['indexes'] ?? {}).join() === '1',
    );
    assert.deepEqual(await bench.collections.view('twins'), twins);
    assert.equal((await bench.list('twins')).length, 2);
  });

  it('lets changes that come at once follow each other', async () => {
    await bench.collections.create({ name: 'busy', fields: [title] });
    const rules = ['listRule', 'viewRule', 'createRule', 'updateRule', 'deleteRule'];
    await Promise.all(rules.map((rule) => bench.collections.update('busy', { [rule]: '' })));
    const busy = await bench.collections.view('busy');
    assert.deepEqual(
      rules.map((rule) => busy[rule]),
      ['', '', '', '', ''],
    );
  });

  it('lets changes of two processes follow each other', async () => {
    const other = createOther(bench);
    await bench.collections.create({ name: 'shared', fields: [title] });
    const rules = ['listRule', 'viewRule', 'createRule', 'updateRule', 'deleteRule'];
    const both = [bench.collections, other];
    await Promise.all(rules.map((rule, index) => both[index % 2]!.update('shared', { [rule]: '' })));
    const shared = await bench.collections.view('shared');
    assert.deepEqual(
      rules.map((rule) => shared[rule]),
      ['', '', '', '', ''],
    );
    const made = await Promise.allSettled(both.map((each) => each.create({ name: 'once' })));
    assert.deepEqual(made.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    const refused = made.find((each) => each.status === 'rejected');
    assert.ok(isRefusal(400, 'Failed to create collection.')(refused?.reason));
  });

  it('refuses to relate to a collection that is removed at the same time', async () => {
    const other = createOther(bench);
    const { id } = await bench.collections.create({ name: 'target' });
    const relation = { name: 'rel', type: 'relation', collectionId: id!, maxSelect: 1 };
    const both = await Promise.allSettled([
      bench.collections.delete('target'),
      other.create({ name: 'source', fields: [relation] }),
    ]);
    assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  });

  it('loses no write that meets a change of its collection', async () => {
    await bench.collections.create({ name: 'rolling', fields: [title] });
    const { id } = await bench.create('rolling', { title: 'first' });
    const written: string[] = [];
    const work = Array.from({ length: 40 }, async (_, index) => {
      const record = await bench.create('rolling', { title: `t${index}`, [`extra${index % 5}`]: 'x' });
      written.push(record['id'] as string);
      await bench.update('rolling', id as string, { title: `u${index}` });
    });
    for (let index = 0; index < 10; index++) {
      await bench.collections.update('rolling', { fields: [title, { name: `extra${index % 5}`, type: 'text' }] });
    }
    await Promise.all(work);
    const ids = (await bench.list('rolling')).map((record) => record['id'] as string);
    assert.deepEqual(ids, [...written, id as string].toSorted());
  });

  it('puts no value into a column that means something else by now', async () => {
    const kind = { id: 'f_kind', name: 'kind', type: 'select', values: ['a', 'b'], maxSelect: 1 };
    await bench.collections.create({ name: 'widened', type: 'auth', fields: [kind] });
    // The password is hashed between the decision and the commit: time enough for the column to become a list.
    const work = Array.from({ length: 6 }, (_, index) => bench.create('widened', { ...person(index), kind: 'b' }));
    await bench.collections.update('widened', { fields: [{ ...kind, maxSelect: 2 }] });
    await Promise.all(work);
    const columns = await bench.read('SELECT "kind" FROM "widened"');
    assert.deepEqual(
      columns.map(([value]) => value),
      Array<string>(6).fill('["b"]'),
    );
  });

  it('lets nobody write by a rule of before', async () => {
    await bench.collections.create({ name: 'closing', type: 'auth', createRule: '' });
    const guest = { ...internalInfo, viewer: { auth: null, isSuperuser: false } };
    const work = Array.from({ length: 6 }, (_, index) =>
      bench.opened.services.writes.create('closing', guest, async () => ({ data: person(index), files: [] })),
    );
    const settled = Promise.allSettled(work);
    await bench.collections.update('closing', { createRule: null });
    const atClosing = (await bench.read('SELECT count(*) FROM "closing"'))[0]![0];
    const accepted = (await settled).filter(({ status }) => status === 'fulfilled').length;
    assert.equal(accepted, atClosing);
    assert.equal((await bench.list('closing')).length, atClosing);
  });

  it('signs everybody out when the auth rule changes', async () => {
    await bench.collections.create({ name: 'members', type: 'auth' });
    const secretOf = async (): Promise<string> => {
      const schema = await bench.opened.services.catalogue.schema();
      return schema.find('members')!.auth!.authToken.secret;
    };
    const first = await secretOf();
    await bench.collections.update('members', { listRule: '' });
    assert.equal(await secretOf(), first);
    await bench.collections.update('members', { authRule: 'verified = true' });
    assert.notEqual(await secretOf(), first);
  });

  it('does not make what it does not have', async () => {
    const view = { name: 'seen', type: 'view', viewQuery: 'select id from users' };
    await assert.rejects(bench.collections.create(view), isRefusal(400, 'validation_not_available'));
    await assert.rejects(
      bench.collections.create({ name: 'sqlite_x' }),
      isRefusal(400, 'Failed to create collection. Raw error: '),
    );
    await assert.rejects(
      bench.collections.create({ name: '_LOG' }),
      isRefusal(400, 'validation_collection_name_invalid'),
    );
  });
});
