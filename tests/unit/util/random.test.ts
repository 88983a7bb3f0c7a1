import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alphanumeric, lowerAlphanumeric, randomInteger, randomString } from '../../../src/util/random.ts';

test('draws every letter of the alphabet, and about equally often', () => {
  const counts = new Map<string, number>();
  const length = 72_000;
  for (const letter of randomString(length, lowerAlphanumeric)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  assert.equal(counts.size, 36);
  // With 2000 expected and a standard deviation of 44, ten deviations never happen by chance.
  for (const [letter, count] of counts) assert.ok(Math.abs(count - 2000) < 440, `${letter}: ${count}`);
});

test('has the length asked for and repeats nothing', () => {
  const texts = new Set(Array.from({ length: 2000 }, () => randomString(15, alphanumeric)));
  assert.equal(texts.size, 2000);
  for (const text of texts) assert.match(text, /^[A-Za-z0-9]{15}$/);
  assert.equal(randomString(0, 'a'), '');
  assert.equal(randomString(3, 'a'), 'aaa');
});

test('whole numbers stay below the limit and reach its ends', () => {
  const seen = new Set(Array.from({ length: 3000 }, () => randomInteger(3)));
  assert.deepEqual([...seen].sort(), [0, 1, 2]);
  for (const limit of [1, 255, 256, 257, 70_000, 2 ** 32]) assert.ok(randomInteger(limit) < limit);
  assert.equal(randomInteger(1), 0);
  assert.throws(() => randomInteger(0));
  assert.throws(() => randomString(1, ''));
});
