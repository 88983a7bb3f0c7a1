import type { Collection, Schema } from '../../model/collection.ts';
import { isMultiple, type RelationField } from '../../model/fields/field.ts';
import type { StoredRecord } from '../../model/record.ts';
import type { JsonObject, JsonValue } from '../../util/json.ts';
import type { Presenter } from './presenter.ts';
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
  /** Records that may still be loaded. */
  left: number;
}

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
  ): Promise<JsonObject[]> {
    const run = { schema, info: { ...info, context: 'expand' as const }, options, left: expandRecordsMax };
    const expands = tree.size === 0 ? null : await this.#expandAll(run, records, tree);
    return this.#presenter.present(schema, records, info, expands);
  }

  /** The `expand` of each record; null when not one of the paths can be followed to its end. */
  async #expandAll(run: Run, records: readonly StoredRecord[], tree: ExpandTree): Promise<JsonObject[] | null> {
    const collection = records[0]?.collection;
    const found: { [name: string]: JsonValue }[] = records.map(() => ({}));
    if (collection === undefined) return found;
    let isFollowed = false;
    for (const [name, below] of tree) {
      const hop = findHop(run.schema, collection, name);
      const where = hop && this.#rules.tryFilterOf(run.schema, hop.target, hop.target.viewRule, run.info);
      if (hop === null || where === 'nobody') continue;
      const values = hop.back
        ? await this.#followBack(run, records, hop, below)
        : await this.#follow(run, records, hop, below, where);
      if (values === null) continue;
      isFollowed = true;
      values.forEach((value, index) => {
        if (value !== null) found[index]![name] = value;
      });
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
  ): Promise<(JsonValue | null)[] | null> {
    const idsOf = (record: StoredRecord): readonly string[] => {
      const value = record.data[hop.field.name] as string | readonly string[];
      return typeof value === 'string' ? (value === '' ? [] : [value]) : value;
    };
    const ids = [...new Set(records.flatMap((record) => [...idsOf(record)]))].slice(0, run.left);
    run.left -= ids.length;
    const found = await this.#store.findMany(hop.target, ids, run.options, where);
    const objects = await this.#presentBelow(run, found, below);
    if (objects === null) return null;
    const byId = new Map(found.map((record, index) => [record.id, objects[index]!]));
    return records.map((record) =>
      pick(
        idsOf(record)
          .map((id) => byId.get(id))
          .filter((object) => object !== undefined),
        hop.several,
      ),
    );
  }

  /** Finds the records that point at each record. */
  async #followBack(
    run: Run,
    records: readonly StoredRecord[],
    hop: Hop,
    below: ExpandTree,
  ): Promise<(JsonValue | null)[] | null> {
    const groups: StoredRecord[][] = [];
    for (const record of records) {
      const where = this.#rules.referencing(
        run.schema,
        hop.target,
        hop.field,
        [record.id],
        hop.target.viewRule,
        run.info,
      );
      const limit = Math.min(backRelationMax, run.left);
      const group = await this.#store.select(hop.target, { where, orderBy: null, limit, offset: 0 }, run.options);
      run.left -= group.length;
      groups.push(group);
    }
    const objects = await this.#presentBelow(run, groups.flat(), below);
    if (objects === null) return null;
    let next = 0;
    return groups.map((group) => {
      const part = objects.slice(next, next + group.length);
      next += group.length;
      return pick(part, hop.several);
    });
  }

  /** Null when something below is asked for and none of it can be had: then the records themselves are left out, too. */
  async #presentBelow(run: Run, records: readonly StoredRecord[], below: ExpandTree): Promise<JsonObject[] | null> {
    const expands = below.size === 0 ? null : await this.#expandAll(run, records, below);
    if (below.size > 0 && expands === null) return null;
    return this.#presenter.present(run.schema, records, run.info, expands);
  }
}

function pick(objects: readonly JsonObject[], several: boolean): JsonValue | null {
  if (objects.length === 0) return null;
  return several ? objects : objects[0]!;
}

/** `field`, `collection_via_field` or the older `collection(field)`. */
function findHop(schema: Schema, collection: Collection, name: string): Hop | null {
  const own = collection.fields.find((field) => field.name === name);
  if (own !== undefined) {
    const target = own.type === 'relation' ? schema.find(own.collectionId) : undefined;
    if (own.type !== 'relation' || target === undefined) return null;
    return { target, field: own, back: false, several: isMultiple(own) };
  }
  const match = /^(\w+?)_via_(\w+)$/.exec(name) ?? /^(\w+)\((\w+)\)$/.exec(name);
  const target = match === null ? undefined : schema.find(match[1]!);
  const field = target?.fields.find((candidate) => candidate.name === match![2]);
  if (target === undefined || field?.type !== 'relation' || field.collectionId !== collection.id) return null;
  return { target, field, back: true, several: isMultiple(field) || !hasSingleUniqueIndex(target, field.name) };
}

/** True when a unique index stands on this column alone, so that at most one record can point here. */
function hasSingleUniqueIndex(collection: Collection, column: string): boolean {
  return collection.indexes.some((sql) => {
    const match = /^\s*create\s+unique\s+index\b[^(]*\(\s*[`"[]?(\w+)[`"\]]?[^,]*\)\s*$/is.exec(sql);
    return match?.[1]?.toLowerCase() === column.toLowerCase();
  });
}
