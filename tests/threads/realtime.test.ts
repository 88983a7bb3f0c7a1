// Streams on one thread, what they listen to said to another, writes on any: everything arrives once and in order.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SseClient } from '../../src/testing/sse-client.ts';
import { type ServerUnderTest, startServer } from '../../src/testing/start-server.ts';
import { Connections, twoThreads } from './connections.ts';

const streams = 8;
const posts = '/api/collections/posts/records';

interface Message {
  readonly action: string;
  readonly record: { readonly id: string; readonly count: number };
}

describe('two threads: realtime', () => {
  let server: ServerUnderTest;
  let connections: Connections;

  before(async () => {
    server = await startServer(twoThreads);
    connections = new Connections(server);
    await connections.world.signInSuperuser();
    const open = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };
    await connections.world.createCollection({ name: 'posts', ...open, fields: [{ name: 'count', type: 'number' }] });
    await connections.world.createUser('user', { email: 'user@example.com' });
  });
  after(async () => {
    await connections?.close();
    await server?.stop();
  });

  it('writes one after the other reach every stream once, in their order', async () => {
    await using opened = await openStreams(streams);
    const expected = Array.from({ length: 200 }, (_, count) => count);
    for (const count of expected) {
      const answer = await connections.sendAnywhere({ method: 'POST', path: posts, json: { count } });
      assert.equal(answer.status, 200, answer.text);
    }
    for (const messages of await opened.messages(expected.length)) {
      assert.deepEqual(
        messages.map(({ record }) => record.count),
        expected,
      );
    }
  });

  it('writes at the same time reach every stream once, each record in its order and all streams in the same', async () => {
    await using opened = await openStreams(streams);
    const writeRecord = async (client: number): Promise<void> => {
      const id = `record${String(client).padStart(9, '0')}`;
      await connections.sendAnywhere({ method: 'POST', path: posts, json: { id, count: 0 } });
      for (let count = 1; count <= 10; count++) {
        await connections.sendAnywhere({ method: 'PATCH', path: `${posts}/${id}`, json: { count } });
      }
      await connections.sendAnywhere({ method: 'DELETE', path: `${posts}/${id}` });
    };
    await Promise.all(Array.from({ length: 20 }, (_, client) => writeRecord(client)));
    const [first, ...others] = await opened.messages(20 * 12);
    for (const messages of others) assert.deepEqual(messages, first);
    const actions = new Map<string, string[]>();
    for (const { action, record } of first!) {
      actions.set(record.id, [...(actions.get(record.id) ?? []), `${action} ${record.count}`]);
    }
    const updates = Array.from({ length: 10 }, (_, index) => `update ${index + 1}`);
    for (const each of actions.values()) assert.deepEqual(each, ['create 0', ...updates, 'delete 10']);
  });

  it('says the same of streams that others hold as of its own', async () => {
    await using stream = await SseClient.connect(server.baseUrl);
    const subscribe = (clientId: string, as: string) =>
      connections.sendEverywhere({
        method: 'POST',
        path: '/api/realtime',
        json: { clientId, subscriptions: ['posts/*'] },
        as,
      });
    for (const { status } of await subscribe('nobody', 'guest')) assert.equal(status, 404);
    for (const { status } of await subscribe(stream.clientId, 'user')) assert.equal(status, 204);
    for (const { status, text } of await subscribe(stream.clientId, 'superuser')) assert.equal(status, 403, text);
    for (const { status } of await subscribe(stream.clientId, 'user')) assert.equal(status, 204);
  });

  /** Streams that listen to all posts; each is told so over several connections, most of them of other threads than its own. */
  async function openStreams(
    count: number,
  ): Promise<AsyncDisposable & { messages(expected: number): Promise<Message[][]> }> {
    const opened = await Promise.all(Array.from({ length: count }, () => SseClient.connect(server.baseUrl)));
    for (const { clientId } of opened) {
      for (let time = 0; time < 6; time++) {
        const json = { clientId, subscriptions: ['posts/*'] };
        const answer = await connections.sendAnywhere({ method: 'POST', path: '/api/realtime', json });
        assert.equal(answer.status, 204, answer.text);
      }
    }
    return {
      messages: async (expected) => {
        // One more write shows that nothing comes behind or twice.
        const last = await connections.sendAnywhere({ method: 'POST', path: posts, json: { count: -1 } });
        const { id } = last.json as { id: string };
        const isLast = ({ json }: { json: unknown }) => (json as Message | undefined)?.record?.id === id;
        return Promise.all(
          opened.map(async (stream) => {
            await stream.waitFor(isLast);
            const messages = stream.events.filter(({ name }) => name === 'posts/*').map(({ json }) => json as Message);
            assert.equal(messages.length, expected + 1);
            return messages.slice(0, expected);
          }),
        );
      },
      [Symbol.asyncDispose]: async () => {
        await Promise.all(opened.map((stream) => stream.close()));
      },
    };
  }
});
