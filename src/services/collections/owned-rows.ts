import type { Database } from '../../engines/database/database.ts';
import { ConflictError } from '../../log/commit.ts';
import type { Collection, Schema } from '../../model/collection.ts';
import { ownedCollectionNames } from '../../model/collection-defaults.ts';
import type { StoredRecord } from '../../model/record.ts';
import { baseAlias, type RecordStore, type SqlPart } from '../records/store.ts';
import { UnitOfWork } from '../records/unit-of-work.ts';

/** Rows that one commit removes. */
const pageSize = 1000;
/** Pages after which removing gives up: a billion rows. */
const pagesMax = 1_000_000;
const idsPerStatement = 500;

/** Finds and removes what belongs to the auth records of a collection. */
export class OwnedRows {
  readonly #database: Database;
  readonly #store: RecordStore;

  constructor(database: Database, store: RecordStore) {
    this.#database = database;
    this.#store = store;
  }

  /** Adds the removal of all rows that belong to a collection's records to the unit. */
  async deleteAll(unit: UnitOfWork, schema: Schema, owner: Collection): Promise<void> {
    for (const collection of this.#collections(schema)) {
      await this.#delete(unit, collection, this.#where(owner.id), -1);
    }
  }

  /** Adds the removal of the rows that belong to some records to the unit. */
  async deleteOf(unit: UnitOfWork, schema: Schema, records: readonly StoredRecord[]): Promise<void> {
    const owners = new Set(records.map((record) => record.collection).filter(({ type }) => type === 'auth'));
    for (const owner of owners) {
      const ids = records.filter((record) => record.collection === owner).map((record) => record.id);
      for (let start = 0; start < ids.length; start += idsPerStatement) {
        const where = this.#where(owner.id, ids.slice(start, start + idsPerStatement));
        for (const collection of this.#collections(schema)) await this.#delete(unit, collection, where, -1);
      }
    }
  }

  /**
   * Adds the removal of the first rows that belong to a collection to the unit; the rest is for {@link sweep}.
   */
  async deleteFirst(unit: UnitOfWork, schema: Schema, ownerId: string): Promise<void> {
    for (const collection of this.#collections(schema)) {
      await this.#delete(unit, collection, this.#where(ownerId), pageSize);
    }
  }

  /**
   * Removes rows that belong to a collection that is not there (any more), in as many commits as it takes. An end of the process in
   * between leaves rows that nobody can see; they go when a collection of that id is made again.
   */
  async sweep(schema: Schema, ownerId: string): Promise<void> {
    for (const collection of this.#collections(schema)) {
      let found = pageSize;
      for (let page = 0; page < pagesMax && found === pageSize; page++) {
        const unit = new UnitOfWork(this.#database, this.#store);
        found = await this.#delete(unit, collection, this.#where(ownerId), pageSize);
        try {
          await unit.commit();
        } catch (error) {
          // A row went by itself in the meantime: the next page is read anew.
          if (!(error instanceof ConflictError)) throw error;
          found = pageSize;
        }
      }
    }
  }

  #collections(schema: Schema): Collection[] {
    return ownedCollectionNames.flatMap((name) => schema.find(name) ?? []);
  }

  async #delete(unit: UnitOfWork, collection: Collection, where: SqlPart, limit: number): Promise<number> {
    const rows = await unit.select(collection, { where, orderBy: null, limit, offset: 0 });
    for (const row of rows) unit.delete(row);
    return rows.length;
  }

  #where(ownerId: string, recordIds: readonly string[] | null = null): SqlPart {
    const { identifier } = this.#database.dialect;
    const column = (name: string): string => `${identifier(baseAlias)}.${identifier(name)}`;
    const own = `${column('collectionRef')} = ?`;
    if (recordIds === null) return { sql: own, params: [ownerId], tables: [] };
    const marks = recordIds.map(() => '?').join(',');
    const sql = `${own} AND ${column('recordRef')} IN (${marks})`;
    return { sql, params: [ownerId, ...recordIds], tables: [] };
  }
}
