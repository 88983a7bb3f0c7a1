import type { Cache } from '../../engines/cache/cache.ts';
import type { Database } from '../../engines/database/database.ts';
import type { Collection } from '../../model/collection.ts';
import type { Change, ColumnValue } from '../../model/commit.ts';
import type { StoredRecord } from '../../model/record.ts';
import { codecOf } from '../../model/record-codec.ts';
import { hasLongRows, type ReadRoom, wideRowsMax } from './read-room.ts';

/** A piece of SQL with its values and the tables it reads beside the base table. */
export interface SqlPart {
  readonly sql: string;
  readonly params: readonly ColumnValue[];
  readonly tables: readonly string[];
}

/** Which rows of a table, in which order. The base table has the alias `baseAlias`. */
export interface Selection {
  readonly where: SqlPart | null;
  readonly orderBy: SqlPart | null;
  readonly limit: number;
  readonly offset: number;
}

/** What a read is for and what it must already see; see `Query`. */
export interface ReadOptions {
  readonly purpose: 'show' | 'decide';
  readonly pending?: readonly Change[];
  /** What the rows are counted against; without it they are not. */
  readonly room?: ReadRoom;
}

/** The alias of the collection's own table in every statement of this module; compiled rules use it too. */
export const baseAlias = 'base';

