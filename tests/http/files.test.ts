import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { createStaticFiles } from '../../src/http/static.ts';
import { openServer, route, type TestServer } from './fixture.ts';

interface Site extends AsyncDisposable {
  readonly server: TestServer;
}

async function openSite(indexFallback: boolean): Promise<Site> {
  const parent = await mkdtemp(path.join(tmpdir(), 'pando-site-'));
  const folder = path.join(parent, 'public');
  await mkdir(path.join(folder, 'sub', 'empty'), { recursive: true });
  await mkdir(path.join(folder, '.well-known'));
  const files: { readonly [name: string]: string } = {
    '../secret.txt': 'secret',
    'index.html': '<p>home',
    'sub/index.html': '<p>sub',
    'app.js': 'let x = 1;',
    'data.bin': '0123456789',
    '.env': 'secret',
    '.well-known/x.txt': 'known',
    'a b.txt': 'spaced',
    'empty.txt': '',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  await utimes(path.join(folder, 'data.bin'), 1_700_000_000, 1_700_000_000);
  await symlink('../secret.txt', path.join(folder, 'link.txt'));
  const server = await openServer([route('GET', '/api/health', () => 'ok')], {
    fallback: createStaticFiles(folder, { indexFallback }),
  });
  return {
    server,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await rm(parent, { recursive: true });
    },
  };
}

test('static files, folders and redirects', async () => {
  await using site = await openSite(true);
  const { server } = site;
  const get = async (target: string) => {
    const { status, text, headers } = await server.send({ path: target });
    return [status, status === 301 ? headers['location'] : text];
  };
  assert.deepEqual(await get('/'), [200, '<p>home']);
  assert.deepEqual(await get('/app.js?x=1'), [200, 'let x = 1;']);
  assert.deepEqual(await get('/sub'), [301, '/sub/']);
  assert.deepEqual(await get('/sub?a=1'), [301, '/sub/?a=1']);
  assert.deepEqual(await get('/sub/'), [200, '<p>sub']);
  assert.deepEqual(await get('/sub/index.html'), [301, '/sub/']);
  assert.deepEqual(await get('/index.html'), [301, '/']);
  assert.deepEqual(await get('/a%20b.txt'), [200, 'spaced']);
  assert.deepEqual(await get('/.well-known/x.txt'), [200, 'known']);
  assert.deepEqual(await get('/some/page'), [200, '<p>home']);
  assert.deepEqual(await get('/sub/empty/'), [200, '<p>home']);
  assert.deepEqual(await get('/empty.txt'), [200, '']);
  assert.deepEqual(await get('/api/health'), [200, '"ok"']);
  assert.equal((await get('/api/nothing'))[0], 404);
  assert.equal((await server.send({ method: 'POST', path: '/app.js' })).status, 404);
  const { headers } = await server.send({ path: '/app.js' });
  assert.equal(headers['content-type'], 'text/javascript; charset=utf-8');
  assert.equal(headers['cache-control'], 'no-cache');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  const head = await server.send({ method: 'HEAD', path: '/app.js' });
  assert.deepEqual([head.headers['content-length'], head.text], ['10', '']);
});

test('nothing outside the folder, and no hidden files', async () => {
  await using site = await openSite(false);
  const targets = [
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/%252e%252e/secret.txt',
    '/..%5csecret.txt',
    '/sub/../../secret.txt',
    '/app.js%00.txt',
    '/link.txt',
    '/.env',
    '//app.js',
    '//evil.example/..',
    '/sub//',
    '/%zz',
    `/${'x'.repeat(5000)}`,
    '/missing.txt',
    '/missing/',
    '/app.js/',
  ];
  for (const target of targets) {
    const { status, text } = await site.server.send({ path: target });
    assert.equal(status, 404, target);
    assert.doesNotMatch(text, /secret/);
  }
});

