// A thread that commits through the writing thread, some at once, and reports what it heard.
import { parentPort, workerData } from 'node:worker_threads';
import { openRemoteSqlite } from '../../../src/engines/database/sqlite/remote.ts';
import type { RemoteConnection } from '../../../src/engines/database/sqlite/remote-protocol.ts';

const { database, prefix, count } = workerData as { database: RemoteConnection; prefix: string; count: number };
const driver = openRemoteSqlite(database);
const heard: string[] = [];
driver.onDurable((entries) => void heard.push(...entries.map((entry) => entry.position)));
let done = 0;
const commit = async (i: number): Promise<void> => {
  const id = `${prefix}-${i}`;
  const change = { kind: 'insert', table: 'things', collectionId: 'c', id, row: { id } } as const;
  const outcome = await driver.commit({ key: null, bucket: null, expects: [], changes: [change] });
  if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome));
  if (!heard.includes(outcome.position)) throw new Error('answered before it was heard of');
  const query = { sql: 'SELECT 1 FROM "things" WHERE "id" = ?', params: [id], tables: ['things'], purpose: 'show' };
  if ((await driver.read(query as Parameters<typeof driver.read>[0])).length !== 1) throw new Error('not visible');
  done++;
};
for (let i = 0; i < count; i += 10) await Promise.all(Array.from({ length: 10 }, (_, j) => commit(i + j)));
parentPort!.postMessage({ heard, done });
await driver.close();
