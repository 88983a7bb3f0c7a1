import type { Change, ColumnValue, Refusal } from '../../../model/commit.ts';
import { type Connection, errorCodeOf, toError } from './connection.ts';

const sqliteError = 1;
const sqliteConstraint = 19;
const uniqueCodes: readonly number[] = [1555, 2067, 2579];

/**
 * The refusal that an error of a change means, or null when the error is not about the change but about the store (disk,
 * memory, corruption): then nothing may be acknowledged any more.
 */
export function refusalOf(connection: Connection, change: Change, error: unknown): Refusal | null {
  const code = errorCodeOf(error);
  const primary = code & 0xff;
  if (change.kind === 'schema') {
    if (code !== 0 && primary !== sqliteError && primary !== sqliteConstraint) return null;
    const { change: shape } = change;
    const index = shape.kind === 'createIndex' || shape.kind === 'dropIndex' ? shape.index : '';
    const table = shape.kind === 'dropIndex' ? '' : shape.table;
    return { kind: 'schema', table, index, message: toError(error).message };
  }
  if (uniqueCodes.includes(code)) {
    return {
      kind: 'unique',
      table: change.table,
      columns: uniqueColumns(connection, change.table, toError(error).message),
      change: 0,
    };
  }
  // Not raised by SQLite: a value that cannot be bound. A programmer's error stops this commit, not the store.
  if (code === 0) return { kind: 'schema', table: change.table, index: '', message: toError(error).message };
  // The table or a column is gone: the schema changed after the commit was decided.
  if (primary === sqliteError) return { kind: 'conflict', table: change.table, id: change.id };
  if (primary === sqliteConstraint)
    return { kind: 'schema', table: change.table, index: '', message: toError(error).message };
  return null;
}

/**
 * The columns in `UNIQUE constraint failed: t.a, t.b`. An index over expressions is reported as `index 'name'`; then they are
 * the columns of the table that its statement mentions.
 */
function uniqueColumns(connection: Connection, table: string, message: string): string[] {
  const named = /index '(.+)'$/.exec(message);
  if (named !== null) return expressionColumns(connection, table, named[1]!.replaceAll("''", "'"));
  const list = message.slice(message.indexOf(': ') + 2);
  return list.split(`, ${table}.`).map((part, i) => (i === 0 ? part.slice(table.length + 1) : part));
}

function expressionColumns(connection: Connection, table: string, index: string): string[] {
  const statement = connection.prepare('SELECT "sql" FROM sqlite_schema WHERE type = \'index\' AND name = ?');
  statement.setReturnArrays(true);
  const row = statement.get(index) as unknown as [string] | undefined;
  const columns = connection.prepare('SELECT name FROM pragma_table_info(?)');
  columns.setReturnArrays(true);
  const names = (columns.all(table) as unknown as ColumnValue[][]).map(([name]) => name as string);
  const keys = (row?.[0] ?? '').replace(/\bwhere\b.*$/is, '');
  const body = keys.slice(keys.indexOf('('));
  const words = new Set(body.match(/[\p{L}_][\p{L}\p{N}_]*/gu)?.map((word) => word.toLowerCase()));
  return names.filter((name) => words.has(name.toLowerCase()));
}
