import type { Collection, Schema } from '../../model/collection.ts';
import { isMultiple, type RelationField } from '../../model/fields/field.ts';
import type { StoredRecord, Viewer } from '../../model/record.ts';
import type { JsonObject, JsonValue } from '../../util/json.ts';
import { Pacer } from '../../util/pacer.ts';
import type { Presenter } from './presenter.ts';
import { ReadRoom } from './read-room.ts';
import type { RequestInfo } from './request-info.ts';
import type { RuleBook } from './rule-book.ts';
import type { ReadOptions, RecordStore, SqlPart } from './store.ts';

/** Levels that are followed; deeper parts of a path are ignored. */
export const expandDepthMax = 6;
/** Names that one request may expand, over all levels; more are ignored. */
export const expandNamesMax = 100;
/** Records of one back-relation per record. */
export const backRelationMax = 1000;
/** Records that one request may load by expanding; further ones are left out. */
export const expandRecordsMax = 20_000;

/** Records that one answer may hold by expanding, each as often as it stands there; further ones are left out. */
export const expandPlacesMax = 20_000;
/** The name of a collection and of a field, and what stands between them. */
const hopLengthMax = 600;
/** Records that are made into JSON between two looks at the time. */
const presentSlice = 250;

/** What one answer may still grow by; several parts of one answer share it. */
export class ExpandBudget {
  /** Records that may still be loaded. */
  loads = expandRecordsMax;
  /** Places for records that are still free. */
  places = expandPlacesMax;
  readonly room = new ReadRoom();
}

/** Names to expand and, below each, what to expand of the records found. */
export type ExpandTree = ReadonlyMap<string, ExpandTree>;

/** Reads `a,b.c,comments_via_post.author`; common beginnings are merged. */
export function parseExpand(text: string): ExpandTree {
  const root = new Map<string, ExpandTree>();
  let names = 0;
  for (const path of text.split(',')) {
    let level = root;
    for (const name of path.replaceAll(' ', '').split('.').slice(0, expandDepthMax)) {
      if (name === '') break;
      let next = level.get(name) as Map<string, ExpandTree> | undefined;
      if (next === undefined) {
        if (++names > expandNamesMax) return root;
        next = new Map();
        level.set(name, next);
      }
      level = next;
    }
  }
  return root;
}

/** One relation to follow: which records of `target` belong to a record, and whether there can be several. */
interface Hop {
  readonly target: Collection;
  readonly field: RelationField;
  readonly back: boolean;
  readonly several: boolean;
}

interface Run {
  readonly schema: Schema;
  readonly info: RequestInfo;
  readonly options: ReadOptions;
  readonly budget: ExpandBudget;
  /** How many records an object made here holds, itself included. */
  readonly sizes: WeakMap<object, number>;
  readonly pacer: Pacer;
}

/** What belongs to the record at an index: an object, a list of them, or null. */
type ValueAt = (index: number) => readonly JsonObject[] | JsonObject | null;

/** What `expand` gives: the plain object of each record, with its `expand` key where there is one. */
export class Expander {
  readonly #store: RecordStore;
  readonly #rules: RuleBook;
  readonly #presenter: Presenter;

  constructor(store: RecordStore, rules: RuleBook, presenter: Presenter) {
    this.#store = store;
    this.#rules = rules;
    this.#presenter = presenter;
  }

  /** The records as JSON objects for this viewer, expanded. Never fails because of a path: what may not be seen is left out. */
  async present(
    schema: Schema,
    records: readonly StoredRecord[],
    tree: ExpandTree,
    info: RequestInfo,
    options: ReadOptions,
    budget = new ExpandBudget(),
  ): Promise<JsonObject[]> {
    if (tree.size === 0) return this.#presenter.present(schema, records, info, null);
    const inner: RequestInfo = { ...info, context: 'expand' };
    const bounded = { room: budget.room, ...options };
    const run: Run = { schema, info: inner, options: bounded, budget, sizes: new WeakMap(), pacer: new Pacer() };
    const expands = await this.#expandAll(run, records, tree);
    for (const expand of expands ?? []) budget.places -= run.sizes.get(expand) ?? 0;
    return this.#presenter.present(schema, records, info, expands);
  }

