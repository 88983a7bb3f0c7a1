// Clients that mean harm, or are just broken: what they get, and that others do not notice.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { Route } from '../../src/http/types.ts';
import { openServer, readAll, route, type TestServer, until } from './fixture.ts';

const routes: readonly Route[] = [
  route('GET', '/ok', () => 'ok'),
  route('POST', '/ok', async (request) => (await request.body()).data),
  {
    method: 'GET',
    path: '/endless',
    access: 'public',
    handle: async () => ({
      kind: 'stream',
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: new Readable({
        read() {
          this.push(Buffer.alloc(65_536, 'x'));
        },
      }),
    }),
  },
];

const isAlive = async (server: TestServer): Promise<boolean> => (await server.send({ path: '/ok' })).json === 'ok';

test('requests that two servers might read differently are refused and the connection closed', async () => {
  await using server = await openServer(routes);
  const smuggled = 'GET /ok HTTP/1.1\r\nHost: y\r\n\r\n';
  const post = 'POST /ok HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const inputs: { readonly [name: string]: string } = {
    'length and chunks': `${post}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'chunks and length': `${post}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n${smuggled}`,
    'two lengths': `${post}Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}`,
    'a length with a sign': `${post}Content-Length: +2\r\n\r\n{}`,
    'an unknown coding': `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'chunked before another coding': `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
    'space before the colon': `${post}Content-Length : 2\r\n\r\n{}`,
    'bare line feeds': 'GET /ok HTTP/1.1\nHost: x\n\n',
    'a bare carriage return': 'GET /ok HTTP/1.1\rHost: x\r\n\r\n',
    'a NUL in a header': 'GET /ok HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n',
    'a bad chunk size': `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    'no host': 'GET /ok HTTP/1.1\r\n\r\n',
    'an invented method': 'BREW /ok HTTP/1.1\r\nHost: x\r\n\r\n',
    'no HTTP at all': 'hello\r\n\r\n',
    'TLS on a plain port': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  };
  for (const [name, bytes] of Object.entries(inputs)) {
    const answer = await server.exchange(Buffer.from(bytes, 'latin1'));
    assert.match(answer, /^HTTP\/1\.1 400 /, name);
    assert.equal(answer.split('HTTP/1.1 ').length, 2, `${name}: one response`);
  }
  assert.equal(await isAlive(server), true);
});

test('a folded header does not smuggle a second one', async () => {
  await using server = await openServer(routes);
  const answer = await server.exchange(
    'GET /ok HTTP/1.1\r\nHost: x\r\nA: b\r\n Content-Length: 5\r\nConnection: close\r\n\r\n',
  );
  assert.match(answer, /^HTTP\/1\.1 (400|200) /);
  assert.equal(answer.split('HTTP/1.1 ').length, 2);
});

test('too large and too many headers', async () => {
  await using server = await openServer(routes);
  const large = await server.exchange(`GET /ok HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(17 * 1024)}\r\n\r\n`);
  assert.match(large, /^HTTP\/1\.1 431 [^]*"status":431/);
  const path = await server.exchange(`GET /${'x'.repeat(17 * 1024)} HTTP/1.1\r\nHost: x\r\n\r\n`);
  assert.match(path, /^HTTP\/1\.1 431 /);
  const many = `GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${'a: b\r\n'.repeat(2000)}\r\n`;
  assert.match(await server.exchange(many), /^HTTP\/1\.1 431 /);
  const some = `GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${'a: b\r\n'.repeat(150)}\r\n`;
  assert.match(await server.exchange(some), /^HTTP\/1\.1 200 /);
  const proto = 'GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n__proto__: x\r\nconstructor: y\r\n\r\n';
  assert.match(await server.exchange(proto), /^HTTP\/1\.1 200 /);
});

