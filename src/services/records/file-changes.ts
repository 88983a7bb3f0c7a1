import { link } from 'node:fs/promises';
import type { FileStore } from '../../engines/files/files.ts';
import type { UploadedFile } from '../../http/types.ts';
import type { Collection } from '../../model/collection.ts';
import type { DraftData } from '../../model/fields/field-type.ts';
import { createStoredFileName, uploadsOf } from '../../model/fields/file.ts';
import { UploadedFileValue } from '../../model/fields/file-value.ts';
import { cleanOriginalName } from '../../model/fields/file-name.ts';
import type { RecordData, StoredRecord } from '../../model/record.ts';
import { lowerAlphanumeric, randomString } from '../../util/random.ts';
import { fileKeyOf, thumbsPrefixOf } from '../files/keys.ts';
import { sniffFile } from '../files/sniff.ts';
import { type NamedUploads, nameUploads } from './draft.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** Reports files that could not be removed; a later sweep finds them. */
export type OnLeftover = (key: string, cause: unknown) => void;

/**
 * Keeps the files of records in step with their rows: new files are in the store, durable, before the row that names them is committed, and
 * are taken back when it is not; old ones go only after the commit that no longer names them.
 */
export class FileChanges {
  readonly #store: FileStore;
  readonly #onLeftover: OnLeftover;

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
      for (const upload of uploadsOf(draft[field.name]!))
        await this.#put(unit, fileKeyOf(collection.id, id, upload.name), upload);
    }
  }

  /** Puts the new files of a changed record in place; those it no longer names go after the commit. */
  async putChanged(unit: UnitOfWork, before: StoredRecord, after: RecordData, draft: DraftData): Promise<void> {
    const { collection, id } = before;
    await this.putNew(unit, collection, id, draft);
    const kept = new Set(fileNames(collection, after));
    for (const name of fileNames(collection, before.data)) {
      if (!kept.has(name)) unit.afterCommit(() => this.#remove(collection, id, name));
    }
  }

  /** Removes every file of a record after the commit that removes the record. */
  removeAll(unit: UnitOfWork, record: StoredRecord): void {
    const { collection, id } = record;
    if (!collection.fields.some((field) => field.type === 'file')) return;
    const prefix = `${collection.id}/${id}`;
    unit.afterCommit(() => {
      // The answer need not wait for the files: nothing names them any more.
      this.#store.deletePrefix(prefix).catch((error: unknown) => this.#onLeftover(prefix, error));
    });
  }

  /** The store takes a second name of the upload, so that another attempt of the same write finds the file where it was. */
  async #put(unit: UnitOfWork, key: string, upload: UploadedFileValue): Promise<void> {
    const { contentType, originalName } = upload;
    const given = `${upload.path}.${randomString(10, lowerAlphanumeric)}`;
    await link(upload.path, given);
    unit.afterFailure(() => this.#store.delete(key));
    await this.#store.put(key, given, { contentType, originalName });
  }

  async #remove(collection: Collection, id: string, name: string): Promise<void> {
    const key = fileKeyOf(collection.id, id, name);
    try {
      await this.#store.delete(key);
      await this.#store.deletePrefix(thumbsPrefixOf(key));
    } catch (error) {
      this.#onLeftover(key, error);
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