  /** The `expand` of each record; null when not one of the paths can be followed to its end. */
  async #expandAll(run: Run, records: readonly StoredRecord[], tree: ExpandTree): Promise<JsonObject[] | null> {
    const collection = records[0]?.collection;
    const found: { [name: string]: JsonValue }[] = records.map(() => ({}));
    if (collection === undefined) return found;
    let isFollowed = false;
    let places = run.budget.places;
    for (const [name, below] of tree) {
      const hop = findHop(run.schema, collection, name, run.info.viewer);
      const where = hop && this.#rules.tryFilterOf(run.schema, hop.target, hop.target.viewRule, run.info);
      if (hop === null || where === 'nobody') continue;
      const valueAt = hop.back
        ? await this.#followBack(run, records, hop, below)
        : await this.#follow(run, records, hop, below, where);
      if (valueAt === null) continue;
      isFollowed = true;
      for (let index = 0; index < records.length && places > 0; index++) {
        if (run.pacer.isDue) await run.pacer.rest();
        // A record can stand below itself, so a few records can make an answer of any size.
        const { value, size } = fit(run, valueAt(index), places);
        if (value === null) continue;
        places -= size;
        found[index]![name] = value;
        run.sizes.set(found[index]!, (run.sizes.get(found[index]!) ?? 0) + size);
      }
    }
    return isFollowed ? found : null;
  }

  /** Follows the ids that lie in the records themselves. */
  async #follow(
    run: Run,
    records: readonly StoredRecord[],
    hop: Hop,
    below: ExpandTree,
    where: SqlPart | null,
  ): Promise<ValueAt | null> {
    const idsOf = (record: StoredRecord): readonly string[] => {
      const value = record.data[hop.field.name] as string | readonly string[];
      return typeof value === 'string' ? (value === '' ? [] : [value]) : value;
    };
    const ids = new Set<string>();
    for (const record of records) {
      for (const id of idsOf(record)) if (ids.size < run.budget.loads) ids.add(id);
      if (run.pacer.isDue) await run.pacer.rest();
    }
    run.budget.loads -= ids.size;
    const found = await this.#store.findMany(hop.target, [...ids], run.options, where);
    const objects = await this.#presentBelow(run, found, below);
    if (objects === null) return null;
    const byId = new Map(found.map((record, index) => [record.id, objects[index]!]));
    return (index) => {
      const related = idsOf(records[index]!).map((id) => byId.get(id));
      return pick(
        related.filter((object) => object !== undefined),
        hop.several,
      );
    };
  }

  /** Finds the records that point at each record. */
  async #followBack(run: Run, records: readonly StoredRecord[], hop: Hop, below: ExpandTree): Promise<ValueAt | null> {
    const groups: StoredRecord[][] = [];
    for (const record of records) {
      if (run.pacer.isDue) await run.pacer.rest();
      if (run.budget.loads <= 0) break;
      const where = this.#rules.referencing(
        run.schema,
        hop.target,
        hop.field,
        [record.id],
        hop.target.viewRule,
        run.info,
      );
      const limit = Math.min(backRelationMax, run.budget.loads);
      const group = await this.#store.select(hop.target, { where, orderBy: null, limit, offset: 0 }, run.options);
      run.budget.loads -= group.length;
      groups.push(group);
    }
    const objects = await this.#presentBelow(run, groups.flat(), below);
    if (objects === null) return null;
    const starts: number[] = [];
    let next = 0;
    for (const group of groups) {
      starts.push(next);
      next += group.length;
    }
    return (index) => pick(objects.slice(starts[index] ?? next, starts[index + 1] ?? next), hop.several);
  }

  /** Null when something below is asked for and none of it can be had: then the records themselves are left out, too. */
  async #presentBelow(run: Run, records: readonly StoredRecord[], below: ExpandTree): Promise<JsonObject[] | null> {
    const expands = below.size === 0 ? null : await this.#expandAll(run, records, below);
    if (below.size > 0 && expands === null) return null;
    const objects: JsonObject[] = [];
    for (let start = 0; start < records.length; start += presentSlice) {
      if (run.pacer.isDue) await run.pacer.rest();
      const end = start + presentSlice;
      const expanded = expands?.slice(start, end) ?? null;
      objects.push(...(await this.#presenter.present(run.schema, records.slice(start, end), run.info, expanded)));
    }
    for (const [index, object] of objects.entries()) {
      run.sizes.set(object, 1 + ((expands && run.sizes.get(expands[index]!)) ?? 0));
    }
    return objects;
  }
}

/** As much of a value as there are places for: the first ones of a list, an object as a whole or not at all. */
function fit(run: Run, whole: ReturnType<ValueAt>, places: number): { value: typeof whole; size: number } {
  if (whole === null) return { value: null, size: 0 };
  const list = isList(whole) ? whole : [whole];
  let size = 0;
  let count = 0;
  for (; count < list.length; count++) {
    const next = size + (run.sizes.get(list[count]!) ?? 1);
    if (next > places) break;
    size = next;
  }
  if (count === list.length) return { value: whole, size };
  return { value: count === 0 ? null : list.slice(0, count), size };
}

function isList(value: JsonObject | readonly JsonObject[]): value is readonly JsonObject[] {
  return Array.isArray(value);
}

function pick(objects: readonly JsonObject[], several: boolean): ReturnType<ValueAt> {
  if (objects.length === 0) return null;
  return several ? objects : objects[0]!;
}

/** `field`, `collection_via_field` or the older `collection(field)`. What is hidden from the viewer leads nowhere. */
function findHop(schema: Schema, collection: Collection, name: string, { isSuperuser }: Viewer): Hop | null {
  if (name.length > hopLengthMax) return null;
  const own = collection.fields.find((field) => field.name === name);
  if (own !== undefined) {
    const target = own.type === 'relation' ? schema.find(own.collectionId) : undefined;
    if (own.type !== 'relation' || target === undefined || (own.hidden && !isSuperuser)) return null;
    return { target, field: own, back: false, several: isMultiple(own) };
  }
  const match = /^(\w+?)_via_(\w+)$/.exec(name) ?? /^(\w+)\((\w+)\)$/.exec(name);
  const target = match === null ? undefined : schema.find(match[1]!);
  const field = target?.fields.find((candidate) => candidate.name === match![2]);
  if (target === undefined || field?.type !== 'relation' || field.collectionId !== collection.id) return null;
  if (field.hidden && !isSuperuser) return null;
  return { target, field, back: true, several: isMultiple(field) || !hasSingleUniqueIndex(target, field.name) };
}

/** True when a unique index stands on this column alone, so that at most one record can point here. */
function hasSingleUniqueIndex(collection: Collection, column: string): boolean {
  return collection.indexes.some((sql) => {
    const match = /^\s*create\s+unique\s+index\b[^(]*\(\s*[`"[]?(\w+)[`"\]]?[^,]*\)\s*$/is.exec(sql);
    return match?.[1]?.toLowerCase() === column.toLowerCase();
  });
}
