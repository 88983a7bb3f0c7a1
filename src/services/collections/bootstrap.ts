import { type Database, DatabaseError } from '../../engines/database/database.ts';
import { Committer, ConflictError, RefusedError } from '../../log/commit.ts';
import type { Collection } from '../../model/collection.ts';
import { createSystemCollections, createUsersCollection } from '../../model/collection-defaults.ts';
import { collectionColumns, collectionsTable, collectionToRow } from '../../model/collection-row.ts';
import type { Change, Column, TableChange } from '../../model/commit.ts';
import { planTable } from '../../model/table-plan.ts';
import { type Clock, systemClock } from '../../util/clock.ts';
import { formatDate } from '../../util/date.ts';

/** The layout of the tables that this Pando reads and writes, kept in the row `format` of `_params`. */
export const tablesFormat = 1;

/** The table of single values: `format`, `collections`, and the settings. */
export const paramsTable = '_params';
const formatId = 'format';

/** The row of `_params` that every change of the set of collections changes, so that no two of them go past each other. */
export const collectionsMarkId = 'collections';

const paramsColumns: readonly Column[] = [
  { name: 'id', type: 'text' },
  { name: 'value', type: 'json' },
  { name: 'created', type: 'text' },
  { name: 'updated', type: 'text' },
];

/** A database that this Pando cannot work with: made by a newer one, or by another program. */
export class TablesFormatError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TablesFormatError';
  }
}

/**
 * Prepares a database: an empty one gets the tables of the program, the system collections and the collection `users`, all in one
 * commit, so that there is no half-made one to find after a crash; one that is prepared is left as it is.
 *
 * @throws TablesFormatError when the database was not made for this version of the program; `DatabaseError` when it cannot be used
 */
export async function bootstrap(database: Database, clock: Clock = systemClock): Promise<void> {
  if (await isPrepared(database)) return;
  const changes = firstChanges(formatDate(clock.now()));
  try {
    await new Committer(database).commit(changes, { bucket: null });
  } catch (error) {
    if (!(error instanceof RefusedError || error instanceof ConflictError)) throw error;
    // The tables are there by now, because somebody else was quicker, or they are no tables of ours.
    if (!(await isPrepared(database))) throw foreignDatabase();
  }
}

/** False for an empty database. */
async function isPrepared(database: Database): Promise<boolean> {
  const value = await readFormat(database);
  if (value === undefined) return false;
  const format = value === null ? Number.NaN : Number(value);
  if (!Number.isInteger(format)) throw foreignDatabase();
  if (format === tablesFormat) return true;
  throw new TablesFormatError(
    `The database has tables of format ${format}, this Pando works with format ${tablesFormat}. ` +
      `Open it with the version of Pando that it was made with.`,
  );
}

/** The stored format; null when the table has none, undefined when there is no such table. */
async function readFormat(database: Database): Promise<string | null | undefined> {
  const { identifier } = database.dialect;
  const sql = `SELECT ${identifier('value')} FROM ${identifier(paramsTable)} WHERE ${identifier('id')} = ?`;
  try {
    const [row] = await database.read({ sql, params: [formatId], tables: [paramsTable], purpose: 'decide' });
    return row === undefined ? null : (row[0] as string);
  } catch (error) {
    if (error instanceof DatabaseError && error.kind === 'query') return undefined;
    throw error;
  }
}

function foreignDatabase(): TablesFormatError {
  return new TablesFormatError(
    'The database holds tables that Pando did not make. A folder of PocketBase is read with "pando import pocketbase".',
  );
}

function firstChanges(now: string): Change[] {
  const collections = [...createSystemCollections(now), createUsersCollection(now)];
  const tables = collections.flatMap((collection) => planTable(null, collection));
  return [
    ...coreChanges(now),
    ...tables.map((change): Change => ({ kind: 'schema', change })),
    ...collections.map(insertCollection),
  ];
}

/** What every database has before it has collections: the program's own tables, and the row that tells their format. */
export function coreChanges(now: string): Change[] {
  const tables: TableChange[] = [
    { kind: 'createTable', table: collectionsTable, columns: collectionColumns },
    {
      kind: 'createIndex',
      table: collectionsTable,
      index: 'idx__collections_name',
      unique: true,
      sql: `CREATE UNIQUE INDEX "idx__collections_name" ON "${collectionsTable}" (lower("name"))`,
    },
    { kind: 'createTable', table: paramsTable, columns: paramsColumns },
  ];
  const values = { [formatId]: String(tablesFormat), [collectionsMarkId]: null };
  return [
    ...tables.map((change): Change => ({ kind: 'schema', change })),
    ...Object.entries(values).map(([id, value]): Change => {
      const row = { id, value, created: now, updated: now };
      return { kind: 'insert', table: paramsTable, collectionId: paramsTable, id, row };
    }),
  ];
}

/** The change that adds a collection's row. */
export function insertCollection(collection: Collection): Change {
  const row = collectionToRow(collection);
  return { kind: 'insert', table: collectionsTable, collectionId: collectionsTable, id: collection.id, row };
}
