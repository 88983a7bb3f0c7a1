import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openSqlite } from '../../src/engines/database/sqlite/sqlite.ts';
import { HttpClient } from '../../src/testing/http-client.ts';
import { type ServerUnderTest, startServer } from '../../src/testing/start-server.ts';
import { World } from '../../src/testing/world.ts';
import { createRandom } from './random.ts';

/** How often the server is killed. `CRASH_KILLS=50` for the long form. */
const kills = Number(process.env['CRASH_KILLS'] ?? 4);
const seed = Number(process.env['CRASH_SEED'] ?? 1);
const clients = 64;
const path = '/api/collections/things/records';

/** What the clients know: the ids that were acknowledged. */
interface Known {
  readonly acknowledged: Set<string>;
}

/** Creates one record after another until the server is gone. Some ids are brought twice, which must be refused. */
async function runClient(client: HttpClient, prefix: string, known: Known, onFirst: () => void): Promise<void> {
  for (let i = 0; ; i++) {
    const id = `${prefix}${String(i).padStart(9, '0')}`;
    const isRepeated = i % 10 === 9;
    try {
      const answer = await client.send({ method: 'POST', path, json: { id, title: `title of ${id}` } });
      assert.equal(answer.status, 200, answer.text);
      known.acknowledged.add(id);
      onFirst();
      if (!isRepeated) continue;
      const again = await client.send({ method: 'POST', path, json: { id, title: 'again' } });
      assert.equal(again.status, 400, again.text);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      return;
    }
  }
}

async function readAll(world: World): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let page = 1; ; page++) {
    const list = await world.expect({ path: `${path}?perPage=1000&page=${page}&sort=id`, as: 'superuser' });
    const items = list['items'] as { id: string; title: string }[];
    for (const { id, title } of items) {
      assert.ok(!found.has(id), `${id} is there twice`);
      found.set(id, title);
    }
    if (page >= (list['totalPages'] as number)) {
      assert.equal(found.size, list['totalItems']);
      return found;
    }
  }
}

describe('kill -9 of the server under 64 creating clients', () => {
  let server: ServerUnderTest;
  let world: World;
  before(async () => {
    server = await startServer();
    world = new World(server);
    await world.signInSuperuser();
    const fields = [{ name: 'title', type: 'text' }];
    await world.createCollection({ name: 'things', type: 'base', createRule: '', fields });
  });
  after(async () => {
    await world.close();
    await server.stop();
  });

  it(`loses no acknowledged record, has none twice, and the log agrees, ${kills} times`, async (test) => {
    const known: Known = { acknowledged: new Set() };
    const random = createRandom(seed);
    let found = new Map<string, string>();
    for (let round = 0; round < kills; round++) {
      const client = new HttpClient(server.baseUrl);
      const first = Promise.withResolvers<void>();
      const running = Array.from({ length: clients }, (_, i) => {
        const prefix = `${round.toString(36).padStart(3, '0')}${i.toString(36).padStart(3, '0')}`;
        return runClient(client, prefix, known, first.resolve);
      });
      await Promise.race([first.promise, ...running]);
      await new Promise((resolve) => setTimeout(resolve, random() * 500));
      await server.kill();
      await Promise.all(running);
      client.close();
      await server.restart();
      found = await readAll(world);
      for (const id of known.acknowledged) assert.equal(found.get(id), `title of ${id}`, 'acknowledged and lost');
    }
    test.diagnostic(`${known.acknowledged.size} acknowledged, ${found.size} found, seed ${seed}`);
    await server.kill();
    await checkLog(found);
    await server.restart();
  });

  /** What the log says was created is what is there. */
  async function checkLog(found: ReadonlyMap<string, string>): Promise<void> {
    await using driver = await openSqlite(server.dataDir);
    const logged = new Map<string, string>();
    for (let position = ''; ; ) {
      const entries = await driver.readLog(position, 500);
      if (entries.length === 0) break;
      position = entries.at(-1)!.position;
      for (const change of entries.flatMap((entry) => entry.changes)) {
        if (change.table !== 'things') continue;
        assert.ok(change.action === 'create' && !logged.has(change.id), `${change.id} is in the log twice`);
        logged.set(change.id, change.row['title'] as string);
      }
    }
    assert.deepEqual(
      [...logged].toSorted(([a], [b]) => (a < b ? -1 : 1)),
      [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
  }
});
