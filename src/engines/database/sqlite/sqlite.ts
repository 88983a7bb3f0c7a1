import type { ColumnValue, Commit, CommitOutcome, LogEntry, Position } from '../../../model/commit.ts';
import { type Clock, systemClock } from '../../../util/clock.ts';
import { DatabaseError, type DatabaseDriver, type DurableListener, type Query } from '../driver.ts';
import { assertSafeSqlite, type Connection, openConnection, toError } from './connection.ts';
import { sqliteDialect } from './dialect.ts';
import { createDatabaseFile, type DatabaseFiles, databaseFiles, prepareFolder, syncFolder } from './folder.ts';
import { DurableGate } from './gate.ts';
import { GroupWriter } from './group-writer.ts';
import { LocalReader } from './local-reader.ts';
import { type FolderLock, lockFolder } from './lock.ts';
import { LogTable, logTableSql } from './log-table.ts';
import { toPosition } from './positions.ts';
import type { RemoteConnection } from './remote-protocol.ts';
import { RemoteWriter } from './remote-writer.ts';
import { ScanPool, scanMsMaxDefault } from './scan-pool.ts';
import { Wal, walFramesMaxDefault } from './wal.ts';

/** Version of the store's layout. A newer one is refused. */
const storeFormat = 1;
const defaultLockWaitMs = 2000;
const defaultScanProcessesMax = 2;

/** How to open a SQLite store. */
export interface SqliteOptions {
  /** How long to wait for another process to let the folder go. Default 2000. */
  readonly lockWaitMs?: number;
  /** Helper processes for statements that visit many rows. Default 2. */
  readonly scanProcessesMax?: number;
  /** How long such a statement may take, waiting included. Default 3000. */
  readonly scanMsMax?: number;
  /** Frames of 4 KiB in the write-ahead log file before writing pauses until it can start over. Default 4000. */
  readonly walFramesMax?: number;
  /** For the times in the log. */
  readonly clock?: Clock;
}

/**
 * Opens (and creates when missing) the database of a data folder. The caller is the only one that may write in it until `close` or
 * the end of the process.
 *
 * Rejects with `DatabaseError` (`unavailable`): the folder cannot be used, lies on a network file system, is in use by another
 * process, was written by a newer Pando, or this Node's SQLite is too old.
 *
 * @example
 * await using driver = await openSqlite('/var/lib/pando');
 */
export async function openSqlite(folder: string, options: SqliteOptions = {}): Promise<SqliteDatabase> {
  assertSafeSqlite();
  const files = databaseFiles(folder);
  prepareFolder(files);
  const lock = await lockFolder(files.lock, options.lockWaitMs ?? defaultLockWaitMs);
  let connection: Connection | null = null;
  try {
    createDatabaseFile(files);
    connection = openConnection(files.database, 'main');
    createStore(connection, files.database, options.clock ?? systemClock);
    const wal = new Wal(connection, files, options.walFramesMax ?? walFramesMaxDefault);
    // What an earlier process committed but did not sync becomes visible again by being in the log file: make it durable first.
    wal.syncNow();
    syncFolder(folder);
    return new SqliteDatabase({ files, lock, connection, wal }, options);
  } catch (error) {
    connection?.close();
    lock.release();
    if (error instanceof DatabaseError) throw error;
    throw new DatabaseError(
      'unavailable',
      `The database in ${folder} cannot be opened: ${toError(error).message}`,
      error,
    );
  }
}

function createStore(connection: Connection, file: string, clock: Clock): void {
  connection.exec('PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL');
  connection.exec('BEGIN IMMEDIATE');
  connection.exec('CREATE TABLE IF NOT EXISTS "_meta" ("name" TEXT PRIMARY KEY NOT NULL, "value" TEXT NOT NULL)');
  connection.exec(logTableSql);
  connection.prepare('INSERT INTO "_meta" VALUES (?, ?) ON CONFLICT DO NOTHING').run('format', String(storeFormat));
  const row = connection.prepare('SELECT "value" FROM "_meta" WHERE "name" = ?').get('format') as { value: string };
  if (Number(row.value) > storeFormat) {
    connection.exec('ROLLBACK');
    throw new DatabaseError(
      'unavailable',
      `${file} has store format ${row.value}; this Pando knows formats up to ${storeFormat}. Use a newer Pando.`,
    );
  }
  // Written every time, so that the log file exists and its name can be made durable.
  connection.prepare('INSERT OR REPLACE INTO "_meta" VALUES (?, ?)').run('opened', String(clock.now()));
  connection.exec('COMMIT; PRAGMA synchronous=NORMAL');
}

interface OpenStore {
  readonly files: DatabaseFiles;
  readonly lock: FolderLock;
  readonly connection: Connection;
  readonly wal: Wal;
}

