import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Change, Column, ColumnValue, Commit, CommitOutcome, LogEntry, Row } from '../../model/commit.ts';
import { DatabaseError, type DatabaseDriver, type Query } from './driver.ts';

/** A database that the suite may open, close and open again. */
export interface DatabaseTarget {
  /** Opens it, creating it the first time. Never called while it is open. */
  open(): Promise<DatabaseDriver>;
  /** Tries to open one that cannot be there (a folder that cannot be made, a server that does not listen). */
  openMissing(): Promise<DatabaseDriver>;
  /** Removes everything. */
  destroy(): Promise<void>;
}

/** Makes an empty target. */
export type CreateDatabaseTarget = () => Promise<DatabaseTarget>;

/**
 * Registers the tests that every database driver must pass, against the real thing.
 *
 * @example
 * testDatabaseDriver('postgres', async () => createScratchDatabase());
 */
export function testDatabaseDriver(name: string, create: CreateDatabaseTarget): void {
  describe(`database driver contract: ${name}`, () => {
    testCommits(create);
    testRefusals(create);
    testLog(create);
    testSchemaChanges(create);
    testReads(create);
    testLifecycle(create);
  });
}

/** One open database with a table `posts` (title text, rank number, done bool, tags list, extra json). */
class Bench {
  readonly target: DatabaseTarget;
  driver!: DatabaseDriver;

  constructor(target: DatabaseTarget) {
    this.target = target;
  }

  async open(): Promise<void> {
    this.driver = await this.target.open();
  }

  async reopen(): Promise<void> {
    await this.driver.close();
    await this.open();
  }

  commit(...changes: Change[]): Promise<CommitOutcome> {
    return this.driver.commit(commitOf(changes));
  }

  async done(...changes: Change[]): Promise<string> {
    const outcome = await this.commit(...changes);
    assert.equal(outcome.kind, 'done', JSON.stringify(outcome));
    return outcome.kind === 'done' ? outcome.position : '';
  }

  query(sql: string, params: readonly ColumnValue[] = [], options: Partial<Query> = {}): Promise<ColumnValue[][]> {
    return this.driver.read({ sql, params, tables: ['posts'], purpose: 'show', ...options });
  }

  /** The named columns of a row, or undefined. */
  async row(id: string, columns: readonly string[] = ['title'], table = 'posts'): Promise<ColumnValue[] | undefined> {
    const { identifier } = this.driver.dialect;
    const list = columns.map(identifier).join(', ');
    const [row] = await this.query(`SELECT ${list} FROM ${identifier(table)} WHERE ${identifier('id')} = ?`, [id], {
      tables: [table],
    });
    return row;
  }

  async ids(table = 'posts'): Promise<string[]> {
    const { identifier } = this.driver.dialect;
    const sql = `SELECT ${identifier('id')} FROM ${identifier(table)} ORDER BY ${identifier('id')}`;
    return (await this.query(sql, [], { tables: [table] })).map(([id]) => id as string);
  }

  async wholeLog(): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    let position = '';
    for (;;) {
      const page = await this.driver.readLog(position, 7);
      if (page.length === 0) return entries;
      entries.push(...page);
      position = page.at(-1)!.position;
    }
  }
}

const columns: readonly Column[] = [
  { name: 'id', type: 'text' },
  { name: 'title', type: 'text' },
  { name: 'rank', type: 'number' },
  { name: 'done', type: 'bool' },
  { name: 'tags', type: 'list' },
  { name: 'extra', type: 'json' },
];

const createPosts: Change = { kind: 'schema', change: { kind: 'createTable', table: 'posts', columns } };

function commitOf(changes: readonly Change[], more: Partial<Commit> = {}): Commit {
  return { key: null, bucket: null, expects: [], changes, ...more };
}

function rowOf(id: string, values: Row = {}): Row {
  return { id, title: '', rank: 0, done: 0, tags: '[]', extra: null, ...values };
}

function insert(id: string, values: Row = {}, table = 'posts'): Change {
  return { kind: 'insert', table, collectionId: 'c1', id, row: rowOf(id, values) };
}

