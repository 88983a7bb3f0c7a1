import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { DatabaseError, type Query } from '../../src/engines/database/driver.ts';
import { openConnection } from '../../src/engines/database/sqlite/connection.ts';
import { estimateRows, explain, TableSizes } from '../../src/engines/database/sqlite/plan.ts';
import { scanQueueMax } from '../../src/engines/database/sqlite/scan-pool.ts';
import { openSqlite, type SqliteDatabase } from '../../src/engines/database/sqlite/sqlite.ts';
import type { Change, ColumnValue } from '../../src/model/commit.ts';
import { makeTempFolder } from './sqlite-targets.ts';

const rowCount = 30_000;

function query(sql: string, params: readonly ColumnValue[] = []): Query {
  return { sql, params, tables: ['big'], purpose: 'show' };
}

describe('slow statements', () => {
  let folder: string;
  let driver: SqliteDatabase;
  before(async () => {
    folder = await makeTempFolder();
    driver = await openSqlite(folder, { scanProcessesMax: 2, scanMsMax: 2000 });
    const columns = [
      { name: 'id', type: 'text' },
      { name: 'title', type: 'text' },
      { name: 'rank', type: 'number' },
    ] as const;
    const schema: Change = { kind: 'schema', change: { kind: 'createTable', table: 'big', columns } };
    const rows = Array.from({ length: rowCount }, (_, i): Change => {
      const row = { id: `r${i}`, title: `title ${i} ${'a'.repeat(40)}`, rank: i };
      return { kind: 'insert', table: 'big', collectionId: 'c', id: row.id, row };
    });
    const outcome = await driver.commit({ key: null, bucket: null, expects: [], changes: [schema, ...rows] });
    assert.equal(outcome.kind, 'done');
  });
  after(async () => {
    await driver.close();
    await rm(folder, { recursive: true });
  });

  it('give the same answers elsewhere', async () => {
    const sql = 'SELECT count(*), min("rank"), max("title") FROM "big" WHERE "title" LIKE ?';
    const [row] = await driver.read(query(sql, ['%title 2999_ %']));
    assert.deepEqual(row, [10, 29_990, `title 29999 ${'a'.repeat(40)}`]);
    const pages = await Promise.all(
      Array.from({ length: 20 }, (_, i) => driver.read(query('SELECT "id" FROM "big" WHERE "rank" + 0 = ?', [i]))),
    );
    assert.deepEqual(
      pages.map(([found]) => found![0]),
      pages.map((_, i) => `r${i}`),
    );
  });

  it('see what has just been committed', async () => {
    const row = { id: 'new', title: 'needle', rank: -1 };
    const insert: Change = { kind: 'insert', table: 'big', collectionId: 'c', id: 'new', row };
    await driver.commit({ key: null, bucket: null, expects: [], changes: [insert] });
    assert.deepEqual(await driver.read(query('SELECT "id" FROM "big" WHERE "title" LIKE ?', ['needle'])), [['new']]);
  });

  it('reject by name when they are wrong', async () => {
    const wrong = driver.read(query(`SELECT json_extract("title", '$.x') FROM "big" WHERE "title" LIKE '%'`));
    await assert.rejects(wrong, { name: 'DatabaseError', kind: 'query' });
    const integers = driver.read(query('SELECT cast("rank" + 9e18 AS INTEGER) FROM "big"'));
    await assert.rejects(integers, { name: 'DatabaseError', kind: 'query' });
  });

  it('are cancelled, and hold up nobody meanwhile', async () => {
    const hostile = 'SELECT count(*) FROM "big" a, "big" b, "big" c WHERE a."title" || b."title" LIKE c."title"';
    let isOver = false;
    const cancelled = driver.read(query(hostile)).then(
      () => assert.fail('it should have been cancelled'),
      (error: unknown) => {
        isOver = true;
        return error;
      },
    );
    let reads = 0;
    while (!isOver) {
      assert.equal((await driver.read(query('SELECT "rank" FROM "big" WHERE "id" = ?', ['r7']))).length, 1);
      reads++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const error = await cancelled;
    assert.ok(error instanceof DatabaseError && error.kind === 'timeout', String(error));
    assert.ok(reads > 100, `only ${reads} reads went by`);
    const again = await driver.read(query('SELECT count(*) FROM "big" WHERE "title" LIKE ?', ['title 1 %']));
    assert.deepEqual(again, [[1]]);
  });

  it('that were slow before keep nobody else waiting', async () => {
    const hostile = query('SELECT count(*) FROM "big" a, "big" b WHERE a."title" || b."title" LIKE ?', ['%x%']);
    await assert.rejects(driver.read(hostile), { kind: 'timeout' });
    const slow = Array.from({ length: 20 }, () => driver.read(hostile));
    const rejections = Promise.all(
      slow.map((read) => assert.rejects(read, { name: 'DatabaseError', kind: 'timeout' })),
    );
    for (let i = 0; i < 20; i++) {
      assert.deepEqual(await driver.read(query('SELECT "id" FROM "big" WHERE "rank" + 0 = ?', [i])), [[`r${i}`]]);
    }
    await rejections;
  });

  it('are refused when too many wait', async () => {
    const hostile = 'SELECT count(*) FROM "big" a, "big" b WHERE a."title" || b."title" LIKE ?';
    const outcomes = await Promise.allSettled(
      Array.from({ length: scanQueueMax + 100 }, (_, i) => driver.read(query(hostile, [`%x${i}%`]))),
    );
    const kinds = outcomes.map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as DatabaseError).kind : 'answered',
    );
    assert.ok(!kinds.includes('answered'));
    assert.ok(kinds.filter((kind) => kind === 'unavailable').length >= 90);
    assert.ok(kinds.includes('timeout'));
  });

  it('include pages far behind', async () => {
    const page = (offset: number): Promise<ColumnValue[][]> =>
      driver.read(query('SELECT "id" FROM "big" ORDER BY rowid LIMIT ? OFFSET ?', [2, offset]));
    assert.deepEqual(await page(0), [['r0'], ['r1']]);
    assert.deepEqual(await page(29_998), [['r29998'], ['r29999']]);
    assert.deepEqual(await page(9e15), []);
  });
});

