import { type Database, DatabaseError } from '../engines/database/database.ts';
import type { Change, LogEntry, Position, Row } from '../model/commit.ts';
import { type Committer, RefusedError } from './commit.ts';

/** The table that keeps how far each consumer has come. */
export const positionsTable = '_positions';
const consumersMax = 1000;

/** How far a consumer has come, and the version of the row that says so. */
export interface StoredPosition {
  readonly position: Position;
  /** 0 when there is no row yet. */
  readonly version: number;
}

/** Reads and writes consumers' positions, in the database itself. */
export class PositionsTable {
  readonly #database: Database;
  readonly #committer: Committer;

  constructor(database: Database, committer: Committer) {
    this.#database = database;
    this.#committer = committer;
  }

  /** Creates the table when it is missing. */
  async prepare(): Promise<void> {
    try {
      await this.all();
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.kind !== 'query') throw error;
      const columns = [
        { name: 'id', type: 'text' },
        { name: 'position', type: 'text' },
      ] as const;
      try {
        await this.#committer.commit([
          { kind: 'schema', change: { kind: 'createTable', table: positionsTable, columns } },
        ]);
      } catch (refused) {
        // Somebody else has just created it.
        if (!(refused instanceof RefusedError)) throw refused;
        await this.all();
      }
    }
  }

  /** The stored position of a consumer; the start of the log when it has none. */
  async load(consumer: string): Promise<StoredPosition> {
    const { identifier } = this.#database.dialect;
    const sql = `SELECT ${identifier('position')}, ${identifier('@version')} FROM ${identifier(positionsTable)} WHERE ${identifier('id')} = ?`;
    const [row] = await this.#database.read({ sql, params: [consumer], tables: [positionsTable], purpose: 'decide' });
    return row === undefined
      ? { position: '', version: 0 }
      : { position: row[0] as Position, version: row[1] as number };
  }

  /** Stores a position. Rejects with `ConflictError` or `RefusedError` when another process has moved this consumer. */
  async store(consumer: string, before: StoredPosition, position: Position): Promise<StoredPosition> {
    const row: Row = { id: consumer, position };
    const place = { table: positionsTable, collectionId: positionsTable, id: consumer, row };
    const change: Change =
      before.version === 0
        ? { kind: 'insert', ...place }
        : { kind: 'update', ...place, version: before.version, set: { position } };
    await this.#committer.commit([change], { bucket: null });
    return { position, version: before.version + 1 };
  }

  /** The positions of all consumers by name. */
  async all(): Promise<Map<string, Position>> {
    const { identifier } = this.#database.dialect;
    const sql = `SELECT ${identifier('id')}, ${identifier('position')} FROM ${identifier(positionsTable)} LIMIT ?`;
    const rows = await this.#database.read({
      sql,
      params: [consumersMax],
      tables: [positionsTable],
      purpose: 'decide',
    });
    return new Map(rows.map(([id, position]) => [id as string, position as Position]));
  }
}

/** True when an entry holds nothing but consumers' positions: no consumer needs to hear of it. */
export function isPositionsOnly(entry: LogEntry): boolean {
  return !entry.schema && entry.changes.length > 0 && entry.changes.every(({ table }) => table === positionsTable);
}
