import type {
  Change,
  ColumnValue,
  Commit,
  Expectation,
  Refusal,
  Row,
  UnreferencedExpectation,
} from '../../../model/commit.ts';
import { LruMap } from '../../../util/lru-map.ts';
import { DatabaseError } from '../driver.ts';
import { type Connection, quoteIdentifier as quote } from './connection.ts';
import type { LogTable } from './log-table.ts';
import { refusalOf } from './refusals.ts';
import { applyTableChange, versionColumn } from './schema.ts';
import { StatementCache } from './statements.ts';

const statementsMax = 512;
const version = quote(versionColumn);
/** Log entries that an expectation about references looks at; more have passed since only when the decision took very long. */
const entriesCheckedMax = 1000;

/** Applies the changes of one commit on the writing connection, inside the caller's transaction. */
export class Applier {
  readonly #connection: Connection;
  readonly #log: LogTable;
  readonly #statements: StatementCache;
  /** INSERT texts by table and columns: writing them anew costs a twentieth of a commit. */
  readonly #insertTexts = new LruMap<string, string>(statementsMax);
  readonly #savepoint: { readonly begin: () => void; readonly keep: () => void; readonly undo: () => void };

  /** @param log the log that this connection writes */
  constructor(connection: Connection, log: LogTable) {
    this.#connection = connection;
    this.#log = log;
    this.#statements = new StatementCache(connection, statementsMax, () => undefined);
    const begin = connection.prepare('SAVEPOINT "commit"');
    const keep = connection.prepare('RELEASE "commit"');
    const undo = connection.prepare('ROLLBACK TO "commit"');
    this.#savepoint = { begin: () => begin.run(), keep: () => keep.run(), undo: () => undo.run() };
  }

  /**
   * Answers null when everything was applied; else the refusal, and nothing was. Throws only when the store itself failed.
   * A statement that fails undoes itself, so a commit of one change needs no savepoint.
   */
  apply(commit: Commit): Refusal | null {
    for (const expectation of commit.expects) {
      const refusal = this.#check(expectation);
      if (refusal !== null) return refusal;
    }
    const { changes } = commit;
    if (changes.length === 1 && changes[0]!.kind !== 'schema') return this.#change(changes[0]!);
    this.#savepoint.begin();
    for (const [index, change] of changes.entries()) {
      const refusal = this.#change(change);
      if (refusal === null) continue;
      this.#savepoint.undo();
      this.#savepoint.keep();
      if (commit.changes.some((other) => other.kind === 'schema')) this.forgetStatements();
      return refusal.kind === 'unique' ? { ...refusal, change: index } : refusal;
    }
    this.#savepoint.keep();
    return null;
  }

  /**
   * Runs `work` as if the changes had been committed, and takes them back. Must be called outside a transaction. Throws
   * `DatabaseError` (`query`) when a change cannot be applied.
   */
  pretend<T>(changes: readonly Change[], work: () => T): T {
    try {
      this.#connection.exec('BEGIN IMMEDIATE');
    } catch (error) {
      throw new DatabaseError('unavailable', 'The database is being written by another program.', error);
    }
    try {
      for (const change of changes) {
        if (change.kind === 'schema') throw new DatabaseError('query', 'A schema change cannot be pending.');
        const refusal = this.#change(change);
        if (refusal !== null) {
          throw new DatabaseError(
            'query',
            `A pending change of ${change.table}/${change.id} cannot be applied (${refusal.kind}).`,
          );
        }
      }
      return work();
    } finally {
      this.#connection.exec('ROLLBACK');
    }
  }

  /** Must be called after every change of the schema. */
  forgetStatements(): void {
    this.#statements.clear();
  }

  #check(expectation: Expectation): Refusal | null {
    if (expectation.kind === 'unreferenced') return this.#checkReferences(expectation);
    const { table, id } = expectation;
    const conflict: Refusal = { kind: 'conflict', table, id };
    let found: ColumnValue[] | undefined;
    try {
      const sql = `SELECT ${version} FROM ${quote(table)} WHERE "id" = ?`;
      found = this.#statements.get(sql).statement.get(id) as unknown as ColumnValue[] | undefined;
    } catch (error) {
      const probe: Change = { kind: 'delete', table, collectionId: '', id, version: 0, row: {} };
      return refusalOf(this.#connection, probe, error) ?? raise(error);
    }
    if (expectation.kind === 'absent') return found === undefined ? null : conflict;
    if (found === undefined) return conflict;
    return expectation.kind === 'exists' || found[0] === expectation.version ? null : conflict;
  }

  /** Looks at what the log has gained since: the table itself may be large and without an index on the column. */
  #checkReferences({ table, column, isList, ids, since }: UnreferencedExpectation): Refusal | null {
    const conflict: Refusal = { kind: 'conflict', table, id: ids[0]! };
    const entries = this.#log.page(since, Number.MAX_SAFE_INTEGER, entriesCheckedMax);
    if (entries.length === entriesCheckedMax) return conflict;
    const wanted = new Set(ids);
    for (const { changes } of entries) {
      for (const change of changes) {
        if (change.table !== table || change.action === 'delete') continue;
        const value = change.row[column];
        const named = isList ? (JSON.parse(String(value ?? '[]')) as unknown[]) : [value];
        if (named.some((id) => wanted.has(id as string))) return conflict;
      }
    }
    return null;
  }

  #change(change: Change): Refusal | null {
    try {
      switch (change.kind) {
        case 'insert':
          this.#insert(change.table, change.row);
          return null;
        case 'update':
          return this.#update(change.table, change.id, change.version, change.set)
            ? null
            : { kind: 'conflict', table: change.table, id: change.id };
        case 'delete': {
          const sql = `DELETE FROM ${quote(change.table)} WHERE "id" = ? AND ${version} = ?`;
          const { changes } = this.#statements.get(sql).statement.run(change.id, change.version);
          return changes === 1 ? null : { kind: 'conflict', table: change.table, id: change.id };
        }
        case 'schema':
          // A prepared statement of a table keeps nothing open, but plans and column lists of before must not live on.
          this.forgetStatements();
          applyTableChange(this.#connection, change.change);
          return null;
      }
    } catch (error) {
      return refusalOf(this.#connection, change, error) ?? raise(error);
    }
  }

  #insert(table: string, row: Row): void {
    const names = Object.keys(row);
    const shape = `${table}\0${names.join('\0')}`;
    let sql = this.#insertTexts.get(shape);
    if (sql === undefined) {
      sql = `INSERT INTO ${quote(table)} (${names.map(quote).join(',')}) VALUES (${names.map(() => '?').join(',')})`;
      this.#insertTexts.set(shape, sql);
    }
    this.#statements.get(sql).statement.run(...Object.values(row));
  }

  #update(table: string, id: string, expected: number, set: Row): boolean {
    const names = Object.keys(set);
    const assignments = names.map((name) => `${quote(name)}=?,`).join('');
    const sql = `UPDATE ${quote(table)} SET ${assignments}${version}=${version}+1 WHERE "id"=? AND ${version}=?`;
    return this.#statements.get(sql).statement.run(...names.map((name) => set[name]!), id, expected).changes === 1;
  }
}

function raise(error: unknown): never {
  throw error;
}
