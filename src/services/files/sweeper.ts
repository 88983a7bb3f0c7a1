import type { Database } from '../../engines/database/database.ts';
import type { FileStore } from '../../engines/files/files.ts';
import type { Collection, Schema } from '../../model/collection.ts';
import type { ColumnValue, Row } from '../../model/commit.ts';
import { codecOf } from '../../model/record-codec.ts';
import type { Clock } from '../../util/clock.ts';
import { sleep } from '../../util/sleep.ts';
import type { Catalogue } from '../collections/catalogue.ts';
import { fileNames } from '../records/file-changes.ts';

/** A blob is put in place before the commit that names it: younger ones may still be named. */
const ageMsMin = 3_600_000;
/** Blobs whose rows are asked for by one statement. */
const stepSize = 128;
const pauseMsDefault = 100;
const blobsMax = 50_000_000;
/** Blobs that one sweep removes; further ones are for the next. */
const orphansMax = 10_000;
/** So few may always go. Of more, not more than half of all blobs: else it is the rows that are missing, not the blobs that are left over. */
const orphansAlways = 10;

/** What a sweep did. */
export interface SweepReport {
  /** Blobs looked at. */
  readonly seen: number;
  /** Blobs found that no record names. */
  readonly orphans: number;
  /** Blobs removed: none when there were too many orphans to believe it. */
  readonly removed: number;
}

/** What the sweeper stands on. */
export interface FileSweeperParts {
  readonly files: FileStore;
  readonly database: Database;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  /** Milliseconds between two steps. Default 100: whoever serves requests comes first. */
  readonly pauseMs?: number;
}

/** A blob's key taken apart. */
interface Blob {
  readonly key: string;
  readonly collectionId: string;
  readonly recordId: string;
  /** The file that a record must name: of a thumb, the one it was made from. */
  readonly name: string;
}

/**
 * Removes blobs that no record names. They are left when the process ends between a commit and the removal of what it no longer names, or between a
 * blob's arrival and the commit that would have named it.
 */
export class FileSweeper {
  readonly #parts: FileSweeperParts;

  constructor(parts: FileSweeperParts) {
    this.#parts = parts;
  }

  /** Looks at every blob once, slowly, then removes what is left over. Ends early when the signal is aborted. */
  async sweep(signal: AbortSignal): Promise<SweepReport> {
    const orphans: string[] = [];
    let seen = 0;
    for await (const page of this.#parts.files.walk()) {
      for (const step of stepsOf(page)) {
        orphans.push(...(await this.#orphansAmong(step)));
        seen += step.length;
        await this.#rest(signal);
        if (signal.aborted || seen >= blobsMax || orphans.length >= orphansMax) {
          return { seen, orphans: orphans.length, removed: await this.#remove(orphans, seen, signal) };
        }
      }
    }
    return { seen, orphans: orphans.length, removed: await this.#remove(orphans, seen, signal) };
  }

  async #remove(orphans: readonly string[], seen: number, signal: AbortSignal): Promise<number> {
    if (orphans.length > orphansAlways && orphans.length * 2 > seen) return 0;
    let removed = 0;
    for (const step of stepsOf(orphans)) {
      if (signal.aborted) return removed;
      // Much may have happened since they were found.
      for (const key of await this.#orphansAmong(step)) {
        await this.#parts.files.delete(key);
        removed += 1;
      }
      await this.#rest(signal);
    }
    return removed;
  }

  async #rest(signal: AbortSignal): Promise<void> {
    await sleep(this.#parts.pauseMs ?? pauseMsDefault, signal).catch(() => {});
  }

  async #orphansAmong(keys: readonly string[]): Promise<string[]> {
    const { catalogue, clock, files } = this.#parts;
    const blobs = keys.map(takeApart).filter((blob) => blob !== null);
    if (blobs.length === 0) return [];
    // Asked after the blobs were found: what names one of them by then is seen.
    const named = await catalogue.onNewest((schema) => this.#named(schema, blobs));
    const orphans: string[] = [];
    for (const blob of blobs) {
      if (named.has(`${blob.collectionId}/${blob.recordId}/${blob.name}`)) continue;
      const info = await files.stat(blob.key);
      if (info !== null && clock.now() - info.modifiedAt >= ageMsMin) orphans.push(blob.key);
    }
    return orphans;
  }

  /** `<collection>/<record>/<name>` of every file that the records of these blobs name. */
  async #named(schema: Schema, blobs: readonly Blob[]): Promise<ReadonlySet<string>> {
    const named = new Set<string>();
    for (const collectionId of new Set(blobs.map((blob) => blob.collectionId))) {
      const collection = schema.find(collectionId);
      if (collection?.id !== collectionId || collection.type === 'view') continue;
      const own = blobs.filter((blob) => blob.collectionId === collectionId);
      const ids = [...new Set(own.map((blob) => blob.recordId))];
      for (const row of await this.#rows(collection, ids)) {
        const data = codecOf(collection).decodeRow(row);
        for (const name of fileNames(collection, data)) named.add(`${collectionId}/${data.id as string}/${name}`);
      }
    }
    return named;
  }

  /** The ids and file columns of some records. */
  async #rows(collection: Collection, ids: readonly string[]): Promise<Row[]> {
    const { database } = this.#parts;
    const { identifier } = database.dialect;
    const fields = collection.fields.filter((field) => field.type === 'file');
    if (fields.length === 0) return [];
    const columns = ['id', ...fields.map((field) => field.name)];
    const marks = Array<string>(stepSize).fill('?').join(',');
    const params: ColumnValue[] = Array.from({ length: stepSize }, (_, index) => ids[index] ?? ids[0]!);
    const rows = await database.read({
      sql: `SELECT ${columns.map(identifier).join(', ')} FROM ${identifier(collection.name)} WHERE ${identifier('id')} IN (${marks})`,
      params,
      tables: [collection.name],
      purpose: 'decide',
    });
    return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]!])));
  }
}

function* stepsOf(keys: readonly string[]): Generator<readonly string[], void, void> {
  for (let start = 0; start < keys.length; start += stepSize) yield keys.slice(start, start + stepSize);
}

/** Null for a key that is not made as those of records are: it is not ours to remove. */
function takeApart(key: string): Blob | null {
  const [collectionId, recordId, name, thumb, ...rest] = key.split('/');
  if (collectionId === undefined || recordId === undefined || name === undefined || rest.length > 0) return null;
  if (thumb === undefined) return { key, collectionId, recordId, name };
  const prefix = 'thumbs_';
  return name.startsWith(prefix) ? { key, collectionId, recordId, name: name.slice(prefix.length) } : null;
}
