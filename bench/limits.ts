/** `node bench/limits.ts`: measures what is promised about starts, memory and the event loop, and what tests must not time. `--help` tells how. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { fill } from './limits/fill.ts';
import { measureHostile } from './limits/hostile.ts';
import { measureLoad } from './limits/load.ts';
import { RunningProgram, upsertSuperuser } from './limits/program.ts';
import { measureStreams } from './limits/streams.ts';
import { median } from './statistics.ts';

const HELP = `node bench/limits.ts WHAT... [flags]

What
  fill      makes the folder "limits" in the data root: a database of about 1 GB, kept for later runs
  start     time from the start of bin/pando serve to its first answer, and memory after 10 s idle: a fresh folder and the filled one
  streams   5,000 event-stream clients: memory of each, messages a second, how long one event holds the loop
  hostile   hostile requests against the filled folder: what they are answered, and how long each holds the loop
  load      memory after many creates, lists and searches

Flags
  --data-root DIR   where the folders are (the system's folder for temporary files)
  --rows N          records of the filled folder (1,000,000)
  --times N         starts that are measured (5)
  --clients N       event-stream clients (5,000)
  --only WORDS      hostile inputs with these words in their name
  --server-cpus L   the server runs under taskset -c L
`;

const FLAGS = {
  'data-root': { type: 'string', default: tmpdir() },
  rows: { type: 'string', default: '1000000' },
  times: { type: 'string', default: '5' },
  clients: { type: 'string', default: '5000' },
  only: { type: 'string', default: '' },
  'server-cpus': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const IDLE_MS = 10_000;

/** Starts the program some times on a folder, and leaves the last one idle. */
async function measureStarts(label: string, folder: string, times: number): Promise<void> {
  const startsMs: number[] = [];
  for (let turn = 0; turn < times; turn += 1) {
    await using running = await RunningProgram.start(folder);
    startsMs.push(running.startMs);
    if (turn < times - 1) continue;
    await sleep(IDLE_MS);
    const { rssBytes, anonymousBytes } = await running.memory();
    const starts = `start ${median(startsMs).toFixed(0)} ms (median of ${times}), ${Math.max(...startsMs).toFixed(0)} ms (longest)`;
    const memory = `RSS ${(rssBytes / 1e6).toFixed(1)} MB, of it ${(anonymousBytes / 1e6).toFixed(1)} MB its own`;
    console.log(`${label}: ${starts}; idle: ${memory}`);
  }
}

async function withFreshFolder(dataRoot: string, work: (folder: string) => Promise<void>): Promise<void> {
  const parent = await mkdtemp(path.join(dataRoot, 'pando-limits-'));
  try {
    const folder = path.join(parent, 'data');
    await upsertSuperuser(folder);
    await work(folder);
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: FLAGS, allowPositionals: true });
  if (values.help || positionals.length === 0) return void process.stdout.write(HELP);
  const dataRoot = path.resolve(values['data-root']);
  const filled = path.join(dataRoot, 'limits');
  for (const what of positionals) {
    if (what === 'fill') await fill(filled, Number(values.rows));
    else if (what === 'start') {
      await withFreshFolder(dataRoot, (folder) => measureStarts('fresh folder', folder, Number(values.times)));
      if (existsSync(filled)) await measureStarts('filled folder', filled, Number(values.times));
    } else if (what === 'streams') {
      await withFreshFolder(dataRoot, (folder) =>
        measureStreams(folder, Number(values.clients), values['server-cpus']),
      );
    } else if (what === 'hostile') await measureHostile(filled, values.only, values['server-cpus']);
    else if (what === 'load') {
      await withFreshFolder(dataRoot, (folder) => measureLoad(folder, values['server-cpus']));
    } else throw new Error(`unknown: ${what}; --help tells what there is`);
  }
}

await main();
