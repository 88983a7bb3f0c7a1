import { closeSync, fsyncSync, mkdirSync, openSync, statfsSync, statSync, chmodSync } from 'node:fs';
import path from 'node:path';
import { DatabaseError } from '../driver.ts';

/** The files of a data folder that belong to the database. */
export interface DatabaseFiles {
  readonly folder: string;
  readonly database: string;
  readonly wal: string;
  readonly lock: string;
}

/** Where the files of a data folder lie. */
export function databaseFiles(folder: string): DatabaseFiles {
  const database = path.join(folder, 'data.db');
  return { folder, database, wal: `${database}-wal`, lock: path.join(folder, 'data.lock') };
}

/** File systems whose locks or shared memory cannot be trusted, by the magic number of Linux' statfs(2). */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9P'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x73757245, 'Coda'],
  [0x564c, 'NCP'],
]);

/** The name of the network file system with this statfs(2) type, or null for any other. */
export function networkFileSystemName(type: number): string | null {
  return networkFileSystems.get(type >>> 0) ?? null;
}

/** Makes the entries of a folder durable: a file's own fsync does not make its name durable. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Creates the data folder when it is missing (mode 0700) and refuses network file systems. Touches no file in it. */
export function prepareFolder(files: DatabaseFiles): void {
  try {
    const firstMade = mkdirSync(files.folder, { recursive: true, mode: 0o700 });
    if (firstMade !== undefined) syncCreatedFolders(firstMade, files.folder);
    if (!statSync(files.folder).isDirectory()) throw new Error('not a folder');
    if (process.platform === 'linux') refuseNetworkFileSystem(files.folder);
    if (firstMade !== undefined) chmodSync(files.folder, 0o700);
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    throw new DatabaseError('unavailable', `The data folder ${files.folder} cannot be used.`, error);
  }
}

/**
 * Creates the database file when it is missing, with mode 0600; SQLite gives its `-wal` and `-shm` files the same. Only for the
 * holder of the folder's lock, before SQLite opens the file: closing a descriptor of a database file drops the locks that this process
 * holds on it.
 */
export function createDatabaseFile(files: DatabaseFiles): void {
  closeSync(openSync(files.database, 'a', 0o600));
  syncFolder(files.folder);
}

function syncCreatedFolders(firstMade: string, folder: string): void {
  let current = path.resolve(folder);
  const stop = path.dirname(path.resolve(firstMade));
  // A path has fewer parts than characters, so this ends.
  for (let i = 0; i < folder.length + stop.length; i++) {
    current = path.dirname(current);
    syncFolder(current);
    if (current === stop || current === path.dirname(current)) return;
  }
}

function refuseNetworkFileSystem(folder: string): void {
  const name = networkFileSystemName(statfsSync(folder).type);
  if (name === null) return;
  throw new DatabaseError(
    'unavailable',
    `The data folder ${folder} lies on a network file system (${name}), where SQLite's locks and shared memory are not safe. Use a local disk.`,
  );
}
