// What must hold for the whole process holds however many threads it has: unique values, counters, bounds of work, durability.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { serveWork, RemoteWork } from '../../src/app/threads-work.ts';
import { BoundedHashing } from '../../src/services/auth/passwords.ts';
import { ThumbPool } from '../../src/services/files/thumb-pool.ts';
import { type ServerUnderTest, startServer } from '../../src/testing/start-server.ts';
import { QueueFullError } from '../../src/util/async.ts';
import { Connections, twoThreads } from './connections.ts';

const posts = '/api/collections/posts/records';

describe('two threads: the process as a whole', () => {
  let server: ServerUnderTest;
  let connections: Connections;

  before(async () => {
    server = await startServer(twoThreads);
    connections = new Connections(server, 50);
    await connections.world.signInSuperuser();
    const open = { listRule: '', viewRule: '', createRule: '' };
    await connections.world.createCollection({
      name: 'posts',
      ...open,
      fields: [
        { name: 'title', type: 'text' },
        { name: 'count', type: 'number' },
      ],
      indexes: ["CREATE UNIQUE INDEX `posts_title` ON `posts` (`title`) WHERE `title` != ''"],
      updateRule: '',
    });
  });
  after(async () => {
    await connections?.close();
    await server?.stop();
  });

  it('of many creates of one e-mail at the same time, one succeeds', async () => {
    const password = 'a password of users';
    const json = { email: 'one@example.com', password, passwordConfirm: password };
    const users = '/api/collections/users/records';
    const answers = await connections.sendEverywhere({ method: 'POST', path: users, json, as: 'superuser' });
    assertOneWins(answers, 'email');
  });

  it('of many creates of one unique value at the same time, one succeeds', async () => {
    for (let round = 0; round < 5; round++) {
      const json = { title: `title ${round}` };
      assertOneWins(await connections.sendEverywhere({ method: 'POST', path: posts, json }), 'title');
    }
  });

  it('of many changes computed from the same record, none is lost', async () => {
    const id = 'counter00000000';
    await connections.sendAnywhere({ method: 'POST', path: posts, json: { id, count: 0 } });
    const json = { 'count+': 1 };
    const answers = await connections.sendEverywhere({ method: 'PATCH', path: `${posts}/${id}`, json });
    const done = answers.filter(({ status }) => status === 200).length;
    for (const { status, text } of answers) assert.ok(status === 200 || status === 503, text);
    const { json: record } = await connections.sendAnywhere({ path: `${posts}/${id}` });
    assert.equal((record as { count: number }).count, done);
    assert.ok(done > 1);
  });

  it('rate limits count requests, whichever thread they come to', async () => {
    const rules = [{ label: '/api/health', duration: 600, maxRequests: 30, audience: '' }];
    await connections.world.updateSettings({ rateLimits: { enabled: true, rules } });
    const answers = [
      ...(await connections.sendEverywhere({ path: '/api/health' })),
      ...(await connections.sendEverywhere({ path: '/api/health' })),
    ];
    await connections.world.updateSettings({ rateLimits: { enabled: false, rules } });
    assert.equal(answers.filter(({ status }) => status === 200).length, 30);
    assert.equal(answers.filter(({ status }) => status === 429).length, 70);
  });

  it('a second mail to a record waits, whichever thread is asked for it', async () => {
    const names = ['forgetful', ...Array.from({ length: 8 }, (_, index) => `later${index}`)];
    for (const name of names) {
      const password = 'a password of users';
      const email = `${name}@example.com`;
      await connections.world.createRecord('users', { email, password, passwordConfirm: password });
    }
    const ask = async (name: string): Promise<void> => {
      const json = { email: `${name}@example.com` };
      const request = { method: 'POST', path: '/api/collections/users/request-password-reset', json };
      for (const { status } of await connections.sendEverywhere(request)) assert.equal(status, 204);
    };
    // Mails are written after the answer: those to the others show that the first has had its time.
    for (const name of names) await ask(name);
    let mails: string[] = [];
    const countTo = (name: string): number => mails.filter((mail) => mail.includes(`To: ${name}@example.com`)).length;
    for (let look = 0; !names.every((name) => countTo(name) > 0); look++) {
      assert.ok(look < 1_000, `not all mails were written: ${mails.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
      mails = await readMails(server.dataDir);
    }
    assert.equal(countTo('forgetful'), 1);
  });

  it('what was acknowledged is there after kill -9', async () => {
    const acknowledged: string[] = [];
    const writing = Array.from({ length: 32 }, async (_, client) => {
      for (let number = 0; ; number++) {
        const id = `k${String(client).padStart(4, '0')}n${String(number).padStart(9, '0')}`;
        const answer = await connections.send(client, { method: 'POST', path: posts, json: { id, count: number } });
        if (answer.status === 200) acknowledged.push(id);
      }
    });
    const ends = Promise.allSettled(writing);
    while (acknowledged.length < 500) await new Promise((resolve) => setImmediate(resolve));
    await server.kill();
    await ends;
    await server.restart();
    const found = new Set<string>();
    for (let page = 1; found.size < acknowledged.length; page++) {
      const { json } = await connections.world.send({ path: `${posts}?perPage=1000&page=${page}&sort=id&skipTotal=1` });
      const { items } = json as { items: { id: string }[] };
      if (items.length === 0) break;
      for (const { id } of items) found.add(id);
    }
    assert.deepEqual(
      acknowledged.filter((id) => !found.has(id)),
      [],
    );
  });
});

describe('work that is bounded for the whole process', () => {
  it('is refused to all threads when the queue is full', async () => {
    const workers = { hashing: new BoundedHashing(1, 2), resizer: new ThumbPool({ workersMax: 1, queueMax: 0 }) };
    const channels = [new MessageChannel(), new MessageChannel()];
    const [first, second] = channels.map(({ port1, port2 }) => {
      serveWork(port1, workers);
      return new RemoteWork(port2);
    }) as [RemoteWork, RemoteWork];
    for (const { port2 } of channels) port2.ref();
    const hashes = await Promise.allSettled(
      [first, second, first, second, first].map((work) => work.hash('a password')),
    );
    const done = hashes.filter(({ status }) => status === 'fulfilled') as PromiseFulfilledResult<string>[];
    const refused = hashes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    assert.equal(done.length, 3);
    for (const { reason } of refused) assert.ok(reason instanceof QueueFullError);
    assert.equal(await second.matches(done[0]!.value, 'a password'), true);
    assert.equal(await first.matches(done[0]!.value, 'another one'), false);
    const nowhere = { from: '/nowhere', to: '/nowhere', size: '10x10', format: 'png' } as const;
    assert.equal(await first.resize(nowhere), false);
    workers.resizer.close();
    for (const { port1 } of channels) port1.close();
  });
});

function assertOneWins(answers: readonly { status: number; text: string; json: unknown }[], field: string): void {
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  for (const { status, text, json } of answers) {
    if (status === 200) continue;
    assert.equal(status, 400, text);
    const { data } = json as { data: { [name: string]: { code: string } } };
    assert.equal(data[field]?.code, 'validation_not_unique', text);
  }
}

async function readMails(dataDir: string): Promise<string[]> {
  const folder = path.join(dataDir, 'mail');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.eml'));
  return Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')));
}
