import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DatabaseTarget } from '../../src/engines/database/contract.ts';
import { DatabaseError, type DatabaseDriver } from '../../src/engines/database/driver.ts';
import { openRemoteSqlite } from '../../src/engines/database/sqlite/remote.ts';
import type { RemoteConnection, SentError } from '../../src/engines/database/sqlite/remote-protocol.ts';
import { openSqlite } from '../../src/engines/database/sqlite/sqlite.ts';

/** An empty folder of its own below the system's folder for temporary files. */
export function makeTempFolder(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'pando-engine-'));
}

/** A data folder that does not exist yet, opened on this thread. */
export async function createSqliteTarget(): Promise<DatabaseTarget> {
  const parent = await makeTempFolder();
  return {
    open: () => openSqlite(path.join(parent, 'data')),
    openMissing: async () => {
      const file = path.join(parent, 'a-file');
      await writeFile(file, '');
      return openSqlite(path.join(file, 'data'));
    },
    destroy: () => rm(parent, { recursive: true, force: true }),
  };
}

/** The same, written by another thread; the driver under test reads by itself and sends its commits there. */
export async function createRemoteSqliteTarget(): Promise<DatabaseTarget> {
  const parent = await makeTempFolder();
  const open = async (folder: string): Promise<DatabaseDriver> => {
    const worker = new Worker(new URL('./threads/sqlite-thread.ts', import.meta.url), { workerData: { folder } });
    const [message] = (await once(worker, 'message')) as [{ remote?: RemoteConnection; error?: SentError }];
    if (message.error !== undefined) throw new DatabaseError(message.error.kind, message.error.message);
    return openRemoteSqlite(message.remote!);
  };
  return {
    open: () => open(path.join(parent, 'data')),
    openMissing: async () => {
      const file = path.join(parent, 'a-file');
      await writeFile(file, '');
      return open(path.join(file, 'data'));
    },
    destroy: () => rm(parent, { recursive: true, force: true, maxRetries: 10 }),
  };
}
