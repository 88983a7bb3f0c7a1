import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buffer } from 'node:stream/consumers';
import type { Database } from '../../src/engines/database/database.ts';
import type { FileStore } from '../../src/engines/files/files.ts';
import type { LoggedChange, Row } from '../../src/model/commit.ts';
import type { Beliefs, FoundRow } from './http-beliefs.ts';
import { openFolder } from './workload.ts';

/** The rows of a table by their ids, as the log tells them. */
type LoggedRows = Map<string, { readonly version: number; readonly row: Row }>;

/** A data folder between two runs of the server, read through the classes that the server itself uses. */
export class Evidence {
  readonly #folder: string;
  readonly #uploadsId: string;
  readonly #tables = new Map<string, LoggedRows>();
  readonly #filesSeen = new Set<string>();
  #position = '';

  /** @param uploadsId the id of the collection `uploads` */
  constructor(folder: string, uploadsId: string) {
    this.#folder = folder;
    this.#uploadsId = uploadsId;
    for (const table of ['items', 'uploads', 'tallies']) this.#tables.set(table, new Map());
  }

  /** The files whose bytes were compared. */
  get filesChecked(): number {
    return this.#filesSeen.size;
  }

  /** How many rows a table had at the last check. */
  count(table: string): number {
    return this.#tables.get(table)!.size;
  }

  /** Holds the folder against the beliefs, its rows against its log, and its files against its rows. */
  async check(beliefs: Beliefs): Promise<void> {
    const opened = await openFolder(this.#folder);
    try {
      await this.#readLog(opened.database);
      const rows = new Map<string, Row[]>();
      for (const table of this.#tables.keys()) rows.set(table, await this.#readTable(opened.database, table));
      beliefs.checkRows([...rows.get('items')!, ...rows.get('uploads')!] as unknown as FoundRow[]);
      beliefs.checkCounters(new Map(rows.get('tallies')!.map(({ id, total }) => [id as string, total as number])));
      for (const row of rows.get('uploads')!) await this.#checkFile(opened.files, row);
    } finally {
      await opened.close();
    }
    checkIntegrity(path.join(this.#folder, 'data.db'));
  }

  /** Goes on in the log where the last check ended: every entry follows from those before it. */
  async #readLog(database: Database): Promise<void> {
    for (;;) {
      const entries = await database.readLog(this.#position, 500);
      if (entries.length === 0) break;
      for (const { position, changes } of entries) {
        assert.ok(position > this.#position, 'the log is out of order');
        this.#position = position;
        for (const change of changes) this.#follow(change);
      }
    }
    assert.equal(this.#position, await database.headPosition());
  }

  #follow({ action, table, id, version, row }: LoggedChange): void {
    const rows = this.#tables.get(table);
    if (rows === undefined) return;
    const before = rows.get(id);
    assert.equal(before === undefined, action === 'create', `the log has a second ${action} of ${table}/${id}`);
    if (action === 'delete') {
      assert.equal(version, before!.version, `the log deletes another version of ${table}/${id}`);
      rows.delete(id);
      return;
    }
    assert.equal(version, (before?.version ?? 0) + 1, `the log skips a version of ${table}/${id}`);
    rows.set(id, { version, row });
  }

  /** The rows of a table; each is what the log says, and there are no others. */
  async #readTable(database: Database, table: string): Promise<Row[]> {
    const logged = this.#tables.get(table)!;
    const [sample] = logged.values();
    if (sample === undefined) return [];
    const names = [...Object.keys(sample.row), '@version'];
    const columns = names.map((name) => database.dialect.identifier(name)).join(', ');
    const sql = `SELECT ${columns} FROM ${database.dialect.identifier(table)}`;
    const values = await database.read({ sql, params: [], tables: [table], purpose: 'show' });
    assert.equal(values.length, logged.size, `${table} has other rows than the log`);
    return values.map((list) => {
      const row: Row = Object.fromEntries(names.map((name, i) => [name, list[i]!]));
      const { '@version': version, ...content } = row;
      const expected = logged.get(String(row['id']));
      assert.deepEqual({ version, row: content }, expected, `${table}/${row['id']} is not what the log says`);
      return content as Row;
    });
  }

  async #checkFile(files: FileStore, { id, key, file }: Row): Promise<void> {
    const place = `${this.#uploadsId}/${id}/${file}`;
    if (this.#filesSeen.has(place)) return;
    const stream = await files.open(place);
    assert.notEqual(stream, null, `a row names the file ${place}, which is not there`);
    const digest = createHash('sha256')
      .update(await buffer(stream!))
      .digest('hex');
    assert.equal(digest, key, `the file ${place} has other bytes`);
    this.#filesSeen.add(place);
  }
}

function checkIntegrity(file: string): void {
  const database = new DatabaseSync(file, { readOnly: true });
  const row = database.prepare('PRAGMA integrity_check').get() as { integrity_check: string };
  database.close();
  assert.equal(row.integrity_check, 'ok');
}
