import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countersMax, WindowCounters } from '../../../src/services/guards/window-counters.ts';

const now = 1_800_000_000_000;

describe('window counters', () => {
  it('let so many through in a window, and so many again in the next', () => {
    const counters = new WindowCounters();
    const results = [0, 10, 20, 999].map((later) => counters.take('a', 2, 1000, now + later));
    assert.deepEqual(results, [0, 0, 980, 1]);
    assert.equal(counters.take('a', 2, 1000, now + 1000), 0);
    assert.equal(counters.take('a', 2, 1000, now + 1999), 0);
    assert.equal(counters.take('a', 2, 1000, now + 1999), 1);
  });

  it('count every key by itself', () => {
    const counters = new WindowCounters();
    for (let i = 0; i < 1000; i++) assert.equal(counters.take(`key ${i}`, 1, 1000, now), 0);
    for (let i = 0; i < 1000; i++) assert.equal(counters.take(`key ${i}`, 1, 1000, now), 1000);
  });

  it('count together on the same memory', () => {
    const one = new WindowCounters();
    const other = new WindowCounters(one.buffer);
    assert.equal(one.take('a', 2, 1000, now), 0);
    assert.equal(other.take('a', 2, 1000, now), 0);
    assert.equal(one.take('a', 2, 1000, now), 1000);
    assert.equal(other.take('a', 2, 1000, now), 1000);
  });

  it('stay as large as they are, and give up what ends first', () => {
    const counters = new WindowCounters();
    const size = counters.buffer.byteLength;
    for (let i = 0; i < countersMax * 2; i++) counters.take(`flood ${i}`, 1, 1000, now);
    assert.equal(counters.buffer.byteLength, size);
    counters.take('long', 1, 3_600_000, now);
    for (let i = 0; i < countersMax * 2; i++) counters.take(`second flood ${i}`, 1, 1000, now);
    assert.ok(counters.take('long', 1, 3_600_000, now) > 0);
  });

  it('know no limit that is too large to count to', () => {
    const counters = new WindowCounters();
    for (let i = 0; i < 10; i++) assert.equal(counters.take('a', 10_000_000, 1000, now), 0);
  });
});
