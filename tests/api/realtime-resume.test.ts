// Streams that go on where they broke off: positions in event ids, and what a client is given that comes back with one.
import assert from 'node:assert/strict';
import { apiSuite } from '../../src/testing/scenario.ts';
import { SseClient, type SseEvent } from '../../src/testing/sse-client.ts';
import type { World } from '../../src/testing/world.ts';

const positions = '?positions=1';
const all = 'notes/*';
const notes = '/api/collections/notes/records';

async function setUp(world: World): Promise<void> {
  const everyone = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };
  const fields = [{ name: 'text', type: 'text' }];
  await world.createUser('user1', { id: 'user00000000001' });
  await world.createUser('user2', { id: 'user00000000002' });
  await world.createCollection({ name: 'notes', ...everyone, fields });
  await world.createCollection({ name: 'sentinels', listRule: '' });
  await world.createCollection({
    name: 'owned',
    listRule: 'owner = @request.auth.id',
    fields: [...fields, { name: 'owner', type: 'text' }],
  });
  await world.updateSettings({ batch: { enabled: true } });
}

async function open(world: World, lastEventId = ''): Promise<SseClient> {
  const headers: Record<string, string> = lastEventId === '' ? {} : { 'Last-Event-ID': lastEventId };
  return SseClient.connect(world.server.baseUrl, headers, positions);
}

async function subscribe(world: World, client: SseClient, topics: readonly string[], as = 'guest'): Promise<void> {
  const json = { clientId: client.clientId, subscriptions: [...topics, 'sentinels/*'] };
  await world.expect({ method: 'POST', path: '/api/realtime', as, json });
}

/** Opens a stream that goes on after `lastEventId`, listening to the same. */
async function resume(
  world: World,
  lastEventId: string,
  topics: readonly string[] = [all],
  as = 'guest',
): Promise<SseClient> {
  const client = await open(world, lastEventId);
  await subscribe(world, client, topics, as);
  return client;
}

function isMessage(event: SseEvent): boolean {
  return !event.name.startsWith('PB_') && event.name !== 'sentinels/*';
}

/** `create a` for each message so far, sure that nothing caused before is still on its way. */
async function hear(world: World, client: SseClient): Promise<string[]> {
  const { id } = await world.createRecord('sentinels', {});
  await client.waitFor((event) => event.name === 'sentinels/*' && event.data.includes(String(id)));
  return client.events.filter(isMessage).map(describe);
}

function describe(event: SseEvent): string {
  const { action, record } = event.json as { action: string; record: { text: string } };
  return `${action} ${record.text}`;
}

function lastId(client: SseClient): string {
  return client.events.findLast((event) => event.id !== '')!.id;
}

async function make(world: World, text: string): Promise<string> {
  return String((await world.createRecord('notes', { text }))['id']);
}

