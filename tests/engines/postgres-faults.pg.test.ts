// What a PostgreSQL server and several nodes can do to each other.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Bench, commitOf, createPosts, insert, remove, update } from '../../src/engines/database/contract-bench.ts';
import { DatabaseError } from '../../src/engines/database/driver.ts';
import { createFunctionsSql } from '../../src/engines/database/postgres/functions.ts';
import { shortName } from '../../src/engines/database/postgres/identifiers.ts';
import { numberPlaceholders } from '../../src/engines/database/postgres/placeholders.ts';
import { openPostgres } from '../../src/engines/database/postgres/postgres.ts';
import type { Change, CommitOutcome, LogEntry } from '../../src/model/commit.ts';
import { type PostgresUnderTest, startPostgres } from '../../src/testing/postgres.ts';
import { postgresTargets } from './postgres-targets.ts';

let server: PostgresUnderTest;
before(async () => {
  server = await startPostgres({ fsync: true, settings: { max_prepared_transactions: '4' } });
});
after(() => server[Symbol.asyncDispose]());

async function openBench(): Promise<Bench> {
  const bench = new Bench(await postgresTargets(() => server)());
  await bench.open();
  await bench.done(createPosts);
  return bench;
}

async function nameOf(bench: Bench): Promise<string> {
  const rows = await bench.query('SELECT current_database()::text', []);
  return rows[0]![0] as string;
}

async function closeBench(bench: Bench): Promise<void> {
  await bench.driver.close();
  await bench.target.destroy();
}

/** Tries until it goes well, for at most ten seconds. */
async function eventually<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

describe('opening', () => {
  test('refuses a database that does not order text as bytes', async () => {
    const url = await server.createDatabase('C.UTF-8');
    await assert.rejects(openPostgres(url), { name: 'DatabaseError', kind: 'unavailable', message: /LC_COLLATE 'C'/ });
    await server.dropDatabase(url);
  });

  test('refuses a store of a newer format, and what is no address', async () => {
    const bench = await openBench();
    const name = await nameOf(bench);
    await bench.driver.close();
    await server.query(`UPDATE "_meta" SET "value" = '99' WHERE "name" = 'format'`, name);
    await assert.rejects(bench.target.open(), { name: 'DatabaseError', kind: 'unavailable', message: /newer Pando/ });
    await bench.target.destroy();
    await assert.rejects(openPostgres('mysql://a@b/c'), { name: 'DatabaseError', kind: 'unavailable' });
  });

  test('many nodes may set up an empty database at once', async () => {
    const url = await server.createDatabase();
    const drivers = await Promise.all(Array.from({ length: 4 }, () => openPostgres(url, { writersMax: 1 })));
    await Promise.all(drivers.map((driver) => driver.close()));
    await server.dropDatabase(url);
  });

  test('the functions are those of their number: a change of one needs a new schema', () => {
    assert.equal(createHash('sha256').update(createFunctionsSql).digest('hex').slice(0, 16), '323bfb5f29317399');
  });
});

