import type { Collection, Schema } from './collection.ts';
import { ErrorCollector } from './error-data.ts';
import type { ErrorData, ErrorLeaf } from './errors.ts';
import { findUniqueIndex, type IndexDefinition, parseIndex, renderStandardIndex } from './index-definition.ts';
import { createFailure, createLeaf } from './validation.ts';

/**
 * Checks the indexes of a completed collection: that each can be read and names columns that are there, that names and definitions
 * are used once, and that the unique indexes which the program relies on are among them.
 *
 * @param checksColumns false when the fields are wrong themselves, so that one mistake is not told twice
 * @returns one failure when the list as a whole is wrong, else failures by position
 */
export function validateIndexes(
  next: Collection,
  previous: Collection | null,
  schema: Schema,
  checksColumns: boolean,
): ErrorData | ErrorLeaf {
  if (next.type === 'view') return next.indexes.length > 0 ? createFailure('validation_indexes_not_supported') : {};
  const errors = new ErrorCollector();
  const names = new Map(foreignNames(previous?.id ?? next.id, schema));
  const definitions = new Set<string>();
  const columnFailure = (index: IndexDefinition): ErrorLeaf | null =>
    checksColumns ? validateColumns(index, next) : null;
  next.indexes.forEach((sql, position) => {
    const index = parseIndex(sql);
    errors.add(
      position,
      index === null ? unreadable() : (validateIndex(index, names, definitions) ?? columnFailure(index)),
    );
    if (index === null) return;
    names.set(index.name.toLowerCase(), '');
    definitions.add(comparable(index));
  });
  if (errors.has()) return errors.data;
  return validateSystemIndexes(next, previous) ?? validateAuthIndexes(next) ?? {};
}

function unreadable(): ErrorLeaf {
  return createFailure('validation_invalid_index_expression');
}

/** Index names of the other collections: names are one space per database. */
function foreignNames(id: string, schema: Schema): [string, string][] {
  return schema.all
    .filter((other) => other.id !== id)
    .flatMap((other) =>
      other.indexes.map((sql): [string, string] => [parseIndex(sql)?.name.toLowerCase() ?? '', other.name]),
    );
}

/** What two indexes have in common when one of them is of no use. */
function comparable(index: IndexDefinition): string {
  return renderStandardIndex({ ...index, name: '', ifNotExists: false }).toLowerCase();
}

function validateIndex(
  index: IndexDefinition,
  names: ReadonlyMap<string, string>,
  definitions: ReadonlySet<string>,
): ErrorLeaf | null {
  const usedTableName = names.get(index.name.toLowerCase());
  if (usedTableName === '') return createFailure('validation_duplicated_index_name');
  if (usedTableName !== undefined) return createFailure('validation_existing_index_name', { usedTableName });
  const isKnown = definitions.has(comparable(index));
  return isKnown ? createFailure('validation_duplicated_index_definition') : null;
}

function validateColumns(index: IndexDefinition, next: Collection): ErrorLeaf | null {
  const columns = new Set(next.fields.map((field) => field.name.toLowerCase()));
  const missing = index.columns.find(({ name }) => name !== null && !columns.has(name.toLowerCase()));
  return missing === undefined ? null : createIndexFailure(index, `no such column: ${missing.name}`);
}

function createIndexFailure(index: IndexDefinition, reason: string): ErrorLeaf {
  return createLeaf('validation_invalid_index_expression', `Failed to create index ${index.name} - ${reason}.`);
}

/**
 * Unique indexes over system fields stay unique over the same columns; their name, collation, order and condition may change.
 */
function validateSystemIndexes(next: Collection, previous: Collection | null): ErrorLeaf | null {
  if (previous === null) return null;
  const present = new Set(next.indexes.map((sql) => uniqueColumns(parseIndex(sql))));
  for (const sql of previous.indexes) {
    const index = parseIndex(sql);
    const fieldName = index?.columns[0]?.name ?? '';
    const isSystem = previous.fields.some((field) => field.system && field.name === fieldName && fieldName !== 'id');
    if (index === null || !index.unique || !isSystem || present.has(uniqueColumns(index))) continue;
    const message = `Unique index definition on system fields (${fieldName}) is invalid or missing.`;
    return createLeaf('validation_invalid_unique_system_field_index', message, { fieldName });
  }
  return null;
}

function uniqueColumns(index: IndexDefinition | null): string {
  return index?.unique ? index.columns.map((column) => column.expression.toLowerCase()).join() : '';
}

function validateAuthIndexes(next: Collection): ErrorLeaf | null {
  if (next.type !== 'auth') return null;
  for (const fieldName of ['tokenKey', 'email']) {
    if (findUniqueIndex(next.indexes, fieldName) === null) {
      return createFailure('validation_missing_required_unique_index', { fieldName });
    }
  }
  return null;
}
