// A program that commits one after another and prints what became of each, until it has seen a few failures:
// `node failing-writer.ts FOLDER`. Run under a tracer that makes the disk fail.
import fs from 'node:fs';
import { openSqlite } from '../../src/engines/database/sqlite/sqlite.ts';
import { say } from './say.ts';

const driver = await openSqlite(process.argv[2]!, { walFramesMax: 50 });
void driver.failed.then((cause) => say(`failed ${cause.name}`));
const commit = (change: Parameters<typeof driver.commit>[0]['changes'][number]): ReturnType<typeof driver.commit> =>
  driver.commit({ key: null, bucket: null, expects: [], changes: [change] });
const columns = [{ name: 'id', type: 'text' }] as const;
await commit({ kind: 'schema', change: { kind: 'createTable', table: 'things', columns } });

for (let i = 0, failures = 0; i < 500 && failures < 5; i++) {
  const insert = (id: string): ReturnType<typeof commit> =>
    commit({ kind: 'insert', table: 'things', collectionId: 'c', id, row: { id } });
  const outcomes = await Promise.all([insert(`a${i}`), insert(`b${i}`)]);
  say(`commit ${i} ${outcomes.map((outcome) => outcome.kind).join(' ')}`);
  if (outcomes.some((outcome) => outcome.kind === 'unknown')) failures++;
}
const query = { sql: 'SELECT count(*) FROM "things"', params: [], tables: ['things'], purpose: 'show' as const };
await driver.read(query).catch((error: Error & { kind?: string }) => say(`read ${error.name} ${error.kind ?? ''}`));
await driver.close();
say(`closed ${fs.existsSync(`${process.argv[2]}/data.db-wal`) ? 'with' : 'without'} its log file`);
process.kill(process.pid, 'SIGKILL');
