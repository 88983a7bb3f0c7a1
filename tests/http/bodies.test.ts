import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { ApiRequest, Route } from '../../src/http/types.ts';
import { openServer, route, until } from './fixture.ts';

async function echo(request: ApiRequest): Promise<unknown> {
  const { data, files } = await request.body();
  const contents = await Promise.all(files.map((file) => readFile(file.path, 'utf8')));
  return { data, files: files.map(({ key, originalName, size }, index) => [key, originalName, size, contents[index]]) };
}

const routes: readonly Route[] = [
  route('POST', '/echo', echo),
  { ...route('POST', '/small', echo), bodyLimit: 1000 },
  { ...route('POST', '/any', async (request) => (await request.body()).files[0]?.size ?? 0), bodyLimit: 'none' },
  route('POST', '/twice', async (request) => (await request.body()) === (await request.body())),
];

const json = (text: string | Buffer) => ({ type: 'application/json', bytes: text });

test('JSON bodies', async () => {
  await using server = await openServer(routes);
  const post = async (text: string, type = 'application/json') => {
    const { status, json: body } = await server.send({ method: 'POST', path: '/echo?q=1', raw: { type, bytes: text } });
    return status === 200 ? (body as { data: unknown }).data : `${status} ${(body as { message: string }).message}`;
  };
  const plain = '400 Something went wrong while processing your request.';
  assert.deepEqual(await post('{"a":[1,{"b":null}]}'), { a: [1, { b: null }] });
  assert.deepEqual(await post(' {"a":1} {"a":2'), { a: 1 });
  assert.deepEqual(await post('{"a":"\\"}"}]]]'), { a: '"}' });
  assert.deepEqual(await post(`{"a":1}${'['.repeat(100_000)}`), { a: 1 });
  assert.deepEqual(await post('null'), {});
  assert.deepEqual(await post('null and more'), {});
  assert.deepEqual(await post(''), {});
  assert.deepEqual(await post('{"a":1}', 'application/json; charset=utf-8'), { a: 1 });
  for (const text of [
    '{"a":',
    '[1]',
    '"x"',
    '1',
    'x',
    '{"a":1e400}',
    '{"a":"\\u0000"}',
    '{"a":"\\ud800"}',
    '{]}',
    '  ',
  ]) {
    assert.equal(await post(text), plain, text);
  }
  assert.equal(await post('{"a":1}', 'text/plain'), '400 Unsupported Content-Type.');
  assert.equal(await post('{"a":1}', 'Application/JSON'), '400 Unsupported Content-Type.');
  const untyped = await server.send({ method: 'POST', path: '/echo', raw: { bytes: '{}' } });
  assert.equal(untyped.status, 400);
  assert.equal((await server.send({ method: 'POST', path: '/twice', json: { a: 1 } })).json, true);
});

test('keys that mean something to JavaScript are keys like any other', async () => {
  await using server = await openServer([
    route('POST', '/keys', async (request) => {
      const { data } = await request.body();
      return [Object.keys(data), Object.getPrototypeOf(data), ({} as { x?: unknown }).x ?? null];
    }),
  ]);
  const text = '{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}';
  const expected = [['__proto__', 'constructor'], null, null];
  assert.deepEqual((await server.send({ method: 'POST', path: '/keys', raw: json(text) })).json, expected);
  const padded = `${text.slice(0, -1)},"pad":"${'x'.repeat(1024 * 1024)}"}`;
  const large = await server.send({ method: 'POST', path: '/keys', raw: json(padded) });
  assert.deepEqual(large.json, [['__proto__', 'constructor', 'pad'], null, null]);
  const form = { ['__proto__']: 'x', constructor: 'y' };
  assert.deepEqual((await server.send({ method: 'POST', path: '/keys?a[__proto__]=1', form })).json, [
    ['__proto__', 'constructor', 'a[__proto__]'],
    null,
    null,
  ]);
});

test('large JSON is parsed in a thread, within bounds', async () => {
  await using server = await openServer(routes);
  const post = async (text: string) => server.send({ method: 'POST', path: '/echo', raw: json(text) });
  const long = 'ü'.repeat(3 * 1024 * 1024);
  const answer = await post(`{"a":"${long}","n":[1,2.5,true,null]}`);
  assert.equal(answer.status, 200);
  const { data } = answer.json as { data: { a: string; n: unknown } };
  assert.equal(data.a === long, true);
  assert.deepEqual(data.n, [1, 2.5, true, null]);
  assert.equal((await post(`{"a":"${long}"`)).status, 400);
  assert.equal((await post(`["${long}"]`)).status, 400);
  assert.equal((await post(`{"a":"${long}","b":${'['.repeat(70)}${']'.repeat(70)}}`)).status, 400);
  const many = Array.from({ length: 200_000 }, (_, index) => `"${index}":1`).join(',');
  assert.equal((await post(`{${many}}`)).status, 413);
  assert.equal((await post('{"a":1}')).status, 200);
});

