import { LRUCache } from 'lru-cache';
import type { Dialect } from '../../rules/dialect.ts';
import type { Collection, Schema } from '../../model/collection.ts';
import { badRequest, forbidden } from '../../model/errors.ts';
import type { RelationField } from '../../model/fields/field.ts';
import { isMultiple } from '../../model/fields/field.ts';
import type { Row } from '../../model/commit.ts';
import type { RecordData, Viewer } from '../../model/record.ts';
import { codecOf } from '../../model/record-codec.ts';
import {
  and,
  compileFilter,
  compileFilterOnRow,
  compileSort,
  type Condition,
  type Dependencies,
  dependenciesOf,
  createPredicate,
  isLocal,
  parseClientFilter,
  parseFilter,
  type Predicate,
  type RecordSource,
  resolve,
  RuleError,
  usesForbiddenPrefix,
} from '../../rules/rules.ts';
import type { RequestInfo } from './request-info.ts';
import { contextOf, type SubmittedBody } from './rule-context.ts';
import { baseAlias, joinParts, type SqlPart } from './store.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** Letters of the rules that are remembered, once for every kind of viewer: parsed they take some 50 times the memory. */
const ruleLettersMax = 3_000_000;
/** The same for filters: everybody can send new ones. */
const filterLettersMax = 600_000;
/** Letters of SQL that a filter of anybody but a superuser may become: a hundred milliseconds of preparation. */
const filterSqlMax = 60_000;
/** What a text counts besides its letters. */
const textCost = 50;

/** A rule made ready once: to be asked in SQL or, when `predicate` is there, in memory. */
export interface PreparedRule {
  readonly condition: Condition;
  readonly dependencies: Dependencies;
  /** Null when the rule needs other records than the one it is asked about. */
  readonly predicate: Predicate | null;
}

/** How a text is meant. */
export interface PrepareOptions {
  /** `client` for a filter of anybody but a superuser. Default: `rule`. */
  readonly mode?: 'rule' | 'client';
  /** True for rules about records that are not stored yet. */
  readonly isNew?: boolean;
  /** True for a text that came with a request: it is bounded. */
  readonly isFilter?: boolean;
}

/** Local rules ask for no other record. */
const noOtherRecords: RecordSource = Object.freeze({ get: () => undefined, referencing: () => [], all: () => [] });

/** A rule is resolved for guests and for the records of every auth collection. */
function viewerKinds(schema: Schema): number {
  return 1 + schema.all.filter((collection) => collection.type === 'auth').length;
}

function createMemory(lettersMax: number): LRUCache<string, PreparedRule> {
  return new LRUCache({ maxSize: lettersMax });
}

function modeOf(viewer: Viewer): 'rule' | 'client' {
  return viewer.isSuperuser ? 'rule' : 'client';
}

function toPrepared(condition: Condition): PreparedRule {
  return {
    condition,
    dependencies: dependenciesOf(condition),
    predicate: isLocal(condition) ? createPredicate(condition) : null,
  };
}

/**
 * Parses, checks and remembers rules and filters, and turns them into SQL for a request. A rule's meaning depends only on the
 * set of collections, so what is remembered is keyed by it.
 */
export class RuleBook {
  readonly #dialect: Dialect;
  readonly #clock: { now(): number };
  readonly #rules = createMemory(ruleLettersMax);
  readonly #filters = createMemory(filterLettersMax);

  constructor(dialect: Dialect, clock: { now(): number }) {
    this.#dialect = dialect;
    this.#clock = clock;
  }

  /** The prepared form of a non-empty rule, or of a client's filter. Throws `RuleError` when it is not valid. */
  prepare(schema: Schema, base: Collection, text: string, options: PrepareOptions = {}): PreparedRule {
    const { mode = 'rule', isNew = false, isFilter = false } = options;
    const key = `${schema.version} ${mode} ${isNew} ${isFilter} ${base.id} ${text}`;
    const memory = isFilter ? this.#filters : this.#rules;
    let prepared = memory.get(key);
    if (prepared === undefined) {
      const parse = isFilter ? parseClientFilter : parseFilter;
      prepared = toPrepared(resolve(parse(text), { schema, base, mode, isNew }));
      memory.set(key, prepared, { size: (text.length + textCost) * viewerKinds(schema) });
    }
    return prepared;
  }

