import type { Readable } from 'node:stream';
import { assert } from '../../util/assert.ts';
import type { BlobAttributes, BlobInfo, ByteRange, FilesDriver } from './driver.ts';

export type { BlobAttributes, BlobInfo, ByteRange, FilesDriver } from './driver.ts';

/** Bytes of a whole key, and of one part of it: a file system's name of 255 with room for what drivers put around it. */
const keyBytesMax = 900;
const partBytesMax = 240;
const partsMax = 8;
/** Ends the names of what is stored beside a blob, so no blob's name may. */
const reservedEnding = '.attrs';
/** Keys that one call of `list` gives at most. */
export const listPageMax = 1000;

/**
 * True when a key may name a blob: at least two parts between slashes, each an ordinary file name (not empty, `.` or `..`, no control
 * character, backslash or leading dot, not ending in `.attrs`), at most 240 bytes each and 900 in all.
 *
 * @example isFileKey('pbc_1/rec1/photo_x1.png') // true
 * @example isFileKey('pbc_1/../data.db') // false
 */
export function isFileKey(key: string): boolean {
  const parts = key.split('/');
  return (
    parts.length >= 2 &&
    parts.length <= partsMax &&
    Buffer.byteLength(key) <= keyBytesMax &&
    parts.every(isFileName) &&
    !key.toLowerCase().endsWith(reservedEnding)
  );
}

function isFileName(part: string): boolean {
  return (
    part !== '' &&
    !part.startsWith('.') &&
    Buffer.byteLength(part) <= partBytesMax &&
    // A lone surrogate has no bytes of its own: two names would become one.
    part.isWellFormed() &&
    !/[\\\p{Cc}]/u.test(part)
  );
}

/**
 * The blobs of an app as everyone uses them: a driver behind one check of keys. A key that cannot exist is a missing blob to
 * readers, because keys come from addresses; to writers it is a programmer's error.
 */
export class FileStore implements AsyncDisposable {
  readonly #driver: FilesDriver;

  constructor(driver: FilesDriver) {
    this.#driver = driver;
  }

  /** Moves the file at `sourcePath` in, whole and durable or not at all; replaces what was there. */
  put(key: string, sourcePath: string, attributes: BlobAttributes): Promise<void> {
    assert(isFileKey(key), `FileStore: bad key ${JSON.stringify(key)}`);
    return this.#driver.put(key, sourcePath, attributes);
  }

  /** What is known of a blob, or null. */
  async stat(key: string): Promise<BlobInfo | null> {
    return isFileKey(key) ? this.#driver.stat(key) : null;
  }

  /**
   * The bytes of a blob (both ends of the range included; must lie within it), or null. The stream must be read to its end or
   * destroyed.
   */
  async open(key: string, range?: ByteRange): Promise<Readable | null> {
    assert(range === undefined || (range.start >= 0 && range.end >= range.start), 'FileStore: bad range');
    return isFileKey(key) ? this.#driver.open(key, range) : null;
  }

  /** Removes a blob; a missing one is fine. */
  async delete(key: string): Promise<void> {
    if (isFileKey(key)) await this.#driver.delete(key);
  }

  /** Removes everything below `prefix + '/'`. */
  deletePrefix(prefix: string): Promise<void> {
    assert(isPrefix(prefix), `FileStore: bad prefix ${JSON.stringify(prefix)}`);
    return this.#driver.deletePrefix(prefix);
  }

  /** Keys below `prefix + '/'` (`''` = all) in byte order that come after `after`, at most `limitMax` (1 to 1000). */
  list(prefix: string, after: string, limitMax: number): Promise<string[]> {
    assert(prefix === '' || isPrefix(prefix), `FileStore: bad prefix ${JSON.stringify(prefix)}`);
    assert(limitMax >= 1 && limitMax <= listPageMax, 'FileStore: limitMax out of bounds');
    return this.#driver.list(prefix, after, limitMax);
  }

  /** All keys, in any order, in pages of at most 1000: for work on the whole store, which may take long. */
  walk(): AsyncIterable<readonly string[]> {
    return this.#driver.walk();
  }

  close(): Promise<void> {
    return this.#driver.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function isPrefix(prefix: string): boolean {
  const parts = prefix.split('/');
  return parts.length < partsMax && parts.every(isFileName);
}