test('slow headers, slow bodies and silent connections are closed; others do not wait', {
  timeout: 20_000,
}, async () => {
  await using server = await openServer(routes, {
    limits: { headersTimeoutMs: 500, requestTimeoutMs: 1_000, idleTimeoutMs: 1_500 },
  });
  const sockets = await Promise.all(Array.from({ length: 200 }, () => server.connect()));
  const ends = sockets.map((socket) => readAll(socket));
  const drips = setInterval(() => {
    for (const [index, socket] of sockets.entries()) if (index % 2 === 0 && socket.writable) socket.write('A');
  }, 200);
  for (const [index, socket] of sockets.entries()) {
    if (index % 2 === 0) socket.write('GET /ok HTTP/1.1\r\nA');
    else socket.write('POST /ok HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
  }
  for (let round = 0; round < 20; round++) assert.equal(await isAlive(server), true);
  const answers = await Promise.all(ends);
  clearInterval(drips);
  assert.equal(
    answers.every((answer) => answer.startsWith('HTTP/1.1 408 ')),
    true,
  );
  const silent = await server.connect();
  await readAll(silent);
});

test('a client that does not read is cut, others are not', { timeout: 20_000 }, async () => {
  await using server = await openServer(routes, { limits: { idleTimeoutMs: 500 } });
  const socket: Socket = await server.connect();
  socket.pause();
  socket.write('GET /endless HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.equal(await isAlive(server), true);
  assert.equal(server.server.connectionCount, 2);
  await until(() => server.server.connectionCount === 1);
  assert.equal(await isAlive(server), true);
});

test('connections have a bound', async () => {
  await using server = await openServer(routes, { limits: { connectionsMax: 5 } });
  const held = await Promise.all(Array.from({ length: 5 }, () => server.connect()));
  await until(() => server.server.connectionCount === 5);
  const surplus = await server.connect();
  assert.equal(await readAll(surplus), '');
  for (const socket of held) socket.destroy();
  await until(() => server.server.connectionCount === 0);
  assert.equal(await isAlive(server), true);
});

test('deep, wide and colliding JSON neither blocks nor breaks anything', async () => {
  await using server = await openServer(routes);
  const post = async (bytes: string) =>
    server.send({ method: 'POST', path: '/ok', raw: { type: 'application/json', bytes } });
  const flat = `{${Array.from({ length: 1_000_000 }, (_, index) => `"key${index}":${index}`).join(',')}}`;
  const colliding = `{${Array.from({ length: 200_000 }, (_, index) => `"${index}":1`).join(',')}}`;
  const cases: [number, string][] = [
    [400, '['.repeat(100_000)],
    [400, '{"a":'.repeat(100_000)],
    [400, '['.repeat(1_000_000)],
    [413, flat],
    [413, colliding],
    [413, `{"a":[${'[],'.repeat(200_000)}[]]}`],
    [413, `{"a":[${'[1.5,2.5],'.repeat(40_000)}[]]}`],
    [200, `{"a":[${'[1.5,2.5],'.repeat(25_000)}[]]}`],
    [413, `{"a":[${'1,'.repeat(400_000)}1]}`],
    [200, `{"a":[${'1,'.repeat(250_000)}1]}`],
  ];
  for (const [status, text] of cases) assert.equal((await post(text)).status, status, text.slice(0, 20));
  assert.equal(await isAlive(server), true);
});

test('pipelined requests are answered in order, and garbage behind one closes the connection', async () => {
  await using server = await openServer(routes);
  const get = 'GET /ok HTTP/1.1\r\nHost: x\r\n\r\n';
  const answer = await server.exchange(`${get.repeat(3)}GARBAGE\r\n\r\n`);
  const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]);
  assert.deepEqual(statuses.slice(-1), ['400']);
  assert.equal(
    statuses.slice(0, -1).every((status) => status === '200'),
    true,
  );
});

test('a client that leaves in the middle is noticed by the handler', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using server = await openServer([
    route('GET', '/wait', async ({ signal }) => {
      await once(signal, 'abort');
      resolve();
    }),
  ]);
  const socket = await server.connect();
  socket.write('GET /wait HTTP/1.1\r\nHost: x\r\n\r\n');
  await until(() => server.server.connectionCount === 1);
  await new Promise((next) => setTimeout(next, 50));
  socket.destroy();
  await promise;
  await until(() => server.done.length === 1);
});

test('a handler that fails after its response began cuts the connection', async () => {
  await using server = await openServer([
    {
      method: 'GET',
      path: '/half',
      access: 'public',
      handle: async ({ raw }) => {
        raw.writeHead(200, { 'content-length': 100 });
        raw.write('half');
        throw new Error('too late');
      },
    },
    {
      method: 'GET',
      path: '/broken',
      access: 'public',
      handle: async () => ({
        kind: 'stream',
        status: 200,
        headers: { 'content-length': '100' },
        body: Readable.from(
          (function* () {
            yield Buffer.from('half');
            throw new Error('too late');
          })(),
        ),
      }),
    },
  ]);
  for (const path of ['/half', '/broken']) await assert.rejects(server.send({ path }), /aborted|hang up|ECONNRESET/);
});
