import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type OpenServices, openServices } from '../../../src/app/compose.ts';
import { readOptions } from '../../../src/config/read-options.ts';
import type { Database } from '../../../src/engines/database/database.ts';
import type { ColumnValue } from '../../../src/model/commit.ts';
import { ApiError } from '../../../src/model/errors.ts';
import { createLogger } from '../../../src/observe/logger.ts';
import { Reporter } from '../../../src/observe/reporter.ts';
import { internalInfo } from '../../../src/services/records/rule-book.ts';
import type { JsonObject } from '../../../src/util/json.ts';

/** An empty folder and how to remove it. */
export async function createFolder(): Promise<{ folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pando-collections-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** The use cases on a data folder. */
export function openFolder(folder: string): Promise<OpenServices> {
  const { options } = readOptions({ flags: { dir: path.join(folder, 'data') }, environment: {}, folder });
  const reporter = new Reporter(createLogger({ level: 'silent', format: 'line' }), { slowMs: 60_000, isDev: false });
  return openServices(options, { reporter });
}

/** Collections and records of one new data folder, in the name of a superuser. */
export class Bench implements AsyncDisposable {
  readonly opened: OpenServices;
  readonly #folder: AsyncDisposable;

  static async open(): Promise<Bench> {
    const folder = await createFolder();
    return new Bench(await openFolder(folder.folder), folder);
  }

  constructor(opened: OpenServices, folder: AsyncDisposable) {
    this.opened = opened;
    this.#folder = folder;
  }

  get database(): Database {
    return this.opened.engines.database;
  }

  get collections(): OpenServices['services']['collections'] {
    return this.opened.services.collections;
  }

  async create(collection: string, data: JsonObject): Promise<JsonObject> {
    return this.opened.services.writes.create(collection, internalInfo, async () => ({ data, files: [] }));
  }

  async update(collection: string, id: string, data: JsonObject): Promise<JsonObject> {
    return this.opened.services.writes.update(collection, id, internalInfo, async () => ({ data, files: [] }));
  }

  async list(collection: string): Promise<readonly JsonObject[]> {
    const query = { perPage: '1000', sort: 'id' };
    return (await this.opened.services.reads.list(collection, { ...internalInfo, query })).body.items;
  }

  read(sql: string, ...params: ColumnValue[]): Promise<ColumnValue[][]> {
    return this.database.read({ sql, params, tables: ['_collections'], purpose: 'show' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.opened[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** For `assert.rejects`: an error that clients see, with this status, and with these texts somewhere in what they see of it. */
export function isRefusal(status: number, ...texts: readonly string[]): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof ApiError) || error.status !== status) return false;
    const shown = JSON.stringify([error.message, error.data]);
    return texts.every((text) => shown.includes(JSON.stringify(text).slice(1, -1)));
  };
}
