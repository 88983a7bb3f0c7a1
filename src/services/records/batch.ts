import { DatabaseError } from '../../engines/database/database.ts';
import { parseProjection } from '../../http/projection.ts';
import type { UploadedFile } from '../../http/types.ts';
import { ConflictError } from '../../log/commit.ts';
import type { Refusal } from '../../model/commit.ts';
import { ApiError, badRequest, type ErrorData, type ErrorLeaf, forbidden } from '../../model/errors.ts';
import type { StoredRecord, Viewer } from '../../model/record.ts';
import { checkLength, createFailure } from '../../model/validation.ts';
import { headerKey } from '../../rules/rules.ts';
import { Pacer } from '../../util/pacer.ts';
import { createObject, isJsonObject, type JsonObject, type JsonValue } from '../../util/json.ts';
import type { SettingsStore } from '../settings/settings-store.ts';
import { ExpandBudget } from './expand.ts';
import type { RequestInfo } from './request-info.ts';
import type { ReadBody, RecordWrites, WriteRequest } from './writes.ts';

const methods: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const urlBytesMax = 2000;
const bodyBytesDefault = 128 * 1024 * 1024;
const failedMessage = 'Batch transaction failed.';

/** One request of a batch, checked for form. */
interface BatchItem {
  readonly method: string;
  readonly url: string;
  readonly headers: JsonObject;
  readonly body: JsonObject;
  readonly files: readonly UploadedFile[];
}

/** What one request of a batch answers. */
interface BatchAnswer {
  readonly status: number;
  readonly body: JsonValue;
}

/** Makes the answer of one item, after the commit. */
type Show = (budget: ExpandBudget) => Promise<BatchAnswer>;

/** What an item's address and method ask for. */
interface BatchAction {
  readonly kind: 'create' | 'update' | 'upsert' | 'delete';
  readonly collection: string;
  readonly id: string;
  readonly query: { readonly [name: string]: string };
}

/** Refuses an item that goes over a rate limit. Throws 429. */
export type CheckItem = (item: { method: string; path: string; viewer: Viewer; remoteIp: string }) => void;

/** Several writes as one commit: all of them happen, or none. */
export class BatchWrites {
  readonly #writes: RecordWrites;
  readonly #settings: SettingsStore;
  readonly #checkItem: CheckItem;

  constructor(writes: RecordWrites, settings: SettingsStore, checkItem: CheckItem) {
    this.#writes = writes;
    this.#settings = settings;
    this.#checkItem = checkItem;
  }

  /** Runs a batch. Throws 403 when batches are off, 400 with the failed item under `data.requests`. */
  async run(info: RequestInfo, readBody: ReadBody, signal: AbortSignal): Promise<readonly BatchAnswer[]> {
    const { batch } = await this.#settings.read();
    if (!batch.enabled) throw forbidden('Batch requests are not allowed.');
    const { data, files } = await readBody(batch.maxBodySize || bodyBytesDefault);
    const items = readItems(data, files, batch.maxRequests);
    // Looked at until everything is decided and no more after that: what is being committed, or has been, is answered as such.
    const over = AbortSignal.any([signal, AbortSignal.timeout(batch.timeout * 1000)]);
    try {
      return await this.#writes.together(failedMessage, (run) => this.#runAll(run, items, info, over));
    } catch (error) {
      if (error instanceof ApiError) throw error;
      throw badRequest(failedMessage, {}, error);
    }
  }

