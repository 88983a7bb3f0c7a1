// What one thread has acknowledged, no other thread answers less than: records, rules, fields, collections, settings, sign-ins.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type ServerUnderTest, startServer } from '../../src/testing/start-server.ts';
import { Connections, twoThreads } from './connections.ts';

const clients = 12;
const writesEach = 70;
const posts = '/api/collections/posts/records';
const open = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };

describe('two threads: reads are never older than an acknowledged write', () => {
  let server: ServerUnderTest;
  let connections: Connections;

  before(async () => {
    server = await startServer(twoThreads);
    connections = new Connections(server, 24);
    await connections.world.signInSuperuser();
    await connections.world.createCollection({
      name: 'posts',
      ...open,
      fields: [
        { name: 'owner', type: 'text' },
        { name: 'count', type: 'number' },
      ],
    });
  });
  after(async () => {
    await connections?.close();
    await server?.stop();
  });

  it('records, alone and in lists, over other connections than the write', async () => {
    let checked = 0;
    const runClient = async (client: number): Promise<void> => {
      const id = `client${String(client).padStart(9, '0')}`;
      const owner = `owner${client}`;
      const record = `${posts}/${id}`;
      await connections.sendAnywhere({ method: 'POST', path: posts, json: { id, owner, count: 0 } });
      for (let count = 1; count <= writesEach; count++) {
        const written = await connections.sendAnywhere({ method: 'PATCH', path: record, json: { count } });
        assert.equal(written.status, 200, written.text);
        const reads = await Promise.all([
          connections.sendAnywhere({ path: record }),
          connections.sendAnywhere({ path: record }),
          connections.sendAnywhere({ path: `${posts}?filter=(owner='${owner}')` }),
          connections.sendAnywhere({ path: `${posts}?filter=(owner='${owner}')` }),
          connections.sendAnywhere({ path: `${posts}?perPage=100&sort=id` }),
          connections.sendAnywhere({ path: record, as: 'superuser' }),
        ]);
        for (const read of reads) {
          assert.equal(countOf(read.json, id), count, `${read.status} ${read.text}`);
          checked += 1;
        }
      }
    };
    await Promise.all(Array.from({ length: clients }, (_, client) => runClient(client)));
    assert.ok(checked >= 5_000, `only ${checked} reads were checked`);
  });

  it('creates and deletes', async () => {
    for (let round = 0; round < 20; round++) {
      const id = `coming${String(round).padStart(9, '0')}`;
      const record = `${posts}/${id}`;
      await expectEverywhere({ path: record }, 404);
      await connections.sendAnywhere({ method: 'POST', path: posts, json: { id, count: round } });
      await expectEverywhere({ path: record }, 200);
      await connections.sendAnywhere({ method: 'DELETE', path: record });
      await expectEverywhere({ path: record }, 404);
    }
  });

  it('rules', async () => {
    for (const listRule of [null, '', '@request.auth.id != ""', '', null, '']) {
      await change('/api/collections/posts', { listRule });
      await expectEverywhere({ path: posts }, listRule === null ? 403 : 200);
    }
  });

  it('fields and names of collections', async () => {
    const { id } = await connections.world.createCollection({ name: 'things', ...open, fields: [] });
    const fields: object[] = [];
    for (let round = 0; round < 8; round++) {
      fields.push({ name: `field${round}`, type: 'number' });
      const name = `things${round}`;
      await change(`/api/collections/${String(id)}`, { name, fields });
      const path = `/api/collections/${name}/records`;
      const answers = await connections.sendEverywhere({
        method: 'POST',
        path,
        json: { [`field${round}`]: round + 1 },
      });
      for (const { status, text, json } of answers) {
        assert.equal(status, 200, text);
        assert.equal((json as { [field: string]: unknown })[`field${round}`], round + 1);
      }
      await expectEverywhere({ path: `/api/collections/things${round - 1}/records` }, 404);
    }
  });

  it('settings', async () => {
    for (let round = 0; round < 10; round++) {
      const appName = `App ${round}`;
      await change('/api/settings', { meta: { appName }, batch: { enabled: round % 2 === 0 } });
      for (const { json } of await connections.sendEverywhere({ path: '/api/settings', as: 'superuser' })) {
        assert.equal((json as { meta: { appName: string } }).meta.appName, appName);
      }
      const requests = [{ method: 'POST', url: posts, body: {} }];
      await expectEverywhere({ method: 'POST', path: '/api/batch', json: { requests } }, round % 2 === 0 ? 200 : 403);
    }
  });

  it('sign-ins that have ended', async () => {
    const { world } = connections;
    for (let round = 0; round < 4; round++) {
      const name = `user${round}`;
      const { record } = await world.createUser(name, { email: `${name}@example.com` });
      const { id } = record as { id: string };
      const request = { method: 'POST', path: '/api/collections/users/auth-refresh', as: name };
      await expectEverywhere(request, 200);
      await world.updateRecord('users', id, { password: 'another one', passwordConfirm: 'another one' });
      await expectEverywhere(request, 401);
    }
  });

  async function change(path: string, json: object): Promise<void> {
    const answer = await connections.sendAnywhere({ method: 'PATCH', path, json, as: 'superuser' });
    assert.equal(answer.status, 200, answer.text);
  }

  async function expectEverywhere(request: Parameters<Connections['send']>[1], status: number): Promise<void> {
    for (const answer of await connections.sendEverywhere(request)) {
      assert.equal(answer.status, status, `${request.path}: ${answer.text}`);
    }
  }
});

/** The count of a record in an answer that is the record or a list of records. */
function countOf(json: unknown, id: string): unknown {
  const answer = json as { items?: { id: string; count: number }[]; count?: number };
  return answer.items === undefined ? answer.count : answer.items.find((item) => item.id === id)?.count;
}
