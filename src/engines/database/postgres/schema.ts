import type { Column, ColumnChange, TableChange } from '../../../model/commit.ts';
import type { ColumnType } from '../../../model/fields/field.ts';
import { type IndexColumn, parseIndex } from '../../../model/index-definition.ts';
import { functionSchema } from './function-schema.ts';
import { quoteIdentifier as quote } from './identifiers.ts';

/** The column that counts a row's changes. */
export const versionColumn = '@version';
/** The column that numbers the rows of a table as they are inserted. */
export const insertionColumn = '@rowid';

/** How each column type is declared. */
const declarations: {
  readonly [type in ColumnType]: { readonly type: string; readonly preset: string | null };
} = {
  text: { type: 'text', preset: "''" },
  number: { type: 'double precision', preset: '0' },
  bool: { type: 'smallint', preset: '0' },
  list: { type: 'text', preset: "'[]'" },
  json: { type: 'text', preset: null },
  point: { type: 'text', preset: `'{"lon":0,"lat":0}'` },
};

function declareColumn(column: Column): string {
  if (column.name === 'id') return '"id" text PRIMARY KEY';
  const { type, preset } = declarations[column.type];
  return `${quote(column.name)} ${type}${preset === null ? '' : ` NOT NULL DEFAULT ${preset}`}`;
}

/** The statements of a change of a table's shape, in order. Throws for an index that cannot be understood. */
export function tableChangeSql(change: TableChange): string[] {
  switch (change.kind) {
    case 'createTable': {
      const columns = change.columns.map(declareColumn);
      columns.push(`${quote(versionColumn)} integer NOT NULL DEFAULT 1`);
      columns.push(`${quote(insertionColumn)} bigint GENERATED ALWAYS AS IDENTITY UNIQUE`);
      return [`CREATE TABLE ${quote(change.table)} (${columns.join(', ')})`];
    }
    case 'dropTable':
      return [`DROP TABLE ${quote(change.table)}`];
    case 'alterTable':
      return alterTable(change);
    case 'dropIndex':
      return [`DROP INDEX ${quote(change.index)}`];
    case 'createIndex':
      return [createIndex(change.sql)];
  }
}

/**
 * The statement of an index. `COLLATE NOCASE` becomes an index over the lowered text, which is what comparisons without
 * regard to case look for.
 */
function createIndex(sql: string): string {
  const definition = parseIndex(sql);
  if (definition === null) throw new Error('not a CREATE INDEX statement');
  const columns = definition.columns.map(indexPart).join(', ');
  const where = definition.where === '' ? '' : ` WHERE ${definition.where}`;
  const unique = definition.unique ? 'UNIQUE ' : '';
  const missing = definition.ifNotExists ? 'IF NOT EXISTS ' : '';
  return `CREATE ${unique}INDEX ${missing}${quote(definition.name)} ON ${quote(definition.table)} (${columns})${where}`;
}

function indexPart({ name, expression, collate, sort }: IndexColumn): string {
  const value = name === null ? `(${expression})` : quote(name);
  switch (collate.toLowerCase()) {
    case '':
    case 'binary':
      return `${value} ${sort}`.trim();
    case 'nocase':
      return `(lower(${value} COLLATE "C")) ${sort}`.trim();
    default:
      throw new Error(`no such collation sequence: ${collate}`);
  }
}

/**
 * Order: drop, then move every renamed column to a temporary name, convert, and only then give the final names, so that names
 * can be swapped; add; rename the table.
 */
function alterTable(change: Extract<TableChange, { kind: 'alterTable' }>): string[] {
  const alter = `ALTER TABLE ${quote(change.table)}`;
  const statements = change.drop.map((name) => `${alter} DROP COLUMN ${quote(name)}`);
  const moved = change.change.map((column, i) => {
    if (column.from === column.to) return column.from;
    const temporary = `@moving${i}`;
    statements.push(`${alter} RENAME COLUMN ${quote(column.from)} TO ${quote(temporary)}`);
    return temporary;
  });
  change.change.forEach((column, i) => {
    const present = quote(moved[i]!);
    if (column.to !== 'id') statements.push(...convertColumn(alter, present, column));
    if (moved[i] !== column.to) statements.push(`${alter} RENAME COLUMN ${present} TO ${quote(column.to)}`);
  });
  for (const column of change.add) statements.push(`${alter} ADD COLUMN ${declareColumn(column)}`);
  if (change.rename !== change.table) statements.push(`${alter} RENAME TO ${quote(change.rename)}`);
  return statements;
}

/** Values, default and "not null" as the new type wants them. Where the type stays, the server rewrites nothing. */
function convertColumn(alter: string, present: string, column: ColumnChange): string[] {
  const { type, preset } = declarations[column.type];
  const at = `${alter} ALTER COLUMN ${present}`;
  const conversion = convertedValue(present, column, type);
  return [
    `${at} DROP DEFAULT`,
    `${at} DROP NOT NULL`,
    `${at} TYPE ${type} USING ${conversion}`,
    ...(preset === null
      ? []
      : [
          `UPDATE ${alter.slice('ALTER TABLE '.length)} SET ${present} = ${preset} WHERE ${present} IS NULL`,
          `${at} SET DEFAULT ${preset}`,
          `${at} SET NOT NULL`,
        ]),
  ];
}

function convertedValue(from: string, column: ColumnChange, type: string): string {
  if (column.convert === 'wrap') {
    return `CASE WHEN ${from} = '' THEN '[]' ELSE json_build_array(${from})::text END`;
  }
  if (column.convert === 'unwrap') return `coalesce(${from}::json ->> -1, '')`;
  if (type === 'text') return `${functionSchema}.to_text(${from})`;
  return `${functionSchema}.to_number(${from})::${type}`;
}
