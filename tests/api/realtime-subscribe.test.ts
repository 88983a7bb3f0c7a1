// The realtime connection and its subscriptions. Contract part 2, section 7.
import assert from 'node:assert/strict';
import { exactly } from '../../src/testing/match.ts';
import { apiSuite, type Json, type Scenario } from '../../src/testing/scenario.ts';
import { SseClient } from '../../src/testing/sse-client.ts';
import type { World } from '../../src/testing/world.ts';

async function setUp(world: World): Promise<void> {
  await world.createUser('user1', { id: 'user00000000001' });
  await world.createUser('user2', { id: 'user00000000002' });
  await world.createCollection({ name: 'notes', listRule: '', viewRule: '', fields: [{ name: 'text', type: 'text' }] });
  await connect(world, 'first');
  await connect(world, 'second');
}

/** Opens a connection and keeps its id under a name. */
async function connect(world: World, name: string): Promise<SseClient> {
  const client = await SseClient.connect(world.server.baseUrl);
  world.defer(() => client.close());
  world.values.set(name, client.clientId);
  return client;
}

function subscribes(
  name: string,
  who: string,
  subscriptions: unknown,
  status: number,
  body?: Json,
  more: Partial<Scenario> = {},
): Scenario {
  const json = (world: World): Json => ({ clientId: world.valueOf(who), subscriptions });
  return { name, method: 'POST', path: '/api/realtime', json, status, body, ...more };
}

apiSuite('realtime: subscriptions', setUp, (suite) => {
  suite.test('the connection', async (world) => {
    const client = await connect(world, 'third');
    assert.equal(client.status, 200);
    assert.match(client.headers['content-type'] ?? '', /^text\/event-stream/);
    assert.equal(client.headers['cache-control'], 'no-store');
    assert.equal(client.headers['x-accel-buffering'], 'no');
    assert.match(client.clientId, /^[A-Za-z0-9]{40}$/);
    assert.equal(client.events.length, 1);
    assert.equal(client.events[0]?.data, `{"clientId":"${client.clientId}"}`);
    assert.notEqual(client.clientId, world.valueOf('first'));
  });

  suite.test('a wrong token does not matter to the connection', async (world) => {
    await using client = await SseClient.connect(world.server.baseUrl, { Authorization: 'nonsense' });
    assert.equal(client.status, 200);
  });

  suite.scenarios('errors', [
    {
      name: 'nothing',
      method: 'POST',
      path: '/api/realtime',
      json: {},
      status: 400,
      body: { message: /.+/, data: { clientId: { code: 'validation_required', message: 'Cannot be blank.' } } },
    },
    { name: 'no body', method: 'POST', path: '/api/realtime', status: 400 },
    {
      name: 'an unknown client',
      method: 'POST',
      path: '/api/realtime',
      json: { clientId: 'x'.repeat(40), subscriptions: [] },
      status: 404,
      body: exactly({ data: {}, message: 'Missing or invalid client id.', status: 404 }),
    },
    {
      name: 'a client id of 256',
      method: 'POST',
      path: '/api/realtime',
      json: { clientId: 'x'.repeat(256) },
      status: 400,
      body: { data: { clientId: { code: 'validation_length_out_of_range' } } },
    },
    subscribes(
      '1001 topics',
      'first',
      Array.from({ length: 1001 }, (_, index) => `notes/${index}`),
      400,
      { data: { subscriptions: { code: 'validation_length_too_long', params: { min: 0, max: 1000 } } } },
    ),
    subscribes('a topic of 2501 bytes', 'first', ['notes/*', 'x'.repeat(2501)], 400, {
      data: { subscriptions: { 1: { code: 'validation_length_too_long' } } },
    }),
    subscribes('topics that are no list', 'first', 'notes/*', 400),
    subscribes(
      'broken JSON',
      'first',
      [],
      400,
      { data: exactly({}) },
      { json: undefined, raw: { type: 'application/json', bytes: '{' } },
    ),
    { name: 'DELETE', method: 'DELETE', path: '/api/realtime', status: 404 },
  ]);

  suite.scenarios('subscribe', [
    subscribes('one topic', 'first', ['notes/*'], 204),
    subscribes(
      '1000 topics',
      'first',
      Array.from({ length: 1000 }, (_, index) => `notes/${index}`),
      204,
    ),
    subscribes('a topic of 2500 bytes', 'first', ['x'.repeat(2500)], 204),
    subscribes('none', 'first', [], 204),
    subscribes('no list at all', 'first', undefined, 204),
    subscribes('an unknown collection', 'first', ['nothing/*', 'any text'], 204),
    subscribes('by a form', 'first', [], 204, undefined, {
      json: undefined,
      form: (world) => ({ clientId: world.valueOf('first'), subscriptions: ['notes/*', 'notes/x'] }),
    }),
  ]);

  suite.scenarios('who the client is', [
    subscribes('a guest becomes a user', 'second', ['notes/*'], 204, undefined, { as: 'user1' }),
    subscribes('the same user again', 'second', ['notes/*'], 204, undefined, { as: 'user1' }),
    subscribes(
      'but not another',
      'second',
      ['notes/*'],
      403,
      exactly({ data: {}, message: "The current and the previous request authorization don't match.", status: 403 }),
      { as: 'user2' },
    ),
    subscribes('nor a guest again', 'second', ['notes/*'], 403, {
      message: "The current and the previous request authorization don't match.",
    }),
    subscribes('nor a superuser', 'second', ['notes/*'], 403, {}, { as: 'superuser' }),
    subscribes(
      'invalid data comes first',
      'second',
      Array.from({ length: 1001 }, () => 'x'),
      400,
      { message: /.+/ },
    ),
  ]);

  suite.test('a connection that ended is no longer known', async (world) => {
    const client = await connect(world, 'short');
    const { clientId } = client;
    await client.close();
    // The server may notice a moment later.
    for (let attempt = 0; ; attempt += 1) {
      const answer = await world.send({ method: 'POST', path: '/api/realtime', json: { clientId, subscriptions: [] } });
      if (answer.status === 404) break;
      assert.ok(attempt < 100, `still ${answer.status}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
});
