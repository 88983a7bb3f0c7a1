import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  createPicker,
  geometricMean,
  median,
  percentile,
  scaled,
  shares,
  spreadOf,
} from '../../../bench/statistics.ts';

describe('percentile', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, index) => index + 1);
  for (const [quantile, expected] of [
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [0.991, 100],
    [1, 100],
  ] as const) {
    it(`takes the nearest rank at ${quantile}`, () => assert.equal(percentile(hundred, quantile), expected));
  }

  it('gives the only value for every quantile', () => {
    assert.equal(percentile(Float64Array.of(7), 0), 7);
    assert.equal(percentile(Float64Array.of(7), 0.99), 7);
  });

  it('is not a number without values', () => assert.equal(percentile(new Float64Array(0), 0.5), Number.NaN));
});

describe('spreadOf', () => {
  it('sorts by number, not by text, and leaves the values as they are', () => {
    const values = Float64Array.of(10, 9, 100, 1);
    assert.deepEqual(spreadOf(values), { best: 1, p50: 9, p99: 100, worst: 100 });
    assert.deepEqual([...values], [10, 9, 100, 1]);
  });
});

describe('geometricMean', () => {
  it('treats twice as fast and twice as slow as even', () => {
    assert.ok(Math.abs(geometricMean([2, 0.5]) - 1) < 1e-12);
  });

  it('is the root of the product', () => assert.ok(Math.abs(geometricMean([2, 4, 8]) - 4) < 1e-12));

  it('does not overflow with many large ratios', () => {
    assert.ok(Math.abs(geometricMean(Array.from({ length: 500 }, () => 1000)) - 1000) < 1e-6);
  });

  it('is not a number without ratios', () => assert.equal(geometricMean([]), Number.NaN));
});

describe('median', () => {
  it('is the middle of an odd number of values, in any order', () => assert.equal(median([30, 4, 200]), 30));
  it('is the mean of the two middle ones of an even number', () => assert.equal(median([1, 10, 3, 2]), 2.5));
  it('is not a number without values', () => assert.equal(median([]), Number.NaN));
});

describe('scaled', () => {
  it('multiplies', () => assert.equal(scaled(1000, 0.25, 10), 250));
  it('stops at the floor', () => assert.equal(scaled(100, 0.001, 10), 10));
  it('does not rise above a full count smaller than the floor', () => assert.equal(scaled(4, 0.001, 10), 4));
  it('may grow', () => assert.equal(scaled(100, 3, 10), 300));
});

describe('shares', () => {
  it('adds up to the whole with parts that differ by one at most', () => {
    assert.deepEqual(shares(10, 3), [4, 3, 3]);
    assert.deepEqual(shares(2, 3), [1, 1, 0]);
    assert.deepEqual(shares(9, 1), [9]);
  });
});

describe('createPicker', () => {
  it('repeats itself for the same seed and not for another', () => {
    const take = (seed: number): number[] => {
      const pick = createPicker(seed);
      return Array.from({ length: 5 }, () => pick());
    };
    assert.deepEqual(take(1), take(1));
    assert.notDeepEqual(take(1), take(2));
  });

  it('spreads over [0, 1)', () => {
    const pick = createPicker(42);
    const tenths = new Array<number>(10).fill(0);
    for (let index = 0; index < 10_000; index += 1) {
      const tenth = Math.floor(pick() * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    assert.ok(tenths.every((count) => count > 850 && count < 1150));
  });
});
