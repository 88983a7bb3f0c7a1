// Answers that a request tries to make large: paths to expand and fields to pick. Hostile input 20.
import assert from 'node:assert/strict';
import { apiSuite } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const path = '/api/collections/nodes/records';
const first = 'node00000000001';
const second = 'node00000000002';

async function setUp(world: World): Promise<void> {
  const open = { listRule: '', viewRule: '' };
  const { id } = await world.createCollection({ name: 'nodes', ...open, fields: [{ name: 'label', type: 'text' }] });
  const fields = (
    (await world.expect({ path: '/api/collections/nodes', as: 'superuser' }))['fields'] as object[]
  ).concat(
    { name: 'next', type: 'relation', collectionId: id, maxSelect: 1 },
    { name: 'others', type: 'relation', collectionId: id, maxSelect: 50 },
  );
  await world.updateCollection('nodes', { fields });
  await world.createRecord('nodes', { id: first, label: 'a' });
  await world.createRecord('nodes', { id: second, label: 'b', next: first, others: [first] });
  await world.updateRecord('nodes', first, { next: second, others: [first, second] });
}

/** How many `expand` stand within each other. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = 'expand' in value && Object.keys(value.expand as object).length > 0 ? 1 : 0;
  return own + Math.max(0, ...Object.values(value).map(depthOf));
}

async function view(world: World, query: string): Promise<{ status: number; depth: number; bytes: number }> {
  const answer = await world.send({ path: `${path}/${first}?${query}` });
  return { status: answer.status, depth: depthOf(answer.json), bytes: answer.bytes.length };
}

apiSuite('hostile answers', setUp, (suite) => {
  for (const [name, expand] of [
    ['seven steps in a circle', Array(7).fill('next').join('.')],
    ['a hundred steps in a circle', Array(100).fill('next').join('.')],
    ['back and forth', Array(7).fill('nodes_via_next').join('.')],
    ['lists of lists', Array(7).fill('others').join('.')],
  ] as const) {
    suite.test(`20: expand, ${name}`, async (world) => {
      const { status, depth, bytes } = await view(world, `expand=${expand}`);
      assert.deepEqual({ status, depth }, { status: 200, depth: 6 });
      assert.ok(bytes < 100_000, `${bytes} bytes`);
    });
  }

  suite.test('20: expand, every name at every step', async (world) => {
    const steps = ['next', 'others', 'nodes_via_next', 'nodes_via_others'];
    const paths = steps.flatMap((a) => steps.flatMap((b) => steps.map((c) => `${a}.${b}.${c}.${a}.${b}.${c}`)));
    const { status, bytes } = await view(world, `expand=${paths.join(',')}`);
    assert.equal(status, 200);
    assert.ok(bytes < 20_000_000, `${bytes} bytes`);
  });

  suite.test('20: expand, a thousand names', async (world) => {
    const unknown = Array.from({ length: 1000 }, (_, index) => `name${index}`).join(',');
    assert.deepEqual(await view(world, `expand=${unknown}`), await view(world, 'expand='));
    const same = Array(1000).fill('next').join(',');
    assert.deepEqual(await view(world, `expand=${same}`), await view(world, 'expand=next'));
  });

  suite.test('20: fields, thousands of entries', async (world) => {
    for (const entry of ['x', '*', 'id', 'label:excerpt(1)']) {
      const many = Array(Math.floor(15_000 / (entry.length + 1))).fill(entry);
      const answer = await world.send({ path: `${path}?perPage=1000&fields=${many.join(',')}` });
      assert.equal(answer.status, 200, entry);
      assert.ok(answer.bytes.length < 1_000, entry);
    }
    const { status } = await world.send({ path: `${path}?fields=${Array(10_000).fill('x').join(',')}` });
    assert.ok(status === 200 || status === 431, `${status}`);
  });

  suite.test('20: fields, thousands of steps', async (world) => {
    const steps = Array(5_000).fill('a').join('.');
    const answer = await world.send({ path: `${path}?fields=id,${steps}` });
    assert.equal(answer.status, 200);
    assert.ok(answer.text.includes(first));
  });
});