/** Reads the rows of collections as records. Knows nothing of rules. */
export class RecordStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The record with this id, or null. */
  async find(collection: Collection, id: string, options: ReadOptions): Promise<StoredRecord | null> {
    const { identifier } = this.#database.dialect;
    const where = { sql: `${identifier(baseAlias)}.${identifier('id')} = ?`, params: [id], tables: [] };
    const found = await this.select(collection, { where, orderBy: null, limit: 1, offset: 0 }, options);
    return found[0] ?? null;
  }

  /** The records with these ids, in no particular order; missing ones are left out. */
  async findMany(
    collection: Collection,
    ids: readonly string[],
    options: ReadOptions,
    extra: SqlPart | null = null,
  ): Promise<StoredRecord[]> {
    if (ids.length === 0) return [];
    if (ids.length > wideRowsMax && options.room !== undefined && hasLongRows(collection)) {
      const found: StoredRecord[] = [];
      for (let start = 0; start < ids.length; start += wideRowsMax) {
        found.push(...(await this.findMany(collection, ids.slice(start, start + wideRowsMax), options, extra)));
      }
      return found;
    }
    const { identifier } = this.#database.dialect;
    const { marks, params } = idList(ids);
    const own = { sql: `${identifier(baseAlias)}.${identifier('id')} IN (${marks})`, params, tables: [] };
    return this.select(collection, { where: joinParts([own, extra]), orderBy: null, limit: -1, offset: 0 }, options);
  }

  /** Those of the ids that exist. */
  async existingIds(collection: Collection, ids: readonly string[], options: ReadOptions): Promise<Set<string>> {
    const { identifier } = this.#database.dialect;
    const { marks, params } = idList(ids);
    const rows = await this.#database.read({
      sql: `SELECT ${identifier('id')} FROM ${identifier(collection.name)} WHERE ${identifier('id')} IN (${marks})`,
      params,
      tables: [collection.name],
      ...options,
    });
    return new Set(rows.map((row) => row[0] as string));
  }

  /** The records of a selection. `limit` -1 = all. */
  async select(collection: Collection, selection: Selection, options: ReadOptions): Promise<StoredRecord[]> {
    if (selection.limit > wideRowsMax && options.room !== undefined && hasLongRows(collection)) {
      const order = await this.#selectIds(collection, selection, options);
      const found = await this.findMany(collection, order, options);
      const byId = new Map(found.map((record) => [record.id, record]));
      return order.flatMap((id) => byId.get(id) ?? []);
    }
    const { identifier } = this.#database.dialect;
    const codec = codecOf(collection);
    const columns = codec.columns.map((column) => `${identifier(baseAlias)}.${identifier(column)}`);
    const version = `${identifier(baseAlias)}.${identifier('@version')}`;
    const rows = await this.#selectColumns([version, ...columns], collection, selection, options);
    options.room?.take(rows);
    return rows.map((row) => {
      const data = codec.decode(row, 1);
      return { collection, id: data.id as string, version: row[0] as number, data };
    });
  }

  async #selectIds(collection: Collection, selection: Selection, options: ReadOptions): Promise<string[]> {
    const { identifier } = this.#database.dialect;
    const id = `${identifier(baseAlias)}.${identifier('id')}`;
    const rows = await this.#selectColumns([id], collection, selection, options);
    return rows.map((row) => row[0] as string);
  }

  #selectColumns(
    columns: readonly string[],
    collection: Collection,
    { where, orderBy, limit, offset }: Selection,
    options: ReadOptions,
  ): Promise<ColumnValue[][]> {
    const { identifier } = this.#database.dialect;
    return this.#read(
      `SELECT ${columns.join(', ')} FROM ${identifier(collection.name)} AS ${identifier(baseAlias)}` +
        (where === null ? '' : ` WHERE ${where.sql}`) +
        (orderBy === null ? '' : ` ORDER BY ${orderBy.sql}`) +
        (limit < 0 ? '' : ' LIMIT ? OFFSET ?'),
      [where, orderBy],
      limit < 0 ? [] : [limit, offset],
      collection,
      options,
    );
  }

  /** How many rows a condition has, counted again only when one of the tables has changed since. Only durable rows count. */
  async countCached(
    collection: Collection,
    where: SqlPart | null,
    tags: readonly string[],
    cache: Cache,
  ): Promise<number> {
    const key = `count ${JSON.stringify([collection.id, where?.sql, where?.params])}`;
    const known = await cache.get(key);
    if (known !== null) return Number(known);
    const moment = cache.moment();
    const total = await this.count(collection, where, { purpose: 'show' });
    cache.set(key, String(total), tags, moment);
    return total;
  }

  /** How many rows a condition has. */
  async count(collection: Collection, where: SqlPart | null, options: ReadOptions): Promise<number> {
    const { identifier } = this.#database.dialect;
    const rows = await this.#read(
      `SELECT COUNT(*) FROM ${identifier(collection.name)} AS ${identifier(baseAlias)}` +
        (where === null ? '' : ` WHERE ${where.sql}`),
      [where],
      [],
      collection,
      options,
    );
    return rows[0]![0] as number;
  }

  #read(
    sql: string,
    parts: readonly (SqlPart | null)[],
    last: readonly ColumnValue[],
    collection: Collection,
    options: ReadOptions,
  ): Promise<ColumnValue[][]> {
    const used = parts.filter((part) => part !== null);
    return this.#database.read({
      sql,
      params: [...used.flatMap((part) => part.params), ...last],
      tables: [collection.name, ...used.flatMap((part) => part.tables)],
      purpose: options.purpose,
      pending: options.pending,
    });
  }
}

/** Joins conditions with AND; null when there is none. */
export function joinParts(parts: readonly (SqlPart | null)[]): SqlPart | null {
  const used = parts.filter((part) => part !== null);
  if (used.length === 0) return null;
  if (used.length === 1) return used[0]!;
  return {
    sql: used.map((part) => `(${part.sql})`).join(' AND '),
    params: used.flatMap((part) => part.params),
    tables: used.flatMap((part) => part.tables),
  };
}

/** Placeholders and values of an id list, padded to one of few lengths so that few different statement texts exist. */
function idList(ids: readonly string[]): { marks: string; params: string[] } {
  const length = ids.length <= 1 ? 1 : ids.length <= 8 ? 8 : ids.length <= 64 ? 64 : Math.ceil(ids.length / 512) * 512;
  const params = [...ids, ...new Array<string>(length - ids.length).fill(ids[0] ?? '')];
  return { marks: new Array<string>(length).fill('?').join(','), params };
}
