import { constants, type Dirent } from 'node:fs';
import { chmod, copyFile, link, mkdir, open, opendir } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from './sync-folder.ts';
import type { Notes } from './report.ts';

const depthMax = 16;
/** Files under way at once. */
const concurrency = 8;

/** How files are copied. */
export interface FileImportOptions {
  /** Make hard links where that is possible, instead of copies. */
  readonly link: boolean;
  /** Folders directly below the source that are wanted, by name: ids of collections. */
  readonly folders: ReadonlySet<string>;
  readonly notes: Notes;
  /** Called before every file. May throw to end the import. */
  onFile(): void;
}

/** What was copied. */
export interface ImportedFiles {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Copies a tree of files, attribute files and thumbnails included, and makes the copies durable. Links are not followed. Answers what was
 * copied, attribute files not counted.
 */
export async function importFiles(source: string, target: string, options: FileImportOptions): Promise<ImportedFiles> {
  const copier = new TreeCopier(options);
  await copier.copyRoot(source, target);
  return copier.counts;
}

class TreeCopier {
  readonly #options: FileImportOptions;
  readonly #counts = { files: 0, bytes: 0 };
  readonly #running = new Set<Promise<void>>();
  #failure: unknown = null;

  constructor(options: FileImportOptions) {
    this.#options = options;
  }

  get counts(): ImportedFiles {
    return { ...this.#counts };
  }

  async copyRoot(source: string, target: string): Promise<void> {
    await mkdir(target, { recursive: true, mode: 0o700 });
    for (const entry of await readEntries(source)) {
      if (this.#options.folders.has(entry.name) && entry.isDirectory()) {
        await this.#copyFolder(path.join(source, entry.name), path.join(target, entry.name), 1);
      } else if (!entry.name.startsWith('.')) {
        this.#options.notes.add(
          'file',
          `storage/${entry.name}`,
          'belongs to no imported collection and was left behind.',
        );
      }
    }
    await syncFolder(target);
  }

  async #copyFolder(source: string, target: string, depth: number): Promise<void> {
    if (depth > depthMax) return this.#options.notes.add('file', source, 'lies too deep and was left behind.');
    await mkdir(target, { mode: 0o700 });
    for (const entry of await readEntries(source)) {
      const from = path.join(source, entry.name);
      const to = path.join(target, entry.name);
      if (entry.isDirectory()) await this.#copyFolder(from, to, depth + 1);
      else if (entry.isFile()) await this.#start(from, to);
      else this.#options.notes.add('file', from, 'is neither file nor folder and was left behind.');
    }
    await this.#settle();
    await syncFolder(target);
  }

  async #start(from: string, to: string): Promise<void> {
    this.#options.onFile();
    this.#throwFailure();
    const copy = this.#copyFile(from, to).catch((error: unknown) => {
      this.#failure ??= error;
    });
    this.#running.add(copy);
    void copy.finally(() => this.#running.delete(copy));
    if (this.#running.size >= concurrency) await Promise.race(this.#running);
  }

  async #settle(): Promise<void> {
    await Promise.all(this.#running);
    this.#throwFailure();
  }

  async #copyFile(from: string, to: string): Promise<void> {
    const isLinked = this.#options.link && (await tryLink(from, to));
    const size = isLinked ? 0 : await copyDurably(from, to);
    if (from.endsWith('.attrs')) return;
    this.#counts.files++;
    this.#counts.bytes += size;
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}

/** False when the two places are on different file systems, or the file system knows no links. */
async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'].includes(code)) return false;
    throw error;
  }
}

/** Copies bytes and the time of the last change (which clients have in their caches). Answers the size. */
async function copyDurably(from: string, to: string): Promise<number> {
  await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  // The copy has the rights of the original, which may forbid what follows.
  await chmod(to, 0o600);
  const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size, atimeMs, mtimeMs } = await source.stat();
    const handle = await open(to, 'r+');
    try {
      await handle.utimes(atimeMs / 1000, mtimeMs / 1000);
      await handle.sync();
      return size;
    } finally {
      await handle.close();
    }
  } finally {
    await source.close();
  }
}

/** The entries of one folder; none when it is missing. A record's folder holds few, a collection's as many as it has records. */
async function readEntries(folder: string): Promise<Dirent[]> {
  try {
    const entries: Dirent[] = [];
    for await (const entry of await opendir(folder)) entries.push(entry);
    return entries;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
