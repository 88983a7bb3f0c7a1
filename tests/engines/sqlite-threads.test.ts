import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { openRemoteSqlite } from '../../src/engines/database/sqlite/remote.ts';
import { openSqlite } from '../../src/engines/database/sqlite/sqlite.ts';
import type { Change, LogEntry } from '../../src/model/commit.ts';
import { createRemoteSqliteTarget, makeTempFolder } from './sqlite-targets.ts';

const threadCount = 2;
const commitsEach = 150;

function commitOf(changes: readonly Change[]): Parameters<Awaited<ReturnType<typeof openSqlite>>['commit']>[0] {
  return { key: null, bucket: null, expects: [], changes };
}

function addThing(id: string): Change {
  return { kind: 'insert', table: 'things', collectionId: 'c', id, row: { id } };
}

const createThings: Change = {
  kind: 'schema',
  change: { kind: 'createTable', table: 'things', columns: [{ name: 'id', type: 'text' }] },
};

describe('several threads on one database', () => {
  it('write at once, and each hears of everything once and in order', async () => {
    const folder = await makeTempFolder();
    const driver = await openSqlite(path.join(folder, 'data'));
    const heard: LogEntry[] = [];
    driver.onDurable((entries) => void heard.push(...entries));
    await driver.commit(commitOf([createThings]));
    const workers = Array.from({ length: threadCount }, (_, i) => {
      const database = driver.connect();
      return new Worker(new URL('./threads/sqlite-writer-thread.ts', import.meta.url), {
        workerData: { database, prefix: `t${i}`, count: commitsEach, total: (threadCount + 1) * commitsEach },
        transferList: [database.port],
      });
    });
    const reports = workers.map((worker) => once(worker, 'message') as Promise<[{ heard: string[]; done: number }]>);
    await Promise.all(workers.map((worker) => once(worker, 'online')));
    for (let i = 0; i < commitsEach; i++) await driver.commit(commitOf([addThing(`main-${i}`)]));
    const positions = heard.map((entry) => entry.position);
    for (const report of reports) {
      const [{ heard: theirs, done }] = await report;
      assert.equal(done, commitsEach);
      assert.ok(theirs.length >= commitsEach);
      // A thread that joined later missed the beginning and nothing else.
      const all = [...positions, ...heard.slice(positions.length).map((entry) => entry.position)];
      assert.deepEqual(theirs, all.slice(all.indexOf(theirs[0]!), all.indexOf(theirs[0]!) + theirs.length));
    }
    const sql = 'SELECT count(*) FROM "things"';
    const query = { sql, params: [], tables: ['things'], purpose: 'show' as const };
    assert.deepEqual(await driver.read(query), [[(threadCount + 1) * commitsEach]]);
    await driver.close();
    await rm(folder, { recursive: true });
  });

  it('get unknown outcomes when the writing thread goes away', async () => {
    const folder = await makeTempFolder();
    const driver = await openSqlite(path.join(folder, 'data'));
    const remote = openRemoteSqlite(driver.connect());
    await remote.commit(commitOf([createThings]));
    const waiting = remote.commit(commitOf([addThing('a')]));
    const closing = driver.close();
    assert.ok(['done', 'unknown'].includes((await waiting).kind));
    await closing;
    await remote.failed;
    assert.equal((await remote.commit(commitOf([addThing('b')]))).kind, 'unknown');
    const query = { sql: 'SELECT 1', params: [], tables: [], purpose: 'show' as const };
    await assert.rejects(remote.read(query), { name: 'DatabaseError', kind: 'unavailable' });
    await remote.close();
    await remote.close();
    await rm(folder, { recursive: true });
  });

  it('may come and go', async () => {
    const target = await createRemoteSqliteTarget();
    for (let i = 0; i < 3; i++) {
      const driver = await target.open();
      const outcome = await driver.commit(commitOf(i === 0 ? [createThings] : [addThing(`x${i}`)]));
      assert.equal(outcome.kind, 'done');
      await driver.close();
    }
    await target.destroy();
  });
});
