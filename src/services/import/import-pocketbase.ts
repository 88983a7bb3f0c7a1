import { existsSync, realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Database } from '../../engines/database/database.ts';
import type { Collection } from '../../model/collection.ts';
import type { Change } from '../../model/commit.ts';
import { superusersName } from '../../model/collection-defaults.ts';
import { parseIndex } from '../../model/index-definition.ts';
import { planRelationIndexes, planTable } from '../../model/table-plan.ts';
import type { Clock } from '../../util/clock.ts';
import { formatDate } from '../../util/date.ts';
import { CollectionChecks } from '../collections/checks.ts';
import { coreChanges, insertCollection, paramsTable } from '../collections/bootstrap.ts';
import { RuleBook } from '../records/rule-book.ts';
import { settingsId } from '../settings/settings-store.ts';
import type { Settings } from '../settings/settings.ts';
import { BulkLoader, describeRefusal } from './bulk-loader.ts';
import { importFiles, type ImportedFiles } from './file-import.ts';
import { ImportTarget, type TargetParts } from './import-target.ts';
import { importRecords } from './record-import.ts';
import { type ImportedCollection, type ImportProgress, type ImportReport, Notes } from './report.ts';
import { noteFailures, readCollections, shortLivedCollections } from './source-collections.ts';
import { assertSupported, findSourceDatabase, noteLeftBehind } from './source-folder.ts';
import { readSettings, type SourceSettings } from './source-settings.ts';
import { ImportError, type SourceReader } from './source.ts';

/** The file in the data folder that keeps the report of an import. */
export const reportFile = 'import-report.json';

/** What an import needs of the engines. */
export interface ImportParts extends TargetParts {
  /** Opens a new database in a folder. */
  openDatabase(folder: string): Promise<Database>;
  readonly clock: Clock;
}

/** What to import, and how. */
export interface ImportOptions {
  /** A `pb_data` folder of PocketBase 0.23 or later that nobody is using. */
  readonly source: string;
  /** The data folder to make: missing, empty, or without anybody's data. */
  readonly target: string;
  /** Make hard links to the files where that is possible, instead of copies. */
  readonly link: boolean;
  /** The key that the settings are encrypted with, or `''`. */
  readonly encryptionKey: string;
  readonly signal: AbortSignal;
  /** Called often. */
  onProgress(progress: ImportProgress): void;
}

/**
 * Makes a data folder of a `pb_data` folder: collections with their secrets, records with their ids and password hashes in the order in which
 * they were made, files, settings. Users stay signed in and addresses of files stay valid. The source is only read. On any failure the
 * target is as it was. What is not imported, or not in use yet, is in the report's notes.
 *
 * @throws ImportError for what the person who imports can mend; what else fails is passed on
 */
export async function importPocketbase(options: ImportOptions, parts: ImportParts): Promise<ImportReport> {
  const startedMs = parts.clock.now();
  const file = findSourceDatabase(options.source);
  assertApart(options.source, options.target);
  const target = await ImportTarget.open(options.target, parts);
  try {
    const run = new ImportRun(options, parts, target);
    const report = await run.run(file, startedMs);
    const text = `${JSON.stringify(report, null, 2)}\n`;
    await writeFile(path.join(target.dataFolder, reportFile), text, { mode: 0o600, flush: true });
    options.onProgress({ phase: 'finish', done: 0, total: 0, subject: '' });
    options.signal.throwIfAborted();
    await target.finish();
    return report;
  } catch (error) {
    await target.abandon();
    throw error;
  }
}

/** A folder inside the other would be copied into itself, or be lost with it. */
function assertApart(source: string, target: string): void {
  const from = realpathSync(source);
  const to = existsSync(target) ? realpathSync(target) : path.resolve(target);
  const isInside = (inner: string, outer: string): boolean => `${inner}${path.sep}`.startsWith(`${outer}${path.sep}`);
  if (isInside(from, to) || isInside(to, from)) {
    throw new ImportError(`${target} and ${source} lie in each other. Import into a folder of its own (--dir).`);
  }
}

const noRecords = { records: 0, files: 0, missingFiles: 0 };

class ImportRun {
  readonly #options: ImportOptions;
  readonly #parts: ImportParts;
  readonly #target: ImportTarget;
  readonly #notes = new Notes();

  constructor(options: ImportOptions, parts: ImportParts, target: ImportTarget) {
    this.#options = options;
    this.#parts = parts;
    this.#target = target;
  }

