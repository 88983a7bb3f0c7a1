import type { Column, ColumnChange, ColumnValue, TableChange } from '../../../model/commit.ts';
import type { ColumnType } from '../../../model/fields/field.ts';
import { type Connection, quoteIdentifier as quote } from './connection.ts';

/** The column that counts a row's changes. */
export const versionColumn = '@version';

/** How each column type is declared. Numbers are REAL: a NUMERIC column turns 1e18 into an integer that cannot be read back. */
const declarations: {
  readonly [type in ColumnType]: { readonly type: string; readonly notNull: boolean; readonly preset: string | null };
} = {
  text: { type: 'TEXT', notNull: true, preset: "''" },
  number: { type: 'REAL', notNull: true, preset: '0' },
  bool: { type: 'INTEGER', notNull: true, preset: '0' },
  list: { type: 'TEXT', notNull: true, preset: "'[]'" },
  json: { type: 'TEXT', notNull: false, preset: null },
  point: { type: 'TEXT', notNull: true, preset: `'{"lon":0,"lat":0}'` },
};

function declareColumn(column: Column): string {
  if (column.name === 'id') return '"id" TEXT PRIMARY KEY NOT NULL';
  const { type, notNull, preset } = declarations[column.type];
  return `${quote(column.name)} ${type}${notNull ? ' NOT NULL' : ''}${preset === null ? '' : ` DEFAULT ${preset}`}`;
}

/** Applies a change of a table's shape on a connection that is inside a transaction. Throws what SQLite throws. */
export function applyTableChange(connection: Connection, change: TableChange): void {
  switch (change.kind) {
    case 'createTable': {
      const columns = change.columns.map(declareColumn);
      columns.push(`${quote(versionColumn)} INTEGER NOT NULL DEFAULT 1`);
      connection.exec(`CREATE TABLE ${quote(change.table)} (${columns.join(', ')})`);
      return;
    }
    case 'dropTable':
      connection.exec(`DROP TABLE ${quote(change.table)}`);
      return;
    case 'alterTable':
      alterTable(connection, change);
      return;
    case 'dropIndex':
      connection.exec(`DROP INDEX ${quote(change.index)}`);
      return;
    case 'createIndex':
      // Only the first statement of a text is prepared: nothing behind a semicolon can run.
      if (!/^\s*create\s+(unique\s+)?index\b/i.test(change.sql)) throw new Error('not a CREATE INDEX statement');
      connection.prepare(change.sql).run();
  }
}

/**
 * Order: drop, then move every renamed column to a temporary name, convert, and only then give the final names, so that names
 * can be swapped; add; rename the table.
 */
function alterTable(connection: Connection, change: Extract<TableChange, { kind: 'alterTable' }>): void {
  const table = quote(change.table);
  for (const name of change.drop) connection.exec(`ALTER TABLE ${table} DROP COLUMN ${quote(name)}`);
  const moved = change.change.map((column, i) => {
    if (column.from === column.to) return column.from;
    const temporary = `@moving${i}`;
    connection.exec(`ALTER TABLE ${table} RENAME COLUMN ${quote(column.from)} TO ${quote(temporary)}`);
    return temporary;
  });
  change.change.forEach((column, i) => {
    const present = moved[i]!;
    if (needsRewrite(connection, change.table, present, column)) rewriteColumn(connection, table, present, column, i);
    else if (present !== column.to) {
      connection.exec(`ALTER TABLE ${table} RENAME COLUMN ${quote(present)} TO ${quote(column.to)}`);
    }
  });
  for (const column of change.add) connection.exec(`ALTER TABLE ${table} ADD COLUMN ${declareColumn(column)}`);
  if (change.rename !== change.table) renameTable(connection, change.table, change.rename);
}

/** True when values must be converted, or when the column is declared otherwise than its type wants. */
function needsRewrite(connection: Connection, table: string, present: string, column: ColumnChange): boolean {
  if (column.to === 'id') return false;
  if (column.convert !== null) return true;
  const info = connection.prepare('SELECT "type", "notnull", "dflt_value" FROM pragma_table_info(?) WHERE "name" = ?');
  info.setReturnArrays(true);
  const row = info.get(table, present) as unknown as ColumnValue[] | undefined;
  if (row === undefined) throw new Error(`no such column: ${column.from}`);
  const wanted = declarations[column.type];
  return row[0] !== wanted.type || (row[1] === 1) !== wanted.notNull || row[2] !== wanted.preset;
}

function rewriteColumn(connection: Connection, table: string, present: string, column: ColumnChange, i: number): void {
  const fresh = `@fresh${i}`;
  connection.exec(`ALTER TABLE ${table} ADD COLUMN ${declareColumn({ name: fresh, type: column.type })}`);
  connection.exec(`UPDATE ${table} SET ${quote(fresh)} = ${conversion(quote(present), column)}`);
  connection.exec(`ALTER TABLE ${table} DROP COLUMN ${quote(present)}`);
  connection.exec(`ALTER TABLE ${table} RENAME COLUMN ${quote(fresh)} TO ${quote(column.to)}`);
}

function conversion(from: string, column: ColumnChange): string {
  if (column.convert === 'wrap') return `CASE WHEN ${from} = '' THEN '[]' ELSE json_array(${from}) END`;
  if (column.convert === 'unwrap') {
    return `CASE WHEN json_valid(${from}) THEN coalesce(json_extract(${from}, '$[#-1]'), '') ELSE '' END`;
  }
  const { type, preset } = declarations[column.type];
  const cast = `CAST(${from} AS ${type})`;
  return preset === null ? cast : `coalesce(${cast}, ${preset})`;
}

/** Goes through a temporary name, because SQLite takes names that differ in case only for the same one. */
function renameTable(connection: Connection, from: string, to: string): void {
  const temporary = `@moving ${to}`;
  connection.exec(`ALTER TABLE ${quote(from)} RENAME TO ${quote(temporary)}`);
  connection.exec(`ALTER TABLE ${quote(temporary)} RENAME TO ${quote(to)}`);
}
