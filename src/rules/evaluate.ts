import type { RecordData } from '../model/record.ts';
import {
  type Comparison,
  type Resolution,
  type ConditionNode,
  isMatchAll,
  type ListableNode,
  type Operand,
  pathOf,
  type RecordLikeRow,
} from './condition.ts';
import type { RequestContext } from './context.ts';
import { createFrame, type Frame, recordReader, Slots, someCombination } from './frame.ts';
import { givenForm, isGiven, patternFor } from './given.ts';
import { createLike, patternOf } from './like.ts';
import { operandReader } from './read-operand.ts';
import { holds, type Settled, settle, type Traits, traitsOf } from './relation.ts';
import type { Condition } from './resolve.ts';
import type { RecordSource } from './source.ts';
import { type NumberForm, plainText, realText, type SqlValue } from './values.ts';

/**
 * Says whether a record satisfies a condition, for one request. `source` is needed unless the condition is local
 * (`isLocal`).
 */
export type Predicate = (record: RecordData, context: RequestContext, source?: RecordSource) => boolean;

type Test = (frame: Frame) => boolean;

/**
 * Compiles a condition to closures. Rows of related records are enumerated one by one, plainly: this is the reference
 * for what the SQL of the same condition must answer.
 *
 * The predicate throws `RuleError` when the condition cannot be resolved for this viewer, for a text to search for that is
 * too long, and when related records combine to more than a million rows.
 *
 * @example createPredicate(condition)(record.data, context)
 */
export function createPredicate(condition: Condition): Predicate {
  /** By the id of the viewer's collection, like the resolutions. */
  const predicates = new Map<string, ResolvedPredicate>();
  return (record, context, source = noRecords) => {
    const viewer = context.viewer.auth?.collection ?? null;
    const key = viewer?.id ?? '';
    let predicate = predicates.get(key);
    if (predicate === undefined) {
      predicate = resolvedPredicate(condition.resolutionFor(viewer));
      predicates.set(key, predicate);
    }
    return predicate(record, context, source);
  };
}

const noRecords: RecordSource = { get: refuse, referencing: refuse, all: refuse };

function refuse(): never {
  throw new Error('the condition reads other records, but no source was given');
}

type ResolvedPredicate = (record: RecordData, context: RequestContext, source: RecordSource) => boolean;

function resolvedPredicate(resolution: Resolution): ResolvedPredicate {
  const slots = new Slots(resolution);
  const test = nodeTest(resolution.root, slots);
  const { rows } = slots;
  if (rows.length === 0) return (record, context, source) => test(createFrame(record, context, source, 0));
  return (record, context, source) => {
    const frame = createFrame(record, context, source, rows.length);
    return someCombination(rows, slots, frame, () => test(frame));
  };
}

function nodeTest(node: ConditionNode, slots: Slots): Test {
  switch (node.kind) {
    case 'compare':
      return comparisonTest(node, slots);
    case 'listable':
      return listableTest(node, slots);
    case 'and': {
      const tests = node.items.map((item) => nodeTest(item, slots));
      return (frame) => tests.every((test) => test(frame));
    }
    case 'or': {
      const tests = node.items.map((item) => nodeTest(item, slots));
      return (frame) => tests.some((test) => test(frame));
    }
  }
}

function listableTest(node: ListableNode, slots: Slots): Test {
  const predicate = resolvedPredicate(node.condition);
  const record = recordReader(node.row, slots);
  return (frame) => {
    const data = record(frame);
    return data === null || predicate(data, frame.context, frame.source);
  };
}

function emailTest(row: RecordLikeRow, slots: Slots): Test {
  const record = recordReader(row, slots);
  return (frame) => record(frame)?.['emailVisibility'] === true;
}

function comparisonTest(node: Comparison, slots: Slots): Test {
  const left = createSide(node.left, slots);
  const right = createSide(node.right, slots);
  const compare = createCompare(node, left, right);
  const emails = node.emailRows.map((row) => emailTest(row, slots));
  const isSatisfied: Test = (frame) =>
    compare(left.read(frame), right.read(frame), false, frame) && emails.every((test) => test(frame));
  const leftAll = !node.any && isMatchAll(node.left);
  const rightAll = !node.any && isMatchAll(node.right);
  if (!leftAll && !rightAll) return isSatisfied;
  const leftValues = leftAll ? everyValue(node, node.left, left, slots) : currentValue(left);
  const rightValues = rightAll ? everyValue(node, node.right, right, slots) : currentValue(right);
  return (frame) => {
    if (!isSatisfied(frame)) return false;
    const others = rightValues(frame);
    return leftValues(frame).every((value) => others.every((other) => !compare(value, other, true, frame)));
  };
}

