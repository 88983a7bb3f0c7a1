import type { ColumnValue, Commit, CommitOutcome, LogEntry, Position } from '../../../model/commit.ts';
import { DatabaseError, type DatabaseDriver, type DurableListener, type Query } from '../driver.ts';
import { Committer } from './committer.ts';
import { postgresDialect } from './dialect.ts';
import { toError } from './failures.ts';
import { entryOf, headSql, LogReader, pageSql, settledSql, splitPosition } from './log-reader.ts';
import { ReadPool } from './read-pool.ts';
import { positionSql, prepareStore } from './store.ts';

const defaultWritersMax = 8;
const defaultReadersMax = 4;
const defaultStatementMsMax = 3000;
/** How long a commit that has happened waits for older transactions to end, so that it can be told in log order. */
const heardMsMax = 10_000;
const trimMax = 5000;
/** Up to here entries of the log are counted; beyond, the server's estimate is good enough. */
const countMax = 100_000;

/** How to open a PostgreSQL database. */
export interface PostgresOptions {
  /** Connections that write, each with one commit at a time. Default 8. */
  readonly writersMax?: number;
  /** Connections that read, each with many statements in flight. Default 4. */
  readonly readersMax?: number;
  /** How long a reading statement may take. Default 3000. */
  readonly statementMsMax?: number;
}

/**
 * Opens a database, and makes Pando's tables in it when they are missing. Any number of nodes may have it open.
 *
 * Rejects with `DatabaseError` (`unavailable`): nobody answers at the address, the server takes no writes, the database does not order
 * text as bytes, or it was written by a newer Pando.
 *
 * @example
 * await using driver = await openPostgres('postgres://pando:secret@127.0.0.1:5432/app');
 */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<PostgresDatabase> {
  if (!/^postgres(?:ql)?:\/\//.test(url)) {
    throw new DatabaseError('unavailable', 'The address of the database must start with postgres://');
  }
  const database = new PostgresDatabase(url, options);
  try {
    await database.open();
    return database;
  } catch (error) {
    await database.close();
    if (error instanceof DatabaseError) throw error;
    throw new DatabaseError('unavailable', `The database cannot be opened: ${toError(error).message}`, error);
  }
}

/** A database on a PostgreSQL server, see `docs/postgres.md`. */
export class PostgresDatabase implements DatabaseDriver, AsyncDisposable {
  readonly dialect = postgresDialect;
  readonly failed: Promise<Error>;
  readonly #committer: Committer;
  readonly #reads: ReadPool;
  readonly #log: LogReader;
  #failure: Error | null = null;
  #closing: Promise<void> | null = null;

  constructor(url: string, options: PostgresOptions) {
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.failed = promise;
    this.#committer = new Committer(url, options.writersMax ?? defaultWritersMax);
    this.#reads = new ReadPool(
      url,
      options.readersMax ?? defaultReadersMax,
      options.statementMsMax ?? defaultStatementMsMax,
    );
    this.#log = new LogReader(url, (cause) => {
      this.#failure = cause;
      resolve(cause);
    });
  }

  /** Called once, by `openPostgres`. */
  async open(): Promise<void> {
    await prepareStore(await this.#committer.open());
    await this.#log.open();
  }

  async read(query: Query): Promise<ColumnValue[][]> {
    const { pending } = query;
    if (pending === undefined || pending.length === 0) return this.#run(query.sql, query.params);
    this.#assertOpen();
    return this.#committer.pretend(pending, query);
  }

  async commit(commit: Commit): Promise<CommitOutcome> {
    if (this.#closing !== null) return { kind: 'unknown', cause: closedError() };
    if (this.#failure !== null) return { kind: 'unknown', cause: this.#failure };
    const outcome = await this.#committer.commit(commit);
    if (outcome.kind !== 'done') return outcome;
    if (await this.#log.heard(outcome.position, heardMsMax)) return outcome;
    return { kind: 'unknown', cause: new Error('An older transaction on the server does not end.') };
  }

  async outcomeOf(key: string): Promise<CommitOutcome | null> {
    const rows = await this.#run(`SELECT ${positionSql} FROM "_log" WHERE "key" = ?`, [key]);
    const position = rows[0]?.[0] as Position | undefined;
    if (position === undefined) return null;
    // Whoever asks does not know how the commit ended: it may be visible because its wait for the standby was cut short.
    await this.#committer.secure();
    if (await this.#log.heard(position, heardMsMax)) return { kind: 'done', position };
    throw new DatabaseError('unavailable', 'An older transaction on the server does not end.');
  }

  onDurable(listener: DurableListener): () => void {
    return this.#log.onDurable(listener);
  }

  async readLog(after: Position, limitMax: number): Promise<LogEntry[]> {
    return (await this.#run(pageSql, [...splitPosition(after), limitMax])).map(entryOf);
  }

  async headPosition(): Promise<Position> {
    const rows = await this.#run(headSql, []);
    return (rows[0]?.[0] as Position | undefined) ?? '';
  }

  async tailPosition(): Promise<Position> {
    const rows = await this.#run(`SELECT "value" FROM "_meta" WHERE "name" = 'trimmed'`, []);
    return rows[0]![0] as Position;
  }

  async logLength(): Promise<number> {
    const rows = await this.#run(
      `SELECT count(*), (SELECT reltuples FROM pg_class WHERE oid = '"_log"'::regclass)` +
        ` FROM (SELECT 1 FROM "_log" WHERE ${settledSql} LIMIT ?) AS "c"`,
      [countMax],
    );
    const [counted, estimated] = rows[0] as [number, number];
    return counted < countMax ? counted : Math.max(counted, estimated);
  }

  async trimLog(upTo: Position): Promise<number> {
    this.#assertOpen();
    const sql =
      'WITH "gone" AS (DELETE FROM "_log" WHERE ("xid", "seq") IN (SELECT "xid", "seq" FROM "_log"' +
      ` WHERE ("xid", "seq") <= (?::xid8, ?::bigint) AND ${settledSql}` +
      ' AND ("xid", "seq") < (SELECT "xid", "seq" FROM "_log" ORDER BY "xid" DESC, "seq" DESC LIMIT 1)' +
      ` ORDER BY "xid", "seq" LIMIT ?) RETURNING ${positionSql} AS "position"),` +
      ' "mark" AS (UPDATE "_meta" SET "value" = "newest" FROM (SELECT max("position") AS "newest" FROM "gone") AS "g"' +
      ` WHERE "name" = 'trimmed' AND "value" < "newest") SELECT count(*) FROM "gone"`;
    const { rows } = await this.#committer.maintain(sql, [...splitPosition(upTo), trimMax]);
    return rows[0]![0] as number;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The log is heard to the end before its reader stops: commits in flight wait for it. */
  async #close(): Promise<void> {
    await this.#committer.close();
    await this.#log.settle(heardMsMax);
    await Promise.all([this.#log.close(), this.#reads.close()]);
  }

  async #run(sql: string, params: readonly ColumnValue[]): Promise<ColumnValue[][]> {
    this.#assertOpen();
    return this.#reads.run(sql, params);
  }

  #assertOpen(): void {
    if (this.#closing !== null) throw closedError();
    if (this.#failure !== null) throw new DatabaseError('unavailable', 'The log cannot be read.', this.#failure);
  }
}

function closedError(): DatabaseError {
  return new DatabaseError('unavailable', 'The database is closed.');
}
