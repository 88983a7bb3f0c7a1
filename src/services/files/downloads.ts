import type { BlobInfo, FileStore } from '../../engines/files/files.ts';
import type { Collection } from '../../model/collection.ts';
import { superusersName } from '../../model/collection-defaults.ts';
import { notFound } from '../../model/errors.ts';
import type { FileField } from '../../model/fields/field.ts';
import { guest, type StoredRecord, type Viewer } from '../../model/record.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { Catalogue } from '../collections/catalogue.ts';
import type { SuperuserIps } from '../guards/superuser-ips.ts';
import type { RecordReads } from '../records/reads.ts';
import type { RequestInfo } from '../records/request-info.ts';
import type { RecordStore } from '../records/store.ts';
import { fileKeyOf } from './keys.ts';
import type { Thumbs } from './thumbs.ts';

/** Which file is asked for. */
export interface FileRequest {
  readonly collection: string;
  readonly record: string;
  readonly name: string;
  /** A thumb size, or `''`. */
  readonly thumb: string;
  /** A file token, or `''`. */
  readonly token: string;
}

/** A file that may be given out. */
export interface FoundFile {
  readonly key: string;
  readonly info: BlobInfo;
  /** The name to offer for saving; thumbs have their size in front. */
  readonly saveAs: string;
}

/** Finds the files of records and decides who gets them. Every refusal is a 404. */
export class FileDownloads {
  readonly #catalogue: Catalogue;
  readonly #records: RecordStore;
  readonly #reads: RecordReads;
  readonly #authenticator: Authenticator;
  readonly #superuserIps: SuperuserIps;
  readonly #store: FileStore;
  readonly #thumbs: Thumbs;

  constructor(parts: {
    catalogue: Catalogue;
    records: RecordStore;
    reads: RecordReads;
    authenticator: Authenticator;
    superuserIps: SuperuserIps;
    store: FileStore;
    thumbs: Thumbs;
  }) {
    this.#catalogue = parts.catalogue;
    this.#records = parts.records;
    this.#reads = parts.reads;
    this.#authenticator = parts.authenticator;
    this.#superuserIps = parts.superuserIps;
    this.#store = parts.store;
    this.#thumbs = parts.thumbs;
  }

  /** The file, or its thumb when one was asked for and can be had. Throws 404. */
  async find(request: FileRequest, info: RequestInfo): Promise<FoundFile> {
    const schema = await this.#catalogue.schema();
    const collection = schema.find(request.collection);
    if (collection === undefined) throw notFound();
    const record = await this.#records.find(collection, request.record, { purpose: 'show' });
    const field = record === null ? null : fieldOfFile(collection, record, request.name);
    if (record === null || field === null) throw notFound();
    if (field.protected && !(await this.#maySee(collection, record, request.token, info))) throw notFound();
    const key = fileKeyOf(collection.id, record.id, request.name);
    const original = await this.#store.stat(key);
    if (original === null) throw notFound();
    return (await this.#findThumb(key, original, field, request)) ?? { key, info: original, saveAs: request.name };
  }

  /** A token that opens protected files, for a signed-in record. */
  token(record: StoredRecord): string {
    return this.#authenticator.sign(record, 'file');
  }

  async #findThumb(key: string, original: BlobInfo, field: FileField, request: FileRequest): Promise<FoundFile | null> {
    const { thumb, name } = request;
    if (thumb === '' || !this.#thumbs.isAllowed(field, original, thumb)) return null;
    const thumbKey = await this.#thumbs.find(key, original, thumb);
    const info = thumbKey === null ? null : await this.#store.stat(thumbKey);
    return info === null ? null : { key: thumbKey!, info, saveAs: `${thumb}_${name}` };
  }

  /** Protected files follow the collection's view rule, asked for the record behind the file token: no other sign-in counts. */
  async #maySee(collection: Collection, record: StoredRecord, token: string, info: RequestInfo): Promise<boolean> {
    const signed = token === '' ? null : await this.#authenticator.open(token, 'file');
    const viewer: Viewer =
      signed === null ? guest : { auth: signed.record, isSuperuser: signed.collection.name === superusersName };
    if (viewer.isSuperuser && !(await this.#superuserIps.allows(info.remoteIp))) return false;
    const schema = await this.#catalogue.schema();
    const asked = { ...info, viewer, context: 'protectedFile' as const };
    const { viewRule } = collection;
    return (await this.#reads.findVisible(schema, collection, record.id, viewRule, asked, 'show')) !== null;
  }
}

/** The file field that lists this name. */
function fieldOfFile(collection: Collection, record: StoredRecord, name: string): FileField | null {
  for (const field of collection.fields) {
    if (field.type !== 'file') continue;
    const value = record.data[field.name] as string | readonly string[];
    if (typeof value === 'string' ? value !== '' && value === name : value.includes(name)) return field;
  }
  return null;
}