test('more large JSON than may wait is answered with 503', async () => {
  await using server = await openServer(routes, { limits: { jsonQueueMax: 1, jsonMainBytesMax: 10 } });
  const posts = Array.from({ length: 12 }, () =>
    server.send({ method: 'POST', path: '/echo', json: { a: 'x'.repeat(50_000) } }),
  );
  const statuses = new Set((await Promise.all(posts)).map(({ status }) => status));
  assert.deepEqual([...statuses].toSorted(), [200, 503]);
});

test('URL-encoded bodies', async () => {
  await using server = await openServer(routes);
  const post = async (bytes: string, query = '') => {
    const type = 'application/x-www-form-urlencoded';
    const answer = await server.send({ method: 'POST', path: `/echo${query}`, raw: { type, bytes } });
    return answer.status === 200 ? (answer.json as { data: unknown }).data : answer.status;
  };
  assert.deepEqual(await post('a=1&b=x+y%26&c&d=true&d=0001&=e'), {
    a: 1,
    b: 'x y&',
    c: '',
    d: [true, '0001'],
    '': 'e',
  });
  assert.deepEqual(await post('a=1', '?a=2&b=3'), { a: [1, 2], b: 3 });
  assert.deepEqual(await post('a=1&@jsonPayload={"a":"2","b":[1]}&@jsonPayload={"c":{}}'), { a: '2', b: [1], c: {} });
  assert.equal(await post('a=%zz'), 400);
  assert.equal(await post('a=%00'), 400);
  assert.equal(await post('@jsonPayload=[1]'), 400);
  assert.equal(await post('@jsonPayload={"a"'), 400);
  assert.equal(await post('a=1&'.repeat(1001)), 400);
  assert.equal(await post(`a=${'x'.repeat(1024 * 1024)}`), 413);
});

test('multipart bodies: values, files, and nothing left behind', async () => {
  await using server = await openServer(routes);
  const answer = await server.send({
    method: 'POST',
    path: '/echo?a=0',
    multipart: [
      ['a', '1'],
      ['docs', { name: 'one.txt', bytes: 'first', type: 'text/plain' }],
      ['a', 'x'],
      ['docs', { name: '../../two\r\n"ü".txt', bytes: '', type: 'text/plain' }],
      ['@jsonPayload', '{"n":[1]}'],
      ['pic+', { name: 'p', bytes: 'x'.repeat(200_000) }],
    ],
  });
  assert.equal(answer.status, 200);
  const { data, files } = answer.json as { data: unknown; files: [string, string, number, string][] };
  assert.deepEqual(data, { a: [0, 1, 'x'], n: [1] });
  assert.deepEqual(
    files.map(([key, , size]) => [key, size]),
    [
      ['docs', 5],
      ['docs', 0],
      ['pic+', 200_000],
    ],
  );
  assert.equal(files[0]![3], 'first');
  await until(async () => (await server.tempFiles()).length === 0);
});

test('a file that was moved away stays', async () => {
  await using server = await openServer([
    route('POST', '/keep', async (request) => {
      const [file] = (await request.body()).files;
      const target = path.join(path.dirname(path.dirname(file!.path)), 'kept');
      await rename(file!.path, target);
      return target;
    }),
  ]);
  const upload = { name: 'a.txt', bytes: 'kept' };
  const { json: target } = await server.send({ method: 'POST', path: '/keep', multipart: [['f', upload]] });
  await until(async () => (await server.tempFiles()).length === 0);
  assert.equal(await readFile(target as string, 'utf8'), 'kept');
});

test('one value of a multipart body has a limit of its own', async () => {
  await using server = await openServer(routes, { limits: { formValueBytesMax: 1000 } });
  const post = (value: string) => server.send({ method: 'POST', path: '/echo', multipart: [['a', value]] });
  assert.equal((await post('x'.repeat(900))).status, 200);
  assert.equal((await post('x'.repeat(1001))).status, 413);
});

