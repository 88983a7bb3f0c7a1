import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Cache } from '../../../src/engines/cache/cache.ts';
import { MemoryCache } from '../../../src/engines/cache/memory/memory.ts';
import { Database } from '../../../src/engines/database/database.ts';
import { openSqlite } from '../../../src/engines/database/sqlite/sqlite.ts';
import type { ApiRequest, Route } from '../../../src/http/types.ts';
import { ApiError } from '../../../src/model/errors.ts';
import { guest, type StoredRecord, type Viewer } from '../../../src/model/record.ts';
import { bootstrap } from '../../../src/services/collections/bootstrap.ts';
import { RateLimiter } from '../../../src/services/guards/rate-limiter.ts';
import { SuperuserIps } from '../../../src/services/guards/superuser-ips.ts';
import { SettingsStore } from '../../../src/services/settings/settings-store.ts';

let folder: string;
let database: Database;
let settings: SettingsStore;
let limiter: RateLimiter;
let nowMs: number;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pando-guards-'));
  database = new Database(await openSqlite(folder));
  const cache = new Cache(new MemoryCache({ bytesMax: 1024 }));
  database.onDurable((entries) => {
    for (const { changes } of entries) for (const { table } of changes) cache.bump(table);
  });
  await bootstrap(database);
  settings = new SettingsStore(database, cache);
  nowMs = 1_800_000_000_000;
  limiter = new RateLimiter({
    settings,
    findCollection: (name) => (name === 'posts' || name === 'pbc_1' ? { id: 'pbc_1', name: 'posts' } : undefined),
    clock: { now: () => nowMs },
  });
});

afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

const record = { id: 'r' } as StoredRecord;
const member: Viewer = { auth: record, isSuperuser: false };
const superuser: Viewer = { auth: record, isSuperuser: true };
const recordsPath = '/api/collections/posts/records';
const createRoute: Route = {
  method: 'POST',
  path: '/api/collections/:collection/records',
  tags: ['create'],
  access: 'public',
  handle: async () => ({ kind: 'empty' }),
};

function requestOf(more: Partial<ApiRequest> = {}): ApiRequest {
  const plain = { method: 'GET', path: '/api/health', params: {}, viewer: guest, remoteIp: '203.0.113.1' };
  return { ...plain, ...more } as ApiRequest;
}

const creation = requestOf({ method: 'POST', path: recordsPath, params: { collection: 'posts' } });
const batched = { method: 'POST', path: recordsPath, viewer: guest, remoteIp: '203.0.113.1' };

/** The statuses of so many calls; 200 when one passed. */
async function statuses(count: number, call: () => void | Promise<void>): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < count; i++) {
    try {
      await call();
      all.push(200);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      all.push(error.status);
    }
  }
  return all;
}

function limitTo(maxRequests: number, label = '/api/', duration = 60): Promise<unknown> {
  return settings.update({ rateLimits: { enabled: true, rules: [{ label, audience: '', duration, maxRequests }] } });
}

