import { type Database, DatabaseError, type Query } from '../../engines/database/database.ts';
import type { Collection } from '../../model/collection.ts';
import { collectionsTable } from '../../model/collection-row.ts';
import { Committer, ConflictError, RefusedError, UnknownOutcomeError } from '../../log/commit.ts';
import type { Change, Expectation, Position } from '../../model/commit.ts';
import { isMultiple, type RelationField } from '../../model/fields/field.ts';
import type { RecordData, StoredRecord } from '../../model/record.ts';
import { codecOf } from '../../model/record-codec.ts';
import { unavailable } from '../../model/errors.ts';
import { rowVersionOf } from '../collections/catalogue.ts';
import { baseAlias, type ReadOptions, type RecordStore, type Selection, type SqlPart } from './store.ts';

/** Changes that one commit may hold: a batch, or a delete with everything that goes with it. */
export const changesMax = 20_000;

/**
 * Collects the changes of one request and commits them together. Reads made through it see what it has collected, though
 * nothing is real before `commit`. Files are put in place before the commit and taken back when it does not happen; what must
 * happen only after a commit waits in `afterCommit`.
 */
export class UnitOfWork {
  readonly #database: Database;
  readonly #store: RecordStore;
  readonly #changes: Change[] = [];
  readonly #expects: Expectation[] = [];
  readonly #afterCommit: (() => void | Promise<void>)[] = [];
  readonly #afterFailure: (() => void | Promise<void>)[] = [];
  readonly #tables = new Set<string>();
  readonly #relied = new Set<Collection>();

  constructor(database: Database, store: RecordStore) {
    this.#database = database;
    this.#store = store;
  }

  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** Adds a record. */
  insert(collection: Collection, data: RecordData): StoredRecord {
    this.#rely(collection);
    const id = data.id as string;
    const row = codecOf(collection).encode(data);
    this.#add({ kind: 'insert', table: collection.name, collectionId: collection.id, id, row });
    return { collection, id, version: 1, data };
  }

  /** Replaces a record that was read at `before.version`. */
  update(before: StoredRecord, data: RecordData): StoredRecord {
    const { collection, id, version } = before;
    this.#rely(collection);
    const row = codecOf(collection).encode(data);
    this.#add({ kind: 'update', table: collection.name, collectionId: collection.id, id, version, set: row, row });
    return { collection, id, version: version + 1, data };
  }

  /** Removes a record that was read at `before.version`. */
  delete(before: StoredRecord): void {
    const { collection, id, version, data } = before;
    this.#rely(collection);
    const row = codecOf(collection).encode(data);
    this.#add({ kind: 'delete', table: collection.name, collectionId: collection.id, id, version, row });
  }

  /** Adds any other change (schema, settings). */
  add(change: Change): void {
    this.#add(change);
  }

  /** Demands something more of the moment of the commit. */
  expect(expectation: Expectation): void {
    this.#expects.push(expectation);
  }

