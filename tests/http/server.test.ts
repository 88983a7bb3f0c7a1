import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRouter } from '../../src/http/router.ts';
import type { Route } from '../../src/http/types.ts';
import { ApiError, badRequest, unavailable } from '../../src/model/errors.ts';
import { openServer, route } from './fixture.ts';

const notFound = { data: {}, message: "The requested resource wasn't found.", status: 404 };

const routes: readonly Route[] = [
  route('GET', '/api/things', ({ query }) => ({ all: query.getAll('a') })),
  route('GET', '/api/things/:id', ({ params }) => params),
  route('GET', '/api/unicode', () => ({ text: 'grüße 🌳' })),
  route('GET', '/api/refused', () => {
    throw badRequest('no such thing', { title: { code: 'validation_required', message: 'Cannot be blank.' } });
  }),
  route('GET', '/api/busy', () => {
    throw unavailable('Come back later', 7);
  }),
  route('GET', '/api/fault', () => {
    throw new TypeError('secret of the program');
  }),
  route('GET', '/api/operating', () => {
    throw Object.assign(new Error('secret of the machine'), { code: 'EIO' });
  }),
  route('GET', '/api/missing', () => {
    throw Object.assign(new Error('secret path'), { code: 'ENOENT' });
  }),
  { ...route('GET', '/api/auth', () => 'in'), access: 'auth' },
  { ...route('GET', '/api/superuser', () => 'in'), access: 'superuser' },
  { ...route('POST', '/api/collections/:collection/refresh', () => 'in'), access: 'sameCollection' },
  route('GET', '/api/token', ({ token, viewer }) => ({ token, name: viewer.auth?.collection.name ?? null })),
  { method: 'DELETE', path: '/api/things/:id', access: 'public', handle: async () => ({ kind: 'empty' }) },
  {
    method: 'GET',
    path: '/api/headers',
    access: 'public',
    handle: async () => ({
      kind: 'text',
      body: 'a,b',
      headers: { 'content-type': 'text/csv', 'x-frame-options': '', 'cache-control': 'no-store' },
    }),
  },
];

test('a route that does not say who may call it stops the start', () => {
  const open = { method: 'GET', path: '/api/x', handle: async () => ({ kind: 'empty' }) } as unknown as Route;
  assert.throws(() => createRouter([open]), /does not say who may call it/);
  assert.throws(() => createRouter([routes[0]!, routes[0]!]), /registered twice/);
  assert.throws(() => createRouter([{ ...routes[0]!, access: 'sameCollection' }]), /no :collection/);
});

test('routing is exact', async () => {
  await using server = await openServer(routes);
  const unknown = [
    '/api/things/',
    '/api/Things',
    '/api/nothing',
    '/api',
    '/',
    '/api//things',
    '//api/things',
    '/things',
  ];
  for (const path of unknown) {
    const answer = await server.send({ path });
    assert.deepEqual([path, answer.status, answer.json], [path, 404, notFound]);
  }
  for (const method of ['POST', 'PUT', 'PROPFIND', 'TRACE']) {
    assert.equal((await server.send({ method, path: '/api/things' })).status, 404, method);
  }
  const decoded = await server.send({ path: '/api/th%69ngs/a%20b%2Fc?x=%zz' });
  assert.deepEqual(decoded.json, { id: 'a b/c' });
  assert.equal((await server.send({ path: '/api/things/%zz' })).status, 404);
  assert.deepEqual((await server.send({ path: '/api/things?a=1&a=2' })).json, { all: ['1', '2'] });
});

test('HEAD answers as GET without the body', async () => {
  await using server = await openServer(routes);
  const got = await server.send({ path: '/api/unicode' });
  const head = await server.send({ method: 'HEAD', path: '/api/unicode' });
  assert.equal(head.status, 200);
  assert.equal(head.bytes.length, 0);
  assert.equal(head.headers['content-length'], got.headers['content-length']);
  assert.equal(Number(head.headers['content-length']), got.bytes.length);
  assert.deepEqual(got.json, { text: 'grüße 🌳' });
  assert.equal((await server.send({ method: 'HEAD', path: '/api/nothing' })).status, 404);
});

