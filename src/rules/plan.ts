import {
  type Comparison,
  type ConditionNode,
  isMatchAll,
  type ListableNode,
  type Operand,
  pathOf,
  type RecordLikeRow,
  type Row,
  rowsOf,
} from './condition.ts';
import type { KnownValues, Side } from './compile-operand.ts';
import { createLike } from './like.ts';
import { holds, isBlank, type Relation, type Settled, settle } from './relation.ts';
import { isGiven, patternFor } from './given.ts';
import { plainText, realText, type SqlValue } from './values.ts';

/** A comparison that must be asked in SQL. */
export interface Leaf {
  readonly kind: 'leaf';
  readonly comparison: Comparison;
  readonly relation: Relation;
  /** What a row satisfies that violates the comparison. */
  readonly violation: Relation;
  readonly left: Side;
  readonly right: Side;
  readonly rows: readonly Row[];
}

/** "No row violates the comparison", over all rows of its operands that ask for it. */
export interface NoViolation {
  readonly kind: 'noViolation';
  readonly leaf: Leaf;
  /** The rows of an operand that does not ask for it. */
  readonly rows: readonly Row[];
}

/** "The e-mail of the row may be seen." */
export interface EmailVisible {
  readonly kind: 'emailVisible';
  readonly row: RecordLikeRow;
  readonly rows: readonly Row[];
}

/** "The row is missing, or may be listed." */
export interface Listable {
  readonly kind: 'listable';
  readonly node: ListableNode;
  readonly rows: readonly Row[];
}

export interface PartGroup {
  readonly kind: 'and' | 'or';
  readonly items: readonly Part[];
  readonly rows: readonly Row[];
}

/**
 * A condition of one request: what the request settles is settled. `rows` are the rows that a part shares with its
 * neighbours, the ways to them included, but neither the base record nor the viewer's.
 */
export type Part = Leaf | NoViolation | EmailVisible | Listable | PartGroup;

/** Plans a condition for one request; true or false when the request alone settles it. */
export function planNode(node: ConditionNode, known: KnownValues): Part | boolean {
  switch (node.kind) {
    case 'compare':
      return planComparison(node, known);
    case 'listable':
      return { kind: 'listable', node, rows: joinedRows([node.row]) };
    default:
      return groupParts(
        node.kind,
        node.items.map((item) => planNode(item, known)),
      );
  }
}

/** Joins parts; what is settled falls out, groups of the same kind melt together. */
export function groupParts(kind: 'and' | 'or', parts: readonly (Part | boolean)[]): Part | boolean {
  const items: Part[] = [];
  for (const part of parts) {
    if (typeof part === 'boolean') {
      if (part === (kind === 'or')) return part;
    } else if (part.kind === kind) {
      items.push(...part.items);
    } else {
      items.push(part);
    }
  }
  if (items.length === 0) return kind === 'and';
  if (items.length === 1) return items[0]!;
  return { kind, items, rows: distinctRows(items.flatMap((item) => item.rows)) };
}

/** The rows on the ways to the given ones, each once and after the one that it hangs on, without base and viewer. */
export function joinedRows(rows: readonly Row[]): Row[] {
  if (rows.length === 0) return [];
  return distinctRows(rows.flatMap(pathOf)).filter((row) => row.kind !== 'base' && row.kind !== 'auth');
}

function distinctRows(rows: readonly Row[]): Row[] {
  return rows.length < 2 ? [...rows] : [...new Map(rows.map((row) => [row.key, row])).values()];
}

function planComparison(node: Comparison, known: KnownValues): Part | boolean {
  const left = known.side(node.left);
  const right = known.side(node.right);
  const compared = compareSides(node, left, right, known);
  const emails = node.emailRows.map((row): Part => ({ kind: 'emailVisible', row, rows: joinedRows([row]) }));
  if (typeof compared === 'boolean' || node.any || (!isMatchAll(node.left) && !isMatchAll(node.right))) {
    return groupParts('and', [compared, ...emails]);
  }
  const others = [node.left, node.right].filter((operand) => !isMatchAll(operand));
  const rest: Part = { kind: 'noViolation', leaf: compared, rows: joinedRows(others.flatMap(rowsOf)) };
  return groupParts('and', [compared, ...emails, rest]);
}

function compareSides(node: Comparison, left: Side, right: Side, known: KnownValues): Leaf | boolean {
  if (left.known !== undefined && right.known !== undefined) return compareKnown(node, left, right, known);
  const { relation, violation } = settledRelation(node, left, right);
  if (relation === 'always' || relation === 'never') return relation === 'always';
  const rows = joinedRows([...rowsOf(node.left), ...rowsOf(node.right)]);
  return { kind: 'leaf', comparison: node, relation, violation, left, right, rows };
}

/** Compares two known values. */
function compareKnown(node: Comparison, left: Side, right: Side, known: KnownValues): boolean {
  const a = left.known!;
  const b = right.known!;
  if (node.operator === '~' || node.operator === '!~') {
    if (a === null || b === null) return false;
    const text = typeof a === 'string' ? a : left.traits.form === 'real' ? realText(a) : plainText(a);
    return createLike(knownPattern(right, known)!)(text) === (node.operator === '~');
  }
  const { relation } = settle(node.operator, left.traits.class, right.traits.class, a, b);
  const isRightOnly = left.traits.class === 'given' && (relation === 'blank' || relation === 'notBlank');
  if (isRightOnly) return holds(relation, b, a, right.traits, left.traits);
  return holds(relation, a, b, left.traits, right.traits);
}