function update(id: string, version: number, set: Row): Change {
  return { kind: 'update', table: 'posts', collectionId: 'c1', id, version, set, row: rowOf(id, set) };
}

function remove(id: string, version: number): Change {
  return { kind: 'delete', table: 'posts', collectionId: 'c1', id, version, row: rowOf(id) };
}

function index(name: string, unique: boolean, keys: string): Change {
  const sql = `CREATE ${unique ? 'UNIQUE ' : ''}INDEX "${name}" ON "posts" ${keys}`;
  return { kind: 'schema', change: { kind: 'createIndex', table: 'posts', index: name, unique, sql } };
}

/** Runs a group of tests on one fresh target that is opened before and destroyed after them. */
function onBench(title: string, create: CreateDatabaseTarget, define: (bench: () => Bench) => void): void {
  describe(title, () => {
    let bench: Bench;
    before(async () => {
      bench = new Bench(await create());
      await bench.open();
      await bench.done(createPosts);
    });
    after(async () => {
      await bench.driver.close();
      await bench.target.destroy();
    });
    define(() => bench);
  });
}

function testCommits(create: CreateDatabaseTarget): void {
  onBench('commits', create, (bench) => {
    it('keeps every value exactly', async () => {
      const values: Row = {
        title: 'déjà \u{1F333} "quoted" \'single\' % _ \n',
        rank: 1e18,
        done: 1,
        tags: '["a","b"]',
        extra: '{"a":1.50}',
      };
      await bench().done(insert('v1', values), insert('v2', { rank: -0.1 }), insert('v3', { rank: 2 ** 53 }));
      const names = ['title', 'rank', 'done', 'tags', 'extra', '@version'];
      assert.deepEqual(await bench().row('v1', names), [...names.slice(0, -1).map((name) => values[name]!), 1]);
      assert.deepEqual(await bench().row('v2', ['title', 'rank', 'extra']), ['', -0.1, null]);
      assert.deepEqual(await bench().row('v3', ['rank']), [2 ** 53]);
    });

    it('changes only the columns of `set`, and counts versions', async () => {
      await bench().done(insert('u1', { title: 'one', rank: 1 }));
      await bench().done(update('u1', 1, { title: 'two' }));
      assert.deepEqual(await bench().row('u1', ['title', 'rank', '@version']), ['two', 1, 2]);
      await bench().done(update('u1', 2, {}));
      assert.deepEqual(await bench().row('u1', ['title', '@version']), ['two', 3]);
      await bench().done(remove('u1', 3));
      assert.equal(await bench().row('u1'), undefined);
    });

    it('does all of a commit or nothing', async () => {
      await bench().done(insert('a1'));
      const outcome = await bench().commit(insert('a2'), update('a1', 1, { title: 'x' }), insert('a1'));
      assert.equal(outcome.kind, 'refused');
      assert.equal(await bench().row('a2'), undefined);
      assert.deepEqual(await bench().row('a1', ['title', '@version']), ['', 1]);
    });

    it('applies the changes of a commit in order', async () => {
      await bench().done(insert('o1'), update('o1', 1, { title: 'b' }), update('o1', 2, { title: 'c' }));
      assert.deepEqual(await bench().row('o1', ['title', '@version']), ['c', 3]);
      await bench().done(remove('o1', 3), insert('o1', { title: 'again' }));
      assert.deepEqual(await bench().row('o1', ['title', '@version']), ['again', 1]);
    });

    it('keeps the order of calls that are not waited for', async () => {
      const outcomes = await Promise.all([
        bench().commit(insert('q1')),
        bench().commit(update('q1', 1, { rank: 1 })),
        bench().commit(update('q1', 2, { rank: 2 })),
        bench().commit(remove('q1', 3)),
      ]);
      assert.deepEqual(
        outcomes.map((outcome) => outcome.kind),
        ['done', 'done', 'done', 'done'],
      );
    });

    it('lets a refused commit harm none of its neighbours', async () => {
      await bench().done(insert('n-taken'));
      const commits = Array.from({ length: 60 }, (_, i) =>
        i % 3 === 0 ? [insert(`n${i}`), insert('n-taken')] : [insert(`n${i}`), insert(`n${i}b`)],
      );
      const outcomes = await Promise.all(commits.map((changes) => bench().commit(...changes)));
      const ids = new Set(await bench().ids());
      for (const [i, outcome] of outcomes.entries()) {
        assert.equal(outcome.kind, i % 3 === 0 ? 'refused' : 'done');
        assert.equal(ids.has(`n${i}`), i % 3 !== 0);
        assert.equal(ids.has(`n${i}b`), i % 3 !== 0);
      }
    });

    it('shows a commit to every read that starts after its answer', async () => {
      for (let i = 0; i < 20; i++) {
        await bench().done(insert(`w${i}`));
        const decide = await bench().query('SELECT "id" FROM "posts" WHERE "id" = ?', [`w${i}`], { purpose: 'decide' });
        assert.equal(decide.length, 1);
        assert.notEqual(await bench().row(`w${i}`), undefined);
      }
    });
  });
}

