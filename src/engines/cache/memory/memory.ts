import { LRUCache } from 'lru-cache';
import type { CacheDriver } from '../driver.ts';

/** What an entry costs beside its letters: the map's and the list's places. */
const entryBytes = 200;

/**
 * A cache in this process, bounded by bytes; what was used longest ago leaves first.
 *
 * @example new MemoryCache({ bytesMax: 32 * 1024 * 1024 })
 */
export class MemoryCache implements CacheDriver {
  readonly #entries: LRUCache<string, string>;
  #isClosed = false;

  constructor(options: { readonly bytesMax: number }) {
    this.#entries = new LRUCache({
      maxSize: Math.max(options.bytesMax, 1),
      // Two bytes a letter is the worst case; most text is kept with one.
      sizeCalculation: (value, key) => 2 * (value.length + key.length) + entryBytes,
    });
  }

  get(key: string): string | null {
    return this.#entries.get(key) ?? null;
  }

  set(key: string, value: string): void {
    if (!this.#isClosed) this.#entries.set(key, value);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#entries.clear();
    return Promise.resolve();
  }
}
