import { assert } from '../util/assert.ts';
import type { Collection } from './collection.ts';
import type { Column, ColumnChange, TableChange } from './commit.ts';
import { columnTypeOf, type Field } from './fields/field.ts';
import { parseIndex, renderStandardIndex } from './index-definition.ts';

/**
 * What has to be done to the database for a collection to become another version of itself: nothing for views. Columns are matched by
 * field id, so a new name keeps the values, swaps included; indexes that touch what changes are dropped before and made after.
 *
 * @param before the stored collection, or null when there is none yet
 * @param after the new version, or null when the collection goes
 * @returns changes in the order in which they have to be applied
 */
export function planTable(before: Collection | null, after: Collection | null): TableChange[] {
  const old = before?.type === 'view' ? null : before;
  const next = after?.type === 'view' ? null : after;
  if (next === null) return old === null ? [] : [{ kind: 'dropTable', table: old.name }];
  if (old === null) return [createTable(next), ...allIndexes(next).map((sql) => createIndex(next.name, sql))];
  return planAlteration(old, next);
}

/** The indexes that {@link planTable} makes for relations, for whoever makes a collection's own ones one by one. */
export function planRelationIndexes(collection: Collection): TableChange[] {
  return relationIndexes(collection).map((sql) => createIndex(collection.name, sql));
}

/**
 * Back-relations, cascades and most rules look for the records that point at one record: every single relation has an index for that, unless
 * one of the collection's own begins with the field. They are no part of the collection and never shown.
 */
function relationIndexes(collection: Collection): string[] {
  const covered = new Set(collection.indexes.map(leadingColumn));
  const { id, name: table, fields } = collection;
  return fields
    .filter(
      (field) => field.type === 'relation' && columnTypeOf(field) === 'text' && !covered.has(field.name.toLowerCase()),
    )
    .map((field) => `CREATE INDEX \`_relation_${id}_${field.id}\` ON \`${table}\` (\`${field.name}\`)`);
}

/** The column, in lower case, that an index over all rows can be searched by; `''` when there is none. */
function leadingColumn(sql: string): string {
  const index = parseIndex(sql);
  const first = index?.columns[0];
  if (index === null || first === undefined || index.where !== '' || first.collate !== '') return '';
  return (first.name ?? '').toLowerCase();
}

function allIndexes(collection: Collection): readonly string[] {
  return [...collection.indexes, ...relationIndexes(collection)];
}

function createTable(collection: Collection): TableChange {
  return { kind: 'createTable', table: collection.name, columns: collection.fields.map(toColumn) };
}

function toColumn(field: Field): Column {
  return { name: field.name, type: columnTypeOf(field) };
}

/** The statement of an index as every engine can read it: names in double quotes, the collection's table. */
function createIndex(table: string, sql: string): TableChange {
  const index = parseIndex(sql);
  assert(index !== null, `An index that cannot be read passed the validation: ${sql}`);
  const statement = renderStandardIndex({ ...index, table, ifNotExists: false });
  return { kind: 'createIndex', table, index: index.name, unique: index.unique, sql: statement };
}

function planAlteration(old: Collection, next: Collection): TableChange[] {
  const alteration = alterTable(old, next);
  const isMoved = old.name !== next.name;
  const touched = alteration === null ? new Set<string>() : touchedColumns(alteration);
  const { dropped, created } = planIndexes(old, next, isMoved, touched);
  return [
    ...dropped.map((index): TableChange => ({ kind: 'dropIndex', index })),
    ...(alteration === null ? [] : [alteration]),
    ...created,
  ];
}

type Alteration = Extract<TableChange, { kind: 'alterTable' }>;

function alterTable(old: Collection, next: Collection): Alteration | null {
  const drop = old.fields.filter((field) => !next.fields.some((other) => other.id === field.id));
  const add = next.fields.filter((field) => !old.fields.some((other) => other.id === field.id));
  const change: ColumnChange[] = [];
  for (const field of next.fields) {
    const before = old.fields.find((other) => other.id === field.id);
    const step = before === undefined ? null : changeColumn(before, field);
    if (step !== null) change.push(step);
  }
  if (drop.length + add.length + change.length === 0 && old.name === next.name) return null;
  return {
    kind: 'alterTable',
    table: old.name,
    rename: next.name,
    drop: drop.map((field) => field.name),
    change,
    add: add.map(toColumn),
  };
}

function changeColumn(before: Field, after: Field): ColumnChange | null {
  const type = columnTypeOf(after);
  const wasList = columnTypeOf(before) === 'list';
  const convert = wasList === (type === 'list') ? null : wasList ? 'unwrap' : 'wrap';
  if (before.name === after.name && convert === null) return null;
  return { from: before.name, to: after.name, convert, type };
}

/** Columns, in lower case, that are another or none after the change, under both names. */
function touchedColumns(alteration: Alteration): Set<string> {
  const names = [...alteration.drop, ...alteration.change.flatMap(({ from, to }) => [from, to])];
  return new Set(names.map((name) => name.toLowerCase()));
}

/**
 * Which indexes go and which come. One whose statement stays the same is left alone, unless the table moves or a column that its
 * statement mentions changes under it.
 */
function planIndexes(
  old: Collection,
  next: Collection,
  isMoved: boolean,
  touched: ReadonlySet<string>,
): { dropped: string[]; created: TableChange[] } {
  // An index of an older program that cannot be read is never kept, and there is no name to drop it by.
  const keyOf = (table: string, sql: string): string =>
    parseIndex(sql) === null ? '' : JSON.stringify(createIndex(table, sql));
  const kept = new Set<string>();
  if (!isMoved) {
    const present = new Set(allIndexes(old).map((sql) => keyOf(next.name, sql)));
    for (const sql of allIndexes(next)) {
      const key = keyOf(next.name, sql);
      if (present.has(key) && !mentions(sql, touched)) kept.add(key);
    }
  }
  const gone = allIndexes(old).filter((sql) => !kept.has(keyOf(next.name, sql)));
  const fresh = allIndexes(next).filter((sql) => !kept.has(keyOf(next.name, sql)));
  return {
    dropped: gone.map((sql) => parseIndex(sql)?.name ?? '').filter((name) => name !== ''),
    created: fresh.map((sql) => createIndex(next.name, sql)),
  };
}

function mentions(sql: string, touched: ReadonlySet<string>): boolean {
  const words = sql.toLowerCase().match(/\w+/g) ?? [];
  return words.some((word) => touched.has(word));
}
