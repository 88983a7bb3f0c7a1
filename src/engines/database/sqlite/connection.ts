import * as sqlite from 'node:sqlite';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { DatabaseError } from '../driver.ts';

/** A connection of node:sqlite, under whichever name this Node gives the class. */
export type Connection = DatabaseSync;
/** A prepared statement of node:sqlite. */
export type Statement = StatementSync;

/** The oldest SQLite without the WAL-reset corruption bug. */
const oldestSqlite = [3, 51, 3] as const;

/** Frees what a statement holds at once, where this Node can; it must not be used again. */
export function closeStatement(statement: Statement): void {
  (statement as { close?: () => void }).close?.();
}

/** Which part a connection plays; it decides how much memory it may use and what it may do. */
export type ConnectionRole = 'main' | 'remote' | 'scan' | 'checkpoint';

const cacheKib: { readonly [role in ConnectionRole]: number } = {
  main: 65_536,
  remote: 32_768,
  scan: 16_384,
  checkpoint: 1024,
};

/** True when `version` (such as `3.53.4`) is one that Pando may store data with. */
export function isSafeSqlite(version: string): boolean {
  const parts = version.split('.').map(Number);
  for (let i = 0; i < oldestSqlite.length; i++) {
    const part = parts[i] ?? 0;
    if (part !== oldestSqlite[i]!) return part > oldestSqlite[i]!;
  }
  return true;
}

/** Refuses a Node whose SQLite can corrupt a database (versions before 3.51.3 when a WAL is reset). */
export function assertSafeSqlite(version: string = process.versions['sqlite'] ?? '0'): void {
  if (isSafeSqlite(version)) return;
  throw new DatabaseError(
    'unavailable',
    `This Node carries SQLite ${version}, which can corrupt data; Pando needs SQLite ${oldestSqlite.join('.')} or newer (Node 24.15+ or 26).`,
  );
}

/**
 * Opens a connection to a database file with the settings every connection shares. `mmap_size` stays 0: reading through a
 * mapping would turn a disk error into a signal that kills the process, and would let a stray write reach the file.
 */
export function openConnection(file: string, role: ConnectionRole): Connection {
  const Database = databaseClass();
  const connection = new Database(file, {
    // Waiting blocks the thread. Another program may hold a lock for a moment; the writer tries again by itself.
    timeout: role === 'main' ? 100 : 5000,
    defensive: true,
    readOnly: role === 'remote' || role === 'scan',
    enableForeignKeyConstraints: false,
    enableDoubleQuotedStringLiterals: false,
  });
  connection.exec(
    `PRAGMA mmap_size=0; PRAGMA cache_size=-${cacheKib[role]}; PRAGMA trusted_schema=OFF; PRAGMA synchronous=NORMAL;` +
      ' PRAGMA wal_autocheckpoint=0',
  );
  return connection;
}

/** Opens a database that is only there to be locked. Waits for nobody. */
export function openLockFile(file: string): Connection {
  const Database = databaseClass();
  return new Database(file, { timeout: 0 });
}

/** Node 26.11 renames the class; the old name stays as an alias for a while. */
function databaseClass(): typeof sqlite.DatabaseSync {
  return (sqlite as { Database?: typeof sqlite.DatabaseSync }).Database ?? sqlite.DatabaseSync;
}

/** Quotes an identifier. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The extended result code of an error that node:sqlite threw, or 0 when SQLite did not raise it. */
export function errorCodeOf(error: unknown): number {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code : 0;
}

/** `value` when it is an Error, else an Error that tells it. */
export function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
