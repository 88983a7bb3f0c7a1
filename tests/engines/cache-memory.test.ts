import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Cache, Versions } from '../../src/engines/cache/cache.ts';
import { testCacheDriver } from '../../src/engines/cache/contract.ts';
import { MemoryCache } from '../../src/engines/cache/memory/memory.ts';

const mebibyte = 1024 * 1024;

testCacheDriver('memory', async () => new MemoryCache({ bytesMax: 4 * mebibyte }));

describe('memory cache', () => {
  it('stays within its bytes, forgetting what was used longest ago', () => {
    const cache = new MemoryCache({ bytesMax: mebibyte });
    for (let i = 0; i < 100; i++) {
      cache.set(`k${i}`, 'x'.repeat(50_000));
      cache.get('k0');
    }
    const kept = Array.from({ length: 100 }, (_, i) => cache.get(`k${i}`)).filter((value) => value !== null);
    assert.ok(kept.length >= 5 && kept.length * 100_000 <= mebibyte, String(kept.length));
    assert.notEqual(cache.get('k0'), null);
    assert.notEqual(cache.get('k99'), null);
    cache.set('big', 'x'.repeat(mebibyte));
    assert.equal(cache.get('big'), null);
  });
});

describe('cache', () => {
  const createCache = (): Cache => new Cache(new MemoryCache({ bytesMax: mebibyte }));

  it('answers a value until one of its tags changes', async () => {
    const cache = createCache();
    cache.set('list', 'body', ['posts', 'users'], cache.moment());
    cache.set('free', 'for ever', [], cache.moment());
    assert.equal(cache.peek('list'), 'body');
    cache.bump('comments');
    assert.equal(await cache.get('list'), 'body');
    cache.bump('users');
    assert.equal(cache.peek('list'), null);
    assert.equal(await cache.get('list'), null);
    assert.equal(cache.peek('free'), 'for ever');
    assert.deepEqual(cache.stats, { hits: 3, misses: 2 });
  });

  it('keeps nothing that changed while it was made', () => {
    const cache = createCache();
    const moment = cache.moment();
    cache.bump('posts');
    cache.set('list', 'old', ['posts'], moment);
    assert.equal(cache.peek('list'), null);
    cache.set('list', 'new', ['posts'], cache.moment());
    assert.equal(cache.peek('list'), 'new');
  });

  it('gives a tag a version that only rises', () => {
    const cache = createCache();
    const seen = [cache.version('posts')];
    for (let i = 0; i < 3; i++) {
      cache.bump('posts');
      seen.push(cache.version('posts'));
    }
    assert.equal(new Set(seen).size, 4);
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    );
  });

  it('keeps values apart that look like its own marks', () => {
    const cache = createCache();
    const odd = '1\u0001posts\u0002x';
    cache.set('odd', odd, [], cache.moment());
    assert.equal(cache.peek('odd'), odd);
    assert.throws(() => cache.set('bad', '', ['a\u0002b'], cache.moment()), { name: 'AssertionError' });
  });

  it('shares what it knows with other threads', async () => {
    const versions = new Versions();
    const cache = new Cache(new MemoryCache({ bytesMax: mebibyte }), versions);
    cache.set('list', 'body', ['posts'], cache.moment());
    cache.set('other', 'body', ['other'], cache.moment());
    const worker = new Worker(new URL('./threads/versions-thread.ts', import.meta.url), {
      workerData: { buffer: versions.buffer, tag: 'posts', times: 1000 },
    });
    for (let i = 0; i < 1000; i++) cache.bump('mine');
    await once(worker, 'exit');
    assert.equal(cache.peek('list'), null);
    assert.equal(cache.peek('other'), 'body');
    assert.equal(cache.moment(), 2000);
  });
});
