import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { UploadedFile } from '../../../src/http/types.ts';
import { internalInfo } from '../../../src/services/records/rule-book.ts';
import { FileSweeper } from '../../../src/services/files/sweeper.ts';
import { Bench } from '../collections/bench.ts';

const hourMs = 3_600_000;
const recordId = 'photo0000000001';

/** A data folder with records that have files, and a sweeper whose clock can be moved. */
class Store implements AsyncDisposable {
  readonly bench: Bench;
  readonly sweeper: FileSweeper;
  readonly stop = new AbortController();
  readonly #sources: string;
  #aheadMs = 0;
  #written = 0;

  static async open(): Promise<Store> {
    const bench = await Bench.open();
    const sources = await mkdtemp(path.join(tmpdir(), 'pando-sweeper-'));
    await bench.collections.create({
      id: 'photos_id',
      name: 'photos',
      type: 'base',
      fields: [
        { name: 'image', type: 'file', maxSelect: 1 },
        { name: 'more', type: 'file', maxSelect: 5 },
      ],
    });
    return new Store(bench, sources);
  }

  constructor(bench: Bench, sources: string) {
    this.bench = bench;
    this.#sources = sources;
    const { engines, services } = bench.opened;
    const clock = { now: () => services.clock.now() + this.#aheadMs };
    const { database, files } = engines;
    this.sweeper = new FileSweeper({ files, database, catalogue: services.catalogue, clock, pauseMs: 0 });
  }

  /** Lets time pass. */
  wait(ms: number): void {
    this.#aheadMs += ms;
  }

  /** Puts a blob in place that no record names. */
  async leave(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const source = await this.#write();
      await this.bench.opened.engines.files.put(key, source, { contentType: 'text/plain', originalName: 'x' });
    }
  }

  /** Creates a record with these files; gives their keys. */
  async create(id: string, fields: readonly string[]): Promise<string[]> {
    const files: UploadedFile[] = [];
    for (const key of fields) files.push({ key, originalName: 'a.txt', path: await this.#write(), size: 4 });
    const record = await this.bench.opened.services.writes.create('photos', internalInfo, async () => ({
      data: { id },
      files,
    }));
    const names = [record['image'] as string, ...(record['more'] as readonly string[])].filter((name) => name !== '');
    return names.map((name) => `photos_id/${id}/${name}`);
  }

  async keys(): Promise<string[]> {
    return this.bench.opened.engines.files.list('', '', 1000);
  }

  sweep(): ReturnType<FileSweeper['sweep']> {
    return this.sweeper.sweep(this.stop.signal);
  }

  async #write(): Promise<string> {
    const source = path.join(this.#sources, `source${++this.#written}`);
    await writeFile(source, 'text');
    return source;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bench[Symbol.asyncDispose]();
    await rm(this.#sources, { recursive: true, force: true });
  }
}

test('what no record names goes after an hour; what one names stays', async () => {
  await using store = await Store.open();
  const named = await store.create(recordId, ['image', 'more', 'more']);
  assert.equal(named.length, 3);
  const name = named[0]!.split('/')[2]!;
  const thumb = `photos_id/${recordId}/thumbs_${name}/100x100_${name}`;
  await store.leave(thumb);
  await store.leave(
    `photos_id/${recordId}/old_name.png`,
    `photos_id/${recordId}/thumbs_old_name.png/100x100_old_name.png`,
    'photos_id/gone00000000001/a.png',
    'gone_collection/gone00000000001/a.png',
  );
  const before = await store.keys();
  assert.deepEqual(await store.sweep(), { seen: 8, orphans: 0, removed: 0 });
  store.wait(hourMs - 60_000);
  assert.deepEqual(await store.sweep(), { seen: 8, orphans: 0, removed: 0 });
  assert.deepEqual(await store.keys(), before);
  store.wait(120_000);
  assert.deepEqual(await store.sweep(), { seen: 8, orphans: 4, removed: 4 });
  assert.deepEqual(await store.keys(), [...named, thumb].toSorted());
});

test('what is not made as files of records are is left alone', async () => {
  await using store = await Store.open();
  const strange = ['readme/a', 'photos_id/x/y/z', 'photos_id/x/thumbs_y/z/z'];
  await store.leave(...strange);
  store.wait(2 * hourMs);
  assert.deepEqual(await store.sweep(), { seen: 3, orphans: 0, removed: 0 });
  assert.deepEqual(await store.keys(), strange.toSorted());
});

test('a field that is gone names nothing any more', async () => {
  await using store = await Store.open();
  const [image, more] = await store.create(recordId, ['image', 'more']);
  const collection = await store.bench.collections.view('photos');
  const fields = (collection['fields'] as readonly { name: string }[]).filter(({ name }) => name !== 'more');
  await store.bench.collections.update('photos', { fields: fields as never });
  store.wait(2 * hourMs);
  await store.sweep();
  assert.deepEqual(await store.keys(), [image]);
  assert.ok(more !== undefined);
});

test('a store whose rows are missing is not emptied', async () => {
  await using store = await Store.open();
  const keys = Array.from({ length: 11 }, (_, index) => `photos_id/gone${String(index).padStart(11, '0')}/a.png`);
  await store.leave(...keys);
  store.wait(2 * hourMs);
  assert.deepEqual(await store.sweep(), { seen: 11, orphans: 11, removed: 0 });
  assert.deepEqual(await store.keys(), keys);
  await store.create('photo0000000002', ['image', 'more', 'more', 'more', 'more', 'more']);
  await store.create('photo0000000003', ['image', 'more', 'more', 'more', 'more', 'more']);
  assert.deepEqual(await store.sweep(), { seen: 23, orphans: 11, removed: 11 });
  assert.equal((await store.keys()).length, 12);
});

test('it goes through many blobs, and ends when it is told to', async () => {
  await using store = await Store.open();
  const ids = Array.from({ length: 50 }, (_, index) => `many0000000${String(index).padStart(4, '0')}`);
  for (const id of ids) await store.create(id, ['image', 'more']);
  await store.leave(...ids.map((id) => `photos_id/${id}/left.png`));
  store.wait(2 * hourMs);
  assert.deepEqual(await store.sweep(), { seen: 150, orphans: 50, removed: 50 });
  await store.leave(`photos_id/${ids[0]}/left.png`);
  store.stop.abort();
  assert.equal((await store.sweep()).removed, 0);
});