  /** Demands that a row is there, unless this unit itself adds it. */
  expectExists(table: string, id: string): void {
    if (this.#changes.some((change) => change.kind === 'insert' && change.table === table && change.id === id)) return;
    this.#expects.push({ kind: 'exists', table, id });
  }

  /** Where the log is before anything is read for a decision that references could overtake. */
  position(): Promise<Position> {
    return this.#database.headPosition();
  }

  /** Demands that nobody but this unit has made a record point at one of the ids since a position. */
  expectUnreferenced(collection: Collection, field: RelationField, ids: readonly string[], since: Position): void {
    this.#rely(collection);
    const { name: table } = collection;
    this.#expects.push({ kind: 'unreferenced', table, column: field.name, isList: isMultiple(field), ids, since });
  }

  /** Those of the ids that exist, as this unit sees it. */
  existingIds(collection: Collection, ids: readonly string[]): Promise<Set<string>> {
    return this.#read([collection.name], (options) => this.#store.existingIds(collection, ids, options));
  }

  /** True when there is a record with this id but for the case of its letters. */
  async hasIdInAnyCase(collection: Collection, id: string): Promise<boolean> {
    const { dialect } = this.#database;
    const column = `${dialect.identifier(baseAlias)}.${dialect.identifier('id')}`;
    const where = { sql: dialect.equalCaseless(column, '?'), params: [id], tables: [] };
    return (await this.select(collection, { where, orderBy: null, limit: 1, offset: 0 })).length > 0;
  }

  /** Runs after the commit is done; failures are the callback's own affair. */
  afterCommit(work: () => void | Promise<void>): void {
    this.#afterCommit.push(work);
  }

  /** Runs when the commit did certainly not happen. */
  afterFailure(work: () => void | Promise<void>): void {
    this.#afterFailure.push(work);
  }

  /** The record as this unit sees it. */
  find(collection: Collection, id: string): Promise<StoredRecord | null> {
    return this.#read([collection.name], (options) => this.#store.find(collection, id, options));
  }

  /** The records with these ids that satisfy `extra`, as this unit sees them. */
  findMany(collection: Collection, ids: readonly string[], extra: SqlPart | null = null): Promise<StoredRecord[]> {
    const tables = [collection.name, ...(extra?.tables ?? [])];
    return this.#read(tables, (options) => this.#store.findMany(collection, ids, options, extra));
  }

  /** The records of a selection as this unit sees them. */
  select(collection: Collection, selection: Selection): Promise<StoredRecord[]> {
    const tables = [collection.name, ...(selection.where?.tables ?? []), ...(selection.orderBy?.tables ?? [])];
    return this.#read(tables, (options) => this.#store.select(collection, selection, options));
  }

  /** True when a statement has at least one row, as this unit sees it. */
  async exists(statement: SqlPart): Promise<boolean> {
    const rows = await this.#read(statement.tables, (options) => this.#database.read({ ...statement, ...options }));
    return rows.length > 0;
  }

  /** Throws `ConflictError`, `RefusedError`, or 503 when the outcome cannot be known. */
  async commit(): Promise<void> {
    if (this.#changes.length === 0) return this.#run(this.#afterCommit);
    try {
      await new Committer(this.#database).commit(this.#changes, { expects: this.#expects });
    } catch (error) {
      if (!(error instanceof UnknownOutcomeError)) {
        await this.abandon();
        throw error;
      }
      // The rows may be there: what they name must stay.
      this.#afterFailure.length = 0;
      throw unavailable('It is not known whether the request took effect.');
    }
    return this.#run(this.#afterCommit);
  }

  /** Takes back what was put in place for a commit that will not happen. */
  abandon(): Promise<void> {
    return this.#run(this.#afterFailure.splice(0));
  }

  /** Reads as this unit sees it. What it has collected may have become impossible in the meantime: `ConflictError` then. */
  async #read<T>(tables: readonly string[], read: (options: ReadOptions) => Promise<T>): Promise<T> {
    const options = this.#readOptions(tables);
    try {
      return await read(options);
    } catch (error) {
      if (error instanceof DatabaseError && error.kind === 'query') await this.#checkVersions(options.pending ?? []);
      throw error;
    }
  }

  /** Throws `ConflictError` when a row that is to be changed is no longer the one that was read. */
  async #checkVersions(pending: readonly Change[]): Promise<void> {
    const { identifier } = this.#database.dialect;
    const seen = new Set<string>();
    for (const change of pending) {
      if (change.kind === 'schema' || seen.has(`${change.table}/${change.id}`)) continue;
      seen.add(`${change.table}/${change.id}`);
      if (change.kind === 'insert') continue;
      const sql = `SELECT ${identifier('@version')} FROM ${identifier(change.table)} WHERE ${identifier('id')} = ?`;
      const query: Query = { sql, params: [change.id], tables: [change.table], purpose: 'decide' };
      const [row] = await this.#database.read(query);
      if (row?.[0] !== change.version) throw new ConflictError(change.table, change.id);
    }
  }

  async #run(work: readonly (() => void | Promise<void>)[]): Promise<void> {
    for (const each of work) await each();
  }

  #add(change: Change): void {
    if (this.#changes.length >= changesMax) {
      throw new RefusedError({ kind: 'schema', table: '', index: '', message: `more than ${changesMax} changes` });
    }
    this.#changes.push(change);
    if (change.kind !== 'schema') this.#tables.add(change.table);
  }

  /**
   * Demands that a collection is still as it was when its rules were asked and its values were made into columns: a record may neither pass
   * by a rule of yesterday nor lie in a column that means something else today.
   */
  #rely(collection: Collection): void {
    const version = rowVersionOf(collection);
    if (version === undefined || this.#relied.has(collection)) return;
    this.#relied.add(collection);
    this.#expects.push({ kind: 'version', table: collectionsTable, id: collection.id, version });
  }

  #readOptions(tables: readonly string[]): { purpose: 'decide'; pending?: readonly Change[] } {
    return tables.some((table) => this.#tables.has(table))
      ? { purpose: 'decide', pending: this.#changes.filter((change) => change.kind !== 'schema') }
      : { purpose: 'decide' };
  }
}
