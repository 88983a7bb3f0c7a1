import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { DurableGate } from '../../src/engines/database/sqlite/gate.ts';
import { decodeEntry, encodeBody, loggedChangesOf } from '../../src/engines/database/log-body.ts';
import { fromPosition, toPosition } from '../../src/engines/database/sqlite/positions.ts';
import { openSqlite } from '../../src/engines/database/sqlite/sqlite.ts';
import type { Change, Commit } from '../../src/model/commit.ts';
import { makeTempFolder } from './sqlite-targets.ts';

describe('positions', () => {
  it('sort as text as they do as numbers', () => {
    const numbers = [1, 2, 9, 10, 99, 100, 12_345, 2 ** 40, 2 ** 53 - 1];
    const positions = numbers.map(toPosition);
    assert.deepEqual(positions.toSorted(), positions);
    assert.deepEqual(positions.map(fromPosition), numbers);
    assert.equal(fromPosition(''), 0);
    for (const strange of ['1', 'x'.repeat(16), '-000000000000001'])
      assert.throws(() => fromPosition(strange), RangeError);
  });
});

describe('the stored form of a log entry', () => {
  const commit: Commit = {
    key: 'k',
    bucket: 7,
    expects: [],
    changes: [
      { kind: 'insert', table: 'posts', collectionId: 'c1', id: 'a', row: { id: 'a', n: 1.5, j: null } },
      {
        kind: 'update',
        table: 'posts',
        collectionId: 'c1',
        id: 'b',
        version: 3,
        set: { n: 2 },
        row: { id: 'b', n: 2 },
      },
      { kind: 'delete', table: 'posts', collectionId: 'c1', id: 'c', version: 4, row: { id: 'c', n: 0 } },
      { kind: 'schema', change: { kind: 'dropTable', table: 'old' } },
    ],
  };

  it('is pinned: another form needs another version', () => {
    const body = encodeBody(loggedChangesOf(commit), true);
    const fingerprint = createHash('sha256').update(body).digest('hex').slice(0, 16);
    assert.equal(fingerprint, 'cd15f75db56ba29a', body);
  });

  it('comes back as it went in, and a newer one is refused', () => {
    const changes = loggedChangesOf(commit);
    const entry = decodeEntry('0000000000000001', 5, 'k', encodeBody(changes, true));
    assert.deepEqual(entry, { position: '0000000000000001', at: 5, key: 'k', changes, schema: true });
    assert.throws(() => decodeEntry('1', 5, null, '{"v":2,"s":0,"c":[]}'), /format 2/);
  });
});

describe('the gate of durability', () => {
  it('holds back readers of what is not durable yet, and nobody else', async () => {
    const gate = new DurableGate();
    const other = new DurableGate(gate.buffer);
    assert.equal(gate.pending(['posts'], true), null);
    gate.begin(['posts']);
    assert.equal(gate.pending(['users'], true), null);
    assert.equal(other.pending(['users'], false), null);
    const settled: string[] = [];
    const waits = [
      gate.pending(['users', 'posts'], true)!.then(() => settled.push('here')),
      other.pending(['posts'], false)!.then(() => settled.push('there')),
    ];
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(settled, []);
    gate.settle(7);
    await Promise.all(waits);
    assert.deepEqual(settled.toSorted(), ['here', 'there']);
    assert.equal(other.head, 7);
    assert.equal(other.pending(['posts'], false), null);
  });

  it('holds back every reader while the schema changes', () => {
    const gate = new DurableGate();
    gate.begin(null);
    assert.notEqual(gate.pending(['anything'], true), null);
    gate.settle(1);
    assert.equal(gate.pending(['anything'], true), null);
  });

  it('rejects all who wait, then and later, when the store fails', async () => {
    const gate = new DurableGate();
    gate.begin(['posts']);
    const waits = [gate.pending(['posts'], true)!, new DurableGate(gate.buffer).pending(['posts'], false)!];
    const rejected = waits.map((wait) => assert.rejects(wait, { name: 'DatabaseError', kind: 'unavailable' }));
    gate.fail();
    await Promise.all(rejected);
    await assert.rejects(gate.pending(['users'], true)!, { kind: 'unavailable' });
  });
});

describe('the write-ahead log file', () => {
  it('stays bounded while much is written', async () => {
    const folder = await makeTempFolder();
    const driver = await openSqlite(folder);
    const columns = [
      { name: 'id', type: 'text' },
      { name: 'body', type: 'text' },
    ] as const;
    const commit = (changes: readonly Change[]): Promise<unknown> =>
      driver.commit({ key: null, bucket: null, expects: [], changes });
    await commit([{ kind: 'schema', change: { kind: 'createTable', table: 'bulk', columns } }]);
    const body = 'x'.repeat(20_000);
    let largest = 0;
    // Each commit writes its body twice (row and log): about 100 MB in all.
    for (let round = 0; round < 25; round++) {
      const commits = Array.from({ length: 100 }, (_, i) => {
        const row = { id: `${round}-${i}`, body };
        return commit([{ kind: 'insert', table: 'bulk', collectionId: 'c', id: row.id, row }]);
      });
      await Promise.all(commits);
      largest = Math.max(largest, (await stat(path.join(folder, 'data.db-wal'))).size);
    }
    assert.ok(largest < 40_000_000, `${largest} bytes`);
    await driver.close();
    const left = await openSqlite(folder);
    assert.equal(await left.logLength(), 2501);
    await left.close();
    await rm(folder, { recursive: true });
  });
});

describe('another program on the same file', () => {
  it('is waited for, without holding up the loop', async () => {
    const folder = await makeTempFolder();
    const driver = await openSqlite(folder);
    const columns = [{ name: 'id', type: 'text' }] as const;
    const commit = (change: Change): ReturnType<typeof driver.commit> =>
      driver.commit({ key: null, bucket: null, expects: [], changes: [change] });
    await commit({ kind: 'schema', change: { kind: 'createTable', table: 'things', columns } });
    const other = new DatabaseSync(path.join(folder, 'data.db'));
    other.exec(`BEGIN IMMEDIATE; INSERT INTO "things" ("id") VALUES ('theirs')`);
    const commits = ['a', 'b'].map((id) =>
      commit({ kind: 'insert', table: 'things', collectionId: 'c', id, row: { id } }),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    const query = {
      sql: 'SELECT "id" FROM "things" ORDER BY rowid',
      params: [],
      tables: ['things'],
      purpose: 'show' as const,
    };
    assert.deepEqual(await driver.read(query), []);
    const pending: Change[] = [{ kind: 'insert', table: 'things', collectionId: 'c', id: 'p', row: { id: 'p' } }];
    await assert.rejects(driver.read({ ...query, pending }), { name: 'DatabaseError', kind: 'unavailable' });
    other.exec('COMMIT');
    other.close();
    for (const outcome of await Promise.all(commits)) assert.equal(outcome.kind, 'done');
    assert.deepEqual(await driver.read(query), [['theirs'], ['a'], ['b']]);
    await driver.close();
    await rm(folder, { recursive: true });
  });
});
