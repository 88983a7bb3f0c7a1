import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { formatEvent, frame, type SseConnection, type SseEnd, SseGroup } from '../../src/http/sse.ts';
import { openServer, readAll, route, type TestServer, until } from './fixture.ts';

const limits = { messagesMax: 256, bytesMax: 1024 * 1024, idleMs: 300_000, lifetimeMs: 1_800_000 };

interface Streams extends AsyncDisposable {
  readonly server: TestServer;
  readonly group: SseGroup;
  readonly connections: SseConnection[];
  readonly ends: SseEnd[];
  /** Moves the group's time. */
  wait(ms: number): void;
  open(): Promise<Socket>;
}

async function openStreams(changes: Partial<typeof limits> = {}): Promise<Streams> {
  let now = 0;
  const connections: SseConnection[] = [];
  const ends: SseEnd[] = [];
  const group = new SseGroup({
    limits: { ...limits, ...changes },
    now: () => now,
    onEnd: (_, end) => void ends.push(end),
  });
  const server = await openServer([
    route('GET', '/ok', () => 'ok'),
    {
      method: 'GET',
      path: '/events',
      access: 'public',
      handle: async () => ({ kind: 'events', group, accept: (connection) => void connections.push(connection) }),
    },
  ]);
  return {
    server,
    group,
    connections,
    ends,
    wait: (ms) => void (now += ms),
    open: async () => {
      const socket = await server.connect();
      const count = connections.length;
      socket.write('GET /events HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n\r\n');
      await until(() => connections.length > count);
      return socket;
    },
    [Symbol.asyncDispose]: async () => {
      group.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

test('formatEvent keeps names and data within their lines', () => {
  assert.equal(formatEvent({ id: '1', event: 'e', data: '{}' }), 'id:1\nevent:e\ndata:{}\n\n');
  assert.equal(
    formatEvent({ id: '1', event: 'a\nid:2', data: 'x\r\ny\nz' }),
    'id:1\nevent:a id:2\ndata:x\ndata:y\ndata:z\n\n',
  );
  assert.equal(frame('ü').toString('latin1'), '2\r\n\xc3\xbc\r\n');
});

test('an event stream: headers, events, an orderly end', async () => {
  await using streams = await openStreams();
  const socket = await streams.open();
  const all = readAll(socket);
  const [connection] = streams.connections;
  connection!.send(frame(formatEvent({ id: 'c', event: 'hello', data: '1' })));
  connection!.send(frame('data:shared\n\n'), frame('id:own\n'));
  connection!.send(frame(`data:${'x'.repeat(5000)}\n\n`), frame('id:own\n'));
  connection!.finish('idle');
  assert.equal(connection!.send(frame('data:late\n\n')), false);
  const text = await all;
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(text, /content-type: text\/event-stream\r\n/);
  assert.match(text, /cache-control: no-store\r\n/);
  assert.match(text, /x-accel-buffering: no\r\n/);
  assert.match(text, /access-control-allow-origin: \*\r\n/);
  assert.match(
    text,
    /\r\n\r\n19\r\nid:c\nevent:hello\ndata:1\n\n\r\n7\r\nid:own\n\r\nd\r\ndata:shared\n\n\r\n7\r\nid:own\n/,
  );
  assert.equal(text.endsWith('x\n\n\r\n0\r\n\r\n'), true);
  assert.doesNotMatch(text, /late/);
});

test('a broadcast reaches everybody in one order', async () => {
  await using streams = await openStreams();
  const sockets = await Promise.all(Array.from({ length: 600 }, () => streams.open()));
  await until(() => streams.connections.length === 600);
  const texts = sockets.map((socket) => readAll(socket));
  const { connections, group } = streams;
  const reversed = connections.toReversed();
  const first = group.broadcast(connections, frame('data:1\n\n'));
  const second = group.broadcast(reversed, frame('data:2\n\n'), () => frame('id:x\n'));
  await Promise.all([first, second]);
  for (const connection of connections) connection.finish('old');
  for (const text of await Promise.all(texts)) {
    assert.equal(text.indexOf('data:1') > 0 && text.indexOf('data:1') < text.indexOf('data:2'), true);
  }
  assert.equal(group.size, 0);
});

test('a client that leaves is forgotten', async () => {
  await using streams = await openStreams();
  const socket = await streams.open();
  assert.equal(streams.group.size, 1);
  socket.destroy();
  await until(() => streams.group.size === 0);
  assert.deepEqual(streams.ends, ['gone']);
});

test('a client that does not read is dropped at the bound, others get everything', async () => {
  await using streams = await openStreams();
  const slow = await streams.open();
  slow.pause();
  const quick = await streams.open();
  let received = 0;
  quick.on('data', (chunk: Buffer) => (received += chunk.length));
  const message = frame(`data:${'x'.repeat(50_000)}\n\n`);
  let sent = 0;
  for (let count = 0; count < 400 && streams.ends.length === 0; count++) {
    await streams.group.broadcast(streams.connections, message);
    sent += message.length;
    await until(() => received >= sent);
  }
  assert.deepEqual(streams.ends, ['slow']);
  assert.equal(streams.connections[0]!.end, 'slow');
  assert.equal(streams.connections[1]!.end, undefined);
});

test('many small messages for a client that does not read are bounded too', async () => {
  await using streams = await openStreams({ messagesMax: 10 });
  await streams.open();
  const [connection] = streams.connections;
  const message = frame('data:1\n\n');
  // Fills the kernel's buffers in one go, so that the rest has to wait here.
  connection!.send(frame(`data:${'x'.repeat(900_000)}\n\n`));
  let count = 0;
  while (count < 100_000 && connection!.send(message)) count += 1;
  assert.equal(connection!.end === 'slow' || count === 100_000, true);
});

test('idle and old streams end', async () => {
  await using streams = await openStreams();
  const idle = readAll(await streams.open());
  await streams.open();
  streams.wait(299_000);
  streams.group.sweep();
  assert.equal(streams.group.size, 2);
  streams.connections[1]!.send(frame('data:1\n\n'));
  streams.wait(2_000);
  streams.group.sweep();
  assert.equal((await idle).endsWith('0\r\n\r\n'), true);
  assert.deepEqual(streams.ends, ['idle']);
  for (let minute = 0; minute < 26; minute++) {
    streams.wait(60_000);
    streams.connections[1]!.send(frame('data:1\n\n'));
    streams.group.sweep();
  }
  assert.deepEqual(streams.ends, ['idle', 'old']);
});

test('a request behind an open stream ends it; HTTP/1.0 gets none', async () => {
  await using streams = await openStreams();
  const socket = await streams.open();
  socket.resume().write('GET /ok HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'close');
  assert.equal(streams.group.size, 0);
  const old = await streams.server.exchange('GET /events HTTP/1.0\r\nHost: x\r\n\r\n');
  assert.match(old, /^HTTP\/1\.1 400 /);
});

test('a stop ends streams at once and asks clients to come back at different times', async () => {
  const streams = await openStreams();
  const texts = [readAll(await streams.open()), readAll(await streams.open())];
  await streams.server.server.close(5_000);
  for (const text of await Promise.all(texts)) assert.match(text, /retry:\d+\n\n\r\n0\r\n\r\n$/);
  assert.deepEqual(streams.ends, ['closed', 'closed']);
  await streams[Symbol.asyncDispose]();
});