function testRefusals(create: CreateDatabaseTarget): void {
  onBench('refusals', create, (bench) => {
    const refusal = async (commit: Promise<CommitOutcome>): Promise<unknown> => {
      const outcome = await commit;
      assert.equal(outcome.kind, 'refused', JSON.stringify(outcome));
      return outcome.kind === 'refused' ? outcome.refusal : undefined;
    };

    it('refuses changes of rows that changed or went meanwhile', async () => {
      await bench().done(insert('c1'));
      await bench().done(update('c1', 1, { title: 'x' }));
      const conflict = { kind: 'conflict', table: 'posts', id: 'c1' };
      assert.deepEqual(await refusal(bench().commit(update('c1', 1, { title: 'y' }))), conflict);
      assert.deepEqual(await refusal(bench().commit(remove('c1', 1))), conflict);
      await bench().done(remove('c1', 2));
      assert.deepEqual(await refusal(bench().commit(update('c1', 2, { title: 'y' }))), conflict);
      assert.deepEqual(await refusal(bench().commit(remove('c1', 2))), conflict);
    });

    it('lets exactly one of many concurrent changes of a version win', async () => {
      await bench().done(insert('race'));
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, i) => bench().commit(update('race', 1, { rank: i }))),
      );
      assert.equal(outcomes.filter((outcome) => outcome.kind === 'done').length, 1);
      assert.deepEqual(await bench().row('race', ['@version']), [2]);
    });

    it('names the columns of a broken uniqueness', async () => {
      await bench().done(
        index('posts_pair', true, '("title", "rank")'),
        index('posts_some', true, `("tags") WHERE "tags" != '[]'`),
        index('posts_lower', true, '(lower("extra"))'),
      );
      await bench().done(insert('s1', { title: 't', rank: 7, tags: '["x"]', extra: '"A"' }));
      const unique = (...names: string[]): unknown => ({ kind: 'unique', table: 'posts', columns: names });
      assert.deepEqual(await refusal(bench().commit(insert('s1', { title: 'other' }))), unique('id'));
      assert.deepEqual(await refusal(bench().commit(insert('s2', { title: 't', rank: 7 }))), unique('title', 'rank'));
      assert.deepEqual(await refusal(bench().commit(insert('s3', { tags: '["x"]' }))), unique('tags'));
      assert.deepEqual(await refusal(bench().commit(insert('s4', { title: 'u', extra: '"a"' }))), unique('extra'));
      await bench().done(insert('s5', { title: 'u' }), insert('s6', { title: 'v' }));
      assert.deepEqual(await refusal(bench().commit(update('s6', 1, { title: 'u' }))), unique('title', 'rank'));
    });

    it('holds expectations at the moment of the commit', async () => {
      await bench().done(insert('e1', { title: 'e1' }));
      const here = { table: 'posts', id: 'e1' };
      const gone = { table: 'posts', id: 'e-none' };
      let i = 0;
      const tryWith = (...expects: Commit['expects']): Promise<CommitOutcome> =>
        bench().driver.commit(commitOf([insert(`e-new${++i}`, { title: `e-new${i}` })], { expects }));
      assert.equal((await tryWith({ kind: 'exists', ...here }, { kind: 'absent', ...gone })).kind, 'done');
      assert.equal((await tryWith({ kind: 'version', ...here, version: 1 })).kind, 'done');
      for (const expectation of [
        { kind: 'exists', ...gone },
        { kind: 'absent', ...here },
        { kind: 'version', ...here, version: 2 },
        { kind: 'version', ...gone, version: 1 },
      ] as const) {
        const conflict = { kind: 'conflict', table: expectation.table, id: expectation.id };
        assert.deepEqual(await refusal(tryWith({ kind: 'exists', ...here }, expectation)), conflict);
        assert.equal(await bench().row(`e-new${i}`), undefined);
      }
    });

    it('answers a repeated key with the outcome of the first', async () => {
      const first = await bench().driver.commit(commitOf([insert('k1', { title: 'k1' })], { key: 'key-1' }));
      const again = await bench().driver.commit(commitOf([insert('k2', { title: 'k2' })], { key: 'key-1' }));
      assert.equal(first.kind, 'done');
      assert.deepEqual(again, first);
      assert.equal(await bench().row('k2'), undefined);
      assert.deepEqual(await bench().driver.outcomeOf('key-1'), first);
      assert.equal(await bench().driver.outcomeOf('key-none'), null);
      const many = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          bench().driver.commit(commitOf([insert(`k3-${i}`, { title: `k3-${i}` })], { key: 'key-3' })),
        ),
      );
      assert.equal(new Set(many.map((outcome) => JSON.stringify(outcome))).size, 1);
      assert.equal((await bench().ids()).filter((id) => id.startsWith('k3-')).length, 1);
    });

    it('forgets the key of a refused commit', async () => {
      const refused = await bench().driver.commit(commitOf([update('none', 1, { title: 'f' })], { key: 'key-f' }));
      assert.equal(refused.kind, 'refused');
      assert.equal(await bench().driver.outcomeOf('key-f'), null);
      const done = await bench().driver.commit(commitOf([insert('f1', { title: 'f1' })], { key: 'key-f' }));
      assert.equal(done.kind, 'done');
    });
  });
}