/** A database in one SQLite file: one connection on this thread reads and writes, see `docs/durability.md`. */
export class SqliteDatabase implements DatabaseDriver, AsyncDisposable {
  readonly dialect = sqliteDialect;
  readonly failed: Promise<Error>;
  readonly #store: OpenStore;
  readonly #gate = new DurableGate();
  readonly #log: LogTable;
  readonly #writer: GroupWriter;
  readonly #reader: LocalReader;
  readonly #scans: ScanPool;
  readonly #remotes: RemoteWriter;
  #closing: Promise<void> | null = null;

  constructor(store: OpenStore, options: SqliteOptions) {
    this.#store = store;
    this.#log = new LogTable(store.connection, true);
    this.#scans = new ScanPool(store.files.database, {
      processesMax: options.scanProcessesMax ?? defaultScanProcessesMax,
      msMax: options.scanMsMax ?? scanMsMaxDefault,
    });
    this.#reader = new LocalReader(store.connection, (query) => this.#scans.run(query));
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.failed = promise;
    this.#writer = new GroupWriter(
      store.connection,
      this.#log,
      store.wal,
      this.#gate,
      {
        onSchema: () => this.#reader.forgetStatements(),
        onFailed: (cause) => {
          resolve(cause);
          this.#remotes.fail(cause);
        },
      },
      options.clock ?? systemClock,
    );
    this.#remotes = new RemoteWriter({
      commit: (commit) => this.commit(commit),
      read: (query) => this.read(query),
      trim: (upTo) => this.trimLog(upTo),
      onDurable: (listener) => this.onDurable(listener),
    });
  }

  /**
   * A way to this database for another thread of the process: send it there (with its `port` transferred) and open it with
   * `openRemoteSqlite`. `onClosed` is called when that thread has closed it or is gone.
   */
  connect(onClosed: () => void = () => undefined): RemoteConnection {
    return this.#remotes.connect(this.#store.files.database, this.#gate.buffer, onClosed);
  }

  async read(query: Query): Promise<ColumnValue[][]> {
    this.#assertOpen();
    const { pending } = query;
    if (pending !== undefined && pending.length > 0) {
      return this.#writer.pretend(pending, () => this.#reader.readHere(query));
    }
    const result = this.#reader.read(query);
    const rows = Array.isArray(result) ? result : await result;
    if (query.purpose === 'show') {
      const sync = this.#gate.pending(query.tables, true);
      if (sync !== null) await sync;
    }
    return rows;
  }

  commit(commit: Commit): Promise<CommitOutcome> {
    if (this.#closing !== null) return Promise.resolve({ kind: 'unknown', cause: closedError() });
    return this.#writer.commit(commit);
  }

  async outcomeOf(key: string): Promise<CommitOutcome | null> {
    this.#assertOpen();
    const number = this.#log.findKey(key);
    if (number === 0) return null;
    const pending = this.#gate.pending(['_log'], true);
    if (number > this.#gate.head && pending !== null) await pending;
    return { kind: 'done', position: toPosition(number) };
  }

  onDurable(listener: DurableListener): () => void {
    return this.#writer.onDurable(listener);
  }

  async readLog(after: Position, limitMax: number): Promise<LogEntry[]> {
    this.#assertOpen();
    return this.#log.page(after, this.#gate.head, limitMax);
  }

  async headPosition(): Promise<Position> {
    return this.#gate.head === 0 ? '' : toPosition(this.#gate.head);
  }

  async tailPosition(): Promise<Position> {
    this.#assertOpen();
    const { first } = this.#log.ends();
    return first <= 1 ? '' : toPosition(first - 1);
  }

  async logLength(): Promise<number> {
    this.#assertOpen();
    const { first } = this.#log.ends();
    return first === 0 ? 0 : this.#gate.head - first + 1;
  }

  async trimLog(upTo: Position): Promise<number> {
    this.#assertOpen();
    return this.#writer.trim(upTo);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#writer.drained();
    this.#remotes.close();
    await this.#scans.close();
    const { connection, lock, wal } = this.#store;
    if (this.#writer.failure === null) {
      await wal.close();
      connection.close();
    } else {
      // Closing the connection would copy the log file into the database, which nobody may do after a failed sync.
      // It stays open until the process ends.
      wal.abandon();
    }
    lock.release();
  }

  #assertOpen(): void {
    if (this.#closing !== null) throw closedError();
    if (this.#writer.failure !== null) {
      throw new DatabaseError('unavailable', 'The store has failed.', this.#writer.failure);
    }
  }
}

function closedError(): DatabaseError {
  return new DatabaseError('unavailable', 'The database is closed.');
}
