import { type JsonObject, type JsonValue, isJsonObject } from '../util/json.ts';
import { FormatError } from './format-error.ts';

/** What JSON may look like, as data: how it is checked, and how a change of it is merged onto what is there. */
export type Shape =
  | { readonly kind: 'bool' }
  | { readonly kind: 'integer' }
  | { readonly kind: 'text' }
  | { readonly kind: 'boolOrNull' }
  | { readonly kind: 'textOrNull' }
  /** An object with any keys, or null. */
  | { readonly kind: 'map' }
  | { readonly kind: 'list'; readonly member: Shape }
  | { readonly kind: 'object'; readonly members: { readonly [key: string]: Shape } };

export const bool: Shape = { kind: 'bool' };
export const integer: Shape = { kind: 'integer' };
export const text: Shape = { kind: 'text' };
export const boolOrNull: Shape = { kind: 'boolOrNull' };
export const textOrNull: Shape = { kind: 'textOrNull' };
export const map: Shape = { kind: 'map' };

/** A list of members of one shape. */
export function list(member: Shape): Shape {
  return { kind: 'list', member };
}

/** An object with these members; other keys are ignored. */
export function object(members: { readonly [key: string]: Shape }): Shape {
  return { kind: 'object', members };
}

/** The value of a shape when nothing was said. */
export function zeroOfShape(shape: Shape): JsonValue {
  switch (shape.kind) {
    case 'bool':
      return false;
    case 'integer':
      return 0;
    case 'text':
      return '';
    case 'list':
      return [];
    case 'object':
      return Object.fromEntries(Object.entries(shape.members).map(([key, member]) => [key, zeroOfShape(member)]));
    default:
      return null;
  }
}

/**
 * A change merged onto the present value: absent keys stay, objects and maps merge key by key, lists of objects merge member by
 * member by position and get the new length, everything else is replaced. Null empties what can be empty (texts that may be null, lists,
 * maps) and changes nothing else.
 *
 * @param path names the value in errors
 * @throws FormatError when the change has a value of another kind
 */
export function mergeShape(shape: Shape, present: JsonValue, change: JsonValue | undefined, path: string): JsonValue {
  if (change === undefined) return present;
  if (change === null) return isNullable(shape) ? zeroOfShape(shape) : present;
  switch (shape.kind) {
    case 'list':
      return mergeList(shape.member, present, change, path);
    case 'object':
      return mergeObject(shape.members, present, change, path);
    case 'map':
      if (!isJsonObject(change)) throw new FormatError(path);
      return isJsonObject(present) ? { ...present, ...change } : change;
    default:
      if (!isScalarOf(shape, change)) throw new FormatError(path);
      return change;
  }
}

function isNullable(shape: Shape): boolean {
  return shape.kind === 'list' || shape.kind === 'map' || shape.kind === 'textOrNull' || shape.kind === 'boolOrNull';
}

function isScalarOf(shape: Shape, value: JsonValue): boolean {
  switch (shape.kind) {
    case 'bool':
    case 'boolOrNull':
      return typeof value === 'boolean';
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === 'string';
  }
}

function mergeList(member: Shape, present: JsonValue, change: JsonValue, path: string): JsonValue {
  if (!Array.isArray(change)) throw new FormatError(path);
  const before = Array.isArray(present) ? (present as readonly JsonValue[]) : [];
  return (change as readonly JsonValue[]).map((value, index) => {
    const start = member.kind === 'object' ? before[index] : undefined;
    return mergeShape(member, start ?? zeroOfShape(member), value, `${path}.${index}`);
  });
}

function mergeObject(
  members: { readonly [key: string]: Shape },
  present: JsonValue,
  change: JsonValue,
  path: string,
): JsonObject {
  if (!isJsonObject(change)) throw new FormatError(path);
  const before = isJsonObject(present) ? present : {};
  const merged: { [key: string]: JsonValue } = {};
  for (const [key, member] of Object.entries(members)) {
    const start = Object.hasOwn(before, key) ? before[key] : undefined;
    const next = Object.hasOwn(change, key) ? change[key] : undefined;
    merged[key] = mergeShape(member, start ?? zeroOfShape(member), next, path === '' ? key : `${path}.${key}`);
  }
  return merged;
}
