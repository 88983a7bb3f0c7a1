import { join } from 'node:path';
import type { Options } from '../config/options.ts';
import { Bus } from '../engines/bus/bus.ts';
import { MemoryBus } from '../engines/bus/memory/memory.ts';
import { Cache } from '../engines/cache/cache.ts';
import { MemoryCache } from '../engines/cache/memory/memory.ts';
import { Database } from '../engines/database/database.ts';
import { databaseFiles } from '../engines/database/sqlite/folder.ts';
import { ForeignDatabase } from '../engines/database/sqlite/foreign.ts';
import { lockFolder } from '../engines/database/sqlite/lock.ts';
import { openSqlite } from '../engines/database/sqlite/sqlite.ts';
import { openDiskFiles } from '../engines/files/disk/disk.ts';
import { FileStore } from '../engines/files/files.ts';
import { openMailFolder } from '../engines/mail/folder/folder.ts';
import { Mail } from '../engines/mail/mail.ts';
import type { Reporter } from '../observe/reporter.ts';
import type { Lifecycle } from './lifecycle.ts';

/** Everything that the app stands on. The only file that names products is this one. */
export interface Engines {
  readonly database: Database;
  readonly cache: Cache;
  readonly bus: Bus;
  readonly files: FileStore;
  readonly mail: Mail;
  /** A folder for files in passing, on the file system of the file store. */
  readonly tempDir: string;
}

/** Opens the engines that the options ask for; each is closed with the lifecycle, the database last. */
export async function openEngines(options: Options, reporter: Reporter, lifecycle: Lifecycle): Promise<Engines> {
  const { dir } = options;
  const database = new Database(await openSqlite(dir));
  await lifecycle.start({ name: 'database', stop: () => database.close() });
  const files = new FileStore(await openDiskFiles(join(dir, 'storage')));
  await lifecycle.start({ name: 'files', stop: () => files.close() });
  const cache = new Cache(new MemoryCache({ bytesMax: options.cacheBytesMax }));
  await lifecycle.start({ name: 'cache', stop: () => cache.close() });
  const bus = new Bus(new MemoryBus());
  await lifecycle.start({ name: 'bus', stop: () => bus.close() });
  const onWritten = ({ file, subject }: { file: string; subject: string }): void =>
    reporter.notice('A mail was written to the mail folder.', { file, subject });
  const mail = new Mail(await openMailFolder(options.mailDir || join(dir, 'mail'), { onWritten }));
  await lifecycle.start({ name: 'mail', stop: () => mail.close() });
  return { database, cache, bus, files, mail, tempDir: join(dir, 'temp') };
}

/** Opens the database of a data folder by itself; made when it is missing. */
export async function openDatabase(folder: string): Promise<Database> {
  return new Database(await openSqlite(folder));
}

/** Opens a database file of another program for reading; `scratch` is a folder for copies. */
export function openForeignDatabase(file: string, scratch: string): ForeignDatabase {
  return ForeignDatabase.open(file, scratch);
}

/** Takes the one right to write in a data folder, or rejects at once when another process has it. */
export function holdFolder(folder: string): Promise<{ release(): void }> {
  return lockFolder(databaseFiles(folder).lock, 0);
}
