import type { Database } from '../../engines/database/database.ts';
import type { FileStore } from '../../engines/files/files.ts';
import type { Collection, Schema } from '../../model/collection.ts';
import { completeCollection } from '../../model/collection-complete.ts';
import { createScaffold } from '../../model/collection-defaults.ts';
import { serialiseCollection } from '../../model/collection-json.ts';
import { createCollectionFrom, mergeCollection } from '../../model/collection-merge.ts';
import { isErrorDataEmpty } from '../../model/error-data.ts';
import { badRequest, type ErrorData, type ErrorLeaf, notFound } from '../../model/errors.ts';
import { FormatError } from '../../model/format-error.ts';
import { createFailure, createLeaf } from '../../model/validation.ts';
import type { Clock } from '../../util/clock.ts';
import { formatDate } from '../../util/date.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../util/json.ts';
import type { RecordPage } from '../records/reads.ts';
import type { RequestInfo } from '../records/request-info.ts';
import type { RuleBook } from '../records/rule-book.ts';
import type { RecordStore } from '../records/store.ts';
import type { UnitOfWork } from '../records/unit-of-work.ts';
import type { SettingsStore } from '../settings/settings-store.ts';
import { type Catalogue, collectionsMax, type Snapshot } from './catalogue.ts';
import { CollectionChecks } from './checks.ts';
import { listCollections } from './collection-list.ts';
import { applyEdits, type CollectionEdit, exceedsMax } from './edits.ts';
import { type ImportRequest, planImport } from './import-plan.ts';
import { OwnedRows } from './owned-rows.ts';
import { type Decision, SchemaChanges } from './schema-changes.ts';
import { removeFiles, truncate, truncateMessage } from './truncate.ts';

const createMessage = 'Failed to create collection.';
const updateMessage = 'Failed to update collection.';
const deleteMessage = 'Failed to delete collection.';
const importMessage = 'Failed to import collections.';
const formatMessage = 'Failed to load the submitted data due to invalid formatting.';

/** What the management of collections is made of. */
export interface CollectionsParts {
  readonly catalogue: Catalogue;
  readonly database: Database;
  readonly store: RecordStore;
  readonly rules: RuleBook;
  readonly files: FileStore;
  readonly settings: SettingsStore;
  readonly clock: Clock;
  /** Hears of files whose records are gone and that could not be removed. */
  readonly onLeftover: (key: string, cause: unknown) => void;
}

/**
 * Creates, changes and removes collections, whatever they hold: tables, indexes, the rows that describe them and what depends on their
 * names change in one commit or not at all. That only superusers may is for the routes to see to.
 */
export class Collections {
  readonly #parts: CollectionsParts;
  readonly #checks: CollectionChecks;
  readonly #owned: OwnedRows;
  readonly #changes: SchemaChanges;

  constructor(parts: CollectionsParts) {
    this.#parts = parts;
    this.#checks = new CollectionChecks(parts.rules);
    this.#owned = new OwnedRows(parts.database, parts.store);
    this.#changes = new SchemaChanges(parts);
  }

  /** A page of collections; see `listCollections`. */
  async list(info: RequestInfo): Promise<RecordPage> {
    return listCollections((await this.#parts.catalogue.schema()).all, info, this.#parts.rules);
  }

  /** One collection by id, or by name in any case. Throws 404. */
  async view(nameOrId: string): Promise<JsonObject> {
    return serialiseCollection(find(await this.#parts.catalogue.schema(), nameOrId));
  }

  /** Blank collections by type, for forms to start from. */
  scaffolds(): JsonObject {
    const scaffoldOf = (type: Collection['type']): JsonObject => serialiseCollection(createScaffold(type));
    return { auth: scaffoldOf('auth'), base: scaffoldOf('base'), view: scaffoldOf('view') };
  }

  /** Makes a collection from the defaults of its type and what was sent. Throws 400 with what is wrong, by key. */
  async create(sent: JsonObject): Promise<JsonObject> {
    const asked = readFormat(() => createCollectionFrom(sent));
    const created = await this.#changes.run(createMessage, async (_unit, snapshot) => {
      const now = this.#now();
      const next = { ...completeCollection(asked, null, snapshot.schema.all), created: now, updated: now };
      const decision = this.#decide(snapshot, { previous: null, next }, createMessage);
      // Left over from a collection of the same id whose end was cut short.
      if (next.type === 'auth') await this.#owned.sweep(snapshot.schema, next.id);
      return decision;
    });
    return serialiseCollection(created);
  }

  /** Merges what was sent onto a collection; see `mergeCollection`. Throws 404, and 400 with what is wrong, by key. */
  async update(nameOrId: string, sent: JsonObject): Promise<JsonObject> {
    const updated = await this.#changes.run(updateMessage, async (_unit, snapshot) => {
      const previous = find(snapshot.schema, nameOrId);
      const merged = readFormat(() => mergeCollection(previous, sent));
      const next = { ...completeCollection(merged, previous, snapshot.schema.all), updated: this.#now() };
      return this.#decide(snapshot, { previous, next }, updateMessage);
    });
    return serialiseCollection(updated);
  }

  /** Removes a collection with its records and their files. Throws 404; 400 for system collections and those that others relate to. */
  async delete(nameOrId: string): Promise<void> {
    await this.#changes.run(
      deleteMessage,
      async (unit, { schema }) => {
        const previous = find(schema, nameOrId);
        if (previous.system) throw badRequest(deleteMessage);
        const referring = schema.all.filter((other) => other !== previous && refersTo(other, previous));
        if (referring.length > 0) {
          const names = referring.map((other) => other.name).join(', ');
          throw badRequest(`Failed to delete collection probably due to existing reference in ${names}.`);
        }
        return this.#decideRemoval(unit, schema, [{ previous, next: null }]);
      },
      (gone) => this.#cleanUp(gone),
    );
  }

