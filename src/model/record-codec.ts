import type { JsonObject, JsonValue } from '../util/json.ts';
import type { Collection } from './collection.ts';
import type { Column, ColumnValue, Row } from './commit.ts';
import { columnTypeOf, type Field } from './fields/field.ts';
import type { DraftData } from './fields/field-type.ts';
import { fieldTypeOf, valueToColumn } from './fields/registry.ts';
import type { RecordData, StoredRecord } from './record.ts';

/** Turns rows of one collection's table into typed values and back. */
export interface RecordCodec {
  /** The columns in the order that `decode` expects: one per field, in the order of the fields. */
  readonly columns: readonly string[];
  /** The typed values of a row whose columns start at `offset`. */
  decode(row: readonly ColumnValue[], offset?: number): RecordData;
  /** The typed values of a row by column name, as the log keeps it; columns that it lacks count as null. */
  decodeRow(row: Row): RecordData;
  /** The row of typed values; new files become their names, a new password has to be hashed before. */
  encode(data: DraftData): Row;
}

/** What a record's JSON shows. */
export interface SerialiseOptions {
  /** Hidden fields too: for superusers. */
  readonly showHidden: boolean;
  /** The address of an auth record. */
  readonly showEmail: boolean;
  /** Becomes the `expand` key unless it is null or absent. */
  readonly expand?: JsonObject | null;
}

/**
 * Objects with named slots (which are several times faster to fill and to read than dictionaries) that inherit nothing: a field may
 * be called `constructor` or `__proto__`.
 */
const Bare = function (): void {} as unknown as new () => { [key: string]: never };
Bare.prototype = Object.freeze(Object.create(null)) as { [key: string]: never };

function createBare<T>(): { [key: string]: T } {
  return new Bare();
}

/** A new, empty record; inherits nothing. */
export function createRecordData(): RecordData {
  return createBare<JsonValue>();
}

/** Memos of pure functions of a collection; a collection is immutable, and they go with it. */
const codecs = new WeakMap<Collection, RecordCodec>();
const layouts = new WeakMap<Collection, readonly Layout[]>();

/** The codec of a collection. Asking again costs nothing. */
export function codecOf(collection: Collection): RecordCodec {
  let codec = codecs.get(collection);
  if (codec === undefined) {
    codec = createCodec(collection);
    codecs.set(collection, codec);
  }
  return codec;
}

/** The columns of a collection's table, in the order of its fields. */
export function columnsOf(collection: Collection): Column[] {
  return collection.fields.map((field) => ({ name: field.name, type: columnTypeOf(field) }));
}

/** Reads one column's value; null: it is taken as it is. */
type ReadColumn = ((column: ColumnValue) => JsonValue) | null;

function createCodec(collection: Collection): RecordCodec {
  const { fields } = collection;
  const names = fields.map((field) => field.name);
  const readers = fields.map(createReader);
  const count = fields.length;
  const decode = (row: readonly ColumnValue[], offset = 0): RecordData => {
    const data = createRecordData();
    for (let index = 0; index < count; index++) {
      const column = row[offset + index] ?? null;
      const read = readers[index];
      data[names[index]!] = read ? read(column) : column;
    }
    return data;
  };
  return {
    columns: names,
    decode,
    decodeRow: (row) => decode(names.map((name) => row[name] ?? null)),
    encode: (data) => {
      const row: Row = createBare<ColumnValue>();
      for (const field of fields) row[field.name] = valueToColumn(field, data[field.name] ?? null);
      return row;
    },
  };
}

/** Plain text, the bulk of all columns, is read without asking the field's type. */
function createReader(field: Field): ReadColumn {
  const type = fieldTypeOf(field);
  const read = (column: ColumnValue): JsonValue => type.fromColumn(field, column);
  switch (field.type) {
    case 'text':
    case 'editor':
    case 'email':
    case 'url':
    case 'password':
      return (column) => (typeof column === 'string' ? column : read(column));
    case 'number':
      return (column) => (typeof column === 'number' && column !== 0 ? column : read(column));
    case 'date':
    case 'autodate':
      return (column) => (typeof column === 'string' && column.length === 24 ? column : read(column));
    case 'bool':
      return (column) => column === 1 || (column !== 0 && (read(column) as boolean));
    default:
      return read;
  }
}

/** Which keys a record's JSON has, for one answer to both questions. */
interface Layout {
  readonly shown: readonly string[];
  /** Password fields are keys, but the hash never leaves. */
  readonly blank: readonly string[];
}

/**
 * A record as clients see it: `collectionId`, `collectionName`, `id`, the other fields in their order, and `expand`. Password hashes
 * are never in it, and of auth records neither `password` nor `tokenKey`, whoever asks.
 */
export function serialiseRecord(record: StoredRecord, options: SerialiseOptions): JsonObject {
  const { collection, data } = record;
  const json = createBare<JsonValue>();
  json['collectionId'] = collection.id;
  json['collectionName'] = collection.name;
  const layout = layoutOf(collection, options);
  for (const name of layout.shown) json[name] = data[name]!;
  for (const name of layout.blank) json[name] = '';
  if (options.expand) json['expand'] = options.expand;
  return json;
}

function layoutOf(collection: Collection, options: SerialiseOptions): Layout {
  let all = layouts.get(collection);
  if (all === undefined) {
    all = [0, 1, 2, 3].map((bits) => createLayout(collection, (bits & 1) !== 0, (bits & 2) !== 0));
    layouts.set(collection, all);
  }
  return all[(options.showHidden ? 1 : 0) + (options.showEmail ? 2 : 0)]!;
}

function createLayout(collection: Collection, showHidden: boolean, showEmail: boolean): Layout {
  const isAuth = collection.type === 'auth';
  const isShown = (field: Field): boolean => {
    if (field.hidden && !showHidden) return false;
    if (!isAuth) return true;
    return field.name !== 'password' && field.name !== 'tokenKey' && (field.name !== 'email' || showEmail);
  };
  const fields = collection.fields.filter(isShown);
  const names = fields.filter((field) => field.type !== 'password').map((field) => field.name);
  return {
    shown: names.includes('id') ? ['id', ...names.filter((name) => name !== 'id')] : names,
    blank: fields.filter((field) => field.type === 'password').map((field) => field.name),
  };
}
