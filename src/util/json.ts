/** Any value that JSON can hold. Objects that come from outside have a null prototype. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** How much JSON text may hold. */
export interface JsonLimits {
  /** Nested arrays and objects; a flat object has depth 1. */
  readonly depthMax: number;
  /** Bytes of UTF-8. */
  readonly bytesMax: number;
}

/** Text from outside that is not JSON, or that holds what no column can keep. */
export class JsonError extends Error {
  /**
   * `syntax`: not JSON; `depth`, `size`: past a limit; `number`: larger than a double, such as `1e400`, or an integer that a double
   * cannot hold exactly, such as 2^53+1; `text`: a NUL or half of a surrogate pair, which not every database can store.
   */
  readonly kind: 'syntax' | 'depth' | 'size' | 'number' | 'text';

  constructor(kind: JsonError['kind'], message: string) {
    super(message);
    this.name = 'JsonError';
    this.kind = kind;
  }
}

/** The limits of request bodies on the main thread. */
export const defaultJsonLimits: JsonLimits = Object.freeze({ depthMax: 64, bytesMax: 1_048_576 });

/** True for objects, false for arrays, null and scalars. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A new object without a prototype, so that no key means anything special. */
export function createObject(): { [key: string]: JsonValue } {
  return Object.create(null) as { [key: string]: JsonValue };
}

/** True when the text can be stored everywhere as it is: no NUL and no half surrogate pairs. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/**
 * Parses JSON from outside. Duplicate keys: the last one wins, once, for everybody who reads the result. `__proto__` is a key
 * like any other. The depth is checked before anything is built.
 *
 * @throws JsonError
 * @example parseJson('{"a":[1,2]}', { depthMax: 64, bytesMax: 1_048_576 })
 */
export function parseJson(text: string, limits: JsonLimits = defaultJsonLimits): JsonValue {
  // UTF-8 takes at least one byte and at most three per UTF-16 unit, so most texts need no exact count.
  if (
    text.length > limits.bytesMax ||
    (text.length * 3 > limits.bytesMax && Buffer.byteLength(text) > limits.bytesMax)
  ) {
    throw new JsonError('size', `JSON text is larger than ${limits.bytesMax} bytes.`);
  }
  scan(text, limits.depthMax);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new JsonError('syntax', 'Not valid JSON.');
  }
  return adopt(parsed, limits.depthMax);
}

/**
 * Counts brackets and looks at long integers, outside strings, before anything is built. Wrong JSON may miscount, but then
 * `JSON.parse` refuses it.
 */
function scan(text: string, depthMax: number): void {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === 0x22) {
      index = skipString(text, index);
    } else if (unit === 0x7b || unit === 0x5b) {
      depth += 1;
      if (depth > depthMax) throw new JsonError('depth', `JSON text is nested deeper than ${depthMax}.`);
    } else if (unit === 0x7d || unit === 0x5d) {
      depth -= 1;
    } else if (isDigit(unit)) {
      index = skipNumber(text, index);
    }
  }
}

/** Every integer of up to 15 digits is exact. */
const exactDigits = 15;
/** Longer ones than the largest double has are refused without looking at their value. */
const integerDigitsMax = 309;

/** The index of the last character of the number that starts at `start`, after checking that an integer is exact. */
function skipNumber(text: string, start: number): number {
  let end = start + 1;
  while (isDigit(text.charCodeAt(end))) end += 1;
  const next = text.charCodeAt(end);
  const isFraction = next === 0x2e || next === 0x65 || next === 0x45;
  if (isFraction) {
    // The digits and the exponent behind the point belong to this number, not to an integer of their own.
    while (isNumberPart(text.charCodeAt(end))) end += 1;
  } else if (end - start > exactDigits) {
    const digits = text.slice(start, end);
    if (digits.length > integerDigitsMax || String(BigInt(digits)) !== exactInteger(Number(digits))) {
      throw new JsonError('number', 'JSON text holds an integer that cannot be kept exactly.');
    }
  }
  return end - 1;
}

function exactInteger(value: number): string {
  return Number.isFinite(value) ? String(BigInt(value)) : '';
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function isNumberPart(unit: number): boolean {
  return isDigit(unit) || unit === 0x2e || unit === 0x65 || unit === 0x45 || unit === 0x2b || unit === 0x2d;
}

/** The index of the quote that ends the string that starts at `start`. */
function skipString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
}

/** Checks every value and gives every object a null prototype. Recursion is bounded by the depth, which was checked. */
function adopt(value: unknown, depthLeft: number): JsonValue {
  switch (typeof value) {
    case 'string':
      if (!isStorableText(value)) throw new JsonError('text', 'JSON text holds a NUL or half of a surrogate pair.');
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new JsonError('number', 'JSON text holds a number that is too large.');
      return value === 0 ? 0 : value; // no -0: databases do not agree on it
    case 'boolean':
      return value;
    default:
      return value === null ? null : adoptContainer(value as object, depthLeft);
  }
}

function adoptContainer(value: object, depthLeft: number): JsonValue {
  if (depthLeft <= 0) throw new JsonError('depth', 'JSON text is nested too deep.');
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = adopt(value[index], depthLeft - 1);
    return value as JsonValue[];
  }
  const object = createObject();
  for (const key of Object.keys(value)) {
    if (!isStorableText(key)) throw new JsonError('text', 'A JSON key holds a NUL or half of a surrogate pair.');
    object[key] = adopt((value as { [key: string]: unknown })[key], depthLeft - 1);
  }
  return object;
}

/** True when two JSON values are equal; the order of object keys does not matter. */
export function jsonEquals(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const leftKeys = Object.keys(left);
  if (leftKeys.length !== Object.keys(right).length) return false;
  const leftObject = left as JsonObject;
  const rightObject = right as JsonObject;
  return leftKeys.every((key) => Object.hasOwn(right, key) && jsonEquals(leftObject[key], rightObject[key]));
}
