import {
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  closeSync,
  statSync,
} from 'node:fs';
import * as sqlite from 'node:sqlite';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ColumnValue } from '../../../model/commit.ts';
import { DatabaseError } from '../driver.ts';
import { type Connection, quoteIdentifier as quote, toError } from './connection.ts';

const magic = 'SQLite format 3\0';
/** Where SQLite locks: this byte and the few hundred behind it in the database, a few bytes from 120 on in the shared memory. */
const lockBytes = { database: [0x4000_0000, 0x4000_0200], sharedMemory: [120, 128] } as const;

/** A table or view of a foreign database. */
export interface ForeignTable {
  readonly name: string;
  readonly kind: 'table' | 'view';
  readonly columns: readonly string[];
  /** The statement that made it. */
  readonly sql: string;
}

/**
 * A database file that another program wrote, for reading. The file and its folder are left exactly as they are: what is not in the
 * file proper yet (a write-ahead log, a rollback journal) is worked in on a copy.
 *
 * @example
 * using source = ForeignDatabase.open('/srv/app/pb_data/data.db', '/var/lib/pando/.import/source');
 * for (const [id] of source.rows('posts', ['id'])) console.log(id);
 */
export class ForeignDatabase implements Disposable {
  readonly #connection: Connection;
  readonly #file: string;
  readonly #stamp: string;

  private constructor(connection: Connection, file: string, stamp: string) {
    this.#connection = connection;
    this.#file = file;
    this.#stamp = stamp;
  }

  /**
   * @param scratch a folder for a copy, made when it is needed; belongs to the caller
   * @throws DatabaseError (`unavailable`): the file is missing, is no database, or is in use by another process
   */
  static open(file: string, scratch: string): ForeignDatabase {
    assertDatabase(file);
    assertUnused(file);
    const stamp = stampOf(file);
    try {
      const connection = hasRest(file) ? openCopy(file, scratch) : openUnchanged(file);
      return new ForeignDatabase(connection, file, stamp);
    } catch (error) {
      throw new DatabaseError('unavailable', `${file} cannot be read: ${toError(error).message}`, error);
    }
  }

  /** Tables and views, by name. Throws `DatabaseError` (`query`) for a damaged file. */
  tables(): ForeignTable[] {
    const rows = this.#read(
      "SELECT name, type, sql FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    );
    return [...rows].map(([name, kind, sql]) => ({
      name: String(name),
      kind: kind === 'view' ? 'view' : 'table',
      // A view over what is gone cannot say what its columns are; nobody reads it.
      columns: kind === 'view' ? [] : this.#columnsOf(String(name)),
      sql: String(sql ?? ''),
    }));
  }

  /** How many rows a table has. */
  count(table: string): number {
    for (const [count] of this.#read(`SELECT count(*) FROM ${quote(table)}`)) return Number(count);
    return 0;
  }

  /** The rows of a table in the order in which they were inserted, with these columns. BLOBs are given as the text in them. */
  rows(table: string, columns: readonly string[]): Iterable<ColumnValue[]> {
    return this.#read(`SELECT ${columns.map(quote).join(', ')} FROM ${quote(table)} ORDER BY _rowid_`);
  }

  /** Throws `DatabaseError` (`unavailable`) when the file has been written to since it was opened: what was read may not fit together. */
  assertUnchanged(): void {
    if (stampOf(this.#file) !== this.#stamp) throw inUse(this.#file);
  }

  close(): void {
    if (this.#connection.isOpen) this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #columnsOf(table: string): string[] {
    return [...this.#read(`SELECT name FROM pragma_table_info(${quoteText(table)}) ORDER BY cid`)].map(([name]) =>
      String(name),
    );
  }

  *#read(sql: string): Generator<ColumnValue[]> {
    try {
      const statement = this.#connection.prepare(sql);
      statement.setReturnArrays(true);
      // Whole numbers above 2^53 would be refused otherwise.
      statement.setReadBigInts(true);
      for (const row of statement.iterate() as Iterable<unknown>) yield (row as unknown[]).map(toColumnValue);
    } catch (error) {
      throw new DatabaseError('query', `${this.#file} cannot be read: ${toError(error).message}`, error);
    }
  }
}

function toColumnValue(value: unknown): ColumnValue {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  return value as ColumnValue;
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function assertDatabase(file: string): void {
  const start = Buffer.alloc(magic.length);
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    throw new DatabaseError('unavailable', `${file} cannot be read: ${toError(error).message}`, error);
  }
  try {
    readSync(fd, start, 0, start.length, 0);
  } finally {
    closeSync(fd);
  }
  if (start.toString('latin1') !== magic) throw new DatabaseError('unavailable', `${file} is not a SQLite database.`);
}

/** True when part of the content is still in the write-ahead log, or when a rollback is due. */
function hasRest(file: string): boolean {
  return sizeOf(`${file}-wal`) > 0 || sizeOf(`${file}-journal`) > 0;
}

function openUnchanged(file: string): Connection {
  const url = pathToFileURL(path.resolve(file));
  // Neither locks nor shared memory: the folder may even be read-only.
  url.search = '?mode=ro&immutable=1';
  return openReader(url, true);
}

function openCopy(file: string, scratch: string): Connection {
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  const copy = path.join(scratch, path.basename(file));
  for (const ending of ['', '-wal', '-journal']) {
    if (existsSync(file + ending)) copyFileSync(file + ending, copy + ending, constants.COPYFILE_FICLONE);
  }
  return openReader(copy, false);
}

function openReader(place: string | URL, readOnly: boolean): Connection {
  const Database = (sqlite as { Database?: typeof sqlite.DatabaseSync }).Database ?? sqlite.DatabaseSync;
  const connection = new Database(place, {
    readOnly,
    defensive: true,
    enableForeignKeyConstraints: false,
    allowExtension: false,
  });
  connection.exec('PRAGMA mmap_size=0; PRAGMA trusted_schema=OFF; PRAGMA query_only=ON');
  return connection;
}

/** Best effort: Linux tells who holds locks on which file; elsewhere only a change is noticed. */
function assertUnused(file: string): void {
  if (process.platform !== 'linux') return;
  let locks: string;
  try {
    locks = readFileSync('/proc/locks', 'utf8');
  } catch {
    return;
  }
  const isHeld =
    isLocked(locks, inodeOf(file), lockBytes.database) ||
    isLocked(locks, inodeOf(`${file}-shm`), lockBytes.sharedMemory);
  if (isHeld) throw inUse(file);
}

/** Lines of /proc/locks: `1: POSIX  ADVISORY  READ 812 fd:01:131074 1073741826 1073742335`. */
function isLocked(locks: string, inode: number, [from, to]: readonly [number, number]): boolean {
  if (inode === 0) return false;
  const pattern = new RegExp(` [0-9a-f]+:[0-9a-f]+:${inode} (\\d+) `, 'g');
  return [...locks.matchAll(pattern)].some(([, start]) => Number(start) >= from && Number(start) <= to);
}

function inUse(file: string): DatabaseError {
  return new DatabaseError('unavailable', `${file} is in use by another program. Stop it first.`);
}

function inodeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.ino ?? 0;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Changes with every write to the file or its log. */
function stampOf(file: string): string {
  return [file, `${file}-wal`]
    .map((each) => statSync(each, { throwIfNoEntry: false }))
    .map((stat) => (stat === undefined ? '' : `${stat.size} ${stat.mtimeMs}`))
    .join(' ');
}
