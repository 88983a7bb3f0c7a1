import type { Database } from '../../engines/database/database.ts';
import { ConflictError, RefusedError } from '../../log/commit.ts';
import { collectionsTable } from '../../model/collection-row.ts';
import { badRequest, type ErrorData, toSentence, unavailable } from '../../model/errors.ts';
import { createFailure, createLeaf } from '../../model/validation.ts';
import { parseIndex } from '../../model/index-definition.ts';
import { QueueFullError } from '../../util/async.ts';
import { assert } from '../../util/assert.ts';
import type { Clock } from '../../util/clock.ts';
import { formatDate } from '../../util/date.ts';
import { KeyedLock } from '../../util/keyed-lock.ts';
import { randomInteger } from '../../util/random.ts';
import { sleep } from '../../util/sleep.ts';
import type { RecordStore } from '../records/store.ts';
import { UnitOfWork } from '../records/unit-of-work.ts';
import { toApiError } from '../records/writes.ts';
import type { SettingsStore } from '../settings/settings-store.ts';
import { collectionsMarkId, paramsTable } from './bootstrap.ts';
import type { Catalogue, Snapshot } from './catalogue.ts';
import { changesOf, type CollectionEdit } from './edits.ts';

/** Times that a change is decided anew because the set of collections, or the settings, changed at the same time. */
const attemptsMax = 10;

/** What schema changes are made of. */
export interface SchemaChangesParts {
  readonly catalogue: Catalogue;
  readonly database: Database;
  readonly store: RecordStore;
  readonly settings: SettingsStore;
  readonly clock: Clock;
}

/** A change that has been decided: what happens to collections, and what the caller wants to know of it. */
export interface Decision<T> {
  readonly edits: readonly CollectionEdit[];
  readonly result: T;
}

/** Decides a change on a snapshot; changes of other rows are added to the unit. May be asked again, on a newer snapshot. */
export type Decide<T> = (unit: UnitOfWork, snapshot: Snapshot) => Promise<Decision<T>>;

/** The row that every change of the set of collections changes. */
interface Mark {
  readonly version: number;
  readonly created: string;
}

/**
 * The way of every change of the set of collections: one at a time in this process; and because each of them also changes one row that they
 * have in common, of two processes that change the set at the same time the later one decides again.
 */
export class SchemaChanges {
  readonly #parts: SchemaChangesParts;
  readonly #lock = new KeyedLock('changes of collections');

  constructor(parts: SchemaChangesParts) {
    this.#parts = parts;
  }

  /**
   * Decides and commits, then runs `then`, all before the next change begins. Throws what `decide` throws; 400 with `message` when the
   * database refuses, 503 when others are quicker again and again.
   */
  async run<T>(message: string, decide: Decide<T>, then: (result: T) => Promise<void> = nothing): Promise<T> {
    const work = async (): Promise<T> => {
      const result = await this.#attempt(message, decide);
      await then(result);
      return result;
    };
    try {
      return await this.#lock.run('', work);
    } catch (error) {
      throw error instanceof QueueFullError ? unavailable('Too many changes of collections are waiting.') : error;
    }
  }

  async #attempt<T>(message: string, decide: Decide<T>): Promise<T> {
    const { catalogue, database, store } = this.#parts;
    for (let attempt = 1; ; attempt++) {
      const mark = await this.#readMark();
      const snapshot = await catalogue.fresh();
      const unit = new UnitOfWork(database, store);
      let edits: readonly CollectionEdit[] = [];
      try {
        const decision = await decide(unit, snapshot);
        edits = decision.edits;
        this.#addMark(unit, mark, edits.length > 0);
        await this.#addEdits(unit, snapshot, edits);
        await unit.commit();
        return decision.result;
      } catch (error) {
        await unit.abandon();
        if (!(error instanceof ConflictError)) throw toError(error, message, edits);
        if (attempt >= attemptsMax) throw unavailable('Collections are changed too often at the moment.');
        await sleep(randomInteger(2 + attempt * 5));
      }
    }
  }

  /** Adds edits to a unit: tables, rows, and the rate limits that follow a collection to its new name. */
  async #addEdits(unit: UnitOfWork, snapshot: Snapshot, edits: readonly CollectionEdit[]): Promise<void> {
    for (const change of changesOf(edits, snapshot)) unit.add(change);
    const renames = edits.flatMap(({ previous, next }) =>
      previous === null || next === null || previous.name === next.name ? [] : [[previous.name, next.name] as const],
    );
    const settings = renames.length === 0 ? null : await this.#parts.settings.changeForRenames(renames);
    if (settings !== null) unit.add(settings);
  }

  async #readMark(): Promise<Mark> {
    const { database } = this.#parts;
    const { identifier } = database.dialect;
    const columns = ['@version', 'created'].map(identifier).join(', ');
    const [row] = await database.read({
      sql: `SELECT ${columns} FROM ${identifier(paramsTable)} WHERE ${identifier('id')} = ?`,
      params: [collectionsMarkId],
      tables: [paramsTable],
      purpose: 'decide',
    });
    assert(row !== undefined, 'The database was not prepared by bootstrap.');
    return { version: row[0] as number, created: row[1] as string };
  }

  /** Changes the mark with the collections, or demands that they stay as they are. */
  #addMark(unit: UnitOfWork, { version, created }: Mark, isChange: boolean): void {
    const id = collectionsMarkId;
    if (!isChange) return unit.expect({ kind: 'version', table: paramsTable, id, version });
    const updated = formatDate(this.#parts.clock.now());
    const row = { id, value: null, created, updated };
    unit.add({ kind: 'update', table: paramsTable, collectionId: paramsTable, id, version, set: { updated }, row });
  }
}

async function nothing(): Promise<void> {}

/** What kept a change from happening, as the API says it. */
function toError(error: unknown, message: string, edits: readonly CollectionEdit[]): unknown {
  if (!(error instanceof RefusedError)) return toApiError(error, message);
  const { refusal } = error;
  if (refusal.kind === 'schema' && refusal.index !== '') {
    return badRequest(message, indexFailure(refusal.index, refusal.message, edits), error);
  }
  if (refusal.kind === 'schema') return badRequest(`${toSentence(message)} Raw error: \n${refusal.message}`, {}, error);
  const isTaken = refusal.kind === 'unique' && refusal.table === collectionsTable;
  return badRequest(message, isTaken ? takenFailure(refusal.columns) : {}, error);
}

/** Somebody else has just made a collection of that name or id. */
function takenFailure(columns: readonly string[]): ErrorData {
  return columns.includes('name')
    ? { name: createFailure('validation_collection_name_exists') }
    : { id: createFailure('validation_invalid_or_existing_id') };
}

/** What kept an index from being made, at its place in the list of its collection. */
function indexFailure(name: string, reason: string, edits: readonly CollectionEdit[]): ErrorData {
  const positions = edits.map(({ next }) => (next?.indexes ?? []).findIndex((sql) => parseIndex(sql)?.name === name));
  const position = Math.max(0, ...positions);
  const message = `Failed to create index ${name} - ${reason}.`;
  return { indexes: { [String(position)]: createLeaf('validation_invalid_index_expression', message) } };
}