/** The pattern that a known right side is; null matches nothing. */
export function knownPattern(side: Side, known: KnownValues): string | null {
  const value = side.known!;
  if (value === null) return null;
  if (isGiven(side.operand)) return patternFor(side.operand, value, known.frame.context);
  const text = typeof value === 'number' ? plainText(value) : value;
  return side.operand.kind === 'strftime' ? text : `%${text}%`;
}

/** The relation with what one known side says about it. */
function settledRelation(node: Comparison, left: Side, right: Side): Settled {
  const [a, b] = [left.known ?? null, right.known ?? null];
  const direct = settle(node.operator, left.traits.class, right.traits.class, a, b);
  const { relation } = direct;
  if (left.known === undefined && right.known === undefined) return direct;
  const value = left.known ?? right.known ?? null;
  if (value === null && (relation === 'like' || relation === 'notLike' || isOrder(relation))) return never;
  if (relation !== 'same' && relation !== 'notSame') return direct;
  const settled = withKnownColumn(value, left.known === undefined ? left : right);
  return relation === 'same' ? settled : { relation: settled.violation, violation: settled.relation };
}

const never: Settled = { relation: 'never', violation: 'always' };

function isOrder(relation: Relation): boolean {
  return relation === '<' || relation === '<=' || relation === '>' || relation === '>=';
}

/**
 * "The same" as a known value of a column: blank or not is known, and values of other types are never the same. Null is not
 * the same as a value that is not blank.
 */
function withKnownColumn(value: SqlValue, other: Side): Settled {
  if (isBlank(value)) return { relation: 'blank', violation: 'notBlank' };
  const type = valueType(other.operand);
  if (type === 'any') return { relation: 'same', violation: 'notSame' };
  return type === typeof value ? { relation: 'equal', violation: 'distinct' } : never;
}

/** What the values of an operand of class `column` are when they are not null. */
function valueType(operand: Operand): 'string' | 'number' | 'any' {
  if (operand.kind === 'element') return operand.row.parent === null ? 'any' : 'string';
  if (operand.kind !== 'column' || operand.modifier === 'lower' || operand.modifier === 'each') return 'string';
  return operand.modifier === 'length' || operand.type === 'number' || operand.type === 'bool' ? 'number' : 'string';
}

/** The rows of which a part demands that they are not missing: of null it does not hold. */
export function demandedRows(part: Part): ReadonlySet<string> {
  switch (part.kind) {
    case 'leaf':
      return demandedByLeaf(part, part.relation);
    case 'emailVisible':
      return new Set(part.rows.map((row) => row.key));
    case 'and':
      return new Set(part.items.flatMap((item) => [...demandedRows(item)]));
    case 'or': {
      const [first, ...rest] = part.items.map(demandedRows);
      return rest.reduce((common, next) => common.intersection(next), first!);
    }
    default:
      return new Set();
  }
}

/** The rows that must be there for a relation between the leaf's sides to hold. */
export function demandedByLeaf(leaf: Leaf, relation: Relation): ReadonlySet<string> {
  const demanding = [
    ...(isNullRejected(relation, leaf.left, leaf.right) ? [leaf.left] : []),
    ...(isNullRejected(relation, leaf.right, leaf.left) ? [leaf.right] : []),
  ];
  const rows = demanding.flatMap((side) => nullingRows(side.operand));
  return new Set(joinedRows(rows).map((row) => row.key));
}

/** The rows of which the operand is null when they are missing. The length of a missing list is 0. */
function nullingRows(operand: Operand): readonly Row[] {
  switch (operand.kind) {
    case 'column':
      return operand.modifier === 'length' ? [] : [operand.row];
    case 'geoDistance':
      return operand.args.flatMap(nullingRows);
    case 'strftime':
      return operand.time === null ? [] : nullingRows(operand.time);
    default:
      return rowsOf(operand);
  }
}

function isNullRejected(relation: Relation, side: Side, other: Side): boolean {
  switch (relation) {
    case 'distinct':
    case 'notSame':
    case 'blank':
      return false;
    case 'same':
      return isNeverBlank(other);
    case 'identical':
      return other.known === undefined ? isNeverNull(other) : other.known !== null;
    case 'notIdentical':
      return other.known === null;
    case 'notBlank':
      return side.known === undefined;
    default:
      return true;
  }
}

function isNeverNull({ operand, known }: Side): boolean {
  if (known !== undefined) return known !== null;
  return operand.kind === 'column' && operand.path === null && operand.row.kind === 'base';
}

function isNeverBlank(side: Side): boolean {
  const { operand } = side;
  if (!isNeverNull(side) || operand.kind !== 'column') return false;
  return operand.type !== 'text' || operand.name === 'id' || operand.modifier === 'length';
}

/** The sides of a leaf of which every row must hold. */
export function matchAllSides(leaf: Leaf): { left: boolean; right: boolean } {
  return { left: isMatchAll(leaf.comparison.left), right: isMatchAll(leaf.comparison.right) };
}
