import type { Readable } from 'node:stream';

/** What is stored beside a blob. */
export interface BlobAttributes {
  /** Sniffed media type. */
  readonly contentType: string;
  readonly originalName: string;
}

/** A blob as found. */
export interface BlobInfo extends BlobAttributes {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
}

/** Bytes `start` to `end`, both inclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * A store of blobs by key (`<collectionId>/<recordId>/<name>`; slashes separate, every other part is an ordinary file name:
 * `FileStore` has checked it). Duties:
 *
 * - `put` moves the file at `sourcePath` in, whole and durable (fsync of file and folder) or not at all; replaces what was there.
 * - `stat` and `open` answer null for a missing key; `open` never reads outside the store, whatever links lie in it.
 * - `delete` of a missing key succeeds. `deletePrefix` removes everything below `prefix + '/'`.
 * - `list` gives the keys below a prefix in byte order, at most `limitMax` per call, after `after`.
 * - `walk` gives every key that is there all the while exactly once, in any order, in pages of at most 1000; others perhaps. It never holds up the
 *   process for long, however many keys there are, and may be left off at any page.
 */
export interface FilesDriver {
  put(key: string, sourcePath: string, attributes: BlobAttributes): Promise<void>;
  stat(key: string): Promise<BlobInfo | null>;
  open(key: string, range?: ByteRange): Promise<Readable | null>;
  delete(key: string): Promise<void>;
  deletePrefix(prefix: string): Promise<void>;
  list(prefix: string, after: string, limitMax: number): Promise<string[]>;
  walk(): AsyncIterable<readonly string[]>;
  close(): Promise<void>;
}
