import type { Cache } from '../../engines/cache/cache.ts';
import { type Database, DatabaseError } from '../../engines/database/database.ts';
import type { Collection, Schema } from '../../model/collection.ts';
import { collectionFromRow, collectionRowColumns, collectionsTable } from '../../model/collection-row.ts';
import type { ColumnValue, Row } from '../../model/commit.ts';

/** Collections that are read at most; more cannot be created. */
export const collectionsMax = 5000;

/** Times that work is tried whose tables change under it. */
const attemptsMax = 3;

/** A set of collections with the versions of their rows: what a change of the set is decided on. */
export interface Snapshot {
  readonly schema: Schema;
  /** Row versions by collection id. */
  readonly versions: ReadonlyMap<string, number>;
}

/** The version of the row that a collection was read from; a collection never changes, so neither does it. */
const rowVersions = new WeakMap<Collection, number>();

/** The version of the row that a collection was read from, or undefined for one that was not read. */
export function rowVersionOf(collection: Collection): number | undefined {
  return rowVersions.get(collection);
}

/**
 * The set of collections as it is now. A snapshot (`Schema`) never changes; a new one is read as soon as a write to the
 * collections' table is known here, so every request works on one consistent set.
 */
export class Catalogue {
  readonly #database: Database;
  readonly #cache: Cache;
  #snapshot: Snapshot | null = null;
  #fingerprint = '';
  #version = -1;
  #generation = 0;

  constructor(database: Database, cache: Cache) {
    this.#database = database;
    this.#cache = cache;
  }

  /** The newest snapshot. */
  async schema(): Promise<Schema> {
    return this.peek() ?? (await this.fresh()).schema;
  }

  /** The newest snapshot if it is at hand, else null. Never waits. */
  peek(): Schema | null {
    return this.#version === this.#cache.version(collectionsTable) ? (this.#snapshot?.schema ?? null) : null;
  }

  /** The snapshot that was asked for last; null before the first. For whoever cannot wait. */
  get latest(): Schema | null {
    return this.#snapshot?.schema ?? null;
  }

  /** A snapshot read from the database now, whatever is at hand: what a change of the schema has to be decided on. */
  async fresh(): Promise<Snapshot> {
    const version = this.#cache.version(collectionsTable);
    const rows = await this.#read();
    const fingerprint = fingerprintOf(rows);
    const isSame = this.#snapshot !== null && fingerprint === this.#fingerprint;
    // The cache may cry wolf. The same collections stay the same object, so that nothing derived from them is thrown away.
    const snapshot = isSame ? this.#snapshot! : this.#build(rows);
    if (version >= this.#version) {
      this.#snapshot = snapshot;
      this.#fingerprint = fingerprint;
      this.#version = version;
    }
    return snapshot;
  }

  /**
   * Runs `work` on the newest snapshot. When tables change between that and a statement of it, so that the statement fails, it runs again on the
   * newer one, at most three times in all.
   */
  async onNewest<T>(work: (schema: Schema) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const schema = await this.schema();
      try {
        return await work(schema);
      } catch (error) {
        const isWrongStatement = error instanceof DatabaseError && error.kind === 'query';
        if (!isWrongStatement || attempt >= attemptsMax || (await this.fresh()).schema === schema) throw error;
      }
    }
  }

  #read(): Promise<ColumnValue[][]> {
    const { identifier } = this.#database.dialect;
    const columns = ['@version', ...collectionRowColumns].map(identifier).join(', ');
    return this.#database.read({
      sql: `SELECT ${columns} FROM ${identifier(collectionsTable)} ORDER BY ${identifier('created')}, ${identifier('id')} LIMIT ?`,
      params: [collectionsMax],
      tables: [collectionsTable],
      purpose: 'decide',
    });
  }

  #build(rows: readonly ColumnValue[][]): Snapshot {
    const collections = rows.map(toCollection);
    const versions = new Map(collections.map(({ id }, index) => [id, rows[index]![0] as number]));
    for (const collection of collections) rowVersions.set(collection, versions.get(collection.id)!);
    return { schema: createSchema(collections, ++this.#generation), versions };
  }
}

/** A snapshot of a set of collections; names are found in any case, ids exactly. */
export function createSchema(collections: readonly Collection[], version: number): Schema {
  const byId = new Map(collections.map((collection) => [collection.id, collection]));
  const byName = new Map(collections.map((collection) => [collection.name.toLowerCase(), collection]));
  return {
    version,
    all: collections,
    find: (nameOrId) => byId.get(nameOrId) ?? byName.get(nameOrId.toLowerCase()),
  };
}

/** Every change of a row raises its version; a row that was removed and added again was created at another time. */
function fingerprintOf(rows: readonly ColumnValue[][]): string {
  const id = collectionRowColumns.indexOf('id') + 1;
  const created = collectionRowColumns.indexOf('created') + 1;
  const updated = collectionRowColumns.indexOf('updated') + 1;
  return rows.map((row) => `${row[id]}/${row[0]}/${row[created]}/${row[updated]}`).join(' ');
}

function toCollection(values: readonly ColumnValue[]): Collection {
  const row: Row = {};
  collectionRowColumns.forEach((column, index) => {
    row[column] = values[index + 1]!;
  });
  return collectionFromRow(row);
}
