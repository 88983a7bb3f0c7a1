import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { openDiskFiles } from '../../../src/engines/files/disk/disk.ts';
import { FileStore } from '../../../src/engines/files/files.ts';
import { type Resizer, ThumbPool } from '../../../src/services/files/thumb-pool.ts';
import { Thumbs } from '../../../src/services/files/thumbs.ts';

const limits = { workersMax: 1, queueMax: 10 };

test('an image that cannot be resized is tried once, however often its thumb is asked for', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'pando-thumbs-'));
  const pool = new ThumbPool(limits);
  let tries = 0;
  const resizer: Resizer = {
    resize(job) {
      tries += 1;
      return pool.resize(job);
    },
  };
  try {
    const store = new FileStore(await openDiskFiles(path.join(folder, 'storage')));
    const source = path.join(folder, 'broken.png');
    await writeFile(source, Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(100)]));
    const key = 'photos_id/photo0000000001/broken_x1.png';
    await store.put(key, source, { contentType: 'image/png', originalName: 'broken.png' });
    const thumbs = new Thumbs(store, path.join(folder, 'temp'), resizer, limits);
    const original = await store.stat(key);
    for (let round = 0; round < 3; round += 1) assert.equal(await thumbs.find(key, original!, '100x100'), null);
    assert.equal(await thumbs.find(key, original!, '50x50'), null);
    assert.equal(tries, 2);
  } finally {
    pool.close();
    await rm(folder, { recursive: true, force: true });
  }
});
