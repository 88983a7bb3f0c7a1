import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isPando } from './source-folder.ts';
import { ImportError, type SourceReader } from './source.ts';
import { syncFolder } from './sync-folder.ts';

const databaseFile = 'data.db';
const storageFolder = 'storage';
const stagingFolder = '.import';
const finishingFile = 'finishing';

/** What holds a data folder for this process, so that no server starts in it. */
export interface FolderHold {
  release(): void;
}

/** What a target needs of the engines. */
export interface TargetParts {
  /** Rejects when another process works in the folder. */
  holdFolder(folder: string): Promise<FolderHold>;
  /** Opens a database file for reading; `scratch` is a folder for copies. */
  openSource(file: string, scratch: string): SourceReader;
}

/**
 * The data folder that an import makes. Everything is built in a folder inside it and moved into place at the end, the database last: before
 * that moment the folder has no database, after it everything. A folder that holds anything of somebody is refused.
 */
export class ImportTarget {
  readonly #folder: string;
  readonly #hold: FolderHold;
  /** The topmost folder that was made for this import, or undefined. */
  readonly #made: string | undefined;

  private constructor(folder: string, hold: FolderHold, made: string | undefined) {
    this.#folder = folder;
    this.#hold = hold;
    this.#made = made;
  }

  /** Takes a folder that is missing, empty, or without anybody's data. Throws `ImportError` when it is none of these. */
  static async open(folder: string, parts: TargetParts): Promise<ImportTarget> {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    let hold: FolderHold;
    try {
      hold = await parts.holdFolder(folder);
    } catch (error) {
      throw new ImportError(`${folder} cannot be used: ${(error as Error).message}`, error);
    }
    const target = new ImportTarget(folder, hold, made);
    try {
      await target.#clearLeftovers();
      await target.#assertFree(parts);
      await mkdir(target.dataFolder, { recursive: true, mode: 0o700 });
    } catch (error) {
      hold.release();
      throw error;
    }
    return target;
  }

  /** Where the new data folder is built. */
  get dataFolder(): string {
    return path.join(this.#folder, stagingFolder, 'data');
  }

  /** A folder for copies of the source, gone at the end. */
  get scratchFolder(): string {
    return path.join(this.#folder, stagingFolder, 'source');
  }

  /** Moves what was built into place. The database in it must be closed. */
  async finish(): Promise<void> {
    const staging = path.join(this.#folder, stagingFolder);
    const built = (await readdir(this.dataFolder)).filter((name) => !name.startsWith('data.lock'));
    const rest = built.filter((name) => name !== databaseFile);
    if (!built.includes(databaseFile) || rest.some((name) => name.startsWith(databaseFile))) {
      throw new Error('The new database was not closed properly.');
    }
    await syncFolder(this.dataFolder);
    await writeFile(path.join(staging, finishingFile), '');
    await syncFolder(staging);
    for (const ending of ['', '-wal', '-shm', '-journal']) await this.#remove(databaseFile + ending);
    for (const name of rest) {
      await this.#remove(name);
      await rename(path.join(this.dataFolder, name), path.join(this.#folder, name));
    }
    await syncFolder(this.#folder);
    await rename(path.join(this.dataFolder, databaseFile), path.join(this.#folder, databaseFile));
    await syncFolder(this.#folder);
    await rm(staging, { recursive: true, force: true });
    this.#hold.release();
  }

  /** Leaves the folder as it was. */
  async abandon(): Promise<void> {
    await rm(path.join(this.#folder, stagingFolder), { recursive: true, force: true });
    this.#hold.release();
    if (this.#made !== undefined) await rm(this.#made, { recursive: true, force: true });
  }

  #remove(name: string): Promise<void> {
    return rm(path.join(this.#folder, name), { recursive: true, force: true });
  }

  /** What an import that was killed has left: its own folder, and files whose database did not come after them. */
  async #clearLeftovers(): Promise<void> {
    const staging = path.join(this.#folder, stagingFolder);
    const wasFinishing = existsSync(path.join(staging, finishingFile));
    if (wasFinishing && !existsSync(path.join(this.#folder, databaseFile))) await this.#remove(storageFolder);
    await rm(staging, { recursive: true, force: true });
  }

  async #assertFree(parts: TargetParts): Promise<void> {
    const advice = 'Import into a new or an empty folder (--dir), or move this one away first.';
    const found = (await this.#findFile()) ?? this.#findRecords(parts);
    if (found !== null) throw new ImportError(`${this.#folder} has data already (${found}). ${advice}`);
  }

  async #findFile(): Promise<string | null> {
    const storage = path.join(this.#folder, storageFolder);
    if (!existsSync(storage)) return null;
    const names = (await readdir(storage)).filter((name) => !name.startsWith('.'));
    return names.length === 0 ? null : `files in ${storageFolder}/${names[0]}`;
  }

  /** A collection or record that does not belong to a new installation, in words; null when there is none. */
  #findRecords(parts: TargetParts): string | null {
    const file = path.join(this.#folder, databaseFile);
    if (!existsSync(file)) return null;
    const database = parts.openSource(file, this.scratchFolder);
    try {
      const tables = database.tables();
      if (!isPando(tables)) return `${databaseFile} of another program`;
      for (const { name, kind } of tables) {
        if (kind === 'view' || (name.startsWith('_') && name !== '_superusers')) continue;
        const count = database.count(name);
        if (count > 0) return `${count} records in ${name}`;
        if (name !== '_superusers' && name !== 'users') return `the collection ${name}`;
      }
      return null;
    } finally {
      database.close();
    }
  }
}