  /** Both must hold, for the same related records where they follow the same paths. */
  join(left: PreparedRule, right: PreparedRule): PreparedRule {
    return toPrepared(and(left.condition, right.condition));
  }

  /** The prepared form of a rule, or null when it is not valid (any more): such a rule lets nobody pass. */
  tryPrepare(schema: Schema, base: Collection, text: string, options: PrepareOptions = {}): PreparedRule | null {
    return this.#orNull(() => this.prepare(schema, base, text, options));
  }

  /** Asks a rule in memory. One that cannot be asked lets nobody pass. */
  test(predicate: Predicate, data: RecordData, info: RequestInfo, body: SubmittedBody | null = null): boolean {
    try {
      return predicate(data, contextOf(info, body, this.#clock.now()), noOtherRecords);
    } catch (error) {
      if (error instanceof RuleError) return false;
      throw error;
    }
  }

  /** True when a rule lets only superusers pass and the viewer is none. */
  isLocked(rule: string | null, viewer: Viewer): boolean {
    return rule === null && !viewer.isSuperuser;
  }

  /** True when a rule lets this viewer pass without looking at any record. */
  isOpen(rule: string | null, viewer: Viewer): boolean {
    return viewer.isSuperuser || rule === '';
  }

  /** A rule as an SQL condition on the base table; null = every row passes. The rule must not be locked for the viewer. */
  filterOf(
    schema: Schema,
    base: Collection,
    rule: string | null,
    info: RequestInfo,
    body: SubmittedBody | null = null,
  ): SqlPart | null {
    if (rule === null || this.isOpen(rule, info.viewer)) return null;
    return this.#compile(this.prepare(schema, base, rule).condition, info, body);
  }

  /** The same for a rule that may not be usable; `nobody` then, and when it is locked. */
  tryFilterOf(
    schema: Schema,
    base: Collection,
    rule: string | null,
    info: RequestInfo,
    body: SubmittedBody | null = null,
  ): SqlPart | null | 'nobody' {
    if (this.isLocked(rule, info.viewer)) return 'nobody';
    const found = this.#orNull(() => ({ where: this.filterOf(schema, base, rule, info, body) }));
    return found === null ? 'nobody' : found.where;
  }

  /**
   * A list's condition: its rule and the client's filter, sharing their joins. Throws 400 and 403 as the API words them.
   */
  listFilter(schema: Schema, base: Collection, rule: string | null, filter: string, info: RequestInfo): ListFilter {
    const parts: PreparedRule[] = [];
    if (rule !== null && !this.isOpen(rule, info.viewer))
      parts.push(this.#orBadRequest(() => this.prepare(schema, base, rule)));
    if (filter !== '') {
      this.#refuseForbidden(filter, info.viewer);
      const options = { mode: modeOf(info.viewer), isFilter: true };
      parts.push(this.#orBadRequest(() => this.prepare(schema, base, filter, options)));
    }
    if (parts.length === 0) return { where: null, dependencies: [] };
    const condition = parts.length === 1 ? parts[0]!.condition : and(parts[0]!.condition, parts[1]!.condition);
    const where = this.#orBadRequest(() => this.#compile(condition, info, null));
    // The rules of related records count once for every comparison, so a short filter can become a very long statement.
    if (filter !== '' && where.sql.length > filterSqlMax && !info.viewer.isSuperuser) throw badRequest();
    return {
      where,
      dependencies: parts.map((part) => part.dependencies),
    };
  }

  /** The ORDER BY of a list; without a wish, the order of insertion. Throws 400 and 403. */
  sort(schema: Schema, base: Collection, text: string, info: RequestInfo): SqlPart {
    this.#refuseForbidden(text, info.viewer);
    const options = { schema, base, mode: modeOf(info.viewer) };
    const context = contextOf(info, null, this.#clock.now());
    return this.#orBadRequest(() =>
      compileSort(text === '' ? '@rowid' : text, options, this.#dialect, context, baseAlias),
    );
  }

  /**
   * Whether a rule lets a record pass that is not stored yet. Other records are seen as the unit of work sees them. A rule that cannot be
   * built lets nobody pass.
   */
  async passesOnCandidate(
    write: { schema: Schema; collection: Collection; info: RequestInfo; unit: UnitOfWork },
    rule: string | null,
    data: RecordData,
    body: SubmittedBody,
  ): Promise<boolean> {
    const { schema, collection, info, unit } = write;
    if (this.isLocked(rule, info.viewer)) return false;
    if (rule === null || this.isOpen(rule, info.viewer)) return true;
    const prepared = this.tryPrepare(schema, collection, rule, { isNew: true });
    if (prepared === null) return false;
    if (prepared.predicate !== null) return this.test(prepared.predicate, data, info, body);
    const row = codecOf(collection).encode(data);
    const statement = this.#orNull(() => this.onRow(prepared.condition, row, info, body));
    return statement !== null && unit.exists(statement);
  }

  /** A whole statement that has a row when a record that need not be stored satisfies a condition. */
  onRow(condition: Condition, row: Row, info: RequestInfo, body: SubmittedBody | null = null): SqlPart {
    return compileFilterOnRow(condition, this.#dialect, contextOf(info, body, this.#clock.now()), row);
  }

  /** The condition "belongs to this auth record" on one of the system's collections that have `collectionRef` and `recordRef`. */
  ownedBy(schema: Schema, base: Collection, collectionId: string, recordId: string): SqlPart {
    const text = 'recordRef = @request.query.record && collectionRef = @request.query.collection';
    const query = { record: recordId, collection: collectionId };
    return this.#compile(this.prepare(schema, base, text).condition, { ...internalInfo, query }, null);
  }

  /** The condition "points at one of `ids` through `field`, and passes `rule`"; at most 100 ids. */
  referencing(
    schema: Schema,
    base: Collection,
    field: RelationField,
    ids: readonly string[],
    rule: string | null,
    info: RequestInfo,
  ): SqlPart {
    // Few lengths, so that few texts are parsed and few statements prepared.
    const count = ids.length === 1 ? 1 : 100;
    const left = isMultiple(field) ? `${field.name}:each ?=` : `${field.name} =`;
    const text = Array.from({ length: count }, (_, index) => `${left} @request.query.id${index}`).join(' || ');
    const query = Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`id${index}`, ids[index] ?? ids[0]!]),
    );
    const own = this.#compile(this.prepare(schema, base, text).condition, { ...info, query }, null);
    return joinParts([own, this.filterOf(schema, base, rule, info)])!;
  }

  #compile(condition: Condition, info: RequestInfo, body: SubmittedBody | null): SqlPart {
    return compileFilter(condition, this.#dialect, contextOf(info, body, this.#clock.now()), { alias: baseAlias });
  }

  #orNull<T>(work: () => T): T | null {
    try {
      return work();
    } catch (error) {
      if (error instanceof RuleError) return null;
      throw error;
    }
  }

  #orBadRequest<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof RuleError) throw badRequest(undefined, undefined, error);
      throw error;
    }
  }

  /** Clients may not reach into other collections or the request; the API says so with 403, whatever the rest of the text is. */
  #refuseForbidden(text: string, viewer: Viewer): void {
    const prefix = viewer.isSuperuser ? null : usesForbiddenPrefix(text);
    if (prefix !== null) throw forbidden(`Only superusers can filter by ${prefix}`);
  }
}

/** A request of nobody in particular, for questions that the system itself asks of the data. */
export const internalInfo: RequestInfo = Object.freeze({
  viewer: Object.freeze({ auth: null, isSuperuser: true }),
  method: '',
  headers: {},
  query: {},
  context: 'default',
  remoteIp: '',
});

/** A compiled list condition and what it depends on. */
export interface ListFilter {
  readonly where: SqlPart | null;
  readonly dependencies: readonly Dependencies[];
}
