// Changes of one record at the same moment: each is decided on what the one before it left, none is lost, none counts twice.
import assert from 'node:assert/strict';
import { apiSuite } from '../../src/testing/scenario.ts';
import type { JsonObject, World } from '../../src/testing/world.ts';

const counters = '/api/collections/counters/records';
const at = 64;

async function setUp(world: World): Promise<void> {
  await world.createCollection({
    name: 'counters',
    listRule: '',
    viewRule: '',
    updateRule: 'total < 200',
    fields: [
      { name: 'total', type: 'number' },
      { name: 'names', type: 'select', maxSelect: at, values: Array.from({ length: at }, (_, index) => `n${index}`) },
      { name: 'note', type: 'text' },
    ],
  });
  await world.updateSettings({ batch: { enabled: true } });
}

let made = 0;

async function make(world: World, values: JsonObject = {}): Promise<string> {
  made += 1;
  const id = `counter${String(made).padStart(8, '0')}`;
  await world.createRecord('counters', { id, ...values });
  return `${counters}/${id}`;
}

/** Sends `at` changes at once; gives the statuses and what the answers say. */
async function change(
  world: World,
  path: string,
  json: (index: number) => JsonObject,
): Promise<{ statuses: number[]; answers: JsonObject[] }> {
  const answers = await Promise.all(
    Array.from({ length: at }, (_, index) => world.send({ method: 'PATCH', path, json: json(index) })),
  );
  return {
    statuses: answers.map(({ status }) => status),
    answers: answers.map(({ json: body }) => body as JsonObject),
  };
}

const allDone = Array<number>(at).fill(200);
const oneToAll = Array.from({ length: at }, (_, index) => index + 1);

apiSuite('changes of one record at once', setUp, (suite) => {
  suite.test('sums', async (world) => {
    const path = await make(world);
    const { statuses, answers } = await change(world, path, () => ({ 'total+': 1 }));
    assert.deepEqual(statuses, allDone);
    const totals = answers.map(({ total }) => Number(total)).toSorted((a, b) => a - b);
    assert.deepEqual(totals, oneToAll, 'each answer shows its own change');
    assert.equal((await world.expect({ path }))['total'], at);
  });

  suite.test('sums in both directions', async (world) => {
    const path = await make(world, { total: 100 });
    const { statuses } = await change(world, path, (index) => (index % 2 === 0 ? { 'total+': 3 } : { 'total-': 2 }));
    assert.deepEqual(statuses, allDone);
    assert.equal((await world.expect({ path }))['total'], 100 + at / 2);
  });

  suite.test('lists', async (world) => {
    const path = await make(world);
    const { statuses } = await change(world, path, (index) => ({ 'names+': `n${index}` }));
    assert.deepEqual(statuses, allDone);
    const { names } = await world.expect({ path });
    assert.equal(new Set(names as string[]).size, at);
  });

  suite.test('different fields', async (world) => {
    const path = await make(world);
    const { statuses } = await change(world, path, (index) => (index % 2 === 0 ? { 'total+': 1 } : { note: 'x' }));
    assert.deepEqual(statuses, allDone);
    const { total, note } = await world.expect({ path });
    assert.deepEqual({ total, note }, { total: at / 2, note: 'x' });
  });

  suite.test('the rule is asked of what the change before left', async (world) => {
    const path = await make(world, { total: 199 });
    const { statuses } = await change(world, path, () => ({ 'total+': 1 }));
    assert.deepEqual(statuses.toSorted(), [200, ...Array<number>(at - 1).fill(404)]);
    assert.equal((await world.expect({ path }))['total'], 200);
  });

  suite.test('batches that move something from one to another', async (world) => {
    const [from, to] = [await make(world, { total: 100 }), await make(world)];
    const requests = [
      { method: 'PATCH', url: from, body: { 'total-': 1 } },
      { method: 'PATCH', url: to, body: { 'total+': 1 } },
    ];
    const answers = await Promise.all(
      Array.from({ length: at }, (_, index) =>
        world.send({
          method: 'POST',
          path: '/api/batch',
          // In both orders, so that one waits for the other wherever there are locks.
          json: { requests: index % 2 === 0 ? requests : requests.toReversed() },
        }),
      ),
    );
    assert.deepEqual(new Set(answers.map(({ status, text }) => (status === 200 ? 200 : text))), new Set([200]));
    const [left, moved] = [await world.expect({ path: from }), await world.expect({ path: to })];
    assert.deepEqual([left['total'], moved['total']], [100 - at, at]);
  });
});
