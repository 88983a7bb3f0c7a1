import type { Cache } from '../../engines/cache/cache.ts';
import type { Database } from '../../engines/database/database.ts';
import type { Collection, Schema } from '../../model/collection.ts';
import { collectionFromRow, collectionRowColumns, collectionsTable } from '../../model/collection-row.ts';
import type { ColumnValue, Row } from '../../model/commit.ts';

/** Collections that are read at most; more cannot be created. */
export const collectionsMax = 5000;

/**
 * The set of collections as it is now. A snapshot (`Schema`) never changes; a new one is read as soon as a write to the
 * collections' table is known here, so every request works on one consistent set.
 */
export class Catalogue {
  readonly #database: Database;
  readonly #cache: Cache;
  #schema: Schema | null = null;
  #version = -1;
  #generation = 0;

  constructor(database: Database, cache: Cache) {
    this.#database = database;
    this.#cache = cache;
  }

  /** The newest snapshot. */
  async schema(): Promise<Schema> {
    return this.peek() ?? this.#load();
  }

  /** The newest snapshot if it is at hand, else null. Never waits. */
  peek(): Schema | null {
    return this.#version === this.#cache.version(collectionsTable) ? this.#schema : null;
  }

  /** The snapshot that was asked for last; null before the first. For whoever cannot wait. */
  get latest(): Schema | null {
    return this.#schema;
  }

  async #load(): Promise<Schema> {
    const { identifier } = this.#database.dialect;
    const version = this.#cache.version(collectionsTable);
    const columns = ['@version', ...collectionRowColumns].map(identifier).join(', ');
    const rows = await this.#database.read({
      sql: `SELECT ${columns} FROM ${identifier(collectionsTable)} ORDER BY ${identifier('created')}, ${identifier('id')} LIMIT ?`,
      params: [collectionsMax],
      tables: [collectionsTable],
      purpose: 'decide',
    });
    const schema = createSchema(rows.map(toCollection), ++this.#generation);
    if (version >= this.#version) {
      this.#schema = schema;
      this.#version = version;
    }
    return schema;
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

function toCollection(values: readonly ColumnValue[]): Collection {
  const row: Row = {};
  collectionRowColumns.forEach((column, index) => {
    row[column] = values[index + 1]!;
  });
  return collectionFromRow(row);
}
