import type { Cache } from '../../engines/cache/cache.ts';
import type { Collection, Schema } from '../../model/collection.ts';
import { collectionsTable } from '../../model/collection-row.ts';
import { badRequest, forbidden, notFound } from '../../model/errors.ts';
import type { StoredRecord } from '../../model/record.ts';
import type { Clock } from '../../util/clock.ts';
import type { JsonObject } from '../../util/json.ts';
import { randomInteger } from '../../util/random.ts';
import { sleep } from '../../util/sleep.ts';
import { type Dependencies, RuleError } from '../../rules/rules.ts';
import type { Catalogue } from '../collections/catalogue.ts';
import type { WindowCounters } from '../guards/window-counters.ts';
import { type Expander, parseExpand } from './expand.ts';
import { ReadRoom } from './read-room.ts';
import type { RequestInfo } from './request-info.ts';
import type { RuleBook } from './rule-book.ts';
import type { RecordStore, SqlPart } from './store.ts';

/** Rows of one page. */
export const perPageMax = 1000;
const perPageDefault = 30;
/** Empty answers to filters that cost a client nothing, and the time they are counted in. */
const probesMax = 3;
const probesWindowMs = 3000;

/** A page of records as the API answers it; totals are -1 when they were not asked for. */
export interface RecordPage {
  readonly items: readonly JsonObject[];
  readonly page: number;
  readonly perPage: number;
  readonly totalItems: number;
  readonly totalPages: number;
}

/** Whom an answer may be given to again: see `AnswerScope` rules in `scopeOf`. */
export type AnswerScope = 'everyone' | 'viewer' | 'nobody';

/** An answer with what it was read from, so that it can be kept until that changes. */
export interface ReadAnswer<T> {
  readonly body: T;
  readonly scope: AnswerScope;
  /** Collection ids. */
  readonly tags: readonly string[];
}

/** Lists and shows records under their rules. */
export class RecordReads {
  readonly #catalogue: Catalogue;
  readonly #store: RecordStore;
  readonly #rules: RuleBook;
  readonly #expander: Expander;
  readonly #cache: Cache;
  readonly #probes: ProbeGuard;

  constructor(parts: {
    catalogue: Catalogue;
    store: RecordStore;
    rules: RuleBook;
    expander: Expander;
    cache: Cache;
    /** Counts empty answers; shared by all threads. */
    probes: WindowCounters;
    clock: Clock;
  }) {
    this.#catalogue = parts.catalogue;
    this.#store = parts.store;
    this.#rules = parts.rules;
    this.#expander = parts.expander;
    this.#cache = parts.cache;
    this.#probes = new ProbeGuard(parts.probes, parts.clock);
  }

  /** A page of a collection's records. Query: page, perPage, skipTotal, sort, filter, expand. Throws 400, 403, 404. */
  list(nameOrId: string, info: RequestInfo): Promise<ReadAnswer<RecordPage>> {
    return this.#catalogue.onNewest((schema) => this.#list(schema, open(schema, nameOrId), info));
  }

  /** One record. Throws 403 when the rule is locked, 404 for everything that may not be seen or is not there. */
  view(nameOrId: string, id: string, info: RequestInfo): Promise<ReadAnswer<JsonObject>> {
    return this.#catalogue.onNewest((schema) => this.#view(schema, open(schema, nameOrId), id, info));
  }

