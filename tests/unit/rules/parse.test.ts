import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Expression, OperandNode } from '../../../src/rules/ast.ts';
import {
  comparisonsMax,
  parseClientFilter,
  parseFilter,
  RuleError,
  usesForbiddenPrefix,
} from '../../../src/rules/rules.ts';

function showOperand(node: OperandNode): string {
  switch (node.kind) {
    case 'identifier':
      return node.name;
    case 'text':
      return JSON.stringify(node.value);
    case 'number':
      return String(node.value);
    case 'call':
      return `${node.name}(${node.args.map(showOperand).join(', ')})`;
  }
}

function show(node: Expression): string {
  if (node.kind !== 'compare') return `${node.kind}(${node.items.map(show).join(', ')})`;
  return `${showOperand(node.left)} ${node.any ? '?' : ''}${node.operator} ${showOperand(node.right)}`;
}

const valid: readonly (readonly [text: string, tree: string])[] = [
  ['a = 1', 'a = 1'],
  ['a=1&&b=2||c=3', 'or(and(a = 1, b = 2), c = 3)'],
  ['a = 1 || b = 2 && c = 3', 'or(a = 1, and(b = 2, c = 3))'],
  ['(a = 1 || b = 2) && c = 3', 'and(or(a = 1, b = 2), c = 3)'],
  ['(((a = 1)))', 'a = 1'],
  [' a\t= \n1 // the rest\n && b = 2 // end', 'and(a = 1, b = 2)'],
  ['1 = 1', '1 = 1'],
  ['-1.50 < a', '-1.5 < a'],
  ['a ?= 1 && a ?!~ 2', 'and(a ?= 1, a ?!~ 2)'],
  ['a >= 1 && a <= 2 && a !~ 3 && a != 4', 'and(a >= 1, a <= 2, a !~ 3, a != 4)'],
  [String.raw`a = 'it\'s' && b = "say \"x\""`, String.raw`and(a = "it's", b = "say \"x\"")`],
  [String.raw`a = 'x\ny\tz\rw\\'`, String.raw`a = "x\ny\tz\rw\\"`],
  [String.raw`a = '\%\_\q\u0041'`, String.raw`a = "\\%\\_\\q\\u0041"`],
  [`a = "it's"`, `a = "it's"`],
  ["a = 'é😀'", 'a = "é😀"'],
  ['@request.auth.id != "" && @collection.x:y.z = #a', 'and(@request.auth.id != "", @collection.x:y.z = #a)'],
  ['f(a, 1, "x", g(h())) > 2', 'f(a, 1, "x", g(h())) > 2'],
  ['f(a,) = 1', 'f(a) = 1'],
];

const invalid: readonly (readonly [text: string, reason: string])[] = [
  ['', 'empty filter expression'],
  ['  // only words', 'empty filter expression'],
  ['()', 'empty filter expression'],
  ['a = 1 && ()', 'empty filter expression'],
  ['a', 'invalid or incomplete filter expression'],
  ['a =', 'invalid or incomplete filter expression'],
  ['a = 1 &&', 'invalid or incomplete filter expression'],
  ['a = (1)', 'invalid or incomplete filter expression'],
  ['= 1', 'expected left operand (identifier, function, text or number), got "=" (sign)'],
  ['a = 1 && || b = 2', 'expected left operand (identifier, function, text or number), got "||" (join)'],
  ['a = 1 b = 2', 'expected && or ||, got "b" (identifier)'],
  ['a = 1 or b = 2', 'expected && or ||, got "or" (identifier)'],
  ['1e3 < a', 'expected a sign operator, got "e3" (identifier)'],
  ['a = 1 & b = 2', 'invalid join operator "&"'],
  ['a = 1 &&& b = 2', 'invalid join operator "&&&"'],
  ['a == 1', 'invalid sign operator "=="'],
  ['a <> 1', 'invalid sign operator "<>"'],
  ['a ^ 1', "unexpected character '^'"],
  ['+5 < a', "unexpected character '+'"],
  ['é = 1', "unexpected character 'é'"],
  ['😀 = 1', "unexpected character '😀'"],
  ['a\r\n= 1', "unexpected character '\r'"],
  ['a = 1)', "unexpected character ')'"],
  ['((a = 1)', 'invalid formatted group - missing 1 closing bracket(s)'],
  ['5. < a', 'invalid number "5."'],
  ['1.2.3 < a', 'invalid number "1.2.3"'],
  ['- 1 < a', 'invalid number "-"'],
  ["a = 'x", `invalid quoted text "'x"`],
  [String.raw`a = 'x\'`, String.raw`invalid quoted text "'x\'"`],
  ['a. = 1', 'invalid identifier "a."'],
  ['a: = 1', 'invalid identifier "a:"'],
  ['f(1 = 2', 'invalid or incomplete function "f"'],
  ['a(b(c(d(1)))) = 1', 'max nested function arguments reached (max: 3)'],
];

describe('parsing filters', () => {
  for (const [text, tree] of valid) {
    test(`reads ${JSON.stringify(text)}`, () => assert.equal(show(parseFilter(text)), tree));
  }

  for (const [text, message] of invalid) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseFilter(text),
        (error) => error instanceof RuleError && error.message === message,
        `wanted: ${message}`,
      );
    });
  }

  test('takes 200 comparisons and no more', () => {
    const many = (count: number): string => Array.from({ length: count }, () => 'a = 1').join(' && ');
    assert.equal(parseFilter(many(comparisonsMax)).kind, 'and');
    assert.throws(() => parseFilter(many(comparisonsMax + 1)), RuleError);
  });

  test('takes 3500 bytes from clients, counted in UTF-8', () => {
    const padded = (bytes: number, filler: string): string => {
      const head = 'a = 1 //';
      return head + filler.repeat((bytes - head.length) / Buffer.byteLength(filler));
    };
    assert.ok(parseClientFilter(padded(3500, 'x')));
    assert.ok(parseClientFilter(padded(3500, 'é')));
    assert.throws(() => parseClientFilter(padded(3501, 'x')), RuleError);
    assert.throws(() => parseClientFilter(padded(3502, 'é')), RuleError);
    assert.throws(() => parseFilter(`a = '${'x'.repeat(200_000)}'`), RuleError);
  });

  test('survives ten thousand parentheses', () => {
    const depth = 10_000;
    assert.equal(show(parseFilter(`${'('.repeat(depth)}a = 1${')'.repeat(depth)}`)), 'a = 1');
    assert.throws(() => parseFilter('('.repeat(depth)), RuleError);
    assert.throws(() => parseFilter('f('.repeat(depth)), RuleError);
  });

  test('knows the prefixes that only superusers may use, in quotes too', () => {
    assert.equal(usesForbiddenPrefix('a = 1 && @request.auth.id = 2'), '@request.');
    assert.equal(usesForbiddenPrefix('a = "@collection.x"'), '@collection.');
    assert.equal(usesForbiddenPrefix('@requestx = 1'), null);
  });
});
