import { mkdir, rm } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LRUCache } from 'lru-cache';
import type { BlobInfo, FileStore } from '../../engines/files/files.ts';
import type { FileField } from '../../model/fields/field.ts';
import { Semaphore } from '../../util/async.ts';
import { lowerAlphanumeric, randomString } from '../../util/random.ts';
import { thumbKeyOf } from './keys.ts';
import type { Resizer } from './thumb-pool.ts';
import type { ThumbFormat } from './thumb-process.ts';

/** Thumbs that every image has, whatever its field says. */
const alwaysAllowed = '100x100';
/** Bytes of an original that is still looked at. */
const originalBytesMax = 64 * 1024 * 1024;

/** Thumbs that could not be made and are not tried again for a while. */
const hopelessMax = 10_000;
const hopelessMs = 600_000;

/** Which originals have thumbs, and in which format those are kept. */
const formats: { readonly [contentType: string]: ThumbFormat } = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'png',
};

/** How many thumbs may be in the making at once. */
export interface ThumbLimits {
  readonly workersMax: number;
  /** Thumbs that may wait; for more the original is served. */
  readonly queueMax: number;
}

/**
 * Makes thumbs when they are first asked for and keeps them beside the original. Strange images are decoded in a process that can be
 * killed; whatever cannot be made in time is served as the original.
 */
export class Thumbs {
  readonly #store: FileStore;
  readonly #tempDir: string;
  readonly #resizer: Resizer;
  readonly #slots: Semaphore;
  readonly #making = new Map<string, Promise<boolean>>();
  /** Thumbs that could not be made: an image that takes too long must not take it again for everybody who asks. */
  readonly #hopeless = new LRUCache<string, true>({ max: hopelessMax, ttl: hopelessMs });

  constructor(store: FileStore, tempDir: string, resizer: Resizer, limits: ThumbLimits) {
    this.#store = store;
    this.#tempDir = tempDir;
    this.#resizer = resizer;
    this.#slots = new Semaphore('thumbs', { concurrencyMax: limits.workersMax, queueMax: limits.queueMax });
  }

  /** True when this file may have this thumb at all. */
  isAllowed(field: FileField, original: BlobInfo, size: string): boolean {
    if (!Object.hasOwn(formats, original.contentType.split(';', 1)[0]!) || original.size > originalBytesMax)
      return false;
    return size === alwaysAllowed || (field.thumbs?.includes(size) ?? false);
  }

  /** The key of a thumb, made now if it is not there yet; null when it cannot be made. */
  async find(key: string, original: BlobInfo, size: string): Promise<string | null> {
    const thumbKey = thumbKeyOf(key, size);
    if (this.#hopeless.has(thumbKey)) return null;
    if ((await this.#store.stat(thumbKey)) !== null) return thumbKey;
    let making = this.#making.get(thumbKey);
    if (making === undefined) {
      making = this.#make(key, thumbKey, original, size).finally(() => this.#making.delete(thumbKey));
      this.#making.set(thumbKey, making);
    }
    return (await making) ? thumbKey : null;
  }

  async #make(key: string, thumbKey: string, original: BlobInfo, size: string): Promise<boolean> {
    const name = randomString(15, lowerAlphanumeric);
    const from = join(this.#tempDir, `${name}.original`);
    const to = join(this.#tempDir, `${name}.thumb`);
    const format = formats[original.contentType.split(';', 1)[0]!]!;
    try {
      return await this.#slots.run(async () => {
        const bytes = await this.#store.open(key);
        if (bytes === null) return false;
        await mkdir(this.#tempDir, { recursive: true });
        await pipeline(bytes, createWriteStream(from, { mode: 0o600 }));
        if (!(await this.#resizer.resize({ from, to, size, format }))) {
          this.#hopeless.set(thumbKey, true);
          return false;
        }
        await this.#store.put(thumbKey, to, { contentType: `image/${format}`, originalName: original.originalName });
        return true;
      });
    } catch {
      // A full queue, a broken image, a full disk: the original is served instead.
      return false;
    } finally {
      await Promise.all([rm(from, { force: true }), rm(to, { force: true })]);
    }
  }
}
