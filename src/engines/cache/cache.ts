import { assert } from '../../util/assert.ts';
import type { CacheDriver } from './driver.ts';
import { Versions } from './versions.ts';

export type { CacheDriver } from './driver.ts';
export { Versions } from './versions.ts';

/** Longer keys and values are not kept. */
const keyLengthMax = 8192;
const valueLengthMax = 4 * 1024 * 1024;
const tagsMax = 64;

const separator = '\u0001';
const endOfHead = '\u0002';

/**
 * Text by key with exact invalidation: a value names the tags (collections) it was made from and the moment before they were
 * read; it is answered only while none of them has changed since. Nothing else makes a value old, and nothing needs to be
 * deleted.
 *
 * @example
 * const moment = cache.moment();               // before anything is read
 * const body = await readSomething();
 * cache.set(key, body, ['posts'], moment);     // worthless at once if posts changed meanwhile
 */
export class Cache {
  readonly #driver: CacheDriver;
  readonly #versions: Versions;
  #hits = 0;
  #misses = 0;

  constructor(driver: CacheDriver, versions: Versions = new Versions()) {
    this.#driver = driver;
    this.#versions = versions;
  }

  get stats(): { readonly hits: number; readonly misses: number } {
    return { hits: this.#hits, misses: this.#misses };
  }

  /** The moment to hand to `set`; ask for it before anything is read. */
  moment(): number {
    return this.#versions.moment();
  }

  /** A number that is different after every change of the tag, and never goes back. */
  version(tag: string): number {
    return this.#versions.version(tag);
  }

  /** Notes that what a tag stands for has changed, now visible to every reader. */
  bump(tag: string): void {
    this.#versions.bump(tag);
  }

  /** The value if it is at hand without waiting and nothing it was made from has changed; else null. */
  peek(key: string): string | null {
    const found = this.#driver.get(key);
    return this.#check(typeof found === 'string' ? found : null);
  }

  /** The value if nothing it was made from has changed, else null. Waits when the store is elsewhere. */
  async get(key: string): Promise<string | null> {
    const found = this.#driver.get(key);
    return this.#check(found === null || typeof found === 'string' ? found : await found);
  }

  /** Keeps a value that was made from `tags`, none of them read before `moment`. May keep nothing. */
  set(key: string, value: string, tags: readonly string[], moment: number): void {
    if (key.length > keyLengthMax || value.length > valueLengthMax || tags.length > tagsMax) return;
    for (const tag of tags) {
      assert(!tag.includes(separator) && !tag.includes(endOfHead), 'Cache: a tag with control characters');
      if (this.#versions.version(tag) > moment) return;
    }
    this.#driver.set(key, `${moment}${separator}${tags.join(separator)}${endOfHead}${value}`);
  }

  /** Forgets a value. */
  delete(key: string): void {
    this.#driver.delete(key);
  }

  close(): Promise<void> {
    return this.#driver.close();
  }

  #check(stored: string | null): string | null {
    const value = stored === null ? null : this.#open(stored);
    if (value === null) this.#misses++;
    else this.#hits++;
    return value;
  }

  #open(stored: string): string | null {
    const end = stored.indexOf(endOfHead);
    let at = stored.indexOf(separator);
    if (end < 0 || at < 0 || at > end) return null;
    const moment = Number(stored.slice(0, at));
    while (at < end) {
      const next = stored.indexOf(separator, at + 1);
      const stop = next < 0 || next > end ? end : next;
      if (stop > at + 1 && this.#versions.version(stored.slice(at + 1, stop)) > moment) return null;
      at = stop;
    }
    return stored.slice(end + 1);
  }
}