describe('rate limiter', () => {
  it('does nothing while limits are off', async () => {
    assert.deepEqual(await statuses(500, () => limiter.guard(requestOf(), undefined)), Array(500).fill(200));
  });

  it('answers 429 with the time to wait, per address, until the window ends', async () => {
    await limitTo(2);
    assert.deepEqual(await statuses(3, () => limiter.guard(requestOf(), undefined)), [200, 200, 429]);
    assert.deepEqual(await statuses(1, () => limiter.guard(requestOf({ remoteIp: '203.0.113.2' }), undefined)), [200]);
    nowMs += 30_000;
    await assert.rejects(
      async () => limiter.guard(requestOf(), undefined),
      (error: unknown) => error instanceof ApiError && error.status === 429 && error.retryAfterS === 30,
    );
    nowMs += 30_000;
    assert.deepEqual(await statuses(3, () => limiter.guard(requestOf(), undefined)), [200, 200, 429]);
  });

  it('does not count superusers and excluded addresses', async () => {
    await limitTo(1);
    await settings.update({ rateLimits: { excludedIPs: ['10.0.0.0/8'] } });
    const passes = async (more: Partial<ApiRequest>): Promise<void> => {
      assert.deepEqual(await statuses(3, () => limiter.guard(requestOf(more), undefined)), [200, 200, 200]);
    };
    await passes({ viewer: superuser });
    await passes({ remoteIp: '10.1.2.3' });
    assert.deepEqual(await statuses(2, () => limiter.guard(requestOf({ viewer: member }), undefined)), [200, 429]);
  });

  it('starts anew with every change of the settings', async () => {
    await limitTo(1);
    assert.deepEqual(await statuses(2, () => limiter.guard(requestOf(), undefined)), [200, 429]);
    await settings.update({ meta: { appName: 'Other' } });
    assert.deepEqual(await statuses(2, () => limiter.guard(requestOf(), undefined)), [200, 429]);
  });

  it('finds a collection by its id too, and does not count one that does not exist', async () => {
    await limitTo(1, 'posts:create');
    const byId = requestOf({ ...creation, params: { collection: 'pbc_1' } });
    assert.deepEqual(await statuses(1, () => limiter.guard(creation, createRoute)), [200]);
    assert.deepEqual(await statuses(1, () => limiter.guard(byId, createRoute)), [429]);
    await limitTo(1, '/api/');
    const unknown = requestOf({ ...creation, params: { collection: 'nothing' } });
    assert.deepEqual(await statuses(2, () => limiter.guard(unknown, createRoute)), [200, 200]);
  });

  it('counts the requests of a batch as if they had come by themselves', async () => {
    await limitTo(3, '*:create');
    await settings.read();
    assert.deepEqual(await statuses(1, () => limiter.guard(creation, createRoute)), [200]);
    assert.deepEqual(await statuses(3, () => limiter.checkBatched(batched)), [200, 200, 429]);
    assert.deepEqual(await statuses(1, () => limiter.checkBatched({ ...batched, method: 'PUT' })), [429]);
    assert.deepEqual(await statuses(1, () => limiter.checkBatched({ ...batched, viewer: superuser })), [200]);
    assert.deepEqual(await statuses(1, () => limiter.guard(creation, createRoute)), [429]);
  });

  it('reads paths as they are meant, however they are escaped', async () => {
    const escaped = '/api/collections/%70osts/records';
    await limitTo(2, 'posts:create');
    await settings.read();
    assert.deepEqual(await statuses(1, () => limiter.checkBatched({ ...batched, path: escaped })), [200]);
    assert.deepEqual(await statuses(2, () => limiter.checkBatched(batched)), [200, 429]);
    await limitTo(1, `POST ${recordsPath}`);
    const request = requestOf({ ...creation, path: escaped });
    assert.deepEqual(await statuses(1, () => limiter.guard(creation, createRoute)), [200]);
    assert.deepEqual(await statuses(1, () => limiter.guard(request, createRoute)), [429]);
  });
});

describe('addresses of superusers', () => {
  it('are not asked for while the list is empty', async () => {
    const ips = new SuperuserIps(settings);
    assert.deepEqual(await statuses(1, () => ips.guard(requestOf({ viewer: superuser }), undefined)), [200]);
  });

  it('keep superusers from elsewhere out, and nobody else', async () => {
    const ips = new SuperuserIps(settings);
    await settings.update({ superuserIPs: ['10.0.0.0/8'] });
    const status = (more: Partial<ApiRequest>): Promise<number[]> =>
      statuses(1, () => ips.guard(requestOf(more), undefined));
    assert.deepEqual(await status({ viewer: superuser }), [403]);
    assert.deepEqual(await status({ viewer: superuser, remoteIp: '10.9.9.9' }), [200]);
    assert.deepEqual(await status({ viewer: member }), [200]);
    assert.deepEqual(await status({}), [200]);
    assert.deepEqual(await statuses(1, () => ips.check('203.0.113.1')), [403]);
    await settings.update({ superuserIPs: [] });
    assert.deepEqual(await status({ viewer: superuser }), [200]);
  });
});
