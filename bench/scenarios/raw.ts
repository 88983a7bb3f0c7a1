import type { LoadLine, Plan, Site } from '../line.ts';
import type { Load } from '../load/crew.ts';
import { scaled } from '../statistics.ts';

const PATH = '/api/collections/notes/records';
const WARM_UP_REQUESTS = 200;
const IDS_READ = 1000;
const NOTES_PER_PAGE = 30;
const PAGES_READ = 20;

/** Requests at full scale by number under way: fewer where one request after the other takes long. */
const CREATES = [
  { concurrency: 1, requests: 500 },
  { concurrency: 16, requests: 4000 },
  { concurrency: 64, requests: 8000 },
  { concurrency: 256, requests: 8000 },
] as const;
const READS = [
  { concurrency: 1, requests: 3000 },
  { concurrency: 16, requests: 15_000 },
  { concurrency: 64, requests: 20_000 },
  { concurrency: 256, requests: 20_000 },
] as const;
const LISTS = [
  { concurrency: 1, requests: 1500 },
  { concurrency: 16, requests: 6000 },
  { concurrency: 64, requests: 8000 },
  { concurrency: 256, requests: 8000 },
] as const;

/**
 * The three plainest requests at rising concurrency, after a short warm-up, by a signed-in user under a rule that looks at the record and
 * the viewer: create a small record, read one of 1,000, list one of 20 pages of 30 with its total.
 */
export function rawLines(plan: Plan): LoadLine[] {
  return [
    ...CREATES.map(({ concurrency, requests }) => rawLine(plan, 'create', requests, concurrency, createNotes)),
    ...READS.map(({ concurrency, requests }) => rawLine(plan, 'point read', requests, concurrency, readNotes)),
    ...LISTS.map(({ concurrency, requests }) => rawLine(plan, 'list', requests, concurrency, listNotes)),
  ];
}

function rawLine(
  plan: Plan,
  name: string,
  requests: number,
  concurrency: number,
  build: (site: Site, count: number) => Promise<string[]>,
): LoadLine {
  return {
    kind: 'load',
    group: 'raw',
    name: `${name} x${concurrency}`,
    requests: scaled(requests, plan.requestScale, 20),
    concurrency,
    rounds: 'again',
    needs: ['notes'],
    async load(site, count): Promise<Load> {
      return { main: { requests: await build(site, count), count, concurrency }, warmUpCount: WARM_UP_REQUESTS };
    },
  };
}

async function createNotes({ server, seeder }: Site, count: number): Promise<string[]> {
  const { token } = await seeder.viewer();
  const bodies = await seeder.bodies('notes', await server.countRecords('notes'), count);
  return bodies.map((body) => server.request('POST', PATH, { token, body }));
}

async function readNotes({ server, seeder }: Site): Promise<string[]> {
  const { id, token } = await seeder.viewer();
  const ids = await server.recordIds('notes', IDS_READ, '@random', `public = true || author = '${id}'`);
  return ids.map((noteId) => server.request('GET', `${PATH}/${noteId}`, { token }));
}

async function listNotes({ server, seeder }: Site): Promise<string[]> {
  const { token } = await seeder.viewer();
  return Array.from({ length: PAGES_READ }, (_, page) =>
    server.request('GET', `${PATH}?perPage=${NOTES_PER_PAGE}&page=${page + 1}`, { token }),
  );
}
