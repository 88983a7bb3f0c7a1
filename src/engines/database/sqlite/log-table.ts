import type { ColumnValue, LogEntry, Position } from '../../../model/commit.ts';
import { decodeEntry } from '../log-body.ts';
import type { Connection, Statement } from './connection.ts';
import { fromPosition, toPosition } from './positions.ts';

/** SQL of the log table. Positions are given by the writer and never used again: the newest row is never trimmed. */
export const logTableSql =
  'CREATE TABLE IF NOT EXISTS "_log" ("position" INTEGER PRIMARY KEY NOT NULL, "at" INTEGER NOT NULL, "key" TEXT, "body" TEXT NOT NULL);' +
  ' CREATE UNIQUE INDEX IF NOT EXISTS "_log_key" ON "_log" ("key") WHERE "key" IS NOT NULL;';

/** The statements on the log table of one connection. */
export class LogTable {
  readonly #insert: Statement | null;
  readonly #byKey: Statement;
  readonly #page: Statement;
  readonly #ends: Statement;
  readonly #trim: Statement | null;

  constructor(connection: Connection, canWrite: boolean) {
    const prepare = (sql: string): Statement => {
      const statement = connection.prepare(sql);
      statement.setReturnArrays(true);
      return statement;
    };
    this.#insert = canWrite ? prepare('INSERT INTO "_log" ("position","at","key","body") VALUES (?,?,?,?)') : null;
    this.#trim = canWrite
      ? prepare(
          'DELETE FROM "_log" WHERE "position" IN (SELECT "position" FROM "_log" WHERE "position" <= ?' +
            ' AND "position" < (SELECT max("position") FROM "_log") ORDER BY "position" LIMIT ?)',
        )
      : null;
    this.#byKey = prepare('SELECT "position" FROM "_log" WHERE "key" = ?');
    this.#page = prepare(
      'SELECT "position","at","key","body" FROM "_log" WHERE "position" > ? AND "position" <= ? ORDER BY "position" LIMIT ?',
    );
    this.#ends = prepare('SELECT (SELECT min("position") FROM "_log"), (SELECT max("position") FROM "_log")');
  }

  append(position: number, at: number, key: string | null, body: string): void {
    this.#insert!.run(position, at, key, body);
  }

  /** The row number of the commit with this key, or 0. */
  findKey(key: string): number {
    const row = this.#byKey.get(key) as unknown as [number] | undefined;
    return row === undefined ? 0 : row[0];
  }

  /** Entries above `after` up to row number `upTo`, oldest first. */
  page(after: Position, upTo: number, limitMax: number): LogEntry[] {
    const rows = this.#page.all(fromPosition(after), upTo, limitMax) as unknown as ColumnValue[][];
    return rows.map((row) =>
      decodeEntry(toPosition(row[0] as number), row[1] as number, row[2] as string | null, row[3] as string),
    );
  }

  /** The smallest and the largest row number; 0 when the log is empty. */
  ends(): { readonly first: number; readonly last: number } {
    const [first, last] = this.#ends.get() as unknown as [number | null, number | null];
    return { first: first ?? 0, last: last ?? 0 };
  }

  /** Deletes at most `limitMax` rows up to row number `upTo`, never the newest row. Answers how many went. */
  trim(upTo: number, limitMax: number): number {
    return Number(this.#trim!.run(upTo, limitMax).changes);
  }
}
