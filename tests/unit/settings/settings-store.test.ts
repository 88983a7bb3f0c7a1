import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Cache } from '../../../src/engines/cache/cache.ts';
import { MemoryCache } from '../../../src/engines/cache/memory/memory.ts';
import { Database } from '../../../src/engines/database/database.ts';
import { openSqlite } from '../../../src/engines/database/sqlite/sqlite.ts';
import { ApiError } from '../../../src/model/errors.ts';
import { bootstrap, paramsTable } from '../../../src/services/collections/bootstrap.ts';
import { SettingsStore } from '../../../src/services/settings/settings-store.ts';
import { defaultSettings } from '../../../src/services/settings/settings.ts';

let folder: string;
let database: Database;
let cache: Cache;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pando-settings-'));
  database = new Database(await openSqlite(folder));
  cache = new Cache(new MemoryCache({ bytesMax: 1024 }));
  database.onDurable((entries) => {
    for (const { changes } of entries) for (const { table } of changes) cache.bump(table);
  });
  await bootstrap(database);
});

afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('settings store', () => {
  it('gives the defaults as long as nothing was stored', async () => {
    assert.deepEqual(await new SettingsStore(database, cache).read(), defaultSettings);
  });

  it('stores a change for everybody, at once', async () => {
    const [one, other] = [new SettingsStore(database, cache), new SettingsStore(database, cache)];
    await other.read();
    const changed = await one.update({ meta: { appName: 'Grove' }, smtp: { password: 'secret' } });
    assert.equal(changed.meta.appName, 'Grove');
    assert.equal(other.peek(), null);
    assert.equal((await other.read()).meta.appName, 'Grove');
    assert.equal((await other.read()).smtp.password, 'secret');
    assert.equal(other.peek()?.meta.appName, 'Grove');
  });

  it('keeps the same object while the settings are the same, whatever else changes', async () => {
    const store = new SettingsStore(database, cache);
    await store.update({ meta: { appName: 'Grove' } });
    const before = await store.read();
    cache.bump(paramsTable);
    assert.equal(store.peek(), null);
    assert.equal(await store.read(), before);
    await store.update({ meta: { appName: 'Other' } });
    assert.notEqual(await store.read(), before);
  });

  it('loses none of several changes at the same moment', async () => {
    const store = new SettingsStore(database, cache);
    await Promise.all([
      store.update({ meta: { appName: 'Grove' } }),
      store.update({ batch: { maxRequests: 7 } }),
      store.update({ logs: { maxDays: 0 } }),
    ]);
    const { meta, batch, logs } = await store.read();
    assert.deepEqual([meta.appName, batch.maxRequests, logs.maxDays], ['Grove', 7, 0]);
  });

  it('refuses what is wrong and keeps nothing of it', async () => {
    const store = new SettingsStore(database, cache);
    const isRefusal = (message: string) => (error: unknown) =>
      error instanceof ApiError && error.status === 400 && error.message === message;
    const wrongValue = store.update({ meta: { appName: '', senderName: 'New' } });
    await assert.rejects(wrongValue, isRefusal('An error occurred while saving the new settings.'));
    const wrongType = store.update({ meta: { appName: 1 } });
    await assert.rejects(wrongType, isRefusal('An error occurred while loading the submitted data.'));
    assert.deepEqual(await store.read(), defaultSettings);
  });

  it('gives the change that lets rate limits follow a renamed collection', async () => {
    const store = new SettingsStore(database, cache);
    assert.equal(await store.changeForRenames([['posts', 'articles']]), null);
    await store.update({ rateLimits: { rules: [{ label: 'posts:list', duration: 1, maxRequests: 1 }] } });
    const change = await store.changeForRenames([['posts', 'articles']]);
    assert.ok(change !== null);
    const outcome = await database.commit({ key: null, bucket: null, expects: [], changes: [change] });
    assert.equal(outcome.kind, 'done');
    assert.equal((await store.read()).rateLimits.rules[0]?.label, 'articles:list');
  });
});
