// The lives of threads: one that dies is started again, and harms nobody; a stop finishes what is under way; a port is not shared.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HttpClient } from '../../src/testing/http-client.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { Connections } from './connections.ts';

const program = fileURLToPath(new URL('../../bin/pando', import.meta.url));
const mortal = new URL('./mortal.mjs', import.meta.url).href;
const posts = '/api/collections/posts/records';

describe('a thread that dies', () => {
  it('is started again; the others serve on, and nothing acknowledged is lost', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'pando-threads-'));
    const die = path.join(folder, 'die');
    const environment = { NODE_OPTIONS: `--import ${mortal}`, PANDO_TEST_DIE: die };
    const server = await startServer({ args: ['--threads', '2'], environment });
    const connections = new Connections(server);
    let isOver = false;
    try {
      const { world } = connections;
      await world.signInSuperuser();
      await world.createCollection({ name: 'posts', listRule: '', viewRule: '', createRule: '' });
      for (let deaths = 1; deaths <= 3; deaths++) {
        const acknowledged: string[] = [];
        isOver = false;
        const writing = Array.from({ length: connections.count }, async (_, client) => {
          while (!isOver) {
            const answer = await connections.send(client, { method: 'POST', path: posts, json: {} }).catch(() => null);
            if (answer?.status === 200) acknowledged.push((answer.json as { id: string }).id);
          }
        });
        await until(() => acknowledged.length > 50);
        await writeFile(die, '');
        await until(() => countIn(server.output(), '"msg":"A thread died and is started again."') === deaths);
        const countThen = acknowledged.length;
        await until(() => acknowledged.length > countThen + 100);
        isOver = true;
        await Promise.all(writing);
        for (const id of acknowledged) {
          const { status } = await connections.sendAnywhere({ path: `${posts}/${id}` });
          assert.equal(status, 200, id);
        }
      }
    } finally {
      isOver = true;
      await connections.close();
      await server.stop();
      await rm(folder, { recursive: true });
    }
    assert.match(server.output(), /"msg":"Stopped\."/);
  });
});

describe('a server with threads', () => {
  let parent: string;
  const children: ChildProcess[] = [];

  before(async () => {
    parent = await mkdtemp(path.join(tmpdir(), 'pando-threads-'));
  });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await rm(parent, { recursive: true, maxRetries: 5 });
  });

  it('prints one address, finishes what is under way on SIGTERM, and ends with 0', async () => {
    const server = await serve('first', '127.0.0.1:0');
    const clients = Array.from({ length: 12 }, () => new HttpClient(`http://${server.address}`));
    for (const client of clients) assert.equal((await client.send({ path: '/api/health' })).status, 200);
    // Bodies that are on their way when the stop begins, for both threads.
    const posted = clients.map((client) => sendSlowly(client.baseUrl));
    await Promise.all(posted.map(({ isBegun }) => isBegun));
    server.child.kill('SIGTERM');
    await until(() => server.output().includes('"msg":"Stopping."'));
    for (const { finish } of posted) finish();
    const statuses = await Promise.all(posted.map(({ status }) => status));
    assert.deepEqual(
      statuses,
      clients.map(() => 400),
    );
    assert.deepEqual(await server.ended, [0, null]);
    assert.equal(countIn(server.output(), 'Pando listens on http://'), 1);
    assert.match(server.output(), /"requests":24,/);
    for (const client of clients) client.close();
  });

  it('ends at once on a second signal', async () => {
    const server = await serve('second', '127.0.0.1:0');
    const slow = sendSlowly(`http://${server.address}`);
    await slow.isBegun;
    server.child.kill('SIGTERM');
    await until(() => server.output().includes('"msg":"Stopping."'));
    server.child.kill('SIGTERM');
    assert.deepEqual(await server.ended, [143, null]);
    await assert.rejects(slow.status);
  });

  it('refuses a port that others have, and lets no others have its own', async () => {
    const first = await serve('third', '127.0.0.1:0');
    for (const threads of ['2', '1']) {
      const other = start('fourth', first.address, threads);
      assert.deepEqual(await other.ended, [1, null]);
      assert.match(other.output(), /is taken \(address already in use\)/);
    }
    first.child.kill('SIGTERM');
    assert.deepEqual(await first.ended, [0, null]);
  });

  async function serve(name: string, address: string): Promise<ReturnType<typeof start> & { address: string }> {
    const started = start(name, address, '2');
    await until(() => /Pando listens on http:\/\/\S+\n/.test(started.output()) || started.child.exitCode !== null);
    const found = /Pando listens on http:\/\/(\S+)/.exec(started.output());
    assert.ok(found !== null, started.output());
    return { ...started, address: found[1]! };
  }

  function start(name: string, address: string, threads: string) {
    const args = ['serve', '--threads', threads, '--http', address, '--dir', path.join(parent, name)];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    return { child, ended, output: () => output };
  }
});

/** A request that the server has begun to answer and waits for the body of, until `finish` is called. */
function sendSlowly(baseUrl: string): { isBegun: Promise<void>; status: Promise<number>; finish: () => void } {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': 2, Expect: '100-continue' };
  const sent = request(`${baseUrl}/api/realtime`, { method: 'POST', agent: false, headers });
  const begun = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<number>();
  sent.on('continue', () => begun.resolve());
  sent.on('response', (response) => {
    response.resume().on('end', () => answered.resolve(response.statusCode ?? 0));
  });
  sent.on('error', (error) => {
    begun.reject(error);
    answered.reject(error);
  });
  answered.promise.catch(() => {});
  sent.flushHeaders();
  return { isBegun: begun.promise, status: answered.promise, finish: () => sent.end('{}') };
}

function countIn(text: string, part: string): number {
  return text.split(part).length - 1;
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`not within 20 s: ${isTrue.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