/** One side of a comparison. */
interface Side {
  readonly operand: Operand;
  readonly traits: Traits;
  readonly read: (frame: Frame) => SqlValue;
}

function createSide(operand: Operand, slots: Slots): Side {
  return { operand, traits: traitsOf(operand), read: operandReader(operand, slots) };
}

function currentValue(side: Side): (frame: Frame) => SqlValue[] {
  return (frame) => [side.read(frame)];
}

/** All values that the operand takes, over all its rows that the asker may see. */
function everyValue(node: Comparison, operand: Operand, side: Side, slots: Slots): (frame: Frame) => SqlValue[] {
  const rows = slots.leadingTo(operand);
  const keys = new Set(rows.flatMap(pathOf).map((row) => row.key));
  const guards = [
    ...node.listable.filter((item) => keys.has(item.row.key)).map((item) => listableTest(item, slots)),
    ...node.emailRows.filter((row) => keys.has(row.key)).map((row) => emailTest(row, slots)),
  ];
  return (frame) => {
    const values: SqlValue[] = [];
    const own: Frame = { ...frame, rows: [...frame.rows] };
    someCombination(rows, slots, own, () => {
      if (guards.every((test) => test(own))) values.push(side.read(own));
      return false;
    });
    return values;
  };
}

/** Compares two values, or with `opposite` tells whether they violate the comparison. */
type Compare = (left: SqlValue, right: SqlValue, opposite: boolean, frame: Frame) => boolean;

function createCompare(node: Comparison, left: Side, right: Side): Compare {
  if (node.operator === '~' || node.operator === '!~') return createLikeCompare(node, left);
  const settleOn = (a: SqlValue, b: SqlValue): Settled =>
    settle(node.operator, left.traits.class, right.traits.class, a, b);
  // What is no part of a request is always as blank as it is, so that the relation is settled once.
  const isSettled = isConstant(node.left) && isConstant(node.right);
  const constant = isSettled ? settleOn(constantValue(node.left), constantValue(node.right)) : null;
  const leftTraits = traitsReader(left);
  const rightTraits = traitsReader(right);
  return (a, b, opposite, frame) => {
    const { relation, violation } = constant ?? settleOn(a, b);
    const used = opposite ? violation : relation;
    const isRightOnly = left.traits.class === 'given' && (used === 'blank' || used === 'notBlank');
    if (isRightOnly) return holds(used, b, a, right.traits, left.traits);
    return holds(used, a, b, leftTraits(a, frame), rightTraits(b, frame));
  };
}

function isConstant(operand: Operand): boolean {
  return !isGiven(operand) || operand.kind === 'literal' || operand.kind === 'boolean';
}

function constantValue(operand: Operand): SqlValue {
  if (operand.kind === 'literal') return operand.value;
  return operand.kind === 'boolean' ? Number(operand.value) : null;
}

function traitsReader(side: Side): (value: SqlValue, frame: Frame) => Traits {
  const { operand, traits } = side;
  if (!isGiven(operand)) return () => traits;
  const real: Traits = { ...traits, form: 'real' };
  return (value, frame) => (typeof value === 'number' && givenForm(operand, frame.context) === 'real' ? real : traits);
}

function createLikeCompare(node: Comparison, left: Side): Compare {
  const isNegative = node.operator === '!~';
  const leftTraits = traitsReader(left);
  const pattern = patternReader(node.right);
  const literal = node.right.kind === 'literal' ? node.right.value : null;
  const settled =
    literal === null ? null : createLike(patternOf(typeof literal === 'number' ? plainText(literal) : literal));
  return (a, b, opposite, frame) => {
    if (a === null || b === null) return false;
    const like = settled ?? createLike(pattern(b, frame));
    return like(textOf(a, leftTraits(a, frame).form)) !== (opposite !== isNegative);
  };
}

function textOf(value: string | number, form: NumberForm): string {
  if (typeof value === 'string') return value;
  return form === 'real' ? realText(value) : plainText(value);
}

function patternReader(operand: Operand): (value: string | number, frame: Frame) => string {
  if (isGiven(operand)) return (value, frame) => patternFor(operand, value, frame.context);
  if (operand.kind === 'strftime') return String;
  return (value) => `%${textOf(value, 'plain')}%`;
}
