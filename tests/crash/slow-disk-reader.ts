// A program that reads while a commit is being made durable, and prints what ended in which order:
// `node slow-disk-reader.ts FOLDER`. Run under a tracer that makes syncs slow.
import { openSqlite } from '../../src/engines/database/sqlite/sqlite.ts';
import type { Change } from '../../src/model/commit.ts';
import { say } from './say.ts';

const driver = await openSqlite(process.argv[2]!);
const commit = (...changes: Change[]): ReturnType<typeof driver.commit> =>
  driver.commit({ key: 'k', bucket: null, expects: [], changes });
const createTable = (table: string): Change => {
  return { kind: 'schema', change: { kind: 'createTable', table, columns: [{ name: 'id', type: 'text' }] } };
};
await driver.commit({ key: null, bucket: null, expects: [], changes: [createTable('posts'), createTable('users')] });

const read = async (name: string, table: string, purpose: 'show' | 'decide'): Promise<void> => {
  const rows = await driver.read({ sql: `SELECT "id" FROM "${table}"`, params: [], tables: [table], purpose });
  say(`${name} ${rows.length}`);
};
driver.onDurable(() => say('durable'));
const committed = commit({ kind: 'insert', table: 'posts', collectionId: 'c', id: 'a', row: { id: 'a' } }).then(
  (outcome) => say(`commit ${outcome.kind}`),
);
// The group is applied in the next turns of the loop; its sync takes much longer.
for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
const again = commit({ kind: 'insert', table: 'posts', collectionId: 'c', id: 'b', row: { id: 'b' } });
await Promise.all([
  read('show-posts', 'posts', 'show'),
  read('show-users', 'users', 'show'),
  read('decide-posts', 'posts', 'decide'),
  driver.readLog('', 10).then((entries) => say(`log ${entries.length}`)),
  driver.outcomeOf('k').then((outcome) => say(`outcome ${outcome?.kind}`)),
  committed,
]);
await again;
await driver.close();