test('conditional requests', async () => {
  await using site = await openSite(false);
  const get = (headers: { [name: string]: string }) => site.server.send({ path: '/data.bin', headers });
  const { headers } = await get({});
  const etag = headers['etag']!;
  const modified = headers['last-modified']!;
  assert.equal(modified, 'Tue, 14 Nov 2023 22:13:20 GMT');
  const cases: [number, { [name: string]: string }][] = [
    [304, { 'If-None-Match': etag }],
    [304, { 'If-None-Match': `"x", W/${etag}` }],
    [304, { 'If-None-Match': '*' }],
    [200, { 'If-None-Match': '"x"', 'If-Modified-Since': modified }],
    [304, { 'If-Modified-Since': modified }],
    [200, { 'If-Modified-Since': 'Tue, 14 Nov 2023 22:13:19 GMT' }],
    [200, { 'If-Modified-Since': 'yesterday' }],
    [412, { 'If-Match': '"x"' }],
    [200, { 'If-Match': etag }],
    [412, { 'If-Unmodified-Since': 'Tue, 14 Nov 2023 22:13:19 GMT' }],
  ];
  for (const [status, sent] of cases) {
    const answer = await get(sent);
    assert.equal(answer.status, status, JSON.stringify(sent));
    if (status === 304) assert.deepEqual([answer.text, answer.headers['etag']], ['', etag]);
  }
});

test('ranges', async () => {
  await using site = await openSite(false);
  const get = async (range: string, more: { [name: string]: string } = {}) => {
    const headers = { Range: range, ...more };
    const { status, text, headers: answered } = await site.server.send({ path: '/data.bin', headers });
    return [status, answered['content-range'] ?? '', text];
  };
  assert.deepEqual(await get('bytes=0-3'), [206, 'bytes 0-3/10', '0123']);
  assert.deepEqual(await get('bytes=8-'), [206, 'bytes 8-9/10', '89']);
  assert.deepEqual(await get('bytes=8-99'), [206, 'bytes 8-9/10', '89']);
  assert.deepEqual(await get('bytes=-2'), [206, 'bytes 8-9/10', '89']);
  assert.deepEqual(await get('bytes=-99'), [206, 'bytes 0-9/10', '0123456789']);
  assert.deepEqual(await get('bytes=10-'), [416, 'bytes */10', '']);
  assert.deepEqual(await get('bytes=3-1'), [416, 'bytes */10', '']);
  assert.deepEqual(await get('bytes=x'), [416, 'bytes */10', '']);
  assert.deepEqual(await get('lines=1-2'), [200, '', '0123456789']);
  assert.deepEqual(await get('bytes=0-9,0-9'), [200, '', '0123456789']);
  assert.deepEqual(await get(`bytes=${'0-0,'.repeat(20)}1-1`), [200, '', '0123456789']);
  assert.deepEqual(await get('bytes=0-1', { 'If-Range': '"other"' }), [200, '', '0123456789']);
  const current = { 'If-Range': 'Tue, 14 Nov 2023 22:13:20 GMT' };
  assert.deepEqual(await get('bytes=0-1', current), [206, 'bytes 0-1/10', '01']);
});

test('several ranges come as parts', async () => {
  await using site = await openSite(false);
  const headers = { Range: 'bytes=0-1, 20-30, -3' };
  const answer = await site.server.send({ path: '/data.bin', headers });
  assert.equal(answer.status, 206);
  const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(answer.headers['content-type']!)![1]!;
  const part = (range: string, text: string) =>
    `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${range}/10\r\n\r\n${text}`;
  assert.equal(answer.text, `${part('0-1', '01')}${part('7-9', '789')}\r\n--${boundary}--\r\n`);
  assert.equal(Number(answer.headers['content-length']), answer.bytes.length);
  const head = await site.server.send({ method: 'HEAD', path: '/data.bin', headers });
  assert.equal(head.headers['content-length'], answer.headers['content-length']);
});