test('errors become the envelope and give nothing away', async () => {
  await using server = await openServer(routes);
  const refused = await server.send({ path: '/api/refused' });
  assert.equal(
    refused.text,
    '{"data":{"title":{"code":"validation_required","message":"Cannot be blank."}},"message":"No such thing.","status":400}\n',
  );
  assert.equal(refused.headers['content-type'], 'application/json');
  const busy = await server.send({ path: '/api/busy' });
  assert.deepEqual([busy.status, busy.headers['retry-after']], [503, '7']);
  const plain = 'Something went wrong while processing your request.';
  assert.deepEqual((await server.send({ path: '/api/fault' })).json, { data: {}, message: plain, status: 500 });
  assert.deepEqual((await server.send({ path: '/api/operating' })).json, { data: {}, message: plain, status: 400 });
  assert.deepEqual((await server.send({ path: '/api/missing' })).json, notFound);
  const fault = server.done.find(({ request }) => request?.path === '/api/fault');
  assert.equal(fault?.isFault, true);
  assert.match(String(fault?.error), /secret of the program/);
  assert.equal(server.done.find(({ request }) => request?.path === '/api/busy')?.isFault, false);
});

test('who may call a route', async () => {
  await using server = await openServer(routes);
  const call = async (path: string, token: string, method = 'GET'): Promise<string> => {
    const { status, json } = await server.send({ method, path, headers: { Authorization: token } });
    return status === 200 ? '200' : `${status} ${(json as ApiError).message}`;
  };
  const unauthorized = '401 The request requires valid record authorization token.';
  assert.equal(await call('/api/auth', ''), unauthorized);
  assert.equal(await call('/api/auth', 'nonsense'), unauthorized);
  assert.equal(await call('/api/auth', 'user'), '200');
  assert.equal(await call('/api/superuser', ''), unauthorized);
  assert.equal(
    await call('/api/superuser', 'user'),
    '403 The authorized record is not allowed to perform this action.',
  );
  assert.equal(await call('/api/superuser', 'superuser'), '200');
  const refresh = (name: string): string => `/api/collections/${name}/refresh`;
  assert.equal(await call(refresh('users'), 'user', 'POST'), '200');
  assert.equal(await call(refresh('Users'), 'user', 'POST'), '200');
  assert.equal(await call(refresh('c1'), 'user', 'POST'), '200');
  assert.equal(await call(refresh('users'), '', 'POST'), unauthorized);
  const wrong = '403 The request requires auth record from others collection.';
  assert.equal(await call(refresh('users'), 'other', 'POST'), wrong);
  assert.equal(await call(refresh('nothing'), 'user', 'POST'), '404 Missing or invalid collection context.');
});

test('the Authorization header', async () => {
  await using server = await openServer(routes);
  const ask = async (value: string) =>
    (await server.send({ path: '/api/token', headers: { Authorization: value } })).json;
  for (const value of ['user', 'Bearer user', 'bearer user', 'BEARER user']) {
    assert.deepEqual(await ask(value), { token: 'user', name: 'users' }, value);
  }
  for (const value of ['', 'Basic user', 'Bearer', 'x'.repeat(8000)]) {
    assert.equal(((await ask(value)) as { name: string }).name, null, value.slice(0, 20));
  }
});

test('a handler whose headers cannot be sent gets an error answered', async () => {
  const headers = { 'x-name': 'line\nbreak' };
  await using server = await openServer([
    { method: 'GET', path: '/bad', access: 'public', handle: async () => ({ kind: 'text', body: 'x', headers }) },
  ]);
  assert.equal((await server.send({ path: '/bad' })).status, 400);
});

test('headers of every response, and how a handler changes them', async () => {
  await using server = await openServer(routes);
  for (const path of ['/api/things', '/api/nothing', '/api/fault']) {
    const { headers } = await server.send({ path });
    assert.equal(headers['x-xss-protection'], '1; mode=block');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['x-frame-options'], 'SAMEORIGIN');
    assert.equal(headers['vary'], 'Origin');
    assert.equal(headers['access-control-allow-origin'], undefined);
  }
  const { headers, text } = await server.send({ path: '/api/headers' });
  assert.equal(text, 'a,b');
  assert.equal(headers['content-type'], 'text/csv');
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(headers['x-frame-options'], undefined);
  const empty = await server.send({ method: 'DELETE', path: '/api/things/1' });
  assert.deepEqual([empty.status, empty.bytes.length, empty.headers['content-type']], [204, 0, undefined]);
});

