import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { importFolder } from '../../src/app/import.ts';
import type { ImportOptions } from '../../src/services/import/import-pocketbase.ts';
import type { ImportProgress, ImportReport } from '../../src/services/import/report.ts';
import { insert, postFiles, postIds, postsId, type PbDataOptions, writePbData } from './pb-data.ts';

let parent: string;
let source: string;
let target: string;

beforeEach(() => {
  parent = mkdtempSync(path.join(tmpdir(), 'pando-import-'));
  source = path.join(parent, 'pb_data');
  target = path.join(parent, 'data');
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

function run(more: Partial<ImportOptions> = {}): Promise<ImportReport> {
  const signal = new AbortController().signal;
  return importFolder({ source, target, link: false, encryptionKey: '', signal, onProgress: () => undefined, ...more });
}

/** All rows of a query on the imported database. */
function rowsOf(sql: string): { [column: string]: unknown }[] {
  const database = new DatabaseSync(path.join(target, 'data.db'), { readOnly: true });
  try {
    return database.prepare(sql).all() as { [column: string]: unknown }[];
  } finally {
    database.close();
  }
}

function settings(): { [key: string]: { [key: string]: unknown } } {
  const [row] = rowsOf("SELECT value FROM _params WHERE id = 'settings'");
  return JSON.parse(String(row?.['value'])) as { [key: string]: { [key: string]: unknown } };
}

/** Paths and digests of everything in a folder. */
function fingerprint(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => `${path.relative(folder, file)} ${createHash('md5').update(readFileSync(file)).digest('hex')}`)
    .toSorted();
}

/** `kind subject` of all notes of a kind. */
function subjects(report: ImportReport, kind: string): string[] {
  return report.notes.filter((note) => note.kind === kind).map((note) => note.subject);
}

describe('an import', () => {
  it('copies records with ids, order, hashes and every type of value', async () => {
    writePbData(source);
    const report = await run();
    const [post, empty] = rowsOf('SELECT * FROM posts ORDER BY rowid');
    assert.deepEqual(
      rowsOf('SELECT id FROM posts ORDER BY rowid').map(({ id }) => id),
      [...postIds],
    );
    assert.deepEqual(
      { ...post },
      {
        id: postIds[0],
        title: 'Grüße 😀',
        body: '<p>hi</p>',
        score: 1.5,
        live: 1,
        mail: 'x@example.com',
        link: 'https://example.com/a',
        at: '2024-05-06 07:08:09.000Z',
        kind: 'b',
        tags: '["z","x"]',
        cover: 'cover_abcdefghij.png',
        docs: '["note_abcdefghij.txt","two_abcdefghij.txt"]',
        author: 'user0000000ada1',
        friends: '["user0000000bob2","user0000000ada1"]',
        data: '{"n": 12345678901234567890, "deep": [1, {"a": null}]}',
        place: '{"lon":1.5,"lat":-2.25}',
        created: '2026-01-02 03:04:05.678Z',
        updated: '2026-01-02 03:04:05.678Z',
        '@version': 1,
      },
    );
    assert.deepEqual([empty?.['tags'], empty?.['data'], empty?.['score']], ['[]', null, 0]);
    const [ada] = rowsOf("SELECT password, tokenKey FROM users WHERE email = 'ada@example.com'");
    assert.match(String(ada?.['password']), /^\$2a\$04\$/);
    assert.equal(ada?.['tokenKey'], 'k'.repeat(50));
    assert.deepEqual(
      report.collections.filter(({ records }) => records > 0).map(({ name, records }) => [name, records]),
      [
        ['_externalAuths', 1],
        ['_authOrigins', 1],
        ['_superusers', 1],
        ['users', 2],
        ['posts', 3],
      ],
    );
  });

  it('keeps the collections: ids, secrets, rules, fields, indexes', async () => {
    writePbData(source);
    await run();
    const [users] = rowsOf("SELECT * FROM _collections WHERE name = 'users'");
    const options = JSON.parse(String(users?.['options'])) as { authToken: { secret: string; duration: number } };
    assert.equal(users?.['id'], '_pb_users_auth_');
    assert.deepEqual(options.authToken, { secret: 'a'.repeat(50), duration: 604_800 });
    const [staff] = rowsOf("SELECT options FROM _collections WHERE name = 'staff'");
    assert.match(String(staff?.['options']), /the client secret/);
    const [posts] = rowsOf("SELECT * FROM _collections WHERE name = 'posts'");
    assert.deepEqual([posts?.['listRule'], posts?.['createRule']], ['', null]);
    const indexesOf = (table: string): unknown[] =>
      rowsOf(`SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = '${table}' AND sql IS NOT NULL`).map(
        ({ name }) => name,
      );
    assert.deepEqual(indexesOf('posts').toSorted(), [
      `_relation_${postsId}_relation_author`,
      'idx_posts_score',
      'idx_posts_title',
    ]);
    assert.deepEqual(indexesOf('comments'), ['_relation_pbc_comments_relation_post']);
  });

  it('copies files with what lies beside them, and names those that are missing', async () => {
    writePbData(source);
    mkdirSync(path.join(source, 'storage', 'pbc_gone'));
    const report = await run();
    assert.deepEqual(fingerprint(path.join(target, 'storage')), fingerprint(path.join(source, 'storage')));
    const time = (folder: string): number =>
      statSync(path.join(folder, 'storage', postsId, postIds[0], 'note_abcdefghij.txt')).mtimeMs;
    assert.ok(Math.abs(time(target) - time(source)) < 1);
    assert.equal(report.files, Object.keys(postFiles).length + 1);
    assert.deepEqual(subjects(report, 'missing file'), [`posts/${postIds[2]}/gone_abcdefghij.png`]);
    assert.deepEqual(subjects(report, 'file'), ['storage/pbc_gone']);
    const posts = report.collections.find(({ name }) => name === 'posts');
    assert.deepEqual([posts?.files, posts?.missingFiles], [3, 1]);
  });

  it('links files instead, when asked to', async () => {
    writePbData(source);
    await run({ link: true });
    const inode = (folder: string): number =>
      statSync(path.join(folder, 'storage', postsId, postIds[0], 'note_abcdefghij.txt')).ino;
    assert.equal(inode(target), inode(source));
  });

  it('takes settings over and switches off what is not available', async () => {
    writePbData(source);
    const report = await run();
    const { meta, smtp, backups, logs } = settings();
    assert.deepEqual(
      [meta?.['appName'], smtp?.['enabled'], smtp?.['password']],
      ['Old app', false, 'the mail password'],
    );
    assert.deepEqual([backups?.['cron'], logs?.['maxDays']], ['', 9]);
    assert.deepEqual(subjects(report, 'setting'), ['smtp', 'backups.cron']);
  });

  it('opens encrypted settings with their key', async () => {
    const encryptionKey = '0123456789abcdef0123456789abcdef';
    writePbData(source, { encryptionKey });
    await assert.rejects(run(), /settings are encrypted/);
    await assert.rejects(run({ encryptionKey: 'too short' }), /9 bytes/);
    await assert.rejects(run({ encryptionKey: 'x'.repeat(32) }), /cannot be decrypted/);
    assert.ok(!existsSync(target));
    await run({ encryptionKey });
    assert.equal(settings()['meta']?.['appName'], 'Old app');
  });

  it('takes the defaults for settings that it does not find or understand', async () => {
    writePbData(source, { settings: { meta: { appName: 5 }, logs: { maxDays: 1 } } });
    const report = await run();
    assert.deepEqual([settings()['meta']?.['appName'], settings()['logs']?.['maxDays']], ['Acme', 1]);
    assert.deepEqual(subjects(report, 'setting'), ['meta']);
  });

  it('lists everything that stays behind or is not in use yet', async () => {
    writePbData(source, { change: (database) => database.exec('CREATE TABLE mine (a); INSERT INTO mine VALUES (1)') });
    mkdirSync(path.join(parent, 'pb_hooks'));
    writeFileSync(path.join(parent, 'pb_hooks', 'main.pb.js'), '');
    mkdirSync(path.join(source, 'backups'));
    writeFileSync(path.join(source, 'backups', 'old.zip'), '');
    const report = await run();
    assert.deepEqual(subjects(report, 'view'), ['titles']);
    assert.equal(report.notes.find(({ kind }) => kind === 'view')?.detail, 'SELECT id, title FROM posts');
    assert.deepEqual(subjects(report, 'rule'), ['comments.listRule']);
    assert.deepEqual(subjects(report, 'hook'), ['pb_hooks/main.pb.js']);
    assert.deepEqual(subjects(report, 'backup'), ['backups/old.zip']);
    assert.deepEqual(subjects(report, 'table'), ['mine']);
    assert.deepEqual(
      ['mfa', 'otp', 'oauth2'].flatMap((kind) => subjects(report, kind)),
      ['staff', 'staff', 'staff'],
    );
    assert.deepEqual(subjects(report, 'public'), ['posts']);
    assert.deepEqual(JSON.parse(readFileSync(path.join(target, 'import-report.json'), 'utf8')), report);
  });

  it('puts up with values of other types than their fields have', async () => {
    const odd = {
      title: 'odd',
      live: 'true',
      tags: 'x',
      friends: '',
      data: 'null',
      place: '',
      at: 'no date',
      score: Number.POSITIVE_INFINITY,
    };
    writePbData(source, { change: (database) => insert(database, 'posts', { id: 'oddoddoddoddodd', ...odd }) });
    const report = await run();
    const [row] = rowsOf("SELECT * FROM posts WHERE id = 'oddoddoddoddodd'");
    const { live, tags, friends, data, place, score } = row!;
    assert.deepEqual([live, tags, friends, data, score], [1, '["x"]', '[]', 'null', 0]);
    assert.equal(place, '{"lon":0,"lat":0}');
    assert.ok(subjects(report, 'value').includes('posts.score'));
  });

  it('leaves out an index that cannot be made, but for those that auth stands on', async () => {
    const change = (database: DatabaseSync): void => {
      const indexes = JSON.stringify([
        'CREATE INDEX a ON posts (nothing)',
        'CREATE INDEX b ON posts (title); DROP TABLE users',
      ]);
      database.prepare("UPDATE _collections SET indexes = ? WHERE name = 'posts'").run(indexes);
    };
    writePbData(source, { change });
    const report = await run();
    assert.equal(subjects(report, 'index').length, 2);
    assert.deepEqual(
      rowsOf("SELECT indexes FROM _collections WHERE name = 'posts'").map(({ indexes }) => indexes),
      ['[]'],
    );
  });

  it('reads what is still in the write-ahead log, and changes nothing in the source', async () => {
    writePbData(source, { leaveLog: true });
    assert.ok(statSync(path.join(source, 'data.db-wal')).size > 0);
    const before = fingerprint(source);
    const report = await run();
    assert.equal(report.collections.find(({ name }) => name === 'posts')?.records, 3);
    assert.deepEqual(fingerprint(source), before);
  });

  it('does not write into a source that nobody may write to', async () => {
    writePbData(source);
    const before = fingerprint(source);
    await run();
    assert.deepEqual(fingerprint(source), before);
    assert.deepEqual(readdirSync(source).toSorted(), ['data.db', 'storage']);
  });

  it('forgets the log of what it wrote', async () => {
    writePbData(source, { change: (database) => manyUsers(database, 3000) });
    await run();
    assert.deepEqual(
      rowsOf('SELECT count(*) AS count FROM _log').map(({ count }) => count),
      [1],
    );
    assert.deepEqual(
      rowsOf('SELECT count(*) AS count FROM users').map(({ count }) => count),
      [3002],
    );
  });

  it('tells how far it is', async () => {
    writePbData(source, { change: (database) => manyUsers(database, 100) });
    const seen: ImportProgress[] = [];
    await run({ onProgress: (progress) => void seen.push(progress) });
    const phases = [...new Set(seen.map(({ phase }) => phase))];
    assert.deepEqual(phases, ['read', 'records', 'indexes', 'files', 'finish']);
    const records = seen.filter(({ phase }) => phase === 'records');
    assert.deepEqual(records.at(-1), { phase: 'records', done: 108, total: 108, subject: 'posts' });
  });
});

function manyUsers(database: DatabaseSync, count: number): void {
  for (let i = 0; i < count; i++) {
    const id = `u${String(i).padStart(14, '0')}`;
    insert(database, 'users', { id, email: `${id}@example.com`, tokenKey: `${id}${'t'.repeat(35)}` });
  }
}

describe('an import that fails', () => {
  const isUntouched = (): boolean => !existsSync(target);

  it('in the middle leaves nothing', async () => {
    writePbData(source);
    const controller = new AbortController();
    const onProgress = ({ phase, done }: ImportProgress): void => {
      if (phase === 'records' && done === 5) controller.abort('SIGINT');
    };
    await assert.rejects(run({ signal: controller.signal, onProgress }));
    assert.ok(isUntouched());
  });

  it('while it copies files leaves what was in the folder', async () => {
    writePbData(source);
    mkdirSync(target);
    writeFileSync(path.join(target, 'pando.json'), '{}');
    const controller = new AbortController();
    const onProgress = ({ phase }: ImportProgress): void => {
      if (phase === 'files') controller.abort('SIGINT');
    };
    await assert.rejects(run({ signal: controller.signal, onProgress }));
    assert.deepEqual(
      readdirSync(target).filter((name) => !name.startsWith('data.lock')),
      ['pando.json'],
    );
    await run();
    assert.ok(existsSync(path.join(target, 'pando.json')) && existsSync(path.join(target, 'data.db')));
  });

  it('because two records share what must be unique says so', async () => {
    const change = (database: DatabaseSync): void => {
      database.exec('DROP INDEX idx_tokenKey__pb_users_auth_; UPDATE users SET tokenKey = 1');
    };
    writePbData(source, { change });
    await assert.rejects(run(), /users/);
    assert.ok(isUntouched());
  });
});

describe('an import refuses', () => {
  const refuses = async (pattern: RegExp, more: Partial<ImportOptions> = {}): Promise<void> => {
    await assert.rejects(run(more), (error: unknown) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, pattern);
      return true;
    });
  };
  const written = (options: PbDataOptions = {}): void => writePbData(source, options);

  it('a folder that is none, or has no database', async () => {
    await refuses(/is not a folder/);
    mkdirSync(path.join(source, 'pb_data'), { recursive: true });
    await refuses(/not a pb_data folder.*Did you mean .*pb_data\/pb_data/);
    writeFileSync(path.join(source, 'data.db'), 'nonsense');
    await refuses(/not a SQLite database/);
    assert.ok(!existsSync(target));
  });

  it('versions before 0.23', async () => {
    written({ change: (database) => database.exec('CREATE TABLE _admins (id); DROP TABLE _superusers') });
    await refuses(/older than 0\.23/);
  });

  it('a database of another program', async () => {
    written({ change: (database) => database.exec('DROP TABLE _collections') });
    await refuses(/was not written by PocketBase/);
  });

  it('field types that it does not know', async () => {
    written({
      change: (database) =>
        database.exec(`UPDATE _collections SET fields = '[{"type":"magic","name":"m"}]' WHERE name = 'posts'`),
    });
    await refuses(/collection posts has a part that is not known/);
  });

  it('a source that is in use', { skip: process.platform !== 'linux' }, async () => {
    written();
    const other = new DatabaseSync(path.join(source, 'data.db'));
    other.prepare('SELECT count(*) FROM users').get();
    try {
      await refuses(/in use by another program/);
    } finally {
      other.close();
    }
  });

  it('a target in the source, around it, or with the database of another program', async () => {
    written();
    const before = fingerprint(source);
    for (const place of [source, path.join(source, 'inner'), parent])
      await refuses(/lie in each other/, { target: place });
    assert.deepEqual(fingerprint(source), before);
    mkdirSync(target);
    const database = new DatabaseSync(path.join(target, 'data.db'));
    database.exec('CREATE TABLE _collections (id)');
    database.close();
    await refuses(/data\.db of another program/);
  });

  it('a target with data, and its own result', async () => {
    written();
    await run();
    await refuses(/has data already \(files in storage/);
    rmSync(path.join(target, 'storage'), { recursive: true });
    await refuses(/has data already \(\d+ records in/);
    source = target;
    target = path.join(parent, 'other');
    await refuses(/data folder of Pando already/);
  });
});

describe('an import starts over', () => {
  it('on what an earlier one left that was killed', async () => {
    writePbData(source);
    mkdirSync(path.join(target, '.import', 'data'), { recursive: true });
    mkdirSync(path.join(target, 'storage', postsId), { recursive: true });
    writeFileSync(path.join(target, 'storage', postsId, 'left'), '');
    writeFileSync(path.join(target, '.import', 'finishing'), '');
    await run();
    assert.deepEqual(fingerprint(path.join(target, 'storage')), fingerprint(path.join(source, 'storage')));
    assert.ok(!existsSync(path.join(target, '.import')));
  });

  it('in a folder that was served but never used', async () => {
    writePbData(source);
    const { openDatabase } = await import('../../src/app/engines.ts');
    const { bootstrap } = await import('../../src/services/collections/bootstrap.ts');
    const database = await openDatabase(target);
    await bootstrap(database);
    await database.close();
    await run();
    assert.deepEqual(
      rowsOf('SELECT count(*) AS count FROM users').map(({ count }) => count),
      [2],
    );
  });
});
