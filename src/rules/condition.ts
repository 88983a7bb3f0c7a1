import type { Collection } from '../model/collection.ts';
import type { ColumnType } from '../model/fields/field.ts';
import type { Operator } from './ast.ts';
import type { Lookup } from './index-use.ts';

/**
 * Where values of a condition come from: a record that is reached from the base record, or an item of a list. Two paths
 * with the same `key` are the same row: conditions on them hold for one related record together.
 *
 * - `base`: the record itself. `auth`: the signed-in record. Both are always there.
 * - `record`: the record that a single relation of `parent` names.
 * - `element`: one item of a list field of `parent` (or, with `parent` null, of a submitted list).
 * - `member`: the record whose id an `element` is.
 * - `back`: a record of `collection` whose relation `field` names `parent`.
 * - `other`: any record of `collection` (`@collection.name`).
 * - `submitted`: a record whose id was submitted for the relation `field`.
 *
 * A path that leads nowhere has one row of nulls, as in an outer join.
 */
export type Row = BaseRow | AuthRow | RecordRow | ElementRow | MemberRow | BackRow | OtherRow | SubmittedRow;

interface RowBase {
  /** The path, unique within the base collection and viewer collection. */
  readonly key: string;
  /** Can there be more than one such row for one parent? */
  readonly many: boolean;
  /** Is there a row on the way here, or this one, of which plain operators demand that no other one violates them? */
  readonly matchAll: boolean;
}
interface BaseRow extends RowBase {
  readonly kind: 'base';
  readonly collection: Collection;
}
interface AuthRow extends RowBase {
  readonly kind: 'auth';
  readonly collection: Collection;
}
interface RecordRow extends RowBase {
  readonly kind: 'record';
  readonly parent: RecordLikeRow;
  readonly field: string;
  /** How the parents that name a record are found. */
  readonly lookup: Lookup;
  readonly collection: Collection;
}
interface ElementRow extends RowBase {
  readonly kind: 'element';
  /** Null: the list is `@request.body.<field>`. */
  readonly parent: RecordLikeRow | null;
  readonly field: string;
}
interface MemberRow extends RowBase {
  readonly kind: 'member';
  readonly parent: ElementRow;
  readonly collection: Collection;
}
interface BackRow extends RowBase {
  readonly kind: 'back';
  readonly parent: RecordLikeRow;
  readonly collection: Collection;
  readonly field: string;
  /** Is the relation field a list? */
  readonly list: boolean;
  /** How the records that name a parent are found. */
  readonly lookup: Lookup;
}
interface OtherRow extends RowBase {
  readonly kind: 'other';
  readonly collection: Collection;
}
interface SubmittedRow extends RowBase {
  readonly kind: 'submitted';
  readonly field: string;
  readonly collection: Collection;
}

/** The rows that are records of a collection. */
export type RecordLikeRow = Exclude<Row, ElementRow>;

/** What comes before a row on its path, or null at the start of one. */
export function parentOf(row: Row): Row | null {
  return 'parent' in row ? row.parent : null;
}

/** The row and all rows on the way to it, the first one first. */
export function pathOf(row: Row): Row[] {
  const path: Row[] = [];
  for (let at: Row | null = row; at !== null; at = parentOf(at)) path.unshift(at);
  return path;
}

/** Where a value of a request is: `@request.<source>.<path>`. */
export type RequestSource = 'context' | 'method' | 'headers' | 'query' | 'body' | 'auth';

/** A value that is the same for every record. */
export type GivenOperand =
  | { readonly kind: 'literal'; readonly value: string | number | null }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'macro'; readonly name: string }
  | {
      readonly kind: 'request';
      readonly source: RequestSource;
      readonly path: readonly string[];
      /** A text that spells a number counts as that number, because a number field has this name. */
      readonly numeric: boolean;
      readonly lower: boolean;
      /** Nothing counts as `''`: so does a lowered field that was not sent. */
      readonly blank: boolean;
    }
  /** `:isset`. */
  | { readonly kind: 'isset'; readonly source: 'headers' | 'query' | 'body'; readonly path: readonly string[] }
  /** `@request.body.<field>:length`. */
  | { readonly kind: 'submittedLength'; readonly field: string };

/** A column of a record. */
export interface ColumnOperand {
  readonly kind: 'column';
  readonly row: RecordLikeRow;
  readonly name: string;
  readonly type: ColumnType;
  readonly modifier: null | 'lower' | 'length' | 'each';
  /** The way into a JSON value: keys, and indexes as digits. Null for the column itself. */
  readonly path: readonly string[] | null;
  /** How records are found by their value in this column. */
  readonly lookup: Lookup;
}

/** One item of a list. */
export interface ElementOperand {
  readonly kind: 'element';
  readonly row: ElementRow;
}

/** `@request.body.<field>:changed`: was it sent, and does it differ from the record's value? */
export interface ChangedOperand {
  readonly kind: 'changed';
  readonly sent: GivenOperand;
  readonly column: ColumnOperand;
}

export interface GeoOperand {
  readonly kind: 'geoDistance';
  /** Longitude and latitude of two points. */
  readonly args: readonly [Operand, Operand, Operand, Operand];
}

export interface StrftimeOperand {
  readonly kind: 'strftime';
  readonly format: string;
  /** Null means now. */
  readonly time: Operand | null;
  readonly modifiers: readonly string[];
}

/** One side of a comparison, resolved. */
export type Operand = GivenOperand | ColumnOperand | ElementOperand | ChangedOperand | GeoOperand | StrftimeOperand;

/** A comparison of resolved operands. */
export interface Comparison {
  readonly kind: 'compare';
  readonly operator: Operator;
  readonly any: boolean;
  readonly left: Operand;
  readonly right: Operand;
  /** Rows whose `emailVisibility` must be true, because their e-mail is compared for somebody who may not see it. */
  readonly emailRows: readonly RecordLikeRow[];
  /** What the asker may list of the rows compared: unlisted records count for nothing. */
  readonly listable: readonly ListableNode[];
}

/** Holds when the row is missing, or the record of the row satisfies the rule that lists its collection. */
export interface ListableNode {
  readonly kind: 'listable';
  readonly row: RecordLikeRow;
  readonly condition: Resolution;
}

export interface ConditionGroup {
  readonly kind: 'and' | 'or';
  readonly items: readonly ConditionNode[];
}

export type ConditionNode = Comparison | ListableNode | ConditionGroup;

/**
 * A filter or rule whose every name is resolved for one base collection and one collection of viewers. It depends on no
 * request and no record.
 */
export interface Resolution {
  readonly base: Collection;
  /** The collection that the viewer's record is in; null for guests. */
  readonly viewerCollection: Collection | null;
  readonly root: ConditionNode;
}

/** The rows that an operand reads. */
export function rowsOf(operand: Operand): readonly Row[] {
  switch (operand.kind) {
    case 'column':
    case 'element':
      return [operand.row];
    case 'changed':
      return [operand.column.row];
    case 'geoDistance':
      return operand.args.flatMap(rowsOf);
    case 'strftime':
      return operand.time === null ? [] : rowsOf(operand.time);
    default:
      return [];
  }
}

/** Does a plain operator on this operand demand that no row violates it? Distances never do. */
export function isMatchAll(operand: Operand): boolean {
  return operand.kind !== 'geoDistance' && rowsOf(operand).some((row) => row.matchAll);
}
