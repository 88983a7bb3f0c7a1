import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { Database } from '../../../src/engines/database/database.ts';
import { openSqlite } from '../../../src/engines/database/sqlite/sqlite.ts';
import type { Change } from '../../../src/model/commit.ts';
import { bootstrap, TablesFormatError, tablesFormat } from '../../../src/services/collections/bootstrap.ts';
import { createFolder } from './bench.ts';

async function withDatabase(work: (database: Database) => Promise<void>): Promise<void> {
  await using folder = await createFolder();
  await using database = new Database(await openSqlite(path.join(folder.folder, 'data')));
  await work(database);
}

async function namesOf(database: Database): Promise<unknown[]> {
  const sql = 'SELECT "name", "id" FROM "_collections" ORDER BY "name"';
  return database.read({ sql, params: [], tables: ['_collections'], purpose: 'show' });
}

async function commit(database: Database, ...changes: Change[]): Promise<void> {
  const outcome = await database.commit({ key: null, bucket: null, expects: [], changes });
  assert.equal(outcome.kind, 'done');
}

describe('bootstrap', () => {
  it('makes the system collections and users in one commit', () =>
    withDatabase(async (database) => {
      await bootstrap(database);
      assert.deepEqual(await namesOf(database), [
        ['_authOrigins', 'pbc_4275539003'],
        ['_externalAuths', 'pbc_2281828961'],
        ['_mfas', 'pbc_2279338944'],
        ['_otps', 'pbc_1638494021'],
        ['_superusers', 'pbc_3142635823'],
        ['users', '_pb_users_auth_'],
      ]);
      const log = await database.readLog('', 10);
      assert.equal(log.length, 1);
      assert.equal(log[0]?.schema, true);
    }));

  it('leaves a prepared database alone', () =>
    withDatabase(async (database) => {
      await bootstrap(database);
      await bootstrap(database);
      assert.equal((await database.readLog('', 10)).length, 1);
    }));

  it('may be asked twice at once', () =>
    withDatabase(async (database) => {
      await Promise.all([bootstrap(database), bootstrap(database)]);
      assert.equal((await namesOf(database)).length, 6);
    }));

  it('refuses tables of another format', () =>
    withDatabase(async (database) => {
      await bootstrap(database);
      const row = { id: 'format', value: String(tablesFormat + 1), created: '', updated: '' };
      await commit(database, {
        kind: 'update',
        table: '_params',
        collectionId: '_params',
        id: 'format',
        version: 1,
        set: row,
        row,
      });
      await assert.rejects(
        bootstrap(database),
        (error) => error instanceof TablesFormatError && error.message.includes(`format ${tablesFormat + 1}`),
      );
    }));

  it('refuses tables of another program', async () => {
    await withDatabase(async (database) => {
      const columns = [
        { name: 'id', type: 'text' },
        { name: 'value', type: 'json' },
      ] as const;
      await commit(database, { kind: 'schema', change: { kind: 'createTable', table: '_params', columns } });
      await assert.rejects(bootstrap(database), TablesFormatError);
    });
    await withDatabase(async (database) => {
      const columns = [{ name: 'id', type: 'text' }] as const;
      await commit(database, { kind: 'schema', change: { kind: 'createTable', table: '_mfas', columns } });
      await assert.rejects(bootstrap(database), TablesFormatError);
      await assert.rejects(namesOf(database), 'nothing of the first commit is there');
    });
  });
});
