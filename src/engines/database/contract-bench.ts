import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import type { Change, Column, ColumnValue, Commit, CommitOutcome, LogEntry, Row } from '../../model/commit.ts';
import type { DatabaseDriver, Query } from './driver.ts';

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

/** One open database with a table `posts` (title text, rank number, done bool, tags list, extra json). */
export class Bench {
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

/** Creates the table that the suite works on. */
export const createPosts: Change = { kind: 'schema', change: { kind: 'createTable', table: 'posts', columns } };

/** A commit of these changes. */
export function commitOf(changes: readonly Change[], more: Partial<Commit> = {}): Commit {
  return { key: null, bucket: null, expects: [], changes, ...more };
}

/** All columns of a row of `posts`. */
export function rowOf(id: string, values: Row = {}): Row {
  return { id, title: '', rank: 0, done: 0, tags: '[]', extra: null, ...values };
}

/** A change that adds a row. */
export function insert(id: string, values: Row = {}, table = 'posts'): Change {
  return { kind: 'insert', table, collectionId: 'c1', id, row: rowOf(id, values) };
}

/** A change of a row. */
export function update(id: string, version: number, set: Row): Change {
  return { kind: 'update', table: 'posts', collectionId: 'c1', id, version, set, row: rowOf(id, set) };
}

/** A change that removes a row. */
export function remove(id: string, version: number): Change {
  return { kind: 'delete', table: 'posts', collectionId: 'c1', id, version, row: rowOf(id) };
}

/** A change that creates an index on `posts`; `keys` are the SQL behind the table's name. */
export function index(name: string, unique: boolean, keys: string): Change {
  const sql = `CREATE ${unique ? 'UNIQUE ' : ''}INDEX "${name}" ON "posts" ${keys}`;
  return { kind: 'schema', change: { kind: 'createIndex', table: 'posts', index: name, unique, sql } };
}

/** Runs a group of tests on one fresh target that is opened before and destroyed after them. */
export function onBench(title: string, create: CreateDatabaseTarget, define: (bench: () => Bench) => void): void {
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
