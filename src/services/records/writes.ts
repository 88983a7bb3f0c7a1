import type { Database } from '../../engines/database/database.ts';
import { DatabaseError } from '../../engines/database/database.ts';
import type { RequestBody, UploadedFile } from '../../http/types.ts';
import { ConflictError, RefusedError } from '../../log/commit.ts';
import type { Collection, Schema } from '../../model/collection.ts';
import { collectionsTable } from '../../model/collection-row.ts';
import type { Refusal } from '../../model/commit.ts';
import {
  ApiError,
  badRequest,
  type ErrorData,
  type ErrorLeaf,
  forbidden,
  notFound,
  unavailable,
} from '../../model/errors.ts';
import type { StoredRecord } from '../../model/record.ts';
import { createFailure } from '../../model/validation.ts';
import { QueueFullError } from '../../util/async.ts';
import type { JsonObject } from '../../util/json.ts';
import { KeyedLock } from '../../util/keyed-lock.ts';
import { randomInteger } from '../../util/random.ts';
import { sleep } from '../../util/sleep.ts';
import type { PasswordHasher } from '../auth/passwords.ts';
import type { Catalogue } from '../collections/catalogue.ts';
import { AuthRecordRules } from './auth-record-rules.ts';
import type { TogetherRun } from './batch.ts';
import { CascadeDelete } from './cascade.ts';
import { blankRecord, type Draft, type NamedUploads, readDraft } from './draft.ts';
import { type ExpandBudget, type Expander, parseExpand } from './expand.ts';
import { FileChanges } from './file-changes.ts';
import { RecordFinisher } from './finish.ts';
import type { Presenter } from './presenter.ts';
import type { RequestInfo } from './request-info.ts';
import { internalInfo, type RuleBook } from './rule-book.ts';
import type { SubmittedBody } from './rule-context.ts';
import type { RecordStore } from './store.ts';
import { UnitOfWork } from './unit-of-work.ts';
import { validateDraft } from './validate.ts';

/** Times that a write is decided anew because something it rests on changed at the same time. */
const attemptsMax = 20;
/** The same for a statement that fails on the way, which may be because tables have changed under it. */
const statementAttemptsMax = 3;
/** After so many attempts, writes that get in each other's way go one after the other. */
const attemptsSideBySide = 3;
/** The key of that order; no record has it. */
const conflictsKey = 'conflicts';
/** Bytes of a body without files: what PocketBase allows. */
const bodyBytesBase = 32 * 1024 * 1024;
const fileBytesDefault = 5 * 1024 * 1024;
const jsonBytesDefault = 1024 * 1024;

/** Reads a request's body, up to so many bytes. */
export type ReadBody = (limit: number) => Promise<RequestBody>;

/** One write as the steps below see it. */
export interface WriteRequest {
  readonly unit: UnitOfWork;
  readonly schema: Schema;
  readonly collection: Collection;
  readonly info: RequestInfo;
  readonly sent: JsonObject;
  readonly uploads: NamedUploads;
  /** See `ValidationInput`. */
  readonly trustsCommit: boolean;
}

/** How the system changes a record of its own accord. */
export interface ChangeOptions {
  /** What a refusal says. */
  readonly message?: string;
  /** Throws unless the record, as it is at the moment of the change, still allows it. */
  check?(now: StoredRecord): void;
}

/** What record writes are made of. */
export interface RecordWritesParts {
  readonly catalogue: Catalogue;
  readonly database: Database;
  readonly store: RecordStore;
  readonly rules: RuleBook;
  readonly presenter: Presenter;
  readonly expander: Expander;
  readonly passwords: PasswordHasher;
  readonly files: FileChanges;
  readonly clock: { now(): number };
}

/** Creates, changes and deletes records under their rules. */
export class RecordWrites {
  readonly #parts: RecordWritesParts;
  readonly #cascade: CascadeDelete;
  readonly #authRules: AuthRecordRules;
  readonly #finisher: RecordFinisher;
  readonly #lock = new KeyedLock('writes to one record');

  constructor(parts: RecordWritesParts) {
    this.#parts = parts;
    this.#cascade = new CascadeDelete(parts.rules);
    this.#authRules = new AuthRecordRules(parts);
    this.#finisher = new RecordFinisher(parts.passwords, parts.clock);
  }

