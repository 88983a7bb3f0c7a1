import { stat } from 'node:fs/promises';
import path from 'node:path';
// tidy: entry because a gigabyte through HTTP would take half an hour
import { openDatabase } from '../../src/app/engines.ts';
import { Server } from '../target/server.ts';
import { credentials, RunningProgram, upsertSuperuser } from './program.ts';

/** One row has about 350 bytes, and its entry in the log some more. */
const TEXT_WORDS = 40;
const WORDS = 'amber birch cedar delta ember frost grove hazel iris juniper kelp larch maple nettle oak pine'.split(
  ' ',
);
const COMMITS_AT_ONCE = 2000;

/**
 * Makes a data folder with a collection `things` of so many records, each written and logged as a commit of its own. They are written
 * through the database engine, past HTTP. A million records make a database of about 1 GB.
 */
export async function fill(folder: string, rows: number): Promise<void> {
  await upsertSuperuser(folder);
  const collectionId = await makeCollection(folder);
  const startedAt = performance.now();
  await using database = await openDatabase(folder);
  for (let from = 0; from < rows; from += COMMITS_AT_ONCE) {
    const commits = Array.from({ length: Math.min(COMMITS_AT_ONCE, rows - from) }, async (_, offset) => {
      const row = rowOf(from + offset);
      const change = { kind: 'insert', table: 'things', collectionId, id: row.id, row } as const;
      const outcome = await database.commit({ key: null, bucket: null, expects: [], changes: [change] });
      if (outcome.kind !== 'done') throw new Error(`a commit was ${outcome.kind}`);
    });
    await Promise.all(commits);
  }
  const { size } = await stat(path.join(folder, 'data.db'));
  const seconds = (performance.now() - startedAt) / 1000;
  console.log(`${rows} records in ${seconds.toFixed(0)} s, ${(size / 1e6).toFixed(0)} MB`);
}

async function makeCollection(folder: string): Promise<string> {
  await using running = await RunningProgram.start(folder);
  const server = new Server('pando', running.url, { pid: running.pid, isOneShot: false });
  await server.signIn(credentials);
  const open = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };
  const collection = await server.call('POST', '/api/collections', {
    name: 'things',
    type: 'base',
    ...open,
    fields: [
      { name: 'title', type: 'text' },
      { name: 'text', type: 'text' },
      { name: 'number', type: 'number' },
      { name: 'public', type: 'bool' },
      { name: 'tags', type: 'json' },
      { name: 'file', type: 'file', maxSelect: 1, maxSize: 20_000_000, thumbs: ['100x100'] },
      { name: 'created', type: 'autodate', onCreate: true },
    ],
    indexes: ['CREATE INDEX `things_number` ON `things` (`number`)'],
  });
  const id = String(collection['id']);
  const relation = { name: 'next', type: 'relation', collectionId: id, maxSelect: 999 };
  const fields = collection['fields'] as object[];
  await server.call('PATCH', `/api/collections/${id}`, { fields: [...fields, relation] });
  return id;
}

function rowOf(index: number): { id: string; [column: string]: string | number } {
  const word = (at: number): string => WORDS[at % WORDS.length] ?? '';
  const text = Array.from({ length: TEXT_WORDS }, (_, at) => word(index * 7 + at * (1 + (index % 5))));
  return {
    id: idOf(index),
    title: `${word(index)} ${word(index >>> 4)} ${index}`,
    text: text.join(' '),
    number: (index * 7919) % 1_000_003,
    public: index % 2,
    tags: '["a","b"]',
    file: '',
    next: `["${idOf(index + 1)}"]`,
    created: '2026-01-01 00:00:00.000Z',
  };
}

/** The id of the record with this number. Ids lie in all buckets. */
export function idOf(index: number): string {
  return ((index * 7) % 1296).toString(36).padStart(2, '0') + index.toString(36).padStart(13, '0');
}
