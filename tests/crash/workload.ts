import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buffer } from 'node:stream/consumers';
import { Database } from '../../src/engines/database/database.ts';
import { openSqlite, type SqliteOptions } from '../../src/engines/database/sqlite/sqlite.ts';
import { openDiskFiles } from '../../src/engines/files/disk/disk.ts';
import { FileStore } from '../../src/engines/files/files.ts';
import { Committer } from '../../src/log/commit.ts';
import type { Change, LogEntry } from '../../src/model/commit.ts';

/** Every so many commits of a client put a file first. */
const fileEvery = 8;

/**
 * Clients that write at the same time. Commit number n of client c adds the parts `c-n-a` and `c-n-b` and sets the client's own row to n,
 * in one commit; so from the client's row alone it is known what must be there and what must not.
 */
export interface Workload {
  readonly clients: readonly string[];
  /** Commits of each client; it ends before when the process does. */
  readonly commitsEach: number;
  /** Puts files too. */
  readonly hasFiles: boolean;
}

/** A data folder, opened through the classes that the program itself uses. */
export async function openFolder(
  folder: string,
  options: SqliteOptions = {},
): Promise<{ database: Database; files: FileStore; close: () => Promise<void> }> {
  const database = new Database(await openSqlite(folder, options));
  const files = new FileStore(await openDiskFiles(path.join(folder, 'storage')));
  return { database, files, close: () => database.close() };
}

/** Runs the clients; `onAcknowledged` is called with `c n` for every commit that was answered as done. */
export async function runClients(
  { database, files }: { readonly database: Database; readonly files: FileStore },
  folder: string,
  workload: Workload,
  onAcknowledged: (mark: string) => void,
): Promise<void> {
  const committer = new Committer(database);
  await createTables(database, committer);
  await mkdir(path.join(folder, 'temp'), { recursive: true });
  const runClient = async (client: string): Promise<void> => {
    let { done, version } = await clientRow(database, client);
    for (let i = 0; i < workload.commitsEach; i++) {
      const number = done + 1;
      const hasFile = workload.hasFiles && number % fileEvery === 0;
      if (hasFile) await putFile(files, folder, client, number);
      await committer.commit(changesOf(client, number, version, hasFile), { bucket: null });
      onAcknowledged(`${client} ${number}`);
      done = number;
      version++;
    }
  };
  await Promise.all(workload.clients.map(runClient));
}

async function createTables(database: Database, committer: Committer): Promise<void> {
  if ((await database.headPosition()) !== '') return;
  const parts = ['id', 'client', 'body', 'file'].map((name) => ({ name, type: 'text' as const }));
  const clients = [
    { name: 'id', type: 'text' as const },
    { name: 'done', type: 'number' as const },
  ];
  const index = 'CREATE UNIQUE INDEX "parts_body" ON "parts" ("body")';
  await committer.commit([
    { kind: 'schema', change: { kind: 'createTable', table: 'parts', columns: parts } },
    { kind: 'schema', change: { kind: 'createIndex', table: 'parts', index: 'parts_body', unique: true, sql: index } },
    { kind: 'schema', change: { kind: 'createTable', table: 'clients', columns: clients } },
  ]);
}

async function clientRow(database: Database, client: string): Promise<{ done: number; version: number }> {
  const sql = 'SELECT "done", "@version" FROM "clients" WHERE "id" = ?';
  const [row] = await database.read({ sql, params: [client], tables: ['clients'], purpose: 'decide' });
  return row === undefined ? { done: 0, version: 0 } : { done: row[0] as number, version: row[1] as number };
}

function changesOf(client: string, number: number, version: number, hasFile: boolean): Change[] {
  const addPart = (letter: string): Change => {
    const id = `${client}-${number}-${letter}`;
    const row = { id, client, body: bodyOf(id), file: hasFile && letter === 'b' ? fileKey(client, number) : '' };
    return { kind: 'insert', table: 'parts', collectionId: 'parts', id, row };
  };
  const place = { table: 'clients', collectionId: 'clients', id: client, row: { id: client, done: number } };
  const own: Change =
    version === 0 ? { kind: 'insert', ...place } : { kind: 'update', ...place, version, set: { done: number } };
  return [addPart('a'), own, addPart('b')];
}

/** A text of some length that only this part can have. */
function bodyOf(id: string): string {
  const digest = createHash('sha256').update(id).digest('hex');
  return digest.repeat(1 + (digest.charCodeAt(0) % 8));
}

function fileKey(client: string, number: number): string {
  return `parts/${client}-${number}/file.txt`;
}