test('CORS', async () => {
  await using open = await openServer(routes);
  const origin = { Origin: 'https://a.example' };
  assert.equal((await open.send({ path: '/api/things', headers: origin })).headers['access-control-allow-origin'], '*');
  assert.equal((await open.send({ path: '/api/no', headers: origin })).headers['access-control-allow-origin'], '*');
  const asked = { 'Access-Control-Request-Headers': 'authorization,x-y' };
  const preflight = await open.send({ method: 'OPTIONS', path: '/api/no', headers: { ...origin, ...asked } });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-methods'], 'GET,HEAD,PUT,PATCH,POST,DELETE');
  assert.equal(preflight.headers['access-control-allow-headers'], 'authorization,x-y');
  assert.equal(preflight.headers['x-frame-options'], undefined);
  assert.equal((await open.send({ method: 'OPTIONS', path: '/' })).headers['access-control-allow-origin'], undefined);

  await using closed = await openServer(routes, { corsOrigins: ['https://*.example', 'http://localhost:????'] });
  const allowed = async (value: string) =>
    (await closed.send({ path: '/api/things', headers: { Origin: value } })).headers['access-control-allow-origin'];
  assert.equal(await allowed('https://a.example'), 'https://a.example');
  assert.equal(await allowed('http://localhost:3000'), 'http://localhost:3000');
  assert.equal(await allowed('https://a.example.evil'), undefined);
  assert.equal(await allowed('null'), undefined);
  const hostile = 'Origin: https://\x7f.example\r\nAccess-Control-Request-Headers: a\x7f\r\nConnection: close\r\n\r\n';
  for (const method of ['OPTIONS', 'GET']) {
    const answer = await closed.exchange(
      Buffer.from(`${method} /api/things HTTP/1.1\r\nHost: x\r\n${hostile}`, 'latin1'),
    );
    assert.match(answer, /^HTTP\/1\.1 (200|204|400) /);
    assert.equal(answer.includes('\x7f'), false);
  }
});

test('fields project answers, and a malformed one leaves an empty 200', async () => {
  await using server = await openServer([
    route('GET', '/api/list', () => ({ items: [{ a: 1, b: 2 }], page: 1, perPage: 30, totalItems: 1, totalPages: 1 })),
    ...routes,
  ]);
  const { json } = await server.send({ path: '/api/list?fields=a' });
  assert.deepEqual(json, { items: [{ a: 1 }], page: 1, perPage: 30, totalItems: 1, totalPages: 1 });
  const malformed = await server.send({ path: '/api/list?fields=a:nope(1)' });
  assert.deepEqual([malformed.status, malformed.text], [200, '']);
  assert.equal((await server.send({ path: '/api/refused?fields=status' })).status, 400);
  assert.deepEqual(Object.keys((await server.send({ path: '/api/refused?fields=status' })).json as object).length, 3);
});

test('a quick answer goes before everything else, guards after the token', async () => {
  const seen: string[] = [];
  await using server = await openServer(routes, {
    quick: ({ url }) => (url === '/api/things?quick' ? { status: 200, body: '{"quick":"ü"}' } : undefined),
    guards: [
      (request, found) => {
        seen.push(`${request.viewer.auth?.collection.name ?? 'guest'} ${found?.path ?? 'none'}`);
        if (request.query.has('stop')) throw new ApiError(429);
      },
    ],
  });
  const quick = await server.send({ path: '/api/things?quick', headers: { Origin: 'https://a.example' } });
  assert.deepEqual(quick.json, { quick: 'ü' });
  assert.equal(quick.headers['access-control-allow-origin'], '*');
  assert.equal(quick.headers['x-content-type-options'], 'nosniff');
  assert.deepEqual(seen, []);
  const stopped = await server.send({ path: '/api/superuser?stop', headers: { Authorization: 'user' } });
  assert.deepEqual([stopped.status, (stopped.json as ApiError).message], [429, 'Too Many Requests.']);
  assert.equal((await server.send({ path: '/api/nothing?stop' })).status, 429);
  assert.deepEqual(seen, ['users /api/superuser', 'guest none']);
});

test('the client address comes from a proxy only when it is trusted', async () => {
  let headers: string[] = [];
  await using server = await openServer([route('GET', '/ip', ({ remoteIp }) => remoteIp)], {
    trustedProxy: () => ({ headers, useLeftmostIP: false }),
  });
  const ask = async () =>
    (await server.send({ path: '/ip', headers: { 'X-Forwarded-For': '6.6.6.6, 203.0.113.9, unknown' } })).json;
  assert.equal(await ask(), '127.0.0.1');
  headers = ['CF-Connecting-IP', 'X-Forwarded-For'];
  assert.equal(await ask(), '203.0.113.9');
});
