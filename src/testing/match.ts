import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';

/** Stands in an expected object for a key that must not be there. */
export const absent: unique symbol = Symbol('absent');

/** An expectation that a plain value cannot express; its name is what a failure shows. */
export class Check {
  readonly name: string;
  readonly test: (actual: unknown) => boolean;

  constructor(name: string, test: (actual: unknown) => boolean) {
    this.name = name;
    this.test = test;
  }
}

/** An object with these keys and no others, at this level and below. */
export function exactly(expected: unknown): Check {
  return new Check(`exactly ${JSON.stringify(expected)}`, (actual) => isDeepStrictEqual(actual, expected));
}

/** A list with these elements in any order, each compared as a whole. */
export function inAnyOrder(expected: readonly unknown[]): Check {
  const sort = (list: readonly unknown[]): string[] => list.map((each) => JSON.stringify(each)).toSorted();
  return new Check(
    `in any order ${JSON.stringify(expected)}`,
    (actual) => Array.isArray(actual) && isDeepStrictEqual(sort(actual), sort(expected)),
  );
}

/** A list (or string) of this length. */
export function ofLength(length: number): Check {
  return new Check(
    `of length ${length}`,
    (actual) => (Array.isArray(actual) || typeof actual === 'string') && actual.length === length,
  );
}

export const anyString = new Check('any string', (actual) => typeof actual === 'string');
export const anyNumber = new Check('any number', (actual) => typeof actual === 'number');

/** A stored date, as `2026-01-31 12:00:00.000Z`. */
export const anyDate = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * Fails unless `actual` contains what `expected` says.
 * - objects: every expected key is there and matches; other keys may be there too (`exactly` forbids them, `absent` forbids one);
 * - lists: the same length, element by element;
 * - regular expressions match strings; a `Check` decides by itself; everything else must be equal.
 *
 * @example
 * assertMatch(answer.json, { items: [{ id: 'a' }], token: absent, created: anyDate });
 */
export function assertMatch(actual: unknown, expected: unknown, context = ''): void {
  const mismatches: string[] = [];
  collectMismatches(actual, expected, '$', mismatches);
  if (mismatches.length > 0) assert.fail(`${mismatches.join('\n')}${context === '' ? '' : `\n${context}`}`);
}

function collectMismatches(actual: unknown, expected: unknown, path: string, into: string[]): void {
  const complain = (wanted: string): void => {
    into.push(`${path}: wanted ${wanted}, got ${actual === undefined ? 'nothing' : JSON.stringify(actual)}`);
  };
  if (expected instanceof Check) {
    if (!expected.test(actual)) complain(expected.name);
  } else if (expected instanceof RegExp) {
    if (typeof actual !== 'string' || !expected.test(actual)) complain(String(expected));
  } else if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return complain(describe(expected));
    for (const [index, each] of expected.entries()) collectMismatches(actual[index], each, `${path}[${index}]`, into);
  } else if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return complain(describe(expected));
    for (const [key, each] of Object.entries(expected)) {
      const isThere = Object.hasOwn(actual, key);
      const value: unknown = isThere ? Reflect.get(actual, key) : undefined;
      if (each === absent) {
        if (isThere) into.push(`${path}.${key}: wanted nothing, got ${JSON.stringify(value)}`);
      } else if (isThere) collectMismatches(value, each, `${path}.${key}`, into);
      else into.push(`${path}.${key}: wanted ${describe(each)}, got nothing`);
    }
  } else if (!Object.is(actual, expected)) complain(describe(expected));
}

function describe(expected: unknown): string {
  if (expected instanceof Check) return expected.name;
  if (expected instanceof RegExp) return String(expected);
  return JSON.stringify(expected, (_key, value: unknown) => {
    if (value === absent) return '(absent)';
    if (value instanceof Check) return `(${value.name})`;
    return value instanceof RegExp ? String(value) : value;
  });
}
