import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autogenerate, AutogenerateError } from '../../../src/model/fields/autogenerate.ts';
import { compilePattern, patternError } from '../../../src/util/linear-regexp.ts';

test('what is generated is matched by the pattern', () => {
  const patterns =
    '[a-z0-9]{15} [a-zA-Z0-9]{50} a|b|cd (ab|c){2,4}x \\d{3}-\\d{3} .{20} [^a]{5} \\p{Greek}{3} \\W \\D{3} [а-я]{4} ' +
    '(?i)abc [[:alpha:]]+ x*y+z? a{3,} \\x{1F600} x{0} (?s). \\PL \\p{Han}';
  for (const pattern of [...patterns.split(' '), '']) {
    assert.equal(patternError(pattern), null);
    const whole = compilePattern(`^(?:${pattern})$`);
    for (let count = 0; count < 20; count++) {
      const text = autogenerate(pattern);
      assert.ok(whole.test(text), `${pattern}: ${JSON.stringify(text)}`);
      assert.ok(text.isWellFormed());
    }
  }
});

test('repeats as often as promised', () => {
  const lengths = (pattern: string): number[] => {
    const seen = new Set(Array.from({ length: 400 }, () => autogenerate(pattern).length));
    return [...seen].sort((left, right) => left - right);
  };
  assert.deepEqual(lengths('a*'), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(lengths('a+'), [1, 2, 3, 4, 5]);
  assert.deepEqual(lengths('a{2,4}'), [2, 3]);
  assert.deepEqual(lengths('a{3}'), [3]);
  assert.deepEqual(lengths('a?'), [0]);
  assert.match(autogenerate('.{300}'), /^[A-Za-z0-9]{300}$/);
});

test('refuses what stands for no character, and what would never end', () => {
  for (const pattern of ['^a', 'a$', '\\ba', '(a|)']) {
    assert.throws(() => autogenerate(pattern), AutogenerateError, pattern);
  }
  assert.throws(() => autogenerate('[^\\x00-\\x{10FFFF}]'), AutogenerateError);
});