  async #list(schema: Schema, collection: Collection, info: RequestInfo): Promise<ReadAnswer<RecordPage>> {
    this.#refuseLocked(collection.listRule, info);
    const { page, perPage, skipTotal } = readPaging(info.query);
    const filter = info.query.filter ?? '';
    const { where, dependencies } = this.#rules.listFilter(schema, collection, collection.listRule, filter, info);
    const orderBy = this.#rules.sort(schema, collection, info.query.sort ?? '', info);
    const offset = Math.min((page - 1) * perPage, Number.MAX_SAFE_INTEGER);
    const options = { purpose: 'show', room: new ReadRoom() } as const;
    const records = await this.#store.select(collection, { where, orderBy, limit: perPage, offset }, options);
    const tags = tagsOf(schema, collection, [...(where?.tables ?? []), ...orderBy.tables]);
    const extent = { found: records.length, perPage, offset };
    const totalItems = skipTotal ? -1 : await this.#total(collection, where, tags, extent);
    if (collection.listRule && filter !== '' && records.length === 0) await this.#probes.slow(info, collection.id);
    const tree = parseExpand(info.query.expand ?? '');
    const items = await this.#expander.present(schema, records, tree, info, options);
    const totalPages = skipTotal ? -1 : Math.ceil(totalItems / perPage);
    const basis = { collection, dependencies: [...dependencies, ...this.#lookDependencies(schema, collection, info)] };
    // Related records sort as far as the viewer may list them, which can depend on anything.
    const isSorted = !info.viewer.isSuperuser && orderBy.tables.length > 0;
    const simple = tree.size === 0 && !isSorted && (info.query.sort ?? '').indexOf('@random') < 0;
    return { body: { items, page, perPage, totalItems, totalPages }, ...keepingOf(basis, info, tags, simple) };
  }

  async #view(schema: Schema, collection: Collection, id: string, info: RequestInfo): Promise<ReadAnswer<JsonObject>> {
    this.#refuseLocked(collection.viewRule, info);
    const visible = await this.findVisible(schema, collection, id, collection.viewRule, info, 'show');
    if (visible === null) throw notFound();
    const tree = parseExpand(info.query.expand ?? '');
    const [body] = await this.#expander.present(schema, [visible.record], tree, info, { purpose: 'show' });
    const looks = this.#lookDependencies(schema, collection, info);
    const basis = { collection, dependencies: [...visible.dependencies, ...looks] };
    const tags = tagsOf(schema, collection, visible.tables);
    return { body: body!, ...keepingOf(basis, info, tags, tree.size === 0) };
  }

  /** What decides how records look to this viewer: who may manage them sees their addresses. */
  #lookDependencies(schema: Schema, collection: Collection, { viewer }: RequestInfo): readonly Dependencies[] {
    const rule = collection.auth?.manageRule;
    if (!rule || viewer.auth === null || viewer.isSuperuser) return [];
    const prepared = this.#rules.tryPrepare(schema, collection, rule);
    return prepared === null ? [] : [prepared.dependencies];
  }

  /** The record with this id if `rule` lets the viewer see it. A rule that cannot be built shows nothing. */
  async findVisible(
    schema: Schema,
    collection: Collection,
    id: string,
    rule: string | null,
    info: RequestInfo,
    purpose: 'show' | 'decide',
  ): Promise<{ record: StoredRecord; dependencies: readonly Dependencies[]; tables: readonly string[] } | null> {
    try {
      return await this.#findVisible(schema, collection, id, rule, info, purpose);
    } catch (error) {
      if (error instanceof RuleError) return null;
      throw error;
    }
  }

  async #findVisible(
    schema: Schema,
    collection: Collection,
    id: string,
    rule: string | null,
    info: RequestInfo,
    purpose: 'show' | 'decide',
  ): ReturnType<RecordReads['findVisible']> {
    if (this.#rules.isLocked(rule, info.viewer)) return null;
    if (rule === null || this.#rules.isOpen(rule, info.viewer)) {
      const record = await this.#store.find(collection, id, { purpose });
      return record && { record, dependencies: [], tables: [] };
    }
    const prepared = this.#rules.prepare(schema, collection, rule);
    const dependencies = [prepared.dependencies];
    if (prepared.predicate !== null) {
      const record = await this.#store.find(collection, id, { purpose });
      if (record === null || !this.#rules.test(prepared.predicate, record.data, info)) return null;
      return { record, dependencies, tables: [] };
    }
    const where = this.#rules.filterOf(schema, collection, rule, info);
    const found = await this.#store.findMany(collection, [id], { purpose }, where);
    return found.length === 0 ? null : { record: found[0]!, dependencies, tables: where?.tables ?? [] };
  }

  #refuseLocked(rule: string | null, info: RequestInfo): void {
    if (this.#rules.isLocked(rule, info.viewer)) throw forbidden('Only superusers can perform this action.');
  }

  /** Counts only when the page itself does not tell; a count is remembered until one of its tables changes. */
  async #total(
    collection: Collection,
    where: SqlPart | null,
    tags: readonly string[],
    { found, perPage, offset }: { found: number; perPage: number; offset: number },
  ): Promise<number> {
    if (found < perPage && (found > 0 || offset === 0)) return offset + found;
    return this.#store.countCached(collection, where, tags, this.#cache);
  }
}