  async #runAll(
    run: TogetherRun,
    items: readonly BatchItem[],
    info: RequestInfo,
    signal: AbortSignal,
  ): Promise<() => Promise<readonly BatchAnswer[]>> {
    const shows: Show[] = [];
    const pacer = new Pacer();
    const ends: number[] = [];
    for (const [index, item] of items.entries()) {
      if (pacer.isDue) await pacer.rest();
      signal.throwIfAborted();
      try {
        shows.push(await this.#runItem(run, item, info));
      } catch (error) {
        // What the batch rests on has changed: it is decided anew.
        if (error instanceof ConflictError || error instanceof DatabaseError) throw error;
        throw itemFailed(index, error);
      }
      ends.push(run.changeCount());
    }
    signal.throwIfAborted();
    run.onRefused((refusal, error) => {
      const index = refusal.kind === 'unique' ? ends.findIndex((end) => refusal.change < end) : -1;
      return index < 0 ? error : itemFailed(index, error);
    });
    return async () => {
      const answers: BatchAnswer[] = [];
      const budget = new ExpandBudget();
      for (const show of shows) {
        if (pacer.isDue) await pacer.rest();
        answers.push(await show(budget));
      }
      return answers;
    };
  }

  /** Adds one item's changes; answers how to show its result after the commit. */
  async #runItem(run: TogetherRun, item: BatchItem, outer: RequestInfo): Promise<Show> {
    const action = readAction(item);
    if (action === null) throw badRequest();
    const { viewer, remoteIp } = outer;
    this.#checkItem({ method: item.method, path: item.url.split('?', 1)[0]!, viewer, remoteIp });
    const headers = { ...outer.headers, ...readHeaders(item.headers) };
    const info: RequestInfo = { ...outer, method: item.method, headers, query: action.query, context: 'batch' };
    const write = await run.write(action.collection, info, item.body, item.files);
    const shown =
      (record: StoredRecord): Show =>
      async (budget) => {
        const body = await this.#writes.present(write.schema, record, info, budget);
        return { status: 200, body: projected(body, action.query.fields ?? '') };
      };
    const { createRule, updateRule, deleteRule } = write.collection;
    if (action.kind === 'delete') {
      this.#writes.refuseLocked(deleteRule, info);
      await this.#writes.deleteIn(write, action.id);
      return async () => ({ status: 204, body: null });
    }
    const id = action.kind === 'upsert' ? await existingId(write) : action.id;
    if (action.kind === 'create' || id === '') {
      this.#writes.refuseLocked(createRule, info);
      return shown(await this.#writes.createIn({ ...write, info: { ...info, method: 'POST' } }));
    }
    this.#writes.refuseLocked(updateRule, info);
    return shown(await this.#writes.updateIn({ ...write, info: { ...info, method: 'PATCH' } }, id));
  }
}

/** One attempt at several writes. */
export interface TogetherRun {
  /** Changes collected so far. */
  changeCount(): number;
  /** Says how a refusal of the commit becomes an error; `error` is what it would be otherwise. */
  onRefused(explain: (refusal: Refusal, error: unknown) => unknown): void;
  write(collection: string, info: RequestInfo, sent: JsonObject, files: readonly UploadedFile[]): Promise<WriteRequest>;
}

/** The id of an upsert's record if it is there, else `''`. */
async function existingId({ unit, collection, sent }: WriteRequest): Promise<string> {
  const id = typeof sent.id === 'string' ? sent.id : '';
  return id !== '' && (await unit.existingIds(collection, [id])).size > 0 ? id : '';
}

/** The failure of the whole because of one item. */
function itemFailed(index: number, error: unknown): ApiError {
  const known = error instanceof ApiError ? error : badRequest();
  const response = { status: known.status, message: known.message, data: known.data };
  const leaf = { code: 'batch_request_failed', message: 'Batch request failed.', response } as ErrorLeaf;
  return badRequest(failedMessage, { requests: { [index]: leaf } }, error);
}

/** Checks the form of a batch. Throws 400 with what is wrong with which item. */
function readItems(data: JsonObject, files: readonly UploadedFile[], requestsMax: number): BatchItem[] {
  const requests = Array.isArray(data.requests) ? (data.requests as readonly JsonValue[]) : [];
  if (requests.length === 0) throw invalidBatch({ requests: createFailure('validation_required') });
  if (requests.length > requestsMax) {
    throw invalidBatch({ requests: createFailure('validation_length_too_long', { min: 0, max: requestsMax }) });
  }
  const errors: { [index: string]: ErrorData } = {};
  const items = requests.map((request, index) => {
    const item = readItem(isJsonObject(request) ? request : createObject(), filesOf(files, index));
    const failures = checkForm(item);
    if (Object.keys(failures).length > 0) errors[index] = failures;
    return item;
  });
  if (Object.keys(errors).length > 0) throw invalidBatch({ requests: errors });
  return items;
}

function readItem(request: JsonObject, files: readonly UploadedFile[]): BatchItem {
  const { method, url, headers, body } = request;
  return {
    method: typeof method === 'string' ? method : '',
    url: typeof url === 'string' ? url : '',
    headers: isJsonObject(headers) ? headers : {},
    body: isJsonObject(body) ? body : createObject(),
    files,
  };
}

function checkForm({ method, url }: BatchItem): ErrorData {
  const failures: { [key: string]: ErrorLeaf } = {};
  if (method === '') failures.method = createFailure('validation_required');
  else if (!methods.has(method)) failures.method = createFailure('validation_in_invalid');
  const urlFailure = url === '' ? createFailure('validation_required') : checkLength(url, 0, urlBytesMax);
  if (urlFailure !== null) failures.url = urlFailure;
  return failures;
}

function invalidBatch(data: ErrorData): ApiError {
  return badRequest('Invalid batch request data.', data);
}

/** Files of item N come as `requests.N.field` or `requests[N].field`. */
function filesOf(files: readonly UploadedFile[], index: number): UploadedFile[] {
  const starts = [`requests.${index}.`, `requests[${index}].`];
  return files.flatMap((file) => {
    const start = starts.find((each) => file.key.startsWith(each));
    return start === undefined ? [] : [{ ...file, key: file.key.slice(start.length) }];
  });
}

/** An item's address may name the fields of its answer; a name that cannot be read gives none. */
function projected(record: JsonObject, fields: string): JsonValue {
  const projection = fields === '' ? undefined : parseProjection(fields);
  if (projection === 'malformed') return null;
  return projection === undefined ? record : (projection.apply(record) as JsonValue);
}

/** What an item asks for, or null for anything that a batch does not do. */
function readAction({ method, url }: BatchItem): BatchAction | null {
  const match = /^\/api\/collections\/([^/?]+)\/records(?:\/([^/?]+))?(?:\?(.*))?$/s.exec(url);
  if (match === null) return null;
  const [, collection, id] = match.map((part) => decode(part ?? ''));
  if (collection === undefined || collection === null || id === undefined || id === null) return null;
  const query = readQuery(match[3] ?? '');
  if (id === '' && method === 'POST') return { kind: 'create', collection, id, query };
  if (id === '' && method === 'PUT') return { kind: 'upsert', collection, id, query };
  if (id !== '' && method === 'PATCH') return { kind: 'update', collection, id, query };
  if (id !== '' && method === 'DELETE') return { kind: 'delete', collection, id, query };
  return null;
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

function readQuery(text: string): { [name: string]: string } {
  const query = Object.create(null) as { [name: string]: string };
  for (const [name, value] of new URLSearchParams(text)) query[name] ??= value;
  return query;
}

/** An item's own headers; whose request it is, the outer request alone decides. */
function readHeaders(headers: JsonObject): { [name: string]: string } {
  const values = Object.create(null) as { [name: string]: string };
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string' && name.toLowerCase() !== 'authorization') values[headerKey(name)] = value;
  }
  return values;
}
