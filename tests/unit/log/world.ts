import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Database } from '../../../src/engines/database/database.ts';
import { openSqlite } from '../../../src/engines/database/sqlite/sqlite.ts';
import { Committer } from '../../../src/log/commit.ts';
import { PositionsTable } from '../../../src/log/positions-table.ts';
import { LogReader, type ReadOptions } from '../../../src/log/reader.ts';
import type { Change, Position } from '../../../src/model/commit.ts';

const table = 'notes';

/** A change that adds a note; `id` is also its text. */
export function addNote(id: string): Change {
  return { kind: 'insert', table, collectionId: 'c1', id, row: { id, text: id } };
}

/** A change of a note's text. */
export function changeNote(id: string, version: number, text: string): Change {
  return { kind: 'update', table, collectionId: 'c1', id, version, set: { text }, row: { id, text } };
}

/** A database on disk with a table of notes, and what reads and writes its log. */
export class World implements AsyncDisposable {
  readonly folder: string;
  now = Date.UTC(2026, 0, 1);
  database!: Database;
  committer!: Committer;
  positions!: PositionsTable;
  reader!: LogReader;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<World> {
    const world = new World(await mkdtemp(path.join(tmpdir(), 'pando-log-')));
    await world.open();
    const columns = [
      { name: 'id', type: 'text' },
      { name: 'text', type: 'text' },
    ] as const;
    await world.committer.commit([{ kind: 'schema', change: { kind: 'createTable', table, columns } }]);
    return world;
  }

  readonly clock = { now: (): number => this.now };

  async open(readerOptions: { recentEntriesMax?: number; recentBytesMax?: number } = {}): Promise<void> {
    this.database = new Database(await openSqlite(this.folder, { clock: this.clock }));
    this.committer = new Committer(this.database);
    this.positions = new PositionsTable(this.database, this.committer);
    this.reader = await LogReader.open(this.database, readerOptions);
  }

  async close(): Promise<void> {
    this.reader.close();
    await this.database.close();
  }

  async reopen(readerOptions: { recentEntriesMax?: number; recentBytesMax?: number } = {}): Promise<void> {
    await this.close();
    await this.open(readerOptions);
  }

  /** Adds notes one after another; answers their positions. */
  async addNotes(...ids: string[]): Promise<Position[]> {
    const positions: Position[] = [];
    for (const id of ids) positions.push(await this.committer.commit([addNote(id)]));
    return positions;
  }

  /** The ids in the next `count` entries after a position. */
  async take(after: Position, count: number, options: ReadOptions = {}): Promise<string[]> {
    const ids: string[] = [];
    if (count === 0) return ids;
    for await (const entries of this.reader.read(after, options)) {
      ids.push(...entries.map((entry) => entry.changes[0]?.id ?? 'schema'));
      if (ids.length >= count) break;
    }
    return ids;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    await rm(this.folder, { recursive: true });
  }
}

/** Resolves when `check` answers true; asks again after every turn of the loop, at most `turnsMax` times 1 ms. */
export async function until(check: () => boolean | Promise<boolean>, turnsMax = 10_000): Promise<void> {
  for (let turn = 0; turn < turnsMax; turn++) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error('it did not happen');
}
