import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CacheDriver } from './driver.ts';

/** Registers the tests that every cache driver must pass. `create` gives an empty store with room for at least 1 MiB. */
export function testCacheDriver(name: string, create: () => Promise<CacheDriver>): void {
  describe(`cache driver contract: ${name}`, () => {
    let cache: CacheDriver;
    before(async () => {
      cache = await create();
    });
    after(() => cache.close());

    it('gives back what was set, or nothing', async () => {
      assert.equal(await cache.get('never'), null);
      for (const value of ['plain', '', 'déjà \u{1F333}\u0000\u0001\n', 'x'.repeat(100_000)]) {
        cache.set('key', value);
        const found = await cache.get('key');
        assert.ok(found === value || found === null);
      }
      cache.set('key é\u{1F333}', 'other');
      assert.ok([null, 'other'].includes(await cache.get('key é\u{1F333}')));
    });

    it('forgets what was deleted, at once for whoever deleted it', async () => {
      cache.set('gone', 'x');
      cache.delete('gone');
      cache.delete('never there');
      assert.equal(await cache.get('gone'), null);
    });

    it('never gives an older value than the last one set', async () => {
      for (let i = 0; i < 100; i++) {
        cache.set('counter', String(i));
        const found = await cache.get('counter');
        assert.ok(found === String(i) || found === null);
      }
    });

    it('closes twice, and answers nothing afterwards', async () => {
      const other = await create();
      other.set('key', 'value');
      await other.close();
      await other.close();
      assert.equal(await other.get('key'), null);
      other.set('key', 'value');
      other.delete('key');
    });
  });
}