function open(schema: Schema, nameOrId: string): Collection {
  const collection = schema.find(nameOrId);
  if (collection === undefined) throw notFound('Missing collection context.');
  return collection;
}

/**
 * Slows down guessing of values that a list rule hides: a client that gets more than three empty answers to filters on one collection
 * within three seconds waits a random time up to half a second for each further one.
 */
class ProbeGuard {
  readonly #counters: WindowCounters;
  readonly #clock: Clock;

  constructor(counters: WindowCounters, clock: Clock) {
    this.#counters = counters;
    this.#clock = clock;
  }

  async slow({ remoteIp }: RequestInfo, collectionId: string): Promise<void> {
    const leftMs = this.#counters.take(`${remoteIp} ${collectionId}`, probesMax, probesWindowMs, this.#clock.now());
    if (leftMs > 0) await sleep(randomInteger(500));
  }
}

/** What an answer was made from, besides its rows. */
interface AnswerBasis {
  readonly collection: Collection;
  readonly dependencies: readonly Dependencies[];
}

/** For whom and how long an answer may be kept. What is kept for a viewer is good while that viewer's record is as it was. */
function keepingOf(
  { collection, dependencies }: AnswerBasis,
  info: RequestInfo,
  tags: readonly string[],
  isSimple: boolean,
): { readonly scope: AnswerScope; readonly tags: readonly string[] } {
  const scope = isSimple ? scopeOf(collection, dependencies, info) : 'nobody';
  const { auth, isSuperuser } = info.viewer;
  const own = scope === 'viewer' && auth !== null && !isSuperuser ? [auth.collection.id] : [];
  const read = dependencies.flatMap((each) => each.collections);
  return { scope, tags: [...new Set([...tags, ...own, ...read])] };
}

/**
 * `everyone`: nothing in the answer depends on who asks, so long as they are no superuser. `viewer`: it depends on nothing else
 * that a later request could have different. `nobody`: it depends on headers, the time or chance.
 */
function scopeOf(collection: Collection, dependencies: readonly Dependencies[], info: RequestInfo): AnswerScope {
  if (dependencies.some((each) => each.headers || each.time)) return 'nobody';
  if (info.viewer.isSuperuser || collection.type === 'auth') return 'viewer';
  return dependencies.some((each) => each.auth) ? 'viewer' : 'everyone';
}

function tagsOf(schema: Schema, collection: Collection, tables: readonly string[]): string[] {
  const others = tables.map((table) => schema.find(table)?.id ?? table);
  // Rules and fields decide, too: a change of any collection makes an answer stale.
  return [...new Set([collection.id, collectionsTable, ...others])];
}

/** Reads the paging parameters; what is no number at all is refused, what is out of range is brought into it. */
export function readPaging(query: { readonly [name: string]: string }): {
  page: number;
  perPage: number;
  skipTotal: boolean;
} {
  const page = readInteger(query.page, 1);
  const perPage = readInteger(query.perPage, perPageDefault);
  return {
    page: page <= 0 ? 1 : page,
    perPage: perPage <= 0 ? perPageDefault : Math.min(perPage, perPageMax),
    skipTotal: readBoolean(query.skipTotal),
  };
}

function readInteger(text: string | undefined, fallback: number): number {
  if (text === undefined || text === '') return fallback;
  if (!/^[+-]?\d{1,19}$/.test(text)) throw badRequest();
  return Number(text);
}

function readBoolean(text: string | undefined): boolean {
  if (text === undefined || text === '') return false;
  if (/^(1|t|T|true|TRUE|True)$/.test(text)) return true;
  if (/^(0|f|F|false|FALSE|False)$/.test(text)) return false;
  throw badRequest();
}
