import { join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import type { Options } from '../config/options.ts';
import { Bus, type BusDriver } from '../engines/bus/bus.ts';
import { MemoryBus } from '../engines/bus/memory/memory.ts';
import { openPortBus } from '../engines/bus/memory/port-bus.ts';
import { Cache, Versions } from '../engines/cache/cache.ts';
import { MemoryCache } from '../engines/cache/memory/memory.ts';
import { Database, type DatabaseDriver } from '../engines/database/database.ts';
import { databaseFiles } from '../engines/database/sqlite/folder.ts';
import { ForeignDatabase } from '../engines/database/sqlite/foreign.ts';
import { lockFolder } from '../engines/database/sqlite/lock.ts';
import { openRemoteSqlite } from '../engines/database/sqlite/remote.ts';
import type { RemoteConnection } from '../engines/database/sqlite/remote-protocol.ts';
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

/** What another thread needs to stand on the same engines. */
export interface EngineLink {
  readonly database: RemoteConnection;
  readonly bus: MessagePort;
  readonly versions: SharedArrayBuffer;
}

/** Engines that other threads of the process can be linked to. */
export interface MainEngines extends Engines {
  /** A link for one thread; the ports in it must be transferred there. */
  link(): { readonly link: EngineLink; readonly ports: readonly MessagePort[] };
}

/** Opens the engines that the options ask for; each is closed with the lifecycle, the database last. */
export async function openEngines(options: Options, reporter: Reporter, lifecycle: Lifecycle): Promise<MainEngines> {
  const database = await openSqlite(options.dir);
  const bus = new MemoryBus();
  const versions = new Versions();
  const engines = await openOn({ database, bus, versions }, options, reporter, lifecycle);
  const link: MainEngines['link'] = () => {
    const [connection, port] = [database.connect(), bus.connect()];
    return { link: { database: connection, bus: port, versions: versions.buffer }, ports: [connection.port, port] };
  };
  return { ...engines, link };
}

/** Opens the engines in a thread that was given a link to those of the main thread. */
export function openLinkedEngines(
  link: EngineLink,
  options: Options,
  reporter: Reporter,
  lifecycle: Lifecycle,
): Promise<Engines> {
  const database = openRemoteSqlite(link.database);
  const bus = openPortBus(link.bus);
  return openOn({ database, bus, versions: new Versions(link.versions) }, options, reporter, lifecycle);
}

async function openOn(
  base: { readonly database: DatabaseDriver; readonly bus: BusDriver; readonly versions: Versions },
  options: Options,
  reporter: Reporter,
  lifecycle: Lifecycle,
): Promise<Engines> {
  const { dir } = options;
  const database = new Database(base.database);
  await lifecycle.start({ name: 'database', stop: () => database.close() });
  const files = new FileStore(await openDiskFiles(join(dir, 'storage')));
  await lifecycle.start({ name: 'files', stop: () => files.close() });
  const cache = new Cache(new MemoryCache({ bytesMax: options.cacheBytesMax }), base.versions);
  await lifecycle.start({ name: 'cache', stop: () => cache.close() });
  const bus = new Bus(base.bus);
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