async function putFile(files: FileStore, folder: string, client: string, number: number): Promise<void> {
  const source = path.join(folder, 'temp', `${client}-${number}`);
  await writeFile(source, bodyOf(fileKey(client, number)));
  await files.put(fileKey(client, number), source, { contentType: 'text/plain', originalName: 'file.txt' });
}

/**
 * Opens a folder after a crash and holds it against what had been acknowledged (`c n` marks). Throws an AssertionError that says
 * what is missing or half there. Answers how many commits were found.
 */
export async function checkFolder(folder: string, acknowledged: Iterable<string>): Promise<number> {
  const opened = await openFolder(folder);
  try {
    const hasTables = (await opened.database.headPosition()) !== '';
    const clients = hasTables ? await readClients(opened.database) : new Map<string, number>();
    for (const mark of acknowledged) {
      const [client, number] = mark.split(' ') as [string, string];
      assert.ok(
        (clients.get(client) ?? 0) >= Number(number),
        `acknowledged and lost: commit ${number} of client ${client}`,
      );
    }
    if (hasTables) await checkRows(opened, clients);
    await checkLog(opened.database, clients);
    return [...clients.values()].reduce((sum, done) => sum + done, 0);
  } finally {
    await opened.close();
    checkIntegrity(folder);
  }
}

async function readClients(database: Database): Promise<Map<string, number>> {
  const sql = 'SELECT "id", "done", "@version" FROM "clients"';
  const rows = await database.read({ sql, params: [], tables: ['clients'], purpose: 'show' });
  for (const [id, done, version] of rows) assert.equal(version, done, `client ${id} has another version`);
  return new Map(rows.map(([id, done]) => [id as string, done as number]));
}

/** Exactly the parts of the commits that happened are there, each whole, with their files. */
async function checkRows(
  { database, files }: { readonly database: Database; readonly files: FileStore },
  clients: ReadonlyMap<string, number>,
): Promise<void> {
  const sql = 'SELECT "id", "body", "file" FROM "parts"';
  const rows = await database.read({ sql, params: [], tables: ['parts'], purpose: 'show' });
  const found = new Map(rows.map(([id, body, file]) => [id as string, { body: body as string, file: file as string }]));
  let expected = 0;
  for (const [client, done] of clients) {
    for (let number = 1; number <= done; number++) {
      for (const letter of ['a', 'b']) {
        const id = `${client}-${number}-${letter}`;
        assert.equal(found.get(id)?.body, bodyOf(id), `half a commit: ${id}`);
        expected++;
      }
    }
  }
  assert.equal(found.size, expected, 'there are parts of commits that did not happen');
  for (const { file } of found.values()) if (file !== '') await checkFile(files, file);
}

async function checkFile(files: FileStore, key: string): Promise<void> {
  const stream = await files.open(key);
  assert.notEqual(stream, null, `a row names the file ${key}, which is not there`);
  const text = (await buffer(stream!)).toString('utf8');
  const [, owner] = key.split('/') as [string, string];
  const cut = owner.lastIndexOf('-');
  assert.equal(
    text,
    bodyOf(fileKey(owner.slice(0, cut), Number(owner.slice(cut + 1)))),
    `the file ${key} is not whole`,
  );
  assert.equal((await files.stat(key))!.contentType, 'text/plain');
}

/** The log has the commits that happened, each once, each client's in order, and nothing else. */
async function checkLog(database: Database, clients: ReadonlyMap<string, number>): Promise<void> {
  const seen = new Map<string, number>();
  let position = '';
  for (;;) {
    const entries: LogEntry[] = await database.readLog(position, 500);
    if (entries.length === 0) break;
    for (const entry of entries) {
      assert.ok(entry.position > position, 'the log is out of order');
      position = entry.position;
      const own = entry.changes.find((change) => change.table === 'clients');
      if (own === undefined) continue;
      assert.equal(entry.changes.length, 3, 'the log has half a commit');
      assert.equal(own.row['done'], (seen.get(own.id) ?? 0) + 1, `the log skips or repeats commits of ${own.id}`);
      seen.set(own.id, own.row['done'] as number);
    }
  }
  assert.deepEqual(seen, new Map(clients), 'log and rows do not agree');
  assert.equal(position, await database.headPosition());
}

function checkIntegrity(folder: string): void {
  const database = new DatabaseSync(path.join(folder, 'data.db'), { readOnly: true });
  const row = database.prepare('PRAGMA integrity_check').get() as { integrity_check: string };
  database.close();
  assert.equal(row.integrity_check, 'ok');
}
