import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { openServer, readAll, route, until } from './fixture.ts';

test('a stop finishes running requests, closes idle connections and takes no new ones', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<string>();
  let isStarted = false;
  const server = await openServer([
    route('GET', '/ok', () => 'ok'),
    route('GET', '/slow', () => {
      isStarted = true;
      return released;
    }),
  ]);
  await using _ = server;
  await server.send({ path: '/ok' });
  const silent = await server.connect();
  const silentEnd = readAll(silent);
  const running = server.send({ path: '/slow' });
  await until(() => isStarted);
  const stopped = server.server.close(10_000);
  await silentEnd;
  const refused = connect(server.port, '127.0.0.1');
  const error = await new Promise<Error>((resolve) => refused.once('error', resolve));
  assert.match(error.message, /ECONNREFUSED/);
  release('finished');
  const answer = await running;
  assert.equal(answer.json, 'finished');
  assert.equal(answer.headers['connection'], 'close');
  await stopped;
  assert.equal(server.server.connectionCount, 0);
});

test('what is still open after the deadline is cut', async () => {
  await using server = await openServer([route('GET', '/never', () => new Promise(() => {}))]);
  const running = server.send({ path: '/never' });
  await until(() => server.server.connectionCount === 1);
  const cut = assert.rejects(running);
  await server.server.close(50);
  await cut;
});

test('a taken port is an error that names it', async () => {
  await using first = await openServer([]);
  await using second = await openServer([]);
  await second.server.close(0);
  await assert.rejects(second.server.listen({ host: '127.0.0.1', port: first.port }), { code: 'EADDRINUSE' });
});
