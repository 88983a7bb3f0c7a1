import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { DatabaseError } from '../../src/engines/database/driver.ts';
import { isSafeSqlite } from '../../src/engines/database/sqlite/connection.ts';
import { networkFileSystemName } from '../../src/engines/database/sqlite/folder.ts';
import { openSqlite } from '../../src/engines/database/sqlite/sqlite.ts';
import { makeTempFolder } from './sqlite-targets.ts';

describe('a data folder', () => {
  let parent: string;
  let folder: string;
  before(async () => {
    parent = await makeTempFolder();
    folder = path.join(parent, 'deep', 'data');
  });
  after(() => rm(parent, { recursive: true }));

  it('is created for its owner alone', async () => {
    const driver = await openSqlite(folder);
    const modeOf = async (name: string): Promise<number> => (await stat(path.join(folder, name))).mode & 0o777;
    assert.equal(await modeOf('.'), 0o700);
    for (const name of await readdir(folder)) assert.equal((await modeOf(name)) & 0o077, 0, name);
    await driver.close();
  });

  it('has one owner at a time, and says which', async () => {
    const driver = await openSqlite(folder);
    await assert.rejects(openSqlite(folder, { lockWaitMs: 0 }), (error) => {
      assert.ok(error instanceof DatabaseError && error.kind === 'unavailable');
      assert.match(error.message, new RegExp(`in use by another process \\(pid ${process.pid}\\)`));
      return true;
    });
    const waiting = openSqlite(folder, { lockWaitMs: 5000 });
    await driver.close();
    await (await waiting).close();
  });

  it('is free again when its owner was killed', async () => {
    const program = `import { openSqlite } from ${JSON.stringify(import.meta.resolve('../../src/engines/database/sqlite/sqlite.ts'))};
      await openSqlite(${JSON.stringify(folder)}); console.log('open'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await assert.rejects(openSqlite(folder, { lockWaitMs: 0 }), new RegExp(`pid ${child.pid}`));
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await (await openSqlite(folder, { lockWaitMs: 0 })).close();
  });

  it('of a newer Pando is refused and left as it is', async () => {
    const file = path.join(folder, 'data.db');
    const setFormat = (format: string): void => {
      const database = new DatabaseSync(file);
      database.prepare(`UPDATE "_meta" SET "value" = ? WHERE "name" = 'format'`).run(format);
      database.close();
    };
    setFormat('2');
    await assert.rejects(openSqlite(folder), /store format 2; this Pando knows formats up to 1/);
    setFormat('1');
    await (await openSqlite(folder)).close();
  });

  it('is refused when it is no database', async () => {
    const other = path.join(parent, 'other');
    await mkdir(path.join(other, 'data.db'), { recursive: true });
    await assert.rejects(openSqlite(other), { name: 'DatabaseError', kind: 'unavailable' });
  });
});

describe('what the store needs', () => {
  it('is a SQLite without the WAL-reset bug', () => {
    for (const version of ['3.51.3', '3.51.10', '3.52.0', '3.53.4', '4.0.0']) assert.equal(isSafeSqlite(version), true);
    for (const version of ['3.51.2', '3.51', '3.9.99', '2.99.99', '0', '']) assert.equal(isSafeSqlite(version), false);
  });

  it('is a local disk', () => {
    assert.equal(networkFileSystemName(0x6969), 'NFS');
    assert.equal(networkFileSystemName(0xff534d42 | 0), 'CIFS');
    assert.equal(networkFileSystemName(0xef53), null);
  });
});