  /** Adds a record. Throws 400, 403, 404; see the API's table of denials. */
  async create(nameOrId: string, info: RequestInfo, readBody: ReadBody): Promise<JsonObject> {
    let target = await this.open(nameOrId);
    const body = await readBody(bodyBytesMax(target.collection));
    this.refuseLocked(target.collection.createRule, info);
    const uploads = await this.#parts.files.name(target.collection, body.files);
    const record = await this.#attempt('Failed to create record.', async (unit, attempt) => {
      if (attempt > 1) target = await this.open(nameOrId);
      return this.createIn({ unit, ...target, info, sent: body.data, uploads, trustsCommit: attempt === 1 });
    });
    return this.present(target.schema, record, info);
  }

  /** Changes a record. */
  async update(nameOrId: string, id: string, info: RequestInfo, readBody: ReadBody): Promise<JsonObject> {
    let target = await this.open(nameOrId);
    const body = await readBody(bodyBytesMax(target.collection));
    this.refuseLocked(target.collection.updateRule, info);
    const uploads = await this.#parts.files.name(target.collection, body.files);
    const record = await this.#lockRecord(target.collection, id, () =>
      this.#attempt('Failed to update record.', async (unit, attempt) => {
        if (attempt > 1) target = await this.open(nameOrId);
        return this.updateIn({ unit, ...target, info, sent: body.data, uploads, trustsCommit: attempt === 1 }, id);
      }),
    );
    return this.present(target.schema, record, info);
  }

  /** Removes a record and everything that goes with it. */
  async delete(nameOrId: string, id: string, info: RequestInfo): Promise<void> {
    const uploads: NamedUploads = new Map();
    await this.#attempt(deleteMessage, async (unit) => {
      const { schema, collection } = await this.open(nameOrId, 'Missing collection context.');
      this.refuseLocked(collection.deleteRule, info);
      await this.deleteIn({ unit, schema, collection, info, sent: {}, uploads, trustsCommit: false }, id);
    });
  }

  /** Adds the creation of a record to a unit of work. */
  async createIn(write: WriteRequest): Promise<StoredRecord> {
    const { unit, schema, collection, info, sent, uploads } = write;
    const draft = readDraft(collection, blankRecord(collection), sent, uploads, info.viewer);
    const { body } = draft;
    const candidate = this.#finisher.candidate(collection, draft.data);
    const passes = await this.#parts.rules.passesOnCandidate(write, collection.createRule, candidate, body);
    if (!passes) throw badRequest('Failed to create record.');
    if (collection.auth !== null) await this.#authRules.checkCreate(write, draft, candidate, body);
    const isOwnId = draft.data.id !== '';
    this.#finisher.fillNew(collection, draft.data);
    const input = {
      unit,
      schema,
      collection,
      data: draft.data,
      stored: null,
      isOwnId,
      trustsCommit: write.trustsCommit,
    };
    throwIfAny('Failed to create record.', await validateDraft(input));
    const data = await this.#finisher.finish(collection, draft.data, null);
    await this.#parts.files.putNew(unit, collection, data.id as string, draft.data);
    return unit.insert(collection, data);
  }

  /** Adds the change of a record to a unit of work. */
  async updateIn(write: WriteRequest, id: string): Promise<StoredRecord> {
    const { unit, collection, info, sent, uploads } = write;
    const before = await unit.find(collection, id);
    if (before === null) throw notFound();
    const draft = readDraft(collection, before.data, sent, uploads, info.viewer);
    const { body } = draft;
    if (!(await this.passesRule(write, before, collection.updateRule, body))) throw notFound();
    if (collection.auth !== null) await this.#authRules.checkUpdate(write, draft, before, body);
    return this.#replace(write, draft, before, 'Failed to update record.');
  }

  /** Adds the deletion of a record, with all that follows, to a unit of work. */
  async deleteIn(write: WriteRequest, id: string): Promise<void> {
    const { unit, schema, collection } = write;
    const record = await unit.find(collection, id);
    if (record === null || !(await this.passesRule(write, record, collection.deleteRule, null))) throw notFound();
    await this.#authRules.checkDelete(unit, record);
    const gone: StoredRecord[] = [];
    await this.#cascade.run(unit, schema, record, (each) => {
      gone.push(each);
      this.#parts.files.removeAll(unit, each);
    });
    for (const each of gone) await this.#authRules.afterDelete(unit, schema, each);
  }

  /**
   * Changes values of a record on the system's own behalf: no rule is asked, the values are checked all the same. Throws 400 with what is
   * wrong.
   */
  async change(
    schema: Schema,
    record: StoredRecord,
    values: JsonObject,
    options: ChangeOptions = {},
  ): Promise<StoredRecord> {
    const { message = 'Failed to update record.', check } = options;
    const { id } = record;
    return this.#lockRecord(record.collection, id, () =>
      this.#attempt(message, async (unit, attempt) => {
        const target =
          attempt === 1 ? { schema, collection: record.collection } : await this.open(record.collection.id);
        const { collection } = target;
        const before = await unit.find(collection, id);
        if (before === null) throw notFound();
        check?.(before);
        const draft = readDraft(collection, before.data, values, new Map(), internalInfo.viewer);
        const trustsCommit = attempt === 1;
        const write = { unit, ...target, info: internalInfo, sent: values, uploads: new Map(), trustsCommit };
        return this.#replace(write, draft, before, message);
      }),
    );
  }

  /**
   * Several writes as one commit. `decide` adds them (it is asked again when something they rest on changed at the same time) and answers
   * what to do after the commit; that is done here, too.
   */
  async together<T>(message: string, decide: (run: TogetherRun) => Promise<() => Promise<T>>): Promise<T> {
    const named = new Map<readonly UploadedFile[], NamedUploads>();
    let explain = (_refusal: Refusal, error: unknown): unknown => error;
    const deciding = this.#attempt(message, (unit) =>
      decide({
        changeCount: () => unit.changes.length,
        onRefused: (listener) => {
          explain = listener;
        },
        write: async (nameOrId, info, sent, files) => {
          const { schema, collection } = await this.open(nameOrId);
          const uploads = named.get(files) ?? (await this.#parts.files.name(collection, files));
          named.set(files, uploads);
          return { unit, schema, collection, info, sent, uploads, trustsCommit: false };
        },
      }),
    );
    const show = await deciding.catch((error: unknown) => {
      throw error instanceof ApiError && error.cause instanceof RefusedError
        ? explain(error.cause.refusal, error)
        : error;
    });
    return show();
  }

  /** Whether a rule lets a stored record pass, for the request of a write. */
  async passesRule(
    write: WriteRequest,
    record: StoredRecord,
    rule: string | null,
    body: SubmittedBody | null,
  ): Promise<boolean> {
    const { schema, collection, info, unit } = write;
    const { rules } = this.#parts;
    if (rules.isLocked(rule, info.viewer)) return false;
    if (rule === null || rules.isOpen(rule, info.viewer)) return true;
    const prepared = rules.tryPrepare(schema, collection, rule);
    if (prepared === null) return false;
    if (prepared.predicate !== null) return rules.test(prepared.predicate, record.data, info, body);
    const where = rules.tryFilterOf(schema, collection, rule, info, body);
    return where !== 'nobody' && (await unit.findMany(collection, [record.id], where)).length > 0;
  }

  /** The collection of a write. Throws 404 and 400 as the API words them. */
  async open(
    nameOrId: string,
    missingMessage = 'Missing or invalid collection context.',
  ): Promise<{ schema: Schema; collection: Collection }> {
    const schema = await this.#parts.catalogue.schema();
    const collection = schema.find(nameOrId);
    if (collection === undefined) throw notFound(missingMessage);
    if (collection.type === 'view') throw badRequest('Unsupported collection type.');
    return { schema, collection };
  }

  /** Throws 403 for a rule that only superusers pass. */
  refuseLocked(rule: string | null, info: RequestInfo): void {
    if (this.#parts.rules.isLocked(rule, info.viewer)) throw forbidden('Only superusers can perform this action.');
  }

  /** A written record as the answer shows it. Throws 503 when it cannot be shown: no refusal, for it has been written. */
  async present(schema: Schema, record: StoredRecord, info: RequestInfo, budget?: ExpandBudget): Promise<JsonObject> {
    const tree = parseExpand(info.query.expand ?? '');
    try {
      const [shown] = await this.#parts.expander.present(schema, [record], tree, info, { purpose: 'show' }, budget);
      return shown!;
    } catch (error) {
      throw new ApiError(503, 'The record was written, but it cannot be shown at the moment.', {}, { cause: error });
    }
  }

  /** Checks and stores a changed draft. */
  async #replace(write: WriteRequest, draft: Draft, before: StoredRecord, message: string): Promise<StoredRecord> {
    const { unit, schema, collection, trustsCommit } = write;
    const input = { unit, schema, collection, data: draft.data, stored: before.data, isOwnId: false, trustsCommit };
    throwIfAny(message, await validateDraft(input));
    const data = await this.#finisher.finish(collection, draft.data, before.data);
    if (collection.auth !== null) await this.#authRules.afterChange(unit, schema, before, data);
    await this.#parts.files.putChanged(unit, before, data, draft.data);
    return unit.update(before, data);
  }

  #lockRecord<T>(collection: Collection, id: string, work: () => Promise<T>): Promise<T> {
    return this.#lock.run(`${collection.id}/${id}`, work).catch((error: unknown) => {
      throw error instanceof QueueFullError ? unavailable('Too many changes of one record are waiting.') : error;
    });
  }

  /** Decides and commits, again and again while what it rests on changes under it, within bounds. Attempts count from 1. */
  async #attempt<T>(message: string, decide: (unit: UnitOfWork, attempt: number) => Promise<T>): Promise<T> {
    const { catalogue, database, store } = this.#parts;
    for (let attempt = 1; ; attempt++) {
      const unit = new UnitOfWork(database, store);
      const run = async (): Promise<T> => {
        const result = await decide(unit, attempt);
        await unit.commit();
        return result;
      };
      try {
        return await (attempt > attemptsSideBySide ? this.#lock.run(conflictsKey, run) : run());
      } catch (error) {
        await unit.abandon();
        const isWrongStatement = error instanceof DatabaseError && error.kind === 'query';
        const isRepeatable = error instanceof ConflictError || (isWrongStatement && attempt < statementAttemptsMax);
        if (attempt >= attemptsMax || !isRepeatable) throw toApiError(error, message);
        const isStale = error instanceof ConflictError ? error.table === collectionsTable : isWrongStatement;
        if (isStale) await catalogue.fresh();
        await sleep(randomInteger(2 + attempt * 2));
      }
    }
  }
}

