// The command, and what users of a moved app notice of the move: nothing.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readClaims, secondsFromNow, signToken } from '../../src/testing/jwt.ts';
import { type ServerUnderTest, startServer } from '../../src/testing/start-server.ts';
import { adaTokenKey, authSecret, fileSecret, oldPassword, postFiles, postIds, writePbData } from './pb-data.ts';

const program = fileURLToPath(new URL('../../bin/pando', import.meta.url));

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function pando(...args: string[]): Promise<Outcome> {
  const environment = { ...process.env, EMPTY_KEY: '' };
  return new Promise((resolve) => {
    execFile(program, args, { env: environment }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err });
    });
  });
}

describe('pando import pocketbase', () => {
  let parent: string;
  let source: string;
  before(() => {
    parent = mkdtempSync(path.join(tmpdir(), 'pando-import-command-'));
    source = path.join(parent, 'pb_data');
    writePbData(source);
  });
  after(() => rmSync(parent, { recursive: true, force: true }));

  it('tells what it did, and what it left out', async () => {
    const { code, out, err } = await pando('import', 'pocketbase', source, '--dir', path.join(parent, 'one'));
    assert.equal(code, 0, err);
    assert.match(out, /^Imported 8 records in \d+ collections and \d+ files/);
    assert.match(out, /posts +base +3 +3 \(1 missing\)/);
    assert.match(out, /Views that were left out \(1\):\n {2}titles /);
    assert.match(err, /Records/);
  });

  it('prints one document for machines', async () => {
    const { code, out } = await pando('import', 'pocketbase', source, '--dir', path.join(parent, 'two'), '--json');
    assert.equal(code, 0);
    assert.equal((JSON.parse(out) as { records: number }).records, 8);
  });

  it('says in a sentence what is wrong', async () => {
    const again = await pando('import', 'pocketbase', source, '--dir', path.join(parent, 'one'));
    assert.equal(again.code, 1);
    assert.match(again.err, /pando: .*one has data already/);
    const noKey = await pando(
      'import',
      'pocketbase',
      source,
      '--dir',
      path.join(parent, 'x'),
      '--encryption-key-env',
      'EMPTY_KEY',
    );
    assert.equal(noKey.code, 1);
    assert.match(noKey.err, /EMPTY_KEY is not set/);
    const nothing = await pando('import', 'pocketbase', '--dir', parent);
    assert.equal(nothing.code, 2);
    assert.match(nothing.err, /PB_DATA is missing/);
  });
});

describe('an imported app', () => {
  let server: ServerUnderTest;
  const claims = { id: 'user0000000ada1', collectionId: '_pb_users_auth_', exp: secondsFromNow(3600) };
  const oldToken = signToken({ ...claims, type: 'auth', refreshable: true }, adaTokenKey + authSecret);

  before(async () => {
    server = await startServer();
    await server.kill();
    const source = path.join(path.dirname(server.dataDir), 'pb_data');
    writePbData(source);
    rmSync(server.dataDir, { recursive: true });
    const { code, err } = await pando('import', 'pocketbase', source, '--dir', server.dataDir);
    assert.equal(code, 0, err);
    await server.restart();
  });
  after(() => server?.stop());

  async function post(
    url: string,
    body: object,
    token = '',
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const headers = { 'Content-Type': 'application/json', Authorization: token };
    const answer = await fetch(server.baseUrl + url, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  it('knows the tokens that were given out before', async () => {
    const { status, body } = await post('/api/collections/users/auth-refresh', {}, oldToken);
    assert.equal(status, 200);
    assert.equal((body['record'] as { email: string }).email, 'ada@example.com');
    assert.equal(readClaims(String(body['token']))['id'], claims.id);
    const forged = signToken({ ...claims, type: 'auth', refreshable: true }, `${adaTokenKey}${fileSecret}`);
    assert.equal((await post('/api/collections/users/auth-refresh', {}, forged)).status, 401);
  });

  it('takes the old passwords, once with the old hash and then with a new one', async () => {
    const login = { identity: 'ada@example.com', password: oldPassword };
    const wrong = { ...login, password: 'another password' };
    for (let i = 0; i < 2; i++) {
      assert.equal((await post('/api/collections/users/auth-with-password', login)).status, 200);
      assert.equal((await post('/api/collections/users/auth-with-password', wrong)).status, 400);
    }
    assert.equal((await post('/api/collections/users/auth-refresh', {}, oldToken)).status, 200);
    const root = { identity: 'root@example.com', password: oldPassword };
    assert.equal((await post('/api/collections/_superusers/auth-with-password', root)).status, 200);
  });

  it('gives out files under their old addresses, with their types', async () => {
    const url = `${server.baseUrl}/api/files/posts/${postIds[0]}`;
    const cover = await fetch(`${url}/cover_abcdefghij.png`);
    assert.deepEqual([cover.status, cover.headers.get('content-type')], [200, 'image/png']);
    assert.equal(await cover.text(), postFiles['cover_abcdefghij.png']);
    const token = signToken({ ...claims, type: 'file' }, adaTokenKey + fileSecret);
    const note = await fetch(`${url}/note_abcdefghij.txt?token=${token}`);
    assert.deepEqual([note.status, await note.text()], [200, 'a note']);
    assert.equal((await fetch(`${server.baseUrl}/api/files/posts/${postIds[2]}/gone_abcdefghij.png`)).status, 404);
  });

  it('lists records in the order in which they were made, with their values', async () => {
    const answer = await fetch(`${server.baseUrl}/api/collections/posts/records?sort=@rowid`);
    const { items } = (await answer.json()) as { items: { [key: string]: unknown }[] };
    assert.deepEqual(
      items.map(({ id }) => id),
      [...postIds],
    );
    const { title, score, live, tags, friends, place, docs } = items[0]!;
    assert.deepEqual([title, score, live], ['Grüße 😀', 1.5, true]);
    assert.deepEqual(
      [tags, friends],
      [
        ['z', 'x'],
        ['user0000000bob2', 'user0000000ada1'],
      ],
    );
    assert.deepEqual([place, docs], [{ lon: 1.5, lat: -2.25 }, Object.keys(postFiles).slice(1)]);
  });

  it('can be written to', async () => {
    const login = await post('/api/collections/_superusers/auth-with-password', {
      identity: 'root@example.com',
      password: oldPassword,
    });
    const token = String(login.body['token']);
    const made = await post('/api/collections/posts/records', { title: 'new', author: claims.id }, token);
    assert.equal(made.status, 200, JSON.stringify(made.body));
    const taken = await post(
      '/api/collections/users/records',
      { email: 'ada@example.com', password: 'long enough', passwordConfirm: 'long enough' },
      token,
    );
    assert.equal(taken.status, 400);
    assert.ok('email' in (taken.body['data'] as object));
  });
});