  async run(file: string, startedMs: number): Promise<ImportReport> {
    const { source: folder } = this.#options;
    this.#progress('read', 0, 0, '');
    const source = this.#openSource(file);
    try {
      assertSupported(folder, source.tables());
      const collections = readCollections(source, this.#notes);
      const settings = readSettings(source, this.#options.encryptionKey, this.#notes);
      const imported = await this.#fillDatabase(source, collections, settings);
      const files = await this.#copyFiles(collections);
      noteLeftBehind(folder, source, new Set(collections.map(({ name }) => name)), this.#notes);
      source.assertUnchanged();
      return this.#report(imported, files, startedMs);
    } finally {
      source.close();
    }
  }

  #openSource(file: string): SourceReader {
    try {
      return this.#parts.openSource(file, this.#target.scratchFolder);
    } catch (error) {
      throw new ImportError((error as Error).message, error);
    }
  }

  async #fillDatabase(
    source: SourceReader,
    collections: readonly Collection[],
    { settings, hasRemoteFiles }: SourceSettings,
  ): Promise<ImportedCollection[]> {
    await using database = await this.#parts.openDatabase(this.#target.dataFolder);
    noteFailures(collections, new CollectionChecks(new RuleBook(database.dialect, this.#parts.clock)), this.#notes);
    const loader = new BulkLoader(database);
    const now = formatDate(this.#parts.clock.now());
    for (const change of coreChanges(now)) await loader.add(change);
    for (const collection of collections) {
      const [table] = planTable(null, { ...collection, indexes: [] });
      await loader.add({ kind: 'schema', change: table! });
    }
    const imported = await this.#copyRecords(source, collections, loader, hasRemoteFiles ? null : this.#storageFolder);
    for (const [index, collection] of collections.entries()) {
      this.#options.signal.throwIfAborted();
      this.#progress('indexes', index, collections.length, collection.name);
      await loader.add(insertCollection(await this.#makeIndexes(collection, loader)));
    }
    await loader.add(insertSettings(settings, now));
    await loader.flush();
    await assertComplete(database, imported);
    await loader.trimLog();
    return imported;
  }

  async #copyRecords(
    source: SourceReader,
    collections: readonly Collection[],
    loader: BulkLoader,
    storage: string | null,
  ): Promise<ImportedCollection[]> {
    const tables = new Map(source.tables().map((table) => [table.name, table]));
    const kept = collections.filter(({ name }) => !shortLivedCollections.includes(name));
    const total = kept.reduce((sum, { name }) => sum + (tables.has(name) ? source.count(name) : 0), 0);
    const imported: ImportedCollection[] = [];
    let done = 0;
    for (const collection of collections) {
      const { id, name, type } = collection;
      const table = tables.get(name);
      if (table === undefined) throw new ImportError(`The collection ${name} has no table in the source.`);
      const onRecord = (): void => {
        this.#options.signal.throwIfAborted();
        this.#progress('records', ++done, total, name);
      };
      const parts = { source, loader, notes: this.#notes, storage, onRecord };
      const counts = kept.includes(collection) ? await importRecords(collection, table, parts) : noRecords;
      imported.push({ name, id, type, ...counts });
    }
    if (imported.find(({ name }) => name === superusersName)?.records === 0) {
      this.#notes.add(
        'superuser',
        superusersName,
        'has no record. Make one with `pando superuser upsert EMAIL PASSWORD`.',
      );
    }
    return imported;
  }

  /** Indexes that cannot be made are left out of the collection and noted; those that auth stands on have to be made. */
  async #makeIndexes(collection: Collection, loader: BulkLoader): Promise<Collection> {
    const indexes: string[] = [];
    for (const sql of collection.indexes) {
      const [, change] = planTable(null, { ...collection, indexes: [sql] });
      const refusal = await loader.tryCommit([{ kind: 'schema', change: change! }]);
      if (refusal === null) {
        indexes.push(sql);
        continue;
      }
      const reason = describeRefusal(refusal);
      if (isVital(collection, sql)) throw new ImportError(`An index of ${collection.name} cannot be made. ${reason}`);
      this.#notes.add(
        'index',
        collection.name,
        `has an index that could not be made (${reason}); it was left out.`,
        sql,
      );
    }
    const made = { ...collection, indexes };
    for (const change of planRelationIndexes(made)) await loader.add({ kind: 'schema', change });
    return made;
  }

  async #copyFiles(collections: readonly Collection[]): Promise<ImportedFiles> {
    let done = 0;
    const onFile = (): void => {
      this.#options.signal.throwIfAborted();
      this.#progress('files', ++done, 0, '');
    };
    const folders = new Set(collections.map(({ id }) => id));
    const target = path.join(this.#target.dataFolder, 'storage');
    const { link } = this.#options;
    return importFiles(this.#storageFolder, target, { link, folders, notes: this.#notes, onFile });
  }

  get #storageFolder(): string {
    return path.join(this.#options.source, 'storage');
  }

  #report(collections: readonly ImportedCollection[], files: ImportedFiles, startedMs: number): ImportReport {
    return {
      source: path.resolve(this.#options.source),
      target: path.resolve(this.#options.target),
      durationMs: Math.round(this.#parts.clock.now() - startedMs),
      collections,
      records: collections.reduce((sum, { records }) => sum + records, 0),
      files: files.files,
      fileBytes: files.bytes,
      notes: this.#notes.all,
      furtherNotes: this.#notes.further,
    };
  }

  #progress(phase: ImportProgress['phase'], done: number, total: number, subject: string): void {
    this.#options.onProgress({ phase, done, total, subject });
  }
}

function insertSettings(settings: Settings, now: string): Change {
  const row = { id: settingsId, value: JSON.stringify(settings), created: now, updated: now };
  return { kind: 'insert', table: paramsTable, collectionId: paramsTable, id: settingsId, row };
}

/** Unique indexes of system fields and everything of system collections. */
function isVital(collection: Collection, sql: string): boolean {
  if (collection.system) return true;
  const [column, ...more] = parseIndex(sql)?.columns ?? [];
  return collection.type === 'auth' && more.length === 0 && (column?.name === 'email' || column?.name === 'tokenKey');
}

/** Counts what is there, so that nobody has to believe it. */
async function assertComplete(database: Database, imported: readonly ImportedCollection[]): Promise<void> {
  for (const { name, records } of imported) {
    const sql = `SELECT count(*) FROM ${database.dialect.identifier(name)}`;
    const [row] = await database.read({ sql, params: [], tables: [name], purpose: 'decide' });
    if (row?.[0] !== records) throw new Error(`${name} has ${String(row?.[0])} records instead of ${records}.`);
  }
}
