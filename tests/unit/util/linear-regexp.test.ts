import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LruMap } from '../../../src/util/lru-map.ts';
import { compilePattern, patternError } from '../../../src/util/linear-regexp.ts';

test('matches as the syntax says', () => {
  const cases: [string, string, boolean][] = [
    ['^[a-z0-9]+$', 'abc1', true],
    ['^[a-z0-9]+$', 'aBc', false],
    ['(?i)héLLo', 'xHÉlloy', true],
    ['(?i)[a-c]+$', 'ABC', true],
    ['^.{2}$', '😀a', true],
    ['^.$', '\n', false],
    ['(?s)^.$', '\n', true],
    ['\\bfoo\\b', 'a foo b', true],
    ['\\bfoo\\b', 'afoo', false],
    ['foo\\B', 'foot', true],
    ['(?m)^b$', 'a\nb\nc', true],
    ['^b$', 'a\nb\nc', false],
    ['a$', 'a\n', false],
    ['\\Aa\\z', 'a', true],
    ['^\\p{L}+$', 'Жук', true],
    ['^\\P{L}+$', 'Жук', false],
    ['^\\p{Greek}$', 'α', true],
    ['^[^\\pN]$', '5', false],
    ['', '', true],
    ['x*', '', true],
    ['^(?:ab|cd){2,3}$', 'abcdab', true],
    ['^(?:ab|cd){2,3}$', 'ab', false],
    ['^(?P<year>\\d{4})-(?<month>\\d\\d)$', '2024-01', true],
    ['^a{1,255}$', 'a'.repeat(255), true],
    ['^a{1,255}$', 'a'.repeat(256), false],
    ['^\\Qa.b\\E$', 'a.b', true],
    ['^a{,2}$', 'a{,2}', true],
    ['^[[:alpha:]]+$', 'ab', true],
    ['^[[:^alpha:]]+$', 'ab', false],
    ['^[]a-]+$', ']-a', true],
    ['^\\x41\\x{1F600}\\101$', 'A😀A', true],
    ['^(a*)*$', 'aaa', true],
    ['^(|a)+$', 'aa', true],
    ['(?i:A)b', 'ab', true],
    ['(?i:A)b', 'aB', false],
    ['^\\w+$', 'é', false],
  ];
  for (const [pattern, text, isMatch] of cases) {
    assert.equal(compilePattern(pattern).test(text), isMatch, `${pattern} on ${text.slice(0, 20)}`);
  }
});

test('refuses what is no pattern, by name', () => {
  const cases: [string, string][] = [
    ['[a', 'missing closing ]: `[a`'],
    ['(a', 'missing closing ): `(a`'],
    ['a)', 'unexpected ): `a)`'],
    ['*a', 'missing argument to repetition operator: `*`'],
    ['{2}', 'missing argument to repetition operator: `{2}`'],
    ['a**', 'invalid nested repetition operator: `**`'],
    ['a{1001}', 'invalid repeat count: `{1001}`'],
    ['a{2,1}', 'invalid repeat count: `{2,1}`'],
    ['\\', 'trailing backslash at end of expression: ``'],
    ['\\q', 'invalid escape sequence: `\\q`'],
    ['(\\w)\\1', 'invalid escape sequence: `\\1`'],
    ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['[z-a]', 'invalid character class range: `z-a`'],
    ['\\p{Foo}', 'invalid character class range: `\\p{Foo}`'],
    ['[[:constructor:]]', 'invalid character class range: `[:constructor:]`'],
  ];
  for (const [pattern, mistake] of cases) {
    assert.equal(patternError(pattern), `error parsing regexp: ${mistake}`);
    assert.throws(() => compilePattern(pattern));
  }
  assert.notEqual(patternError('((a{100}){100})'), null);
  assert.notEqual(patternError('('.repeat(5000)), null);
  assert.notEqual(patternError('a'.repeat(20_000)), null);
  assert.equal(patternError('^(a+)+$'), null);
});

test('work grows with the text, not with the ways to match it', () => {
  for (const pattern of ['^(a+)+$', '^(a|a)*$', '^(([a-z])+.)+[A-Z]([a-z])+$', '(.*a){20}b']) {
    // Backtracking would take longer than the universe has.
    assert.equal(compilePattern(pattern).test(`${'a'.repeat(5000)}!`), false, pattern);
  }
  const many = Array.from({ length: 3000 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join('');
  assert.equal(compilePattern('^\\p{Han}+$').test(many), true);
});

test('agrees with the platform wherever both can run a pattern', () => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '\\d', '(a|b)', '(?:ab)', '^', '$', '\\b', '(a*)');
  const repeated = fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{1,3}', '*?')).map(([part, operator]) => {
    const isAnchor = part === '^' || part === '$' || part === '\\b';
    return isAnchor ? part : part + operator;
  });
  const pattern = fc.array(fc.oneof(repeated, fc.constant('|')), { maxLength: 6 }).map((parts) => parts.join(''));
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', ' ', '-'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (source, value) => {
      assert.equal(compilePattern(source).test(value), new RegExp(source, 'u').test(value));
    }),
    { numRuns: 3000 },
  );
});

test('an LRU map forgets what was used longest ago', () => {
  const map = new LruMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  assert.equal(map.get('a'), 1);
  map.set('c', 3);
  assert.equal(map.get('b'), undefined);
  assert.equal(map.get('a'), 1);
  assert.equal(map.size, 2);
  map.delete('a');
  map.clear();
  assert.equal(map.size, 0);
});
