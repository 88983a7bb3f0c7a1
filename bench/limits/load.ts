import { setTimeout as sleep } from 'node:timers/promises';
import { Crew } from '../load/crew.ts';
import { Server } from '../target/server.ts';
import { credentials, RunningProgram } from './program.ts';

const CONCURRENCY = 64;
const TIMEOUT_MS = 60_000;
const SETTLE_MS = 3000;
const TEXT = 'amber birch cedar delta ember frost grove hazel iris juniper kelp larch maple nettle oak pine '.repeat(3);
const records = '/api/collections/notes/records';

/** Sends creates, reads, lists and searches one kind after the other, and prints their rate and what memory the server has after each. */
export async function measureLoad(folder: string, cpus: string | undefined): Promise<void> {
  await using running = await RunningProgram.start(folder, { isProbed: true, cpus });
  const server = new Server('pando', running.url, { pid: running.pid, isOneShot: false });
  await server.signIn(credentials);
  await prepare(server);
  await using crew = new Crew(1);
  const run = async (name: string, count: number, requests: string[]): Promise<void> => {
    const main = { requests, count, concurrency: CONCURRENCY };
    const result = await crew.run(server.address, { main }, { isOneShot: false, timeoutMs: TIMEOUT_MS });
    if (result.errors > 0) throw new Error(`${name}: ${result.errors} errors: ${result.errorSamples.join('; ')}`);
    await tell(running, `${name}: ${((count / result.totalMs) * 1000).toFixed(0)}/s`);
  };
  await tell(running, 'before');
  const create = (i: number): string => {
    const body = JSON.stringify({ title: `note ${i}`, text: TEXT, number: i, public: i % 2 === 0 });
    return server.request('POST', records, { body });
  };
  await run('50,000 creates', 50_000, times(1000, create));
  await run('50,000 more creates', 50_000, times(1000, create));
  const ids = await server.recordIds('notes', 1000, 'id');
  await run(
    '50,000 reads',
    50_000,
    ids.map((id) => server.request('GET', `${records}/${id}`)),
  );
  const list = (query: string): string => server.request('GET', `${records}?${query}`);
  await run(
    '5,000 different lists',
    5000,
    times(5000, (i) => list(`perPage=30&page=${(i % 3000) + 1}&sort=-number`)),
  );
  await run(
    '3,000 searches',
    3000,
    times(3000, (i) => list(`filter=${encodeURIComponent(`number>${i * 7}`)}&sort=title`)),
  );
  await run(
    '20,000 changes',
    20_000,
    times(1000, (i) => change(server, ids[i] ?? '', i)),
  );
  await sleep(SETTLE_MS);
  await tell(running, 'after a pause');
}

function change(server: Server, id: string, i: number): string {
  return server.request('PATCH', `${records}/${id}`, { body: JSON.stringify({ number: i }) });
}

async function prepare(server: Server): Promise<void> {
  await server.call('POST', '/api/collections', {
    name: 'notes',
    type: 'base',
    listRule: '',
    viewRule: '',
    createRule: '',
    updateRule: '',
    fields: [
      { name: 'title', type: 'text' },
      { name: 'text', type: 'text' },
      { name: 'number', type: 'number' },
      { name: 'public', type: 'bool' },
    ],
    indexes: ['CREATE INDEX `notes_number` ON `notes` (`number`)'],
  });
}

async function tell(running: RunningProgram, what: string): Promise<void> {
  const { rssBytes, heapUsedBytes, heapTotalBytes, externalBytes, cpuMs } = await running.loop();
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  const heap = `heap ${mb(heapUsedBytes)} of ${mb(heapTotalBytes)}, external ${mb(externalBytes)}`;
  console.log(`RSS ${mb(rssBytes)} (${heap}); loop held at most ${cpuMs.toFixed(1)} ms; ${what}`);
}

function times(count: number, make: (i: number) => string): string[] {
  return Array.from({ length: count }, (_, i) => make(i));
}
