import { createHash } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import {
  chmod,
  copyFile,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  rmdir,
  unlink,
} from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { threadId } from 'node:worker_threads';
import { lowerAlphanumeric, randomString } from '../../../util/random.ts';
import type { BlobAttributes, BlobInfo, ByteRange, FilesDriver } from '../driver.ts';
import {
  attributesBytesMax,
  attributesEnding,
  decodeAttributes,
  encodeAttributes,
  unknownAttributes,
} from './attributes.ts';
import { walkFiles } from './walk.ts';

const temporaryFolder = '.tmp';
const placingAttemptsMax = 5;
const folderDepthMax = 16;

/**
 * Opens a folder as a store of blobs: the blob `a/b/c.png` is the file of that name, its attributes are in `c.png.attrs` beside it, as
 * PocketBase lays out `pb_data/storage`. Creates the folder when it is missing. What an earlier process left half-done is removed.
 *
 * @example
 * const files = new FileStore(await openDiskFiles('/var/lib/pando/storage'));
 */
export async function openDiskFiles(folder: string): Promise<DiskFiles> {
  const temporary = path.join(folder, temporaryFolder);
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  for (const name of await readdir(temporary)) {
    // Other threads of this process may be at work already.
    if (!name.startsWith(`${process.pid}-`)) await rm(path.join(temporary, name), { recursive: true, force: true });
  }
  await syncFolder(folder);
  return new DiskFiles(await realpath(folder));
}

/** Blobs as files below one folder. */
export class DiskFiles implements FilesDriver {
  readonly #root: string;
  #lastTemporary = 0;

  /** `root` must be a real path, links resolved. */
  constructor(root: string) {
    this.#root = root;
  }

  async put(key: string, sourcePath: string, attributes: BlobAttributes): Promise<void> {
    const blob = await this.#takeIn(sourcePath);
    const beside = this.#temporaryPath();
    try {
      const md5 = await makeDurable(blob);
      await writeDurable(beside, encodeAttributes(attributes, md5));
      await this.#place(key, blob, beside);
    } finally {
      // Both are gone already unless something failed.
      await rm(blob, { force: true });
      await rm(beside, { force: true });
    }
  }

  async stat(key: string): Promise<BlobInfo | null> {
    const handle = await this.#openFile(key);
    if (handle === null) return null;
    try {
      const { size, mtimeMs } = await handle.stat();
      return { ...(await this.#attributes(key)), size, modifiedAt: Math.floor(mtimeMs) };
    } finally {
      await handle.close();
    }
  }

  async open(key: string, range?: ByteRange): Promise<Readable | null> {
    const handle = await this.#openFile(key);
    return handle === null ? null : handle.createReadStream({ start: range?.start, end: range?.end });
  }

  async delete(key: string): Promise<void> {
    const file = await this.#resolve(key);
    if (file === null) return;
    await unlinkIfThere(file);
    await unlinkIfThere(file + attributesEnding);
    await syncFolder(path.dirname(file)).catch(ignoreMissing);
    await this.#removeEmptyFolders(path.dirname(file));
  }

  async deletePrefix(prefix: string): Promise<void> {
    const folder = await this.#resolve(prefix);
    if (folder === null) return;
    await rm(folder, { recursive: true, force: true, maxRetries: 2 });
    await syncFolder(path.dirname(folder)).catch(ignoreMissing);
    await this.#removeEmptyFolders(path.dirname(folder));
  }

  async list(prefix: string, after: string, limitMax: number): Promise<string[]> {
    const keys: string[] = [];
    const start = prefix === '' ? this.#root : await this.#resolve(prefix);
    if (start !== null) await this.#collect(prefix === '' ? '' : `${prefix}/`, start, after, limitMax, keys, 0);
    return keys;
  }

  walk(): AsyncIterable<readonly string[]> {
    return walkFiles(this.#root, folderDepthMax);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Adds the keys of a folder in byte order; a folder's name sorts with its slash, as it does inside a key. */
  async #collect(
    prefix: string,
    folder: string,
    after: string,
    limitMax: number,
    keys: string[],
    depth: number,
  ): Promise<void> {
    if (depth > folderDepthMax) return;
    const entries = (await readdir(folder, { withFileTypes: true }).catch(noEntries)).filter(
      (entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isFile()),
    );
    const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).toSorted(compareBytes);
    const files = new Set(names);
    for (const name of names) {
      if (keys.length >= limitMax) return;
      const key = prefix + name;
      const isFolder = name.endsWith('/');
      // A folder that lies wholly at or before `after` has nothing to give.
      if (compareBytes(key, after) <= 0 && !(isFolder && after.startsWith(key))) continue;
      if (isFolder) await this.#collect(key, path.join(folder, name), after, limitMax, keys, depth + 1);
      else if (!isBeside(name, files)) keys.push(key);
    }
  }

  /** The path of a key, or null when a link on the way leads elsewhere or the folder is missing. */
  async #resolve(key: string): Promise<string | null> {
    const file = path.join(this.#root, key);
    const folder = path.dirname(file);
    try {
      return (await realpath(folder)) === folder ? file : null;
    } catch (error) {
      ignoreMissing(error);
      return null;
    }
  }

  async #openFile(key: string): Promise<FileHandle | null> {
    const file = await this.#resolve(key);
    if (file === null) return null;
    let handle: FileHandle;
    try {
      handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      if (!isCode(error, 'ELOOP', 'ENOTDIR', 'ENXIO', 'ENAMETOOLONG')) ignoreMissing(error);
      return null;
    }
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
    return null;
  }

  async #attributes(key: string): Promise<BlobAttributes> {
    const handle = await this.#openFile(key + attributesEnding);
    if (handle === null) return unknownAttributes;
    try {
      if ((await handle.stat()).size > attributesBytesMax) return unknownAttributes;
      return decodeAttributes(await handle.readFile('utf8'));
    } finally {
      await handle.close();
    }
  }