function testLog(create: CreateDatabaseTarget): void {
  onBench('the log', create, (bench) => {
    it('has one entry per commit, in order, with whole rows', async () => {
      const start = await bench().driver.headPosition();
      const inserted = await bench().done(insert('l1', { title: 'one' }), insert('l2'));
      await bench().commit(insert('l1'));
      const updated = await bench().done({
        ...update('l1', 1, { title: 'two' }),
        row: rowOf('l1', { title: 'two' }),
      } as Change);
      const removed = await bench().done(remove('l2', 1));
      const entries = await bench().driver.readLog(start, 100);
      assert.deepEqual(
        entries.map((entry) => entry.position),
        [inserted, updated, removed],
      );
      assert.deepEqual(
        entries.map((entry) => entry.changes.map(({ action, id, version }) => [action, id, version])),
        [
          [
            ['create', 'l1', 1],
            ['create', 'l2', 1],
          ],
          [['update', 'l1', 2]],
          [['delete', 'l2', 1]],
        ],
      );
      assert.deepEqual(entries[1]!.changes[0]!.row, rowOf('l1', { title: 'two' }));
      assert.equal(entries[0]!.changes[0]!.collectionId, 'c1');
      assert.equal(entries[0]!.schema, false);
      assert.ok(start < inserted && inserted < updated && updated < removed);
      assert.equal(await bench().driver.headPosition(), removed);
    });

    it('tells listeners everything once, in order, before the answer', async () => {
      const heard: LogEntry[] = [];
      const stop = bench().driver.onDurable((entries) => void heard.push(...entries));
      const head = await bench().driver.headPosition();
      const commits = Array.from({ length: 50 }, async (_, i) => {
        const position = await bench().done(insert(`h${i}`));
        assert.ok(heard.some((entry) => entry.position === position));
      });
      await Promise.all(commits);
      stop();
      await bench().done(insert('h-later'));
      const logged = await bench().driver.readLog(head, 50);
      assert.deepEqual(
        heard.map((entry) => entry.position),
        logged.map((entry) => entry.position),
      );
      assert.deepEqual(heard[10]!.changes, logged[10]!.changes);
      assert.equal(heard.length, 50);
    });

    it('agrees with the rows', async () => {
      const rows = new Map<string, string>();
      for (const entry of await bench().wholeLog()) {
        for (const change of entry.changes) {
          if (change.action === 'delete') rows.delete(change.id);
          else rows.set(change.id, change.row['title'] as string);
        }
      }
      assert.deepEqual([...rows.keys()].toSorted(), await bench().ids());
    });

    it('marks commits that change the schema', async () => {
      const head = await bench().driver.headPosition();
      await bench().done(index('posts_rank', false, '("rank")'), insert('m1'));
      const [entry] = await bench().driver.readLog(head, 1);
      assert.equal(entry!.schema, true);
      assert.deepEqual(
        entry!.changes.map((change) => change.id),
        ['m1'],
      );
    });

    it('trims what is told, never the newest entry, and tells from where it is complete', async () => {
      const all = await bench().wholeLog();
      assert.equal(await bench().driver.tailPosition(), '');
      const cut = all[4]!.position;
      assert.equal(await bench().driver.trimLog(cut), 5);
      assert.equal(await bench().driver.tailPosition(), cut);
      assert.equal((await bench().driver.readLog('', 1))[0]!.position, all[5]!.position);
      const head = await bench().driver.headPosition();
      for (let round = 0; round < 10 && (await bench().driver.trimLog(head)) > 0; round++);
      assert.equal((await bench().wholeLog()).length, 1);
      assert.equal(await bench().driver.headPosition(), head);
      await bench().reopen();
      assert.equal(await bench().driver.headPosition(), head);
      assert.ok((await bench().done(insert('t-after'))) > head);
    });
  });
}

