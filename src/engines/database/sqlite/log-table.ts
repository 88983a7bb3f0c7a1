import type { ColumnValue, Commit, LogEntry, LoggedChange, Position } from '../../../model/commit.ts';
import type { Connection, Statement } from './connection.ts';
import { fromPosition, toPosition } from './positions.ts';

/** Version of the body's format; a reader refuses bodies of a newer one. */
export const logBodyFormat = 1;

/** One row change in a body: action, table, collection id, id, version, row. */
type ChangeBody = readonly ['c' | 'u' | 'd', string, string, string, number, LoggedChange['row']];
interface Body {
  readonly v: number;
  readonly s: 0 | 1;
  readonly c: readonly ChangeBody[];
}

const letters = { create: 'c', update: 'u', delete: 'd' } as const;
const actions = { c: 'create', u: 'update', d: 'delete' } as const;

/** The row changes of a commit as the log keeps them. */
export function loggedChangesOf(commit: Commit): LoggedChange[] {
  const changes: LoggedChange[] = [];
  for (const change of commit.changes) {
    if (change.kind === 'schema') continue;
    const { table, collectionId, id, row } = change;
    if (change.kind === 'insert') changes.push({ action: 'create', table, collectionId, id, version: 1, row });
    else if (change.kind === 'update') {
      changes.push({ action: 'update', table, collectionId, id, version: change.version + 1, row });
    } else changes.push({ action: 'delete', table, collectionId, id, version: change.version, row });
  }
  return changes;
}

/** A log row's body: compact JSON with a format version. */
export function encodeBody(changes: readonly LoggedChange[], schema: boolean): string {
  const c = changes.map(
    (change): ChangeBody => [
      letters[change.action],
      change.table,
      change.collectionId,
      change.id,
      change.version,
      change.row,
    ],
  );
  const body: Body = { v: logBodyFormat, s: schema ? 1 : 0, c };
  return JSON.stringify(body);
}

/** The entry of a log row. Throws when the body has a newer format than this program knows. */
export function decodeEntry(position: Position, at: number, key: string | null, text: string): LogEntry {
  const body = JSON.parse(text) as Body;
  if (body.v > logBodyFormat)
    throw new Error(`log entry ${position} has format ${body.v}, newer than ${logBodyFormat}`);
  const changes = body.c.map(
    ([letter, table, collectionId, id, version, row]): LoggedChange => ({
      action: actions[letter],
      table,
      collectionId,
      id,
      version,
      row,
    }),
  );
  return { position, at, key, changes, schema: body.s === 1 };
}

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