  /** Moves a file into the store's temporary folder; copies when it lies on another disk. */
  async #takeIn(sourcePath: string): Promise<string> {
    if (!(await lstat(sourcePath)).isFile()) throw new Error('the source is not a file');
    const target = this.#temporaryPath();
    try {
      await rename(sourcePath, target);
    } catch (error) {
      if (!isCode(error, 'EXDEV')) throw error;
      await copyFile(sourcePath, target, constants.COPYFILE_EXCL);
      await unlink(sourcePath);
    }
    return target;
  }

  /** Gives both files their names. The attributes come first: a blob is never there without them. */
  async #place(key: string, blob: string, beside: string): Promise<void> {
    const file = path.join(this.#root, key);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#makeFolder(path.dirname(file));
        if ((await this.#resolve(key)) === null) throw new Error('a link lies in the way of the blob');
        await rename(beside, file + attributesEnding);
        await rename(blob, file);
        await syncFolder(path.dirname(file));
        return;
      } catch (error) {
        // A delete next door has removed the folder because it was empty for a moment.
        if (!isCode(error, 'ENOENT') || attempt >= placingAttemptsMax) throw error;
      }
    }
  }

  async #makeFolder(folder: string): Promise<void> {
    const first = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (first === undefined) return;
    for (let made = folder; made.length >= first.length; made = path.dirname(made)) {
      await syncFolder(path.dirname(made));
    }
  }

  async #removeEmptyFolders(folder: string): Promise<void> {
    for (let empty = folder; empty.startsWith(this.#root + path.sep); empty = path.dirname(empty)) {
      try {
        await rmdir(empty);
      } catch {
        // Not empty, or gone already.
        return;
      }
    }
  }

  #temporaryPath(): string {
    const name = `${process.pid}-${threadId}-${++this.#lastTemporary}-${randomString(8, lowerAlphanumeric)}`;
    return path.join(this.#root, temporaryFolder, name);
  }
}

/** True when a file holds the attributes of another one in the same folder, or of one that is gone. */
function isBeside(name: string, files: ReadonlySet<string>): boolean {
  return name.endsWith(attributesEnding) && !files.has(name + attributesEnding);
}

/** Forces a file's bytes to the disk; answers their MD5 in base64. */
async function makeDurable(file: string): Promise<string> {
  await chmod(file, 0o600);
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
    const hash = createHash('md5');
    for await (const chunk of handle.createReadStream({ autoClose: false, start: 0 })) hash.update(chunk as Buffer);
    return hash.digest('base64');
  } finally {
    await handle.close();
  }
}

async function writeDurable(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function unlinkIfThere(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    ignoreMissing(error);
  }
}

function noEntries(error: unknown): Dirent[] {
  ignoreMissing(error);
  return [];
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException | null)?.code ?? '');
}

/** Throws every error but those that mean "it is not there". */
function ignoreMissing(error: unknown): void {
  if (!isCode(error, 'ENOENT', 'ENOTDIR')) throw error;
}
