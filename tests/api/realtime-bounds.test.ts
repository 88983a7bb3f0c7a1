// What clients listen to is kept in memory: in all, and for one address, there is an end to it.
import assert from 'node:assert/strict';
import { apiSuite } from '../../src/testing/scenario.ts';
import { SseClient } from '../../src/testing/sse-client.ts';
import type { World } from '../../src/testing/world.ts';

/** A thousand topics of the greatest length. */
const topics = Array.from({ length: 1000 }, (_, index) => `t/${index}?options=`.padEnd(2500, 'x'));
const clientsMax = 20;

async function subscribe(world: World, { clientId }: SseClient, subscriptions: readonly string[]): Promise<number> {
  const json = { clientId, subscriptions };
  return (await world.send({ method: 'POST', path: '/api/realtime', json })).status;
}

apiSuite(
  'realtime: bounds',
  async () => {},
  (suite) => {
    suite.test('the topics of one address', async (world) => {
      const clients: SseClient[] = [];
      try {
        let status = 204;
        while (status === 204 && clients.length < clientsMax) {
          clients.push(await SseClient.connect(world.server.baseUrl));
          status = await subscribe(world, clients.at(-1)!, topics);
        }
        assert.equal(status, 503);
        const last = clients.at(-1)!;
        assert.equal(await subscribe(world, last, ['posts/*']), 204, 'there is room for a little');
        assert.equal(await subscribe(world, clients[0]!, []), 204);
        assert.equal(await subscribe(world, last, topics), 204, 'what somebody gave up is free again');
      } finally {
        for (const client of clients) await client[Symbol.asyncDispose]();
      }
    });
  },
);