/** What kept a write from happening, as the API says it. */
export function toApiError(error: unknown, message: string): unknown {
  if (error instanceof ConflictError || error instanceof QueueFullError) {
    return unavailable('The record is changed too often at the moment.');
  }
  if (error instanceof DatabaseError && error.kind === 'unavailable') return unavailable();
  if (error instanceof RefusedError) return badRequest(message, refusalData(error), error);
  if (error instanceof Error && error.name === 'StillReferencedError') return badRequest(deleteMessage, {}, error);
  return error;
}

const deleteMessage =
  'Failed to delete record. Make sure that the record is not part of a required relation reference.';

function refusalData({ refusal }: RefusedError): ErrorData {
  if (refusal.kind !== 'unique') return {};
  const data: { [field: string]: ErrorLeaf } = {};
  for (const column of refusal.columns) data[column] = createFailure('validation_not_unique');
  return data;
}

function throwIfAny(message: string, errors: ErrorData): void {
  if (Object.keys(errors).length > 0) throw badRequest(message, errors);
}

/** How large a write's body may be: files and long values of the collection come on top of the ordinary limit. */
export function bodyBytesMax(collection: Collection): number {
  let bytes = bodyBytesBase;
  for (const field of collection.fields) {
    if (field.type === 'file') bytes += (field.maxSize || fileBytesDefault) * Math.max(1, field.maxSelect);
    else if (field.type === 'json') bytes += field.maxSize || jsonBytesDefault;
    else if (field.type === 'editor') bytes += field.maxSize || fileBytesDefault;
  }
  return bytes;
}
