import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { DatabaseError } from '../driver.ts';
import { errorCodeOf, openLockFile, type Connection } from './connection.ts';

const sqliteBusy = 5;
const waitStepMs = 50;

/** Holds a data folder for this process until `release`, or until the process is gone. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the one right to write in a data folder. The lock is an operating system lock: an open exclusive transaction on a small
 * database of its own. It dies with the process, so nothing stale is ever left, whatever killed it.
 *
 * Rejects with `DatabaseError` (`unavailable`, naming the holder's process id) when another process, or another part of this
 * one, keeps it longer than `waitMs`.
 */
export async function lockFolder(file: string, waitMs: number): Promise<FolderLock> {
  const holderFile = `${file}.pid`;
  const attempts = Math.ceil(waitMs / waitStepMs) + 1;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const connection = tryLock(file);
    if (connection !== null) {
      writeFileSync(holderFile, `${process.pid}\n`, { mode: 0o600 });
      return { release: () => connection.close() };
    }
    if (attempt < attempts) await new Promise((resolve) => setTimeout(resolve, waitStepMs));
  }
  throw new DatabaseError(
    'unavailable',
    `The data folder is in use by another process (${describeHolder(holderFile)}).`,
  );
}

function tryLock(file: string): Connection | null {
  let connection: Connection | null = null;
  try {
    connection = openLockFile(file);
    connection.exec('PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE');
    // By name: opening and closing the file would drop this process's lock on it.
    chmodSync(file, 0o600);
    return connection;
  } catch (error) {
    connection?.close();
    if ((errorCodeOf(error) & 0xff) === sqliteBusy) return null;
    throw error;
  }
}

function describeHolder(holderFile: string): string {
  try {
    return `pid ${readFileSync(holderFile, 'utf8').trim()}`;
  } catch {
    return 'pid unknown';
  }
}