apiSuite('realtime: going on', setUp, (suite) => {
  suite.test('ids carry positions only for those who ask', async (world) => {
    await using plain = await SseClient.connect(world.server.baseUrl);
    await using client = await open(world);
    await subscribe(world, plain, [all]);
    await subscribe(world, client, [all]);
    await make(world, 'a');
    assert.deepEqual(await hear(world, plain), ['create a']);
    assert.deepEqual(await hear(world, client), ['create a']);
    assert.ok(plain.events.every((event) => event.id === plain.clientId));
    assert.deepEqual(
      client.events.slice(0, 3).map((event) => event.name),
      ['PB_CONNECT', 'PB_POSITION', 'PB_POSITION'],
    );
    const [connect, ...others] = client.events;
    assert.equal(connect!.id, (connect!.json as { clientId: string }).clientId);
    for (const { id } of others) assert.ok(id.startsWith(`${client.clientId}:`) && id.length > 41, id);
  });

  suite.test('what was missed comes in order, once, and then what is new', async (world) => {
    const first = await open(world);
    await subscribe(world, first, [all]);
    const id = await make(world, 'before');
    assert.deepEqual(await hear(world, first), ['create before']);
    await first.close();
    await world.updateRecord('notes', id, { text: 'changed' });
    await make(world, 'other');
    await world.expect({ method: 'DELETE', path: `${notes}/${id}`, as: 'superuser' });
    await using second = await resume(world, lastId(first));
    await make(world, 'new');
    assert.deepEqual(await hear(world, second), ['update changed', 'create other', 'delete changed', 'create new']);
  });

  suite.test('a client that has missed nothing is given nothing', async (world) => {
    const first = await open(world);
    await subscribe(world, first, [all]);
    await make(world, 'one');
    await hear(world, first);
    await first.close();
    await using second = await resume(world, lastId(first));
    assert.deepEqual(await hear(world, second), []);
    await second.close();
    // The stream was never used: its place is still the one it was opened with.
    await make(world, 'two');
    const unused = await open(world, lastId(second));
    await unused.close();
    await using third = await resume(world, lastId(unused));
    assert.deepEqual(await hear(world, third), ['create two']);
  });

  suite.test('by a parameter, for clients that cannot set headers', async (world) => {
    const first = await open(world);
    await subscribe(world, first, [all]);
    await hear(world, first);
    await first.close();
    await make(world, 'missed');
    const search = `${positions}&lastEventId=${encodeURIComponent(lastId(first))}`;
    await using second = await SseClient.connect(world.server.baseUrl, {}, search);
    await subscribe(world, second, [all]);
    assert.deepEqual(await hear(world, second), ['create missed']);
  });

  suite.test('a stream that broke off within a commit goes on within it', async (world) => {
    const ids = ['batch0000000001', 'batch0000000002', 'batch0000000003'];
    const topics = [all, ...ids.map((id) => `notes/${id}`)];
    await using whole = await open(world);
    await subscribe(world, whole, topics);
    const requests = ids.map((id) => ({ method: 'POST', url: notes, body: { id, text: id.slice(-1) } }));
    await world.expect({ method: 'POST', path: '/api/batch', json: { requests } });
    await hear(world, whole);
    const messages = whole.events.filter(isMessage);
    assert.equal(messages.length, 6);
    for (const [index, broken] of messages.entries()) {
      await using rest = await resume(world, broken.id, topics);
      await hear(world, rest);
      const shown = (events: readonly SseEvent[]): string[] => events.map((event) => `${event.name} ${event.data}`);
      assert.deepEqual(shown(rest.events.filter(isMessage)), shown(messages.slice(index + 1)));
    }
  });

  suite.test('rules and identities are those of the one who comes back', async (world) => {
    const first = await open(world);
    await subscribe(world, first, ['owned/*'], 'user1');
    await hear(world, first);
    await first.close();
    await world.createRecord('owned', { text: 'mine', owner: 'user00000000001' });
    await world.createRecord('owned', { text: 'theirs', owner: 'user00000000002' });
    const heard: Record<string, string[]> = {};
    for (const as of ['user1', 'user2', 'guest']) {
      await using client = await resume(world, lastId(first), ['owned/*'], as);
      heard[as] = await hear(world, client);
    }
    assert.deepEqual(heard, { user1: ['create mine'], user2: ['create theirs'], guest: [] });
  });

  suite.test('topics that are added later are not gone back for', async (world) => {
    const first = await open(world);
    await subscribe(world, first, [all]);
    await hear(world, first);
    await first.close();
    await make(world, 'missed');
    await world.createRecord('owned', { text: 'mine', owner: 'user00000000001' });
    await using second = await resume(world, lastId(first), [all], 'user1');
    assert.deepEqual(await hear(world, second), ['create missed']);
    await subscribe(world, second, [all, 'owned/*'], 'user1');
    assert.deepEqual(await hear(world, second), ['create missed']);
  });

  suite.test('a place of another log is said to be none', async (world) => {
    const first = await open(world);
    await subscribe(world, first, [all]);
    await hear(world, first);
    await first.close();
    const ahead = `${first.clientId}:${'9'.repeat(16)}`;
    await using second = await resume(world, ahead);
    await second.waitFor((event) => event.name === 'PB_RESUME_FAILED');
    await make(world, 'new');
    assert.deepEqual(await hear(world, second), ['create new']);
    await second.close();
    await make(world, 'missed');
    await using third = await resume(world, lastId(second));
    assert.deepEqual(await hear(world, third), ['create missed']);
  });

  suite.test('an id that is none begins anew', async (world) => {
    for (const wrong of [
      'x',
      ':',
      'a'.repeat(40),
      `${'a'.repeat(40)}:%`,
      `${'a'.repeat(40)}:1.x.y`,
      'z'.repeat(5000),
    ]) {
      await using client = await resume(world, wrong);
      await make(world, 'new');
      assert.deepEqual(await hear(world, client), ['create new'], wrong);
    }
  });

  suite.test('over a crash of the server', async (world) => {
    const first = await open(world);
    await subscribe(world, first, [all]);
    await make(world, 'heard');
    await hear(world, first);
    await first.close();
    await make(world, 'missed');
    await world.server.kill();
    await world.server.restart();
    await make(world, 'later');
    await using second = await resume(world, lastId(first));
    assert.deepEqual(await hear(world, second), ['create missed', 'create later']);
  });

  suite.test('a client that comes and goes hears what one that stays hears', async (world) => {
    const count = 400;
    await using steady = await open(world);
    await subscribe(world, steady, [all]);
    const heard: SseEvent[] = [];
    let isWriting = true;
    const writing = (async () => {
      const write = async (writer: number): Promise<void> => {
        for (let index = 0; index < count / 8; index += 1) await make(world, `${writer} ${index}`);
      };
      await Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)));
      isWriting = false;
    })();
    let place = lastId(steady);
    let rounds = 0;
    while (isWriting) {
      rounds += 1;
      const client = await resume(world, place);
      await new Promise((resolve) => setTimeout(resolve, rounds % 30));
      await client.close();
      place = lastId(client);
      heard.push(...client.events.filter(isMessage));
    }
    await writing;
    await hear(world, steady);
    await using last = await resume(world, place);
    await hear(world, last);
    heard.push(...last.events.filter(isMessage));
    assert.ok(rounds > 3, `${rounds} rounds`);
    const expected = steady.events.filter(isMessage);
    assert.equal(expected.length, count);
    assert.deepEqual(heard.map(describe), expected.map(describe));
  });
});
