import { type Dirent, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Notes } from './report.ts';
import { ImportError, type SourceReader, type SourceTable } from './source.ts';

/** Files of one folder that are looked at. */
const entriesMax = 10_000;

/** Where the database of a `pb_data` folder lies. Throws `ImportError` when the folder is something else. */
export function findSourceDatabase(folder: string): string {
  if (!isFolder(folder)) throw new ImportError(`${folder} is not a folder.`);
  const file = path.join(folder, 'data.db');
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === true) return file;
  const inner = path.join(folder, 'pb_data');
  const hint = isFolder(inner) ? ` Did you mean ${inner}?` : '';
  throw new ImportError(`${folder} is not a pb_data folder: there is no data.db in it.${hint}`);
}

/** Throws `ImportError` unless the database was written by PocketBase 0.23 or later. */
export function assertSupported(folder: string, tables: readonly SourceTable[]): void {
  const columnsOf = (name: string): readonly string[] | undefined =>
    tables.find((table) => table.name === name && table.kind === 'table')?.columns;
  const collections = columnsOf('_collections');
  if (collections === undefined) {
    throw new ImportError(`${folder} was not written by PocketBase: its database has no table of collections.`);
  }
  if (isPando(tables)) {
    throw new ImportError(`${folder} is a data folder of Pando already: serve it with --dir ${folder}.`);
  }
  const isOld = columnsOf('_admins') !== undefined || columnsOf('_superusers') === undefined;
  if (!isOld && collections.includes('fields') && collections.includes('options')) return;
  throw new ImportError(
    `${folder} was written by a PocketBase older than 0.23. Start it once with PocketBase 0.23 or later, which upgrades it, stop it, and import again.`,
  );
}

/** True for the database of a data folder of Pando. */
export function isPando(tables: readonly SourceTable[]): boolean {
  return ['_log', '_meta'].every((name) => tables.some((table) => table.name === name && table.kind === 'table'));
}

/** Lists what lies in and beside the folder and is not imported. */
export function noteLeftBehind(folder: string, source: SourceReader, known: ReadonlySet<string>, notes: Notes): void {
  for (const table of source.tables()) {
    if (table.kind === 'view' || known.has(table.name) || ignoredTables.has(table.name)) continue;
    const count = source.count(table.name);
    notes.add('table', table.name, `belongs to no collection and was left behind (${count} rows).`);
  }
  const beside = path.dirname(path.resolve(folder));
  for (const name of listFiles(path.join(beside, 'pb_hooks'))) {
    notes.add('hook', `pb_hooks/${name}`, 'does not run here; its logic has to be written anew.');
  }
  const migrations = listFiles(path.join(beside, 'pb_migrations'));
  if (migrations.length > 0) {
    const message = `${migrations.length} files are not needed: the collections are imported as they are now.`;
    notes.add('migration', 'pb_migrations', message);
  }
  for (const name of listFiles(path.join(folder, 'backups'))) {
    if (!name.endsWith('.attrs')) notes.add('backup', `backups/${name}`, 'stays where it is.');
  }
  if (isFile(path.join(folder, 'auxiliary.db'))) {
    notes.add('logs', 'auxiliary.db', 'holds request logs only and was left behind.');
  }
}

/** Tables that every source has and nobody misses. */
const ignoredTables: ReadonlySet<string> = new Set(['_collections', '_params', '_migrations', '_mfas', '_otps']);

function listFiles(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  return files
    .slice(0, entriesMax)
    .map((entry) => entry.name)
    .toSorted();
}

function isFolder(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}