function testSchemaChanges(create: CreateDatabaseTarget): void {
  onBench('schema changes on live data', create, (bench) => {
    const alter = (change: Partial<Extract<Change, { kind: 'schema' }>['change']>): Change =>
      ({
        kind: 'schema',
        change: { kind: 'alterTable', table: 'posts', rename: 'posts', drop: [], change: [], add: [], ...change },
      }) as Change;

    it('swaps the names of two columns', async () => {
      await bench().done(insert('r1', { title: 'was title', tags: '["was tags"]' }));
      await bench().done(
        alter({
          change: [
            { from: 'title', to: 'tags', convert: null, type: 'text' },
            { from: 'tags', to: 'title', convert: null, type: 'list' },
          ],
        }),
      );
      assert.deepEqual(await bench().row('r1', ['title', 'tags', '@version']), ['["was tags"]', 'was title', 1]);
      await bench().done(
        alter({
          change: [
            { from: 'title', to: 'tags', convert: null, type: 'list' },
            { from: 'tags', to: 'title', convert: null, type: 'text' },
          ],
        }),
      );
      assert.deepEqual(await bench().row('r1', ['title', 'tags']), ['was title', '["was tags"]']);
    });

    it('wraps single values and unwraps lists, and gives new rows the new default', async () => {
      await bench().done(insert('x1', { title: 'a"b', tags: '["p","q"]' }), insert('x2'));
      await bench().done(
        alter({
          change: [
            { from: 'title', to: 'title', convert: 'wrap', type: 'list' },
            { from: 'tags', to: 'tag', convert: 'unwrap', type: 'text' },
          ],
        }),
      );
      assert.deepEqual(await bench().row('x1', ['title', 'tag']), ['["a\\"b"]', 'q']);
      assert.deepEqual(await bench().row('x2', ['title', 'tag']), ['[]', '']);
      await bench().done(
        alter({
          change: [
            { from: 'title', to: 'title', convert: 'unwrap', type: 'text' },
            { from: 'tag', to: 'tags', convert: 'wrap', type: 'list' },
          ],
        }),
      );
      assert.deepEqual(await bench().row('x1', ['title', 'tags']), ['a"b', '["q"]']);
      const bare: Change = { kind: 'insert', table: 'posts', collectionId: 'c1', id: 'x3', row: { id: 'x3' } };
      await bench().done(bare);
      assert.deepEqual(await bench().row('x3', ['title', 'rank', 'done', 'tags', 'extra']), ['', 0, 0, '[]', null]);
    });

    it('adds and drops columns together with rows of the same commit', async () => {
      await bench().done(
        alter({
          drop: ['extra'],
          add: [
            { name: 'score', type: 'number' },
            { name: 'place', type: 'point' },
          ],
        }),
        { kind: 'insert', table: 'posts', collectionId: 'c1', id: 'y1', row: { id: 'y1', score: 2.5 } },
      );
      assert.deepEqual(await bench().row('y1', ['score', 'place']), [2.5, '{"lon":0,"lat":0}']);
      assert.deepEqual(await bench().row('x1', ['score']), [0]);
      await assert.rejects(bench().row('y1', ['extra']), { name: 'DatabaseError', kind: 'query' });
      await bench().done(alter({ drop: ['score', 'place'], add: [{ name: 'extra', type: 'json' }] }));
      assert.deepEqual(await bench().row('y1', ['extra']), [null]);
    });

    it('refuses a unique index over duplicates, and everything else of that commit', async () => {
      await bench().done(insert('d1', { title: 'same' }), insert('d2', { title: 'same' }));
      const outcome = await bench().commit(insert('d3'), index('posts_title', true, '("title")'), insert('d4'));
      assert.ok(outcome.kind === 'refused' && outcome.refusal.kind === 'schema', JSON.stringify(outcome));
      assert.deepEqual([outcome.refusal.table, outcome.refusal.index], ['posts', 'posts_title']);
      assert.equal(await bench().row('d3'), undefined);
      await bench().done(remove('d2', 1));
      await bench().done(index('posts_title', true, '("title") WHERE "title" = \'same\''));
      assert.equal((await bench().commit(insert('d5', { title: 'same' }))).kind, 'refused');
      await bench().done({ kind: 'schema', change: { kind: 'dropIndex', index: 'posts_title' } });
      await bench().done(insert('d5', { title: 'same' }));
    });

    it('undoes a schema change that is refused later in its commit', async () => {
      const outcome = await bench().commit(alter({ rename: 'articles', drop: ['rank'] }), insert('x1', {}, 'articles'));
      assert.equal(outcome.kind, 'refused');
      assert.deepEqual(await bench().row('x1', ['rank']), [0]);
    });

    it('renames tables, also in case only, and refuses commits for the old name', async () => {
      await bench().done(alter({ rename: 'Posts' }));
      await bench().done({
        ...alter({ rename: 'articles' }),
        change: { ...(alter({ rename: 'articles' }) as never as { change: object }).change, table: 'Posts' },
      } as Change);
      assert.deepEqual(await bench().row('x1', ['title'], 'articles'), ['a"b']);
      const late = await bench().commit(insert('late'));
      assert.ok(late.kind === 'refused' && late.refusal.kind === 'conflict');
      await bench().done(insert('z1', {}, 'articles'));
    });

    it('creates and drops tables', async () => {
      await bench().done(createPosts);
      assert.deepEqual(await bench().ids(), []);
      const twice = await bench().commit(createPosts);
      assert.ok(twice.kind === 'refused' && twice.refusal.kind === 'schema');
      await bench().done({ kind: 'schema', change: { kind: 'dropTable', table: 'posts' } });
      await assert.rejects(bench().ids(), { name: 'DatabaseError', kind: 'query' });
    });
  });
}