describe('several nodes', () => {
  test('hear the same entries in the same order, each before its own commits are answered', async () => {
    const bench = await openBench();
    const nodes = [bench.driver, await bench.target.open(), await bench.target.open()];
    const heard: LogEntry[][] = nodes.map(() => []);
    for (const [i, node] of nodes.entries()) node.onDurable((entries) => void heard[i]!.push(...entries));
    const start = await bench.driver.headPosition();
    let refused = 0;
    const write = async (i: number): Promise<void> => {
      for (let round = 0; round < 60; round++) {
        const node = nodes[i]!;
        const outcome = await node.commit(
          commitOf([insert(`id${round}-${round % 3 === 0 ? 'same' : i}`), insert(`x${i}-${round}`)]),
        );
        if (outcome.kind === 'done') assert.ok(heard[i]!.some(({ position }) => position === outcome.position));
        else refused++;
      }
    };
    await Promise.all([write(0), write(1), write(2)]);
    const log: LogEntry[] = [];
    for (let page = await bench.driver.readLog(start, 100); page.length > 0; ) {
      log.push(...page);
      page = await bench.driver.readLog(page.at(-1)!.position, 100);
    }
    assert.equal(log.length, 180 - refused);
    assert.equal(refused, 40);
    const positions = log.map(({ position }) => position);
    assert.deepEqual(positions, positions.toSorted());
    await eventually(async () => assert.ok(heard.every((entries) => entries.length === log.length)));
    for (const entries of heard)
      assert.deepEqual(
        entries.map(({ position }) => position),
        positions,
      );
    await Promise.all(nodes.slice(1).map((node) => node.close()));
    await closeBench(bench);
  });

  test('exactly one of many concurrent changes of a version wins, and repeated keys have one outcome', async () => {
    const bench = await openBench();
    const nodes = [bench.driver, await bench.target.open(), await bench.target.open()];
    await bench.done(insert('race'));
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, i) => nodes[i % 3]!.commit(commitOf([update('race', 1, { rank: i })]))),
    );
    assert.equal(outcomes.filter(({ kind }) => kind === 'done').length, 1);
    const keyed = await Promise.all(
      Array.from({ length: 30 }, (_, i) => nodes[i % 3]!.commit(commitOf([insert('keyed')], { key: 'one' }))),
    );
    assert.equal(new Set(keyed.map((outcome) => JSON.stringify(outcome))).size, 1);
    assert.equal(keyed[0]!.kind, 'done');
    await Promise.all(nodes.slice(1).map((node) => node.close()));
    await closeBench(bench);
  });

  test('commits that change the same rows in different orders all end', async () => {
    const bench = await openBench();
    const other = await bench.target.open();
    await bench.done(insert('a'), insert('b'), insert('c'));
    for (let version = 1; version <= 30; version++) {
      const change = (id: string): Change => update(id, version, { rank: version });
      const outcomes = await Promise.all([
        bench.driver.commit(commitOf([change('a'), change('b'), change('c')])),
        other.commit(commitOf([change('c'), change('b'), change('a')])),
      ]);
      assert.deepEqual(outcomes.map(({ kind }) => kind).toSorted(), ['done', 'refused']);
    }
    await other.close();
    await closeBench(bench);
  });

  test('an expectation holds until the commit is over', async () => {
    const bench = await openBench();
    const other = await bench.target.open();
    for (let round = 0; round < 20; round++) {
      await bench.done(insert(`parent${round}`));
      const exists = { kind: 'exists', table: 'posts', id: `parent${round}` } as const;
      const [child, gone] = await Promise.all([
        bench.driver.commit(commitOf([insert(`child${round}`)], { expects: [exists] })),
        other.commit(commitOf([remove(`parent${round}`, 1)])),
      ]);
      assert.equal(gone.kind, 'done');
      // Either the child came first, or it was refused; in the log it never stands behind the removal.
      if (child.kind === 'done') assert.ok(child.position !== gone.position);
      else
        assert.deepEqual(child, {
          kind: 'refused',
          refusal: { kind: 'conflict', table: 'posts', id: `parent${round}` },
        });
      const absent = { kind: 'absent', table: 'posts', id: `only${round}` } as const;
      const both = await Promise.all([
        bench.driver.commit(commitOf([insert(`only${round}`)], { expects: [absent] })),
        other.commit(commitOf([insert(`only${round}`)], { expects: [absent] })),
      ]);
      assert.deepEqual(both.map(({ kind }) => kind).toSorted(), ['done', 'refused']);
    }
    await other.close();
    await closeBench(bench);
  });

  test('a table that changes under prepared statements is read and written as it is', async () => {
    const bench = await openBench();
    const other = await bench.target.open();
    const sql = 'SELECT "rank" FROM "posts" WHERE "rank" = ? OR "id" = ?';
    const ask = (value: string | number): Promise<unknown> =>
      other.read({ sql, params: [value, 't1'], tables: ['posts'], purpose: 'show' });
    await other.commit(commitOf([insert('t1', { rank: 5 })]));
    assert.deepEqual(await ask(5), [[5]]);
    const toText: Change = {
      kind: 'schema',
      change: {
        kind: 'alterTable',
        table: 'posts',
        rename: 'posts',
        drop: [],
        add: [],
        change: [{ from: 'rank', to: 'rank', convert: null, type: 'text' }],
      },
    };
    await bench.done(toText);
    assert.deepEqual(await ask('x'), [['5.0']]);
    // The first attempt after the change may be refused as a conflict; the next one goes through.
    const again = async (): Promise<CommitOutcome> => other.commit(commitOf([insert('t2', { rank: 'word' })]));
    const outcome = await again();
    if (outcome.kind !== 'done') assert.equal((await again()).kind, 'done');
    assert.deepEqual(await bench.row('t2', ['rank']), ['word']);
    await other.close();
    await closeBench(bench);
  });
});