describe('integers that JavaScript cannot hold', () => {
  it('fail their statement, not the store', async () => {
    const folder = await makeTempFolder();
    const driver = await openSqlite(folder);
    await assert.rejects(driver.read(query('SELECT 9007199254740993')), { name: 'DatabaseError', kind: 'query' });
    assert.deepEqual(await driver.read(query('SELECT 9007199254740991')), [[2 ** 53 - 1]]);
    await driver.close();
    await rm(folder, { recursive: true });
  });
});

describe('the estimate of a plan', () => {
  const connection = openConnection(':memory:', 'main');
  connection.exec(`CREATE TABLE "a" ("id" TEXT PRIMARY KEY, "x" TEXT, "y" TEXT); CREATE INDEX "ax" ON "a" ("x");
    CREATE TABLE "b" ("id" TEXT PRIMARY KEY, "a" TEXT, "list" TEXT)`);
  const sizes: { readonly [table: string]: number } = { a: 1000, b: 500 };
  const estimate = (sql: string): number =>
    estimateRows(explain(connection, sql), { size: (name) => sizes[name] ?? 1000, group: () => 1 });

  it('is small for keyed reads', () => {
    assert.ok(estimate(`SELECT * FROM "a" WHERE "id" = ?`) <= 1);
    assert.ok(estimate(`SELECT * FROM "a" WHERE "id" = ? OR "x" = ?`) <= 10);
    assert.equal(explain(connection, `SELECT * FROM "a" WHERE "id" = ?`).hasScan, false);
  });

  it('takes a range of an index for the whole of it, and an equation for one row', () => {
    assert.equal(estimate(`SELECT * FROM "a" WHERE "x" > ? ORDER BY "y"`), 1000);
    assert.equal(estimate(`SELECT count(*) FROM "a" WHERE "x" BETWEEN ? AND ?`), 1000);
    assert.ok(estimate(`SELECT * FROM "a" WHERE "x" = ?`) <= 1);
    assert.equal(explain(connection, `SELECT * FROM "a" WHERE "x" = ?`).isKeyed, false);
    assert.equal(explain(connection, `SELECT * FROM "a" WHERE "id" = ?`).isKeyed, true);
  });

  it('takes an equation for as many rows as share a value on average', () => {
    const large = openConnection(':memory:', 'main');
    large.exec(`CREATE TABLE "t" ("id" TEXT PRIMARY KEY, "half" INTEGER, "own" INTEGER);
      CREATE INDEX "t_half" ON "t" ("half"); CREATE INDEX "t_own" ON "t" ("own");
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50000) INSERT INTO "t" SELECT i, i % 2, i FROM n`);
    const found = new TableSizes(large, () => 0);
    assert.equal(found.of('t'), 50_000);
    assert.equal(found.group('t', 'half'), 25_000);
    assert.equal(found.group('t', 'own'), 1);
    const rowsOf = (sql: string): number =>
      estimateRows(explain(large, sql), {
        size: (name) => found.of(name),
        group: (name, column) => found.group(name, column),
      });
    assert.equal(rowsOf(`SELECT * FROM "t" WHERE "half" = ? ORDER BY "own"`), 25_000);
    assert.equal(rowsOf(`SELECT * FROM "t" WHERE "own" = ?`), 1);
    large.close();
  });

  it('multiplies scans inside scans', () => {
    assert.equal(estimate(`SELECT * FROM "a" WHERE "y" LIKE ?`), 1000);
    assert.ok(estimate(`SELECT * FROM "a", "b" WHERE "b"."a" > "a"."y"`) >= 500_000);
    assert.ok(estimate(`SELECT * FROM "a" WHERE (SELECT count(*) FROM "b" WHERE "b"."a" > "a"."y") > 3`) >= 500_000);
    assert.ok(estimate(`SELECT * FROM "b" WHERE 'x' IN (SELECT "value" FROM json_each("b"."list"))`) < 5000);
  });

  it('knows statements that stop by themselves', () => {
    const isBounded = (sql: string): boolean => explain(connection, sql).isBounded;
    assert.equal(isBounded(`SELECT * FROM "a" ORDER BY "x" LIMIT 30`), true);
    assert.equal(isBounded(`SELECT count(*) FROM "a"`), true);
    assert.equal(isBounded(`SELECT * FROM "a" ORDER BY "y" LIMIT 30`), false);
    assert.equal(isBounded(`SELECT * FROM "a" WHERE "y" = ? ORDER BY "x" LIMIT 30`), false);
  });
});
