import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HttpClient } from '../../src/testing/http-client.ts';
import { type ServerUnderTest, startServer } from '../../src/testing/start-server.ts';
import { World } from '../../src/testing/world.ts';
import { Beliefs } from './http-beliefs.ts';
import { createCollections, WritingClient } from './http-clients.ts';
import { Evidence } from './http-evidence.ts';
import { createRandom } from './random.ts';

/** How often the server is killed. */
const kills = Number(process.env['CRASH_KILLS'] ?? 50);
const seed = Number(process.env['CRASH_SEED'] ?? 1);
/** The server is killed up to so long after the first answer of a round. */
const lifeMsMax = Number(process.env['CRASH_LIFE_MS'] ?? 400);
const clientsCount = 64;

/** Lets 64 clients write, kills the server in the middle, and waits for the clients to notice. */
async function runRound(server: ServerUnderTest, clients: readonly WritingClient[], afterMs: number): Promise<void> {
  const http = new HttpClient(server.baseUrl);
  const first = Promise.withResolvers<void>();
  const all = Promise.all(clients.map((client) => client.run(http, first.resolve)));
  await Promise.race([first.promise, all]);
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  await server.kill();
  await all;
  http.close();
}

describe('kill -9 of the server under 64 writing clients', () => {
  it(`keeps what it acknowledged, once, and nothing that it refused, ${kills} times`, async (test) => {
    await using server = await startServer();
    const world = new World(server);
    await world.signInSuperuser();
    const beliefs = new Beliefs();
    await createCollections(world, beliefs);
    const uploads = await world.expect({ path: '/api/collections/uploads', as: 'superuser' });
    const evidence = new Evidence(server.dataDir, String(uploads['id']));
    const random = createRandom(seed);
    const clients = Array.from({ length: clientsCount }, (_, i) => {
      return new WritingClient(beliefs, random, i.toString(36).padStart(4, '0'));
    });
    const restartsMs: number[] = [];
    for (let round = 0; round < kills; round++) {
      await runRound(server, clients, random() * lifeMsMax);
      await evidence.check(beliefs);
      const started = performance.now();
      await server.restart();
      restartsMs.push(performance.now() - started);
    }
    const list = await world.expect({ path: '/api/collections/items/records?perPage=1', as: 'superuser' });
    assert.equal(list['totalItems'], evidence.count('items'));
    await world.close();

    const { acknowledged, refused, unanswered } = beliefs.counts;
    assert.ok(acknowledged > 0 && unanswered > 0, 'the server was never killed under load');
    restartsMs.sort((a, b) => a - b);
    const [median, longest] = [restartsMs[Math.floor(restartsMs.length / 2)]!, restartsMs.at(-1)!];
    test.diagnostic(
      `${acknowledged} acknowledged, ${refused} refused, ${unanswered} without an answer, ${evidence.filesChecked} files, seed ${seed}; ` +
        `restart ${median.toFixed(0)} ms (median), ${longest.toFixed(0)} ms (longest)`,
    );
  });
});