describe('an older transaction that does not end', () => {
  test('holds the log back and nothing is told out of order; afterwards everything is', async () => {
    const bench = await openBench();
    const name = await nameOf(bench);
    const heard: string[] = [];
    bench.driver.onDurable((entries) => void heard.push(...entries.map(({ position }) => position)));
    await server.query(`BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION 'held'`, name);
    let isAnswered = false;
    const commit = bench.commit(insert('late')).finally(() => {
      isAnswered = true;
    });
    // Other statements see the row, but the commit is not answered and not told.
    await eventually(async () => assert.notEqual(await bench.row('late'), undefined));
    assert.deepEqual(
      [isAnswered, heard.length, (await bench.driver.readLog(await bench.driver.headPosition(), 5)).length],
      [false, 0, 0],
    );
    await server.query(`ROLLBACK PREPARED 'held'`, name);
    const outcome = await commit;
    assert.ok(outcome.kind === 'done' && heard.includes(outcome.position));
    await closeBench(bench);
  });
});

describe('a standby that does not answer', () => {
  test('and a wait for it that is cut short: the commit is not acknowledged until it is safe', async () => {
    const bench = await openBench();
    const name = await nameOf(bench);
    const setStandby = async (standby: string): Promise<void> => {
      await server.query(`ALTER SYSTEM SET synchronous_standby_names = '${standby}'`);
      await server.query('SELECT pg_reload_conf()');
    };
    const waiting = `SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'pando'`;
    const cancel = (): Promise<unknown> =>
      eventually(async () => {
        const found = await server.query(`SELECT pg_cancel_backend(pid) FROM (${waiting}) AS w`, name);
        assert.equal(found.length, 1);
      });
    await setStandby('nobody');
    await eventually(async () => {
      const [row] = await server.query('SHOW synchronous_standby_names', name);
      assert.equal(row!['synchronous_standby_names'], 'nobody');
    });
    const commit = bench.driver.commit(commitOf([insert('s1')], { key: 'standby' }));
    await cancel();
    assert.equal((await commit).kind, 'unknown');
    assert.notEqual(await bench.row('s1'), undefined);
    const asking = assert.rejects(bench.driver.outcomeOf('standby'), { name: 'DatabaseError', kind: 'unavailable' });
    await cancel();
    await asking;
    await setStandby('');
    const outcome = await eventually(async () => bench.driver.outcomeOf('standby'));
    assert.equal(outcome?.kind, 'done');
    await bench.done(insert('s2'));
    await closeBench(bench);
  });
});

describe('a server that goes away', () => {
  test('crashes and comes back: acknowledged commits are there, unknown ones are found by their keys', async () => {
    const bench = await openBench();
    const outcomes = new Map<string, CommitOutcome>();
    const running = { isOver: false };
    const write = async (writer: number): Promise<void> => {
      for (let i = 0; !running.isOver; i++) {
        const id = `w${writer}-${i}`;
        outcomes.set(id, await bench.driver.commit(commitOf([insert(id)], { key: id })));
      }
    };
    const writers = Array.from({ length: 6 }, (_, writer) => write(writer));
    for (let crash = 0; crash < 2; crash++) {
      const goal = outcomes.size + 60;
      await eventually(async () => assert.ok(outcomes.size >= goal));
      await server.stop('SIGQUIT');
      await server.start();
    }
    const goal = outcomes.size + 60;
    await eventually(async () => assert.ok(outcomes.size >= goal));
    running.isOver = true;
    await Promise.all(writers);
    const ids = new Set(await bench.ids());
    const kinds = { done: 0, refused: 0, unknown: 0 };
    for (const [id, outcome] of outcomes) {
      kinds[outcome.kind]++;
      if (outcome.kind === 'done') assert.ok(ids.has(id), `${id} was acknowledged and is lost`);
      const found = await bench.driver.outcomeOf(id);
      assert.equal(found !== null, ids.has(id), id);
      if (outcome.kind === 'done') assert.deepEqual(found, outcome);
    }
    assert.equal(kinds.refused, 0);
    assert.deepEqual(new Set((await bench.wholeLog()).flatMap((entry) => entry.changes.map(({ id }) => id))), ids);
    await closeBench(bench);
  });

  test('ends a connection: reads and commits go on with another one', async () => {
    const bench = await openBench();
    const name = await nameOf(bench);
    for (let round = 0; round < 5; round++) {
      await server.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pando'`,
        name,
      );
      await eventually(async () => assert.notEqual(await bench.query('SELECT 1'), null));
      await bench.done(insert(`after${round}`));
    }
    await closeBench(bench);
  });

  test('is down: reads are unavailable, commits unknown, and both go on when it is back', async () => {
    const bench = await openBench();
    await server.stop('SIGQUIT');
    const reading = bench.ids();
    const commit = bench.commit(insert('nowhere'));
    await assert.rejects(reading, { name: 'DatabaseError', kind: 'unavailable' });
    assert.equal((await commit).kind, 'unknown');
    await server.start();
    await eventually(async () => bench.done(insert('here')));
    assert.deepEqual(await bench.ids(), ['here']);
    await closeBench(bench);
  });
});

