import { isJsonObject, type JsonObject, type JsonValue } from '../util/json.ts';
import { authToJson, createAuthOptions, mergeAuthOptions } from './auth-options.ts';
import type { Collection, CollectionType } from './collection.ts';
import type { Column, ColumnValue, Row } from './commit.ts';
import { decodeField, serialiseField } from './fields/field-codec.ts';
import { FormatError } from './format-error.ts';

/** The table that holds the collections, one row each. */
export const collectionsTable = '_collections';

/** Its columns. The layout is the one that PocketBase has had since 0.23, so that its files can be read. */
export const collectionColumns: readonly Column[] = [
  { name: 'id', type: 'text' },
  { name: 'system', type: 'bool' },
  { name: 'type', type: 'text' },
  { name: 'name', type: 'text' },
  { name: 'fields', type: 'json' },
  { name: 'indexes', type: 'json' },
  // Rules are JSON columns only in that they may be null; their text is stored as it is.
  { name: 'listRule', type: 'json' },
  { name: 'viewRule', type: 'json' },
  { name: 'createRule', type: 'json' },
  { name: 'updateRule', type: 'json' },
  { name: 'deleteRule', type: 'json' },
  { name: 'options', type: 'json' },
  { name: 'created', type: 'text' },
  { name: 'updated', type: 'text' },
];

/** The names of the columns, in order. */
export const collectionRowColumns: readonly string[] = collectionColumns.map((column) => column.name);

/** The row of a collection, secrets included. */
export function collectionToRow(collection: Collection): Row {
  return {
    id: collection.id,
    system: collection.system ? 1 : 0,
    type: collection.type,
    name: collection.name,
    fields: JSON.stringify(collection.fields.map(serialiseField)),
    indexes: JSON.stringify(collection.indexes),
    listRule: collection.listRule,
    viewRule: collection.viewRule,
    createRule: collection.createRule,
    updateRule: collection.updateRule,
    deleteRule: collection.deleteRule,
    options: JSON.stringify(optionsOf(collection)),
    created: collection.created,
    updated: collection.updated,
  };
}

/** What belongs to the type of the collection, in one JSON object. */
function optionsOf(collection: Collection): JsonObject {
  const own: { [key: string]: JsonValue } = collection.auth === null ? {} : { ...authToJson(collection.auth) };
  if (collection.type === 'view') own['viewQuery'] = collection.viewQuery;
  if (collection.partitionBy !== '') own['partitionBy'] = collection.partitionBy;
  return own;
}

/**
 * The collection of a row. Options that an older row lacks have their defaults.
 *
 * @throws FormatError when the row was not written by `collectionToRow` or by PocketBase 0.23 or later
 */
export function collectionFromRow(row: Row): Collection {
  const type = readType(row['type']);
  const fields = readJson(row['fields'], 'fields');
  const indexes = readJson(row['indexes'], 'indexes') ?? [];
  const options = readJson(row['options'], 'options') ?? {};
  if (!Array.isArray(fields) || !Array.isArray(indexes) || !isJsonObject(options))
    throw new FormatError('a collection');
  return {
    id: readText(row['id']),
    name: readText(row['name']),
    type,
    system: row['system'] === 1,
    fields: (fields as readonly JsonValue[]).map(decodeField),
    indexes: (indexes as readonly JsonValue[]).map(String),
    listRule: readRule(row['listRule']),
    viewRule: readRule(row['viewRule']),
    createRule: readRule(row['createRule']),
    updateRule: readRule(row['updateRule']),
    deleteRule: readRule(row['deleteRule']),
    created: readText(row['created']),
    updated: readText(row['updated']),
    auth: type === 'auth' ? mergeAuthOptions(createAuthOptions(), options) : null,
    viewQuery: typeof options['viewQuery'] === 'string' ? options['viewQuery'] : '',
    partitionBy: typeof options['partitionBy'] === 'string' ? options['partitionBy'] : '',
  };
}

function readType(column: ColumnValue | undefined): CollectionType {
  if (column !== 'base' && column !== 'auth' && column !== 'view') throw new FormatError('type');
  return column;
}

function readText(column: ColumnValue | undefined): string {
  return typeof column === 'string' ? column : '';
}

function readRule(column: ColumnValue | undefined): string | null {
  return typeof column === 'string' ? column : null;
}

function readJson(column: ColumnValue | undefined, key: string): JsonValue {
  try {
    return typeof column === 'string' ? (JSON.parse(column) as JsonValue) : null;
  } catch {
    throw new FormatError(key);
  }
}
