import { DatabaseSync } from 'node:sqlite';
import { sqliteDialect } from '../../../src/engines/database/sqlite/dialect.ts';
import { applyTableChange } from '../../../src/engines/database/sqlite/schema.ts';
import type { Collection, Schema } from '../../../src/model/collection.ts';
import type { Row } from '../../../src/model/commit.ts';
import { columnTypeOf, type Field, isMultiple } from '../../../src/model/fields/field.ts';
import { guest, type RecordData, type Viewer } from '../../../src/model/record.ts';
import {
  type CompiledSql,
  type Condition,
  compileFilter,
  compileFilterOnRow,
  type RecordSource,
  type RequestContext,
} from '../../../src/rules/rules.ts';
import type { JsonValue } from '../../../src/util/json.ts';

/** A field of any type with neutral options. */
export function makeField(type: Field['type'], name: string, options: { readonly [key: string]: unknown } = {}): Field {
  const common = { id: `field_${name}`, name, system: false, hidden: false, presentable: false, help: '' };
  const lists = { maxSelect: 1, values: null, collectionId: '', required: false };
  return { ...common, ...lists, type, ...options } as unknown as Field;
}

/** A collection that everyone may list; auth collections get the fields that rules know. */
export function makeCollection(
  type: Collection['type'],
  name: string,
  fields: readonly Field[],
  options: Partial<Collection> = {},
): Collection {
  const own =
    type === 'auth'
      ? [makeField('email', 'email'), makeField('bool', 'emailVisibility'), makeField('bool', 'verified')]
      : [];
  return {
    id: `c_${name}`,
    name,
    type,
    system: false,
    fields: [makeField('text', 'id'), ...own, ...fields],
    indexes: [],
    created: '',
    updated: '',
    auth: null,
    viewQuery: '',
    partitionBy: '',
    listRule: '',
    viewRule: '',
    createRule: '',
    updateRule: '',
    deleteRule: '',
    ...options,
  };
}

export function makeSchema(all: readonly Collection[]): Schema {
  return {
    version: 1,
    all,
    find: (nameOrId) => all.find(({ id, name }) => id === nameOrId || name.toLowerCase() === nameOrId.toLowerCase()),
  };
}

/** A request of a guest, with what is given changed. */
export function makeContext(options: Partial<RequestContext> = {}): RequestContext {
  return {
    context: 'default',
    method: 'GET',
    headers: {},
    query: {},
    body: {},
    viewer: guest,
    now: Date.UTC(2024, 4, 6, 7, 8, 9, 123),
    ...options,
  };
}

export function makeViewer(collection: Collection, data: RecordData): Viewer {
  return { auth: { collection, id: data['id'] as string, version: 1, data }, isSuperuser: false };
}

/** All values of a record: the given ones, and the empty value of every other field. */
export function makeRecord(collection: Collection, values: { readonly [field: string]: JsonValue }): RecordData {
  const data: RecordData = Object.create(null);
  for (const field of collection.fields) {
    data[field.name] = Object.hasOwn(values, field.name) ? values[field.name]! : emptyValue(field);
  }
  return data;
}

function emptyValue(field: Field): JsonValue {
  if (isMultiple(field)) return [];
  switch (columnTypeOf(field)) {
    case 'number':
      return 0;
    case 'bool':
      return false;
    case 'json':
      return null;
    case 'point':
      return { lon: 0, lat: 0 };
    default:
      return '';
  }
}

/** A record as its columns. */
export function toRow(collection: Collection, data: RecordData): Row {
  const row: Row = {};
  for (const field of collection.fields) {
    const value = data[field.name]!;
    switch (columnTypeOf(field)) {
      case 'json':
        row[field.name] = value === null ? null : JSON.stringify(value);
        break;
      case 'list':
      case 'point':
        row[field.name] = JSON.stringify(value);
        break;
      case 'bool':
        row[field.name] = value === true ? 1 : 0;
        break;
      default:
        row[field.name] = value as string | number;
    }
  }
  return row;
}

/** Collections with their records, in memory and in a real database. */
export class RuleWorld implements RecordSource, Disposable {
  readonly schema: Schema;
  readonly #records: ReadonlyMap<string, readonly RecordData[]>;
  readonly #database = new DatabaseSync(':memory:', { enableDoubleQuotedStringLiterals: false });

  /** `records` by collection name. */
  constructor(collections: readonly Collection[], records: { readonly [collection: string]: readonly RecordData[] }) {
    this.schema = makeSchema(collections);
    this.#records = new Map(collections.map(({ id, name }) => [id, records[name] ?? []]));
    for (const collection of collections) this.#store(collection);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  collection(name: string): Collection {
    const found = this.schema.find(name);
    if (found === undefined) throw new Error(`no collection ${name}`);
    return found;
  }

  all(collectionId: string): readonly RecordData[] {
    return this.#records.get(collectionId)!;
  }

  get(collectionId: string, id: string): RecordData | undefined {
    return this.all(collectionId).find((record) => record['id'] === id);
  }

  referencing(collectionId: string, field: string, id: string): readonly RecordData[] {
    return this.all(collectionId).filter(({ [field]: value }) =>
      Array.isArray(value) ? value.includes(id) : value === id,
    );
  }

  run(query: { readonly sql: string; readonly params: CompiledSql['params'] }): unknown[][] {
    const statement = this.#database.prepare(query.sql);
    statement.setReturnArrays(true);
    return statement.all(...query.params) as unknown as unknown[][];
  }

  /** The ids that a condition lets through, by its SQL on the table. */
  selectIds(condition: Condition, context: RequestContext): string[] {
    const where = compileFilter(condition, sqliteDialect, context);
    const table = sqliteDialect.identifier(condition.base.name);
    const sql = `SELECT "base"."id" FROM ${table} AS "base" WHERE ${where.sql} ORDER BY "base"."_rowid_"`;
    return this.run({ sql, params: where.params }).map(([id]) => id as string);
  }

  /** Whether a condition lets a record through that need not be in the table. */
  isSelected(condition: Condition, context: RequestContext, data: RecordData): boolean {
    const row = toRow(condition.base, data);
    return this.run(compileFilterOnRow(condition, sqliteDialect, context, row)).length > 0;
  }

  #store(collection: Collection): void {
    const columns = collection.fields.map((field) => ({ name: field.name, type: columnTypeOf(field) }));
    applyTableChange(this.#database, { kind: 'createTable', table: collection.name, columns });
    const names = columns.map(({ name }) => sqliteDialect.identifier(name));
    const places = columns.map(() => '?').join(', ');
    const table = sqliteDialect.identifier(collection.name);
    const insert = this.#database.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${places})`);
    for (const data of this.all(collection.id)) {
      const row = toRow(collection, data);
      insert.run(...columns.map(({ name }) => row[name]!));
    }
  }
}
