import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DatabaseTarget } from '../../src/engines/database/contract.ts';
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