test('malformed and oversized multipart bodies are refused', async () => {
  await using server = await openServer(routes);
  const post = async (type: string, bytes: string, target = '/echo') =>
    (await server.send({ method: 'POST', path: target, raw: { type, bytes } })).status;
  const type = 'multipart/form-data; boundary=b';
  const part = (head: string, value: string) => `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${value}\r\n`;
  assert.equal(await post('multipart/form-data', 'abc'), 400);
  assert.equal(await post(type, 'abc'), 400);
  assert.equal(await post(type, part('name="a"', '1')), 400);
  assert.equal(await post(type, `${part('name="a"; filename="x"', '1')}`), 400);
  assert.equal(await post(type, `${part('name="a"', '1')}--b--\r\n`), 200);
  assert.equal(await post(type, `${part('name="a"', '1').repeat(10_000)}--b--\r\n`), 400);
  assert.equal(await post(type, `${part('name="a"; filename="x"', '1').repeat(1_100)}--b--\r\n`), 400);
  assert.equal(await post(type, `${part(`name="${'n'.repeat(1024 * 1024)}"`, '1')}--b--\r\n`), 400);
  assert.equal(await post(type, `${part(`name="${'n'.repeat(600)}"; filename="x"`, '1')}--b--\r\n`), 400);
  assert.equal(await post(type, `${part('name="a"; filename="x"', 'y'.repeat(2000))}--b--\r\n`, '/small'), 413);
  assert.equal(await post(type, `${part('name="a"', 'y'.repeat(2000))}--b--\r\n`, '/small'), 413);
  await until(async () => (await server.tempFiles()).length === 0);
});

test('uploads that break off leave no files', async () => {
  await using server = await openServer(routes);
  const head =
    'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n';
  const body = `--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n${'x'.repeat(90_000)}`;
  const sockets = await Promise.all(Array.from({ length: 50 }, () => server.connect()));
  for (const socket of sockets) socket.write(head + body);
  await until(async () => (await server.tempFiles()).length === 50);
  for (const socket of sockets) socket.destroy();
  await until(async () => (await server.tempFiles()).length === 0);
  await until(() => server.done.length === 50);
});

test('a route without a limit takes a large file', async () => {
  await using server = await openServer(routes);
  const bytes = Buffer.alloc(40 * 1024 * 1024, 'x');
  const { json: size } = await server.send({ method: 'POST', path: '/any', multipart: [['f', { name: 'x', bytes }]] });
  assert.equal(size, bytes.length);
});

test('compressed bodies are refused without inflating them', async () => {
  await using server = await openServer(routes);
  const headers = { 'Content-Encoding': 'gzip' };
  const refused = await server.send({ method: 'POST', path: '/echo', headers, json: { a: 1 } });
  assert.equal(refused.status, 415);
  const identity = { 'Content-Encoding': 'identity' };
  assert.equal((await server.send({ method: 'POST', path: '/echo', headers: identity, json: {} })).status, 200);
});

test('bodies over the limit: declared, streamed, and without end', async () => {
  await using server = await openServer(routes, { limits: { lingerMs: 300 } });
  const large = await server.send({ method: 'POST', path: '/echo', raw: json(Buffer.alloc(34 * 1024 * 1024, 'x')) });
  assert.deepEqual(large.json, { data: {}, message: 'Request entity too large.', status: 413 });
  assert.equal(large.headers['connection'], 'close');

  const head = 'POST /small HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const declared = await server.exchange(`${head}Content-Length: 99999999999\r\n\r\n{`);
  assert.match(declared, /^HTTP\/1\.1 413 /);

  const socket = await server.connect();
  const chunk = `400\r\n${'x'.repeat(1024)}\r\n`;
  socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
  let answer = '';
  socket.on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')));
  const pump = setInterval(() => socket.write(chunk), 1);
  await once(socket, 'close');
  clearInterval(pump);
  assert.match(answer, /^HTTP\/1\.1 413 [^]*connection: close/i);
});

test('bodies of all requests together have a bound', async () => {
  await using server = await openServer(routes, { limits: { bufferedBytesMax: 100_000 } });
  const post = () => server.send({ method: 'POST', path: '/echo', json: { a: 'x'.repeat(60_000) } });
  const statuses = (await Promise.all(Array.from({ length: 20 }, post))).map(({ status }) => status);
  assert.equal(
    statuses.every((status) => status === 200 || status === 503),
    true,
  );
  assert.equal((await server.send({ method: 'POST', path: '/echo', json: { a: 'x'.repeat(120_000) } })).status, 503);
  assert.equal((await post()).status, 200);
});
