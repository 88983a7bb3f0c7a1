import { copyFile, link } from 'node:fs/promises';
import type { FileStore } from '../../engines/files/files.ts';
import type { UploadedFile } from '../../http/types.ts';
import type { Collection } from '../../model/collection.ts';
import type { DraftData } from '../../model/fields/field-type.ts';
import { createStoredFileName, uploadsOf } from '../../model/fields/file.ts';
import { UploadedFileValue } from '../../model/fields/file-value.ts';
import { cleanOriginalName } from '../../model/fields/file-name.ts';
import type { RecordData, StoredRecord } from '../../model/record.ts';
import { Semaphore } from '../../util/async.ts';
import { lowerAlphanumeric, randomString } from '../../util/random.ts';
import { fileKeyOf, thumbsPrefixOf } from '../files/keys.ts';
import { sniffFile } from '../files/sniff.ts';
import { type NamedUploads, nameUploads } from './draft.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** Removed records whose files may still be there before those who remove more have to wait. */
const removalsWaitingMax = 1000;

/** Reports files that could not be removed. Nothing names them any more; the sweeper finds them. */
export type OnLeftover = (key: string, cause: unknown) => void;

/**
 * Keeps the files of records in step with their rows: new files are in the store, durable, before the row that names them is committed, and
 * are taken back when it is not; old ones go only after the commit that no longer names them.
 */
export class FileChanges {
  readonly #store: FileStore;
  readonly #onLeftover: OnLeftover;
  /** One after the other: the threads that remove files are also those that sync the database. */
  readonly #removals = new Semaphore('files to be removed', { concurrencyMax: 1, queueMax: Number.MAX_SAFE_INTEGER });

  constructor(store: FileStore, onLeftover: OnLeftover) {
    this.#store = store;
    this.#onLeftover = onLeftover;
  }

  /** Gives the uploads of a request their stored names and types, from their bytes. */
  async name(collection: Collection, files: readonly UploadedFile[]): Promise<NamedUploads> {
    if (files.length === 0) return new Map();
    const values = new Map<UploadedFile, UploadedFileValue>();
    for (const file of files) {
      const { contentType, extension } = await sniffFile(file.path);
      values.set(
        file,
        new UploadedFileValue({
          name: createStoredFileName(file.originalName, extension),
          originalName: cleanOriginalName(file.originalName),
          size: file.size,
          contentType,
          path: file.path,
        }),
      );
    }
    return nameUploads(collection, files, (file) => values.get(file)!);
  }

  /** Puts the new files of a new record in place. */
  async putNew(unit: UnitOfWork, collection: Collection, id: string, draft: DraftData): Promise<void> {
    for (const field of collection.fields) {
      if (field.type !== 'file') continue;
      for (const upload of uploadsOf(draft[field.name]!)) await this.#put(unit, { collection, id }, upload);
    }
  }

  /** Puts the new files of a changed record in place; those it no longer names go after the commit. */
  async putChanged(unit: UnitOfWork, before: StoredRecord, after: RecordData, draft: DraftData): Promise<void> {
    const { collection, id } = before;
    await this.putNew(unit, collection, id, draft);
    const kept = new Set(fileNames(collection, after));
    const gone = fileNames(collection, before.data).filter((name) => !kept.has(name));
    if (gone.length > 0) unit.afterCommit(() => removeFilesOf(this.#store, before, gone, this.#onLeftover));
  }

  /** Removes every file of a record after the commit that removes the record. */
  removeAll(unit: UnitOfWork, record: StoredRecord): void {
    const names = fileNames(record.collection, record.data);
    if (names.length > 0) unit.afterCommit(() => this.#removeLater(record, names));
  }

  /** The answer need not wait for the files, for nothing names them any more; unless so many are waiting that they come too fast. */
  #removeLater(record: StoredRecord, names: readonly string[]): Promise<void> | undefined {
    const removed = this.#removals.run(() => removeFilesOf(this.#store, record, names, this.#onLeftover));
    return this.#removals.queued > removalsWaitingMax ? removed : undefined;
  }

  /** The store takes a second name of the upload, so that another attempt of the same write finds the file where it was. */
  async #put(unit: UnitOfWork, owner: FileOwner, upload: UploadedFileValue): Promise<void> {
    const { contentType, name, originalName } = upload;
    const key = fileKeyOf(owner.collection.id, owner.id, name);
    const given = `${upload.path}.${randomString(10, lowerAlphanumeric)}`;
    // Where the file system has no second names, a copy does as well.
    await link(upload.path, given).catch(() => copyFile(upload.path, given));
    unit.afterFailure(() => removeFilesOf(this.#store, owner, [name], this.#onLeftover));
    await this.#store.put(key, given, { contentType, originalName });
  }
}

/** The record that a file belongs to. */
type FileOwner = Pick<StoredRecord, 'collection' | 'id'>;

/**
 * Removes files of a record by their names, with their thumbs; a failure leaves that file behind. By name, for by now there may be a record of
 * the same id with files of its own.
 */
export async function removeFilesOf(
  store: FileStore,
  { collection, id }: FileOwner,
  names: readonly string[],
  onLeftover: OnLeftover,
): Promise<void> {
  for (const name of names) {
    const key = fileKeyOf(collection.id, id, name);
    try {
      await store.delete(key);
      await store.deletePrefix(thumbsPrefixOf(key));
    } catch (error) {
      onLeftover(key, error);
    }
  }
}

/** The names of all files that a record's values name. */
export function fileNames(collection: Collection, data: RecordData): string[] {
  return collection.fields.flatMap((field) => {
    if (field.type !== 'file') return [];
    const value = data[field.name] as string | readonly string[];
    return typeof value === 'string' ? (value === '' ? [] : [value]) : [...value];
  });
}