describe('statements', () => {
  test('that take too long are given up', async () => {
    const bench = await openBench();
    const quick = await openPostgres(server.urlOf(await nameOf(bench)), { statementMsMax: 100 });
    const query = { sql: 'SELECT count(*) FROM generate_series(1, 1000000000)', params: [], tables: [] };
    await assert.rejects(quick.read({ ...query, purpose: 'show' }), { name: 'DatabaseError', kind: 'timeout' });
    assert.deepEqual(await quick.read({ sql: 'SELECT 1', params: [], tables: [], purpose: 'show' }), [[1]]);
    await quick.close();
    await closeBench(bench);
  });

  test('of more texts than are kept prepared all answer', async () => {
    const bench = await openBench();
    for (let round = 0; round < 2; round++) {
      const answers = await Promise.all(
        Array.from({ length: 2500 }, (_, i) => bench.query(`SELECT ${i} + ?::int`, [1])),
      );
      assert.deepEqual(
        answers.flat(2),
        Array.from({ length: 2500 }, (_, i) => i + 1),
      );
    }
    await closeBench(bench);
  });

  test('have placeholders only outside of literals and names', () => {
    assert.equal(
      numberPlaceholders(`SELECT "a?""?", '?''?' FROM "t" WHERE b = ? AND c IN (?, ?)`),
      `SELECT "a?""?", '?''?' FROM "t" WHERE b = $1 AND c IN ($2, $3)`,
    );
  });

  test('may name what the server would cut off', async () => {
    const bench = await openBench();
    const columns = ['a', 'b'].map((end) => ({ name: 'n'.repeat(90) + end, type: 'text' as const }));
    const table = 'é'.repeat(60);
    const id = { name: 'id', type: 'text' as const };
    await bench.done({ kind: 'schema', change: { kind: 'createTable', table, columns: [id, ...columns] } });
    const [first, second] = columns.map(({ name }) => name) as [string, string];
    const sql = `CREATE UNIQUE INDEX "${'i'.repeat(80)}" ON "${table}" ("${first}")`;
    await bench.done({
      kind: 'schema',
      change: { kind: 'createIndex', table, index: 'i'.repeat(80), unique: true, sql },
    });
    const row = { id: 'l1', [first]: 'one', [second]: 'two' };
    await bench.done({ kind: 'insert', table, collectionId: 'c', id: 'l1', row });
    assert.deepEqual(await bench.row('l1', [first, second], table), ['one', 'two']);
    const twice = await bench.commit({ kind: 'insert', table, collectionId: 'c', id: 'l2', row: { ...row, id: 'l2' } });
    assert.deepEqual(twice, { kind: 'refused', refusal: { kind: 'unique', table, columns: [first], change: 0 } });
    assert.notEqual(shortName(first), shortName(second));
    await closeBench(bench);
  });

  test('a value that the server cannot hold refuses its commit by name', async () => {
    const bench = await openBench();
    const outcome = await bench.commit(insert('nul', { title: 'a\0b' }));
    assert.ok(outcome.kind === 'refused' && outcome.refusal.kind === 'schema', JSON.stringify(outcome));
    await assert.rejects(bench.query('SELECT ?', ['a\0b']), DatabaseError);
    await closeBench(bench);
  });

  test('a long log is trimmed in bounded steps beside writers', async () => {
    const bench = await openBench();
    await Promise.all(Array.from({ length: 200 }, (_, i) => bench.done(insert(`t${i}`))));
    const head = await bench.driver.headPosition();
    const [gone] = await Promise.all([bench.driver.trimLog(head), bench.done(insert('beside'))]);
    assert.ok(gone >= 200);
    assert.ok((await bench.driver.tailPosition()) <= head);
    assert.equal((await bench.wholeLog()).length, await bench.driver.logLength());
    await closeBench(bench);
  });
});
