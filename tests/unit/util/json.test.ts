import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultJsonLimits, JsonError, jsonEquals, parseJson } from '../../../src/util/json.ts';

function kindOf(text: string, limits = defaultJsonLimits): string {
  try {
    parseJson(text, limits);
    return 'fine';
  } catch (error) {
    assert.ok(error instanceof JsonError);
    return error.kind;
  }
}

test('refuses what no column can keep, and says why', () => {
  const cases: [string, string][] = [
    ['{"a":1e400}', 'number'],
    ['{"a":-1e400}', 'number'],
    ['9007199254740993', 'number'],
    ['-9007199254740993', 'number'],
    [`1${'0'.repeat(10_000)}`, 'number'],
    ['9007199254740992', 'fine'],
    ['12345678901234567', 'number'],
    ['100000000000000000000', 'fine'],
    ['0.12345678901234567890123', 'fine'],
    ['1.12345678901234567890123e2', 'fine'],
    ['123456789012345678.5', 'fine'],
    ['NaN', 'syntax'],
    ['"a\\u0000b"', 'text'],
    ['"\\ud800"', 'text'],
    ['"\\ud83d\\ude00"', 'fine'],
    ['{"\\ud800":1}', 'text'],
    ['', 'syntax'],
    ['{"a":1', 'syntax'],
    ['1 2', 'syntax'],
    ['"9007199254740993"', 'fine'],
    ['"[[[[\\"[["', 'fine'],
  ];
  for (const [text, kind] of cases) assert.equal(kindOf(text), kind, text.slice(0, 60));
});

test('checks depth and size before it builds anything', () => {
  assert.equal(kindOf('['.repeat(1_000_000)), 'depth');
  assert.equal(kindOf('['.repeat(65) + ']'.repeat(65)), 'depth');
  assert.equal(kindOf('['.repeat(64) + ']'.repeat(64)), 'fine');
  assert.equal(kindOf('"é"', { depthMax: 1, bytesMax: 3 }), 'size');
  assert.equal(kindOf('"é"', { depthMax: 1, bytesMax: 4 }), 'fine');
});

test('keys mean nothing special, and the last duplicate wins', () => {
  const parsed = parseJson('{"__proto__":{"x":1},"constructor":2,"a":1,"a":{"b":3}}') as { [key: string]: unknown };
  assert.equal(Object.getPrototypeOf(parsed), null);
  assert.deepEqual(Object.keys(parsed), ['__proto__', 'constructor', 'a']);
  assert.equal(({} as { x?: unknown }).x, undefined);
  assert.equal(Object.getPrototypeOf(parsed['a']), null);
  assert.equal(JSON.stringify(parsed), '{"__proto__":{"x":1},"constructor":2,"a":{"b":3}}');
  assert.ok(Object.is(parseJson('-0'), 0));
});

test('compares values whatever the order of keys', () => {
  assert.ok(jsonEquals({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }));
  assert.ok(!jsonEquals([1, 2], [2, 1]));
  assert.ok(!jsonEquals([], {}));
  assert.ok(!jsonEquals({ a: 1 }, { b: 1 }));
  assert.ok(!jsonEquals(null, {}));
});
