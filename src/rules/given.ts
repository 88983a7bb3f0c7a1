import { columnTypeOf } from '../model/fields/field.ts';
import type { RecordData } from '../model/record.ts';
import type { JsonValue } from '../util/json.ts';
import { type GivenOperand, type Operand, pathOf, type Row } from './condition.ts';
import type { RequestContext } from './context.ts';
import { patternOf } from './like.ts';
import { findMacro } from './macros.ts';
import { findField } from './paths.ts';
import { jsonToSql, lowerAscii, type NumberForm, plainText, type SqlValue } from './values.ts';

/** Is the operand the same for every record? */
export function isGiven(operand: Operand): operand is GivenOperand {
  switch (operand.kind) {
    case 'literal':
    case 'boolean':
    case 'macro':
    case 'request':
    case 'isset':
    case 'submittedLength':
      return true;
    default:
      return false;
  }
}

/** The value of a given operand. */
export function giveValue(operand: GivenOperand, context: RequestContext): SqlValue {
  switch (operand.kind) {
    case 'literal':
      return operand.value;
    case 'boolean':
      return operand.value ? 1 : 0;
    case 'macro':
      return findMacro(operand.name)!(context.now);
    case 'isset':
      return isSent(operand.path, context[operand.source]) ? 1 : 0;
    case 'submittedLength':
      return submittedList(operand.field, context).length;
    case 'request': {
      const value = requested(operand, context);
      if (operand.lower) return lowerGiven(value) ?? (operand.blank ? '' : null);
      if (operand.numeric && typeof value === 'string' && decimal.test(value)) return Number(value);
      return jsonToSql(value);
    }
  }
}

/** How the number that a given operand is becomes text: literals and submitted numbers show a fraction. */
export function givenForm(operand: GivenOperand, context: RequestContext): NumberForm {
  if (operand.kind === 'literal') return 'real';
  return operand.kind === 'request' && typeof requested(operand, context) !== 'boolean' ? 'real' : 'plain';
}

/** The pattern that a given operand is on the right of `~`. */
export function patternFor(operand: GivenOperand, value: string | number, context: RequestContext): string {
  if (typeof value === 'string') return patternOf(value);
  const sent = operand.kind === 'request' ? requested(operand, context) : undefined;
  return patternOf(typeof sent === 'boolean' ? String(sent) : plainText(value));
}

/** The items of `@request.body.<field>` as a list: nothing when it was not sent, itself alone when it is no list. */
export function submittedList(field: string, context: RequestContext): readonly JsonValue[] {
  const value = Object.hasOwn(context.body, field) ? context.body[field]! : null;
  if (value === null) return [];
  return Array.isArray(value) ? value : [value as JsonValue];
}

/** Does the row hang on a relation that was not sent? Then it has not even the length 0. */
export function isUnsent(row: Row, context: RequestContext): boolean {
  const start = pathOf(row)[0]!;
  return start.kind === 'submitted' && submittedList(start.field, context).length === 0;
}

/** The record that is signed in, as a row of the condition; null when nobody is. */
export function viewerData(context: RequestContext): RecordData | null {
  return context.viewer.auth?.data ?? null;
}

const decimal = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function lowerGiven(value: JsonValue | undefined): SqlValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return plainText(value);
  return lowerAscii(typeof value === 'string' ? value : JSON.stringify(value));
}

function requested(
  operand: Extract<GivenOperand, { kind: 'request' }>,
  context: RequestContext,
): JsonValue | undefined {
  switch (operand.source) {
    case 'context':
      return context.context;
    case 'method':
      return context.method;
    case 'auth':
      return ownValue(operand.path[0]!, context);
    default:
      return valueAt(context[operand.source], operand.path);
  }
}

/** A field or collection name of the viewer's record. */
function ownValue(key: string, context: RequestContext): JsonValue | undefined {
  const { auth } = context.viewer;
  if (auth === null) return undefined;
  if (key === 'collectionId') return auth.collection.id;
  if (key === 'collectionName') return auth.collection.name;
  const field = findField(auth.collection, key);
  if (field === undefined) return undefined;
  return columnTypeOf(field) === 'bool' ? Boolean(auth.data[key]) : auth.data[key];
}

function isSent(path: readonly string[], root: JsonValue): boolean {
  const holder = valueAt(root, path.slice(0, -1));
  const key = path.at(-1)!;
  if (Array.isArray(holder)) return indexOf(key) < holder.length;
  return typeof holder === 'object' && holder !== null && Object.hasOwn(holder, key);
}

/** The member at a path of keys and indexes; undefined where there is none. Only own members count. */
export function valueAt(root: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value)) value = value[indexOf(key)];
    else value = Object.hasOwn(value, key) ? (value as { readonly [key: string]: JsonValue })[key] : undefined;
  }
  return value;
}

function indexOf(key: string): number {
  return /^\d+$/.test(key) ? Number(key) : Number.POSITIVE_INFINITY;
}
