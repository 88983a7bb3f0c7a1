// Hostile requests: what HTTP itself allows to get wrong, sent over raw sockets. Numbers in the titles are those of the list of hostile inputs.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { exchangeRaw } from '../../src/testing/raw-socket.ts';
import { type ApiSuite, apiSuite } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const records = '/api/collections/notes/records';
const rest = 'Host: x\r\nConnection: close\r\n';
const jsonPost = `POST ${records} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;

async function setUp(world: World): Promise<void> {
  await world.createCollection({
    name: 'notes',
    listRule: '',
    createRule: '',
    updateRule: '',
    fields: [
      { name: 'title', type: 'text' },
      { name: 'file', type: 'file', maxSelect: 1, maxSize: 5_000_000 },
    ],
  });
}

/** A test that sends bytes and expects exactly these statuses and the end of the connection. */
function sends(
  suite: ApiSuite,
  name: string,
  bytes: string | readonly string[],
  expected: readonly number[],
  pandoOnly?: string,
): void {
  const run = async (world: World): Promise<void> => {
    const { statuses, isClosed, text } = await exchangeRaw(
      world.server.baseUrl,
      typeof bytes === 'string' ? [bytes] : bytes,
    );
    assert.deepEqual(statuses, expected, text);
    assert.ok(isClosed, 'the connection is still open');
  };
  suite.test(name, run, pandoOnly);
}

/** The number of open files of the server, where the system shows it. */
async function countOpenFiles(world: World): Promise<number> {
  if (world.server.pid === 0) return 0;
  return (await readdir(`/proc/${world.server.pid}/fd`).catch(() => [])).length;
}

apiSuite('hostile: connections', setUp, (suite) => {
  sends(
    suite,
    '35: a length and chunks',
    `${jsonPost}Connection: close\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    [400],
    'a peer takes the chunks',
  );
  sends(
    suite,
    '35: a length and chunks, with a request behind them',
    `${jsonPost}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/health HTTP/1.1\r\n${rest}\r\n`,
    [400],
    'a peer answers the request behind them',
  );
  sends(suite, '35: two lengths', `${jsonPost}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x`, [400]);
  sends(suite, '35: a negative length', `${jsonPost}Content-Length: -2\r\n\r\n{}`, [400]);
  sends(
    suite,
    '35: bare line feeds',
    'GET /api/health HTTP/1.1\nHost: x\nConnection: close\n\n',
    [400],
    'a peer takes bare line feeds',
  );
  sends(
    suite,
    '35: a folded header',
    `GET /api/health HTTP/1.1\r\nX-A: b\r\n c\r\n${rest}\r\n`,
    [400],
    'a peer unfolds it',
  );
  sends(
    suite,
    '35: an unknown transfer encoding',
    `${jsonPost}Transfer-Encoding: xchunked\r\n\r\n`,
    [400],
    'a peer says 501',
  );
  sends(suite, '35: a space before the colon', `GET /api/health HTTP/1.1\r\nX-A : b\r\n${rest}\r\n`, [400]);
  sends(suite, '35: no host', 'GET /api/health HTTP/1.1\r\nConnection: close\r\n\r\n', [400]);
  sends(
    suite,
    '35: a chunk size that is no number',
    `${jsonPost}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    [400],
  );
  sends(suite, '35: NUL in the path', `GET /api/hea\0lth HTTP/1.1\r\n${rest}\r\n`, [400]);
  sends(suite, '35: a TLS greeting', ['\x16\x03\x01\x02\x00\x01\x00', '\r\n\r\n'], [400]);
  sends(
    suite,
    '35: a header of 17 KB',
    `GET /api/health HTTP/1.1\r\nX-A: ${'a'.repeat(17 * 1024)}\r\n${rest}\r\n`,
    [431],
    'a peer allows 1 MB',
  );
  sends(
    suite,
    '35: 2,000 headers',
    `GET /api/health HTTP/1.1\r\n${Array.from({ length: 2000 }, (_, index) => `X-${index}: b\r\n`).join('')}${rest}\r\n`,
    [431],
    'a peer allows 1 MB',
  );
  sends(suite, '35: a path of 12 KB', `GET /api/${'a'.repeat(12 * 1024)} HTTP/1.1\r\n${rest}\r\n`, [404]);
  sends(
    suite,
    'two requests in one packet are two answers',
    `GET /api/health HTTP/1.1\r\nHost: x\r\n\r\nGET /api/nothing HTTP/1.1\r\n${rest}\r\n`,
    [200, 404],
  );

  suite.scenarios('33: requests of other sites', [
    {
      name: 'a form of another site is a guest',
      method: 'POST',
      path: '/api/collections/_superusers/records',
      headers: { Origin: 'https://evil.example', Cookie: 'pb_auth=x; token=y' },
      form: { email: 'a@b.co' },
      status: 403,
    },
    {
      name: 'JSON as text/plain',
      method: 'POST',
      path: records,
      headers: { Origin: 'https://evil.example' },
      raw: { type: 'text/plain', bytes: '{"title":"x"}' },
      status: 400,
    },
    {
      name: 'a token in a cookie does not count',
      path: '/api/collections',
      headers: (world) => ({
        Cookie: `Authorization=${world.tokenOf('superuser')}; pb_auth=${world.tokenOf('superuser')}`,
      }),
      status: 401,
    },
  ]);

  suite.test('37: uploads that end in the middle leave nothing open', async (world) => {
    await world.expect({ path: '/api/health' });
    const before = await countOpenFiles(world);
    const head = `POST ${records} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n`;
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n';
    for (let round = 0; round < 5; round += 1) {
      const sockets = await Promise.all(Array.from({ length: 20 }, () => openSocket(world)));
      for (const socket of sockets) {
        await new Promise<void>((resolve) => socket.write(head + part + 'x'.repeat(500_000), () => resolve()));
        socket.destroy();
      }
    }
    // The server may notice the last of them a moment later.
    for (let attempt = 0; (await countOpenFiles(world)) > before + 5; attempt += 1) {
      assert.ok(attempt < 200, `${await countOpenFiles(world)} open files, ${before} before`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const list = await world.expect({ path: records });
    assert.equal(list['totalItems'], 0);
  });

  const field = (name: string): readonly [string, string] => [name, 'x'];
  suite.scenarios('37: multipart bodies', [
    {
      name: 'no boundary',
      method: 'POST',
      path: records,
      headers: { Connection: 'close' },
      raw: { type: 'multipart/form-data', bytes: '--b\r\n' },
      status: 400,
    },
    {
      name: 'a wrong boundary',
      method: 'POST',
      path: records,
      headers: { Connection: 'close' },
      raw: {
        type: 'multipart/form-data; boundary=other',
        bytes: '--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nx\r\n--b--\r\n',
      },
      status: 400,
    },
    {
      name: '10,000 parts',
      method: 'POST',
      path: records,
      headers: { Connection: 'close' },
      multipart: Array.from({ length: 10_000 }, (_, index) => field(`f${index}`)),
      status: 400,
    },
    {
      name: 'a name of 1 MiB',
      method: 'POST',
      path: records,
      headers: { Connection: 'close' },
      multipart: [field('a'.repeat(1024 * 1024))],
      status: 400,
      pandoOnly: 'names of parts are bounded',
    },
    {
      name: 'a part without a name',
      method: 'POST',
      path: records,
      headers: { Connection: 'close' },
      raw: {
        type: 'multipart/form-data; boundary=b',
        bytes: '--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n',
      },
      status: 200,
    },
  ]);

  suite.test('34: slow requests do not keep others waiting', async (world) => {
    const sockets = await Promise.all(Array.from({ length: 200 }, () => openSocket(world)));
    for (const socket of sockets) socket.write(`GET ${records} HTTP/1.1\r\nHost: x\r\nX-Slow: `);
    for (let round = 0; round < 5; round += 1) {
      for (const socket of sockets) socket.write('a');
      await world.expect({ path: '/api/health' });
      await world.expect({ path: records });
    }
    for (const socket of sockets) socket.destroy();
  });

  suite.test(
    '34: unfinished headers are given up within ten seconds',
    async (world) => {
      const head = `GET ${records} HTTP/1.1\r\nHost: x\r\nX-Slow: `;
      const { statuses, isClosed } = await exchangeRaw(world.server.baseUrl, [head], 14_000);
      assert.ok(isClosed, 'the connection is still open');
      assert.ok(statuses.length === 0 || statuses[0] === 408, String(statuses));
    },
    'a peer waits for a minute',
  );

  suite.test('34: a client that does not read does not keep others waiting', async (world) => {
    const sockets = await Promise.all(Array.from({ length: 50 }, () => openSocket(world)));
    for (const socket of sockets) {
      socket.pause();
      socket.write(`GET ${records} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(50));
    }
    await world.expect({ path: '/api/health' });
    for (const socket of sockets) socket.destroy();
    await world.expect({ path: records });
  });

  suite.test('the server is as well as before', async (world) => {
    await world.expect({ path: '/api/health' });
    if (world.server.pid > 0) process.kill(world.server.pid, 0);
  });
});

async function openSocket(world: World): Promise<Socket> {
  const { hostname, port } = new URL(world.server.baseUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}