  /** Removes all records of a collection; see `truncate`. Throws 404, 400. */
  async truncate(nameOrId: string): Promise<void> {
    const { files, rules, onLeftover } = this.#parts;
    await this.#changes.run(
      truncateMessage,
      async (unit, { schema }) => {
        const collection = find(schema, nameOrId);
        if (collection.type === 'view') {
          throw badRequest("View collections cannot be truncated since they don't store their own records.");
        }
        return { edits: [], result: await truncate({ rules, owned: this.#owned }, unit, schema, collection) };
      },
      (gone) => removeFiles(files, gone, onLeftover),
    );
  }

  /**
   * Creates, changes and, with `deleteMissing`, removes collections, all of them or none. They may refer to each other in any order.
   * Body: `{collections: [...], deleteMissing: false}`. Throws 400 with a text that names the first collection that cannot be.
   */
  async import(body: JsonObject): Promise<void> {
    const request = readImport(body);
    await this.#changes.run(
      importMessage,
      async (unit, { schema }) => {
        const edits = planOrThrow(schema.all, request, this.#now());
        const all = applyEdits(schema.all, edits);
        if (exceedsMax(all)) throw importFailure(`There can be at most ${collectionsMax} collections`);
        for (const edit of edits) {
          const failures = this.#checks.failuresOf(edit, all);
          if (!isErrorDataEmpty(failures)) throw importFailure(describeFailures(edit.next!, failures));
        }
        return this.#decideRemoval(unit, schema, edits);
      },
      (gone) => this.#cleanUp(gone),
    );
  }

  #decide(snapshot: Snapshot, edit: CollectionEdit & { next: Collection }, message: string): Decision<Collection> {
    const all = applyEdits(snapshot.schema.all, [edit]);
    const failures = this.#checks.failuresOf(edit, all);
    if (!isErrorDataEmpty(failures)) throw badRequest(message, failures);
    if (exceedsMax(all)) throw badRequest(`There can be at most ${collectionsMax} collections.`);
    return { edits: [edit], result: edit.next };
  }

  /** A decision that may take collections away; its result are those. */
  async #decideRemoval(
    unit: UnitOfWork,
    schema: Schema,
    edits: readonly CollectionEdit[],
  ): Promise<Decision<readonly Collection[]>> {
    const gone = edits.flatMap(({ previous, next }) => (previous !== null && next === null ? [previous] : []));
    for (const { id, type } of gone) if (type === 'auth') await this.#owned.deleteFirst(unit, schema, id);
    return { edits, result: gone };
  }

  /** What follows the end of collections. Their files are gone before another collection may have the same id. */
  async #cleanUp(gone: readonly Collection[]): Promise<void> {
    const { catalogue, files, onLeftover } = this.#parts;
    for (const { id, type } of gone) {
      if (type === 'auth') await this.#owned.sweep((await catalogue.fresh()).schema, id);
      try {
        await files.deletePrefix(id);
      } catch (error) {
        onLeftover(id, error);
      }
    }
  }

  #now(): string {
    return formatDate(this.#parts.clock.now());
  }
}

function find(schema: Schema, nameOrId: string): Collection {
  const collection = schema.find(nameOrId);
  if (collection === undefined) throw notFound();
  return collection;
}

function refersTo(collection: Collection, target: Collection): boolean {
  return collection.fields.some((field) => field.type === 'relation' && field.collectionId === target.id);
}

function readFormat<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof FormatError ? badRequest(formatMessage, {}, error) : error;
  }
}

function readImport({
  collections = null,
  deleteMissing = null,
}: {
  readonly [key: string]: JsonValue;
}): ImportRequest {
  const members: readonly JsonValue[] | null = Array.isArray(collections) ? collections : null;
  const isFormatted =
    (collections === null || members !== null) && (deleteMissing === null || typeof deleteMissing === 'boolean');
  if (!isFormatted || !(members ?? []).every(isJsonObject)) {
    throw badRequest('An error occurred while loading the submitted data.');
  }
  if (members === null || members.length === 0) {
    const data = { collections: createFailure('validation_required') };
    throw badRequest('An error occurred while validating the submitted data.', data);
  }
  return { collections: members as readonly JsonObject[], deleteMissing: deleteMissing === true };
}

function planOrThrow(present: readonly Collection[], request: ImportRequest, now: string): CollectionEdit[] {
  try {
    return planImport(present, request, now);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw importFailure(`Failed to import the collections configuration. Raw error:\n${error.message}`);
  }
}

function importFailure(message: string): Error {
  return badRequest(importMessage, { collections: createLeaf('validation_collections_import_failure', message) });
}

function describeFailures({ id, name }: Collection, failures: ErrorData): string {
  return `Data validations failed for collection "${name}" (${id}):\n${JSON.stringify(toMessages(failures), null, 2)}`;
}

/** Failures with nothing but their sentences. */
function toMessages(failures: ErrorData): JsonObject {
  const messages: { [key: string]: JsonValue } = {};
  for (const [key, failure] of Object.entries(failures)) {
    messages[key] = isLeaf(failure) ? failure.message : toMessages(failure);
  }
  return messages;
}

function isLeaf(failure: ErrorLeaf | ErrorData): failure is ErrorLeaf {
  return typeof failure['code'] === 'string';
}