function testReads(create: CreateDatabaseTarget): void {
  onBench('reads', create, (bench) => {
    it('rejects a wrong statement by name and goes on', async () => {
      await assert.rejects(bench().query('SELECT nothing FROM nowhere'), { name: 'DatabaseError', kind: 'query' });
      await assert.rejects(bench().query('DELETE FROM "posts"'), { name: 'DatabaseError', kind: 'query' });
      await assert.rejects(bench().query('SELECT FROM WHERE'), DatabaseError);
      assert.deepEqual(await bench().query('SELECT ?', ['fine']), [['fine']]);
    });

    it('never shows half a commit', async () => {
      await bench().done(insert('left', { rank: 50 }), insert('right', { rank: 50 }));
      let isWriting = true;
      const write = async (): Promise<void> => {
        for (let version = 1; version <= 60; version++) {
          const rank = 50 + (version % 40);
          await bench().done(update('left', version, { rank }), update('right', version, { rank: 100 - rank }));
        }
        isWriting = false;
      };
      const read = async (purpose: Query['purpose']): Promise<void> => {
        while (isWriting) {
          const sql = `SELECT sum("rank") FROM "posts" WHERE "id" IN ('left', 'right')`;
          assert.deepEqual(await bench().query(sql, [], { purpose }), [[100]]);
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      await Promise.all([write(), read('show'), read('decide')]);
    });

    it('sees pending changes in that one read only', async () => {
      await bench().done(insert('p1', { title: 'before' }));
      const pending = [update('p1', 1, { title: 'after' }), insert('p2')];
      const sql = `SELECT "id", "title" FROM "posts" WHERE "id" IN ('p1', 'p2') ORDER BY "id"`;
      assert.deepEqual(await bench().query(sql, [], { purpose: 'decide', pending }), [
        ['p1', 'after'],
        ['p2', ''],
      ]);
      assert.deepEqual(await bench().query(sql), [['p1', 'before']]);
      const impossible = bench().query(sql, [], { purpose: 'decide', pending: [update('p1', 9, { title: 'x' })] });
      await assert.rejects(impossible, { name: 'DatabaseError', kind: 'query' });
      await bench().done(insert('p3'));
    });
  });
}

function testLifecycle(create: CreateDatabaseTarget): void {
  describe('life', () => {
    it('keeps everything over a restart', async () => {
      const bench = new Bench(await create());
      await bench.open();
      await bench.done(createPosts, index('posts_title', true, '("title")'));
      await bench.done(insert('k1', { title: 'one', rank: 1.5 }));
      await bench.done(update('k1', 1, { title: 'two' }));
      const keyed = await bench.driver.commit(commitOf([insert('k2')], { key: 'the key' }));
      const log = await bench.wholeLog();
      await bench.reopen();
      assert.deepEqual(await bench.row('k1', ['title', 'rank', '@version']), ['two', 1.5, 2]);
      assert.deepEqual(await bench.wholeLog(), log);
      assert.equal(await bench.driver.headPosition(), log.at(-1)!.position);
      assert.deepEqual(await bench.driver.outcomeOf('the key'), keyed);
      assert.equal((await bench.commit(insert('k3', { title: 'two' }))).kind, 'refused');
      assert.ok((await bench.done(insert('k4', { title: 'three' }))) > log.at(-1)!.position);
      await bench.driver.close();
      await bench.target.destroy();
    });

    it('waits for commits in flight on closing, and closes once', async () => {
      const bench = new Bench(await create());
      await bench.open();
      await bench.done(createPosts);
      const commits = Array.from({ length: 30 }, (_, i) => bench.commit(insert(`c${i}`)));
      await Promise.all([bench.driver.close(), bench.driver.close()]);
      await bench.driver.close();
      for (const outcome of await Promise.all(commits)) assert.equal(outcome.kind, 'done');
      assert.notEqual((await bench.commit(insert('late'))).kind, 'done');
      await assert.rejects(bench.ids(), { name: 'DatabaseError', kind: 'unavailable' });
      await bench.open();
      assert.equal((await bench.ids()).length, 30);
      await bench.driver.close();
      await bench.target.destroy();
    });

    it('rejects with a named error when there is nothing to open', async () => {
      const target = await create();
      await assert.rejects(target.openMissing(), { name: 'DatabaseError', kind: 'unavailable' });
      await target.destroy();
    });
  });
}
