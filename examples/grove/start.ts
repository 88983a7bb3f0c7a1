import { spawn } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClientResponseError } from 'pocketbase';
import { demoPassword, emailOf, people } from './seed/people.ts';
import { type GroveOptions, readOptions, usage } from './server/options.ts';
import { servePage } from './server/page.ts';
import { findFreePort, startPando } from './server/pando.ts';
import { copyClientLibrary, setUpGrove } from './server/setup.ts';

const publicDir = join(import.meta.dirname, 'public');
const marker = 'grove.txt';

interface Served extends AsyncDisposable {
  pageUrl: string;
  apiUrl: string;
  ended?: Promise<number | null>;
}

/** One line that is written over while the number rises; a plain line per step where the output is no terminal. */
function showProgress(what: string, done: number, total: number): void {
  const line = `  ${done === total ? '✓' : '·'} ${what}${total > 1 ? ` ${done}/${total}` : ''}`;
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}${done === total ? '\n' : ''}`);
  else if (done === total || done % 10 === 0) process.stdout.write(`${line}\n`);
}

/** Deletes a data folder of this example; refuses one that it did not make. */
async function clearData(dataDir: string): Promise<void> {
  const entries = await readdir(dataDir).catch((): string[] => []);
  if (entries.length > 0 && !entries.includes(marker)) {
    throw new Error(`${dataDir} was not made by this example (it has no ${marker}), so --fresh leaves it alone.`);
  }
  await rm(dataDir, { recursive: true, force: true });
}

/** Makes the data folder and marks it as ours, unless somebody has put something there before. */
async function makeData(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  if ((await readdir(dataDir)).length > 0) return;
  await writeFile(join(dataDir, marker), 'The data of examples/grove. Safe to delete while it is stopped.\n');
}

async function serveAll(options: GroveOptions): Promise<Served> {
  const port = options.port === 0 ? 0 : await findFreePort(options.port);
  if (port !== options.port) console.log(`  Port ${options.port} is taken; using ${port}.`);
  if (options.server) {
    const page = await servePage(publicDir, options.server, port);
    return { pageUrl: page.url, apiUrl: options.server, [Symbol.asyncDispose]: () => page[Symbol.asyncDispose]() };
  }
  if (options.fresh) await clearData(options.dataDir);
  await makeData(options.dataDir);
  const freePort = port === 0 ? await findFreePort(20_000 + (process.pid % 20_000)) : port;
  const pando = await startPando({ ...options, publicDir, port: freePort });
  return {
    pageUrl: pando.url,
    apiUrl: pando.url,
    ended: pando.ended,
    [Symbol.asyncDispose]: () => pando[Symbol.asyncDispose](),
  };
}

function announce({ pageUrl }: Served, options: GroveOptions): void {
  const [first] = people;
  console.log(`
  Grove is ready:   ${pageUrl}

  Sign in as        ${first ? emailOf(first) : ''}
  with password     ${demoPassword}   (everyone's here: tomas@, yuki@, amara@, ...)
  ${options.server ? '' : `Superuser         ${options.superuser.email}   ${options.superuser.password}\n  `}
  Open it in two windows and comment in one. Stop with Ctrl-C.
`);
}

function openBrowser(url: string): void {
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open';
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => console.log(`  No browser could be opened; go to ${url}.`));
  child.unref();
}

/** What went wrong, in a line. A refused request names its address and the fields that were at fault. */
function explain(error: unknown): string {
  if (!(error instanceof ClientResponseError)) return error instanceof Error ? error.message : String(error);
  const { url, status, response } = error;
  return status === 0 ? `no answer from ${url}.` : `${url} answered ${status} ${JSON.stringify(response)}`;
}

function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options.help) {
    console.log(usage);
    return;
  }
  const stop = stopAsked();
  console.log('\n  Starting Grove on Pando');
  await copyClientLibrary(publicDir);
  await using served = await serveAll(options);
  const setUp = setUpGrove(served.apiUrl, { ...options, onProgress: showProgress });
  const ended = served.ended?.then((code) => Promise.reject(new Error(`Pando ended with ${code}.`)));
  // Whichever of these loses the race may still fail later, while everything is being stopped.
  setUp.catch(() => {});
  ended?.catch(() => {});
  const waits = [stop.then(() => 'stop' as const), ...(ended ? [ended] : [])];
  const first = await Promise.race([setUp.then(() => 'ready' as const), ...waits]);
  if (first === 'ready') {
    announce(served, options);
    if (options.open) openBrowser(served.pageUrl);
    await Promise.race(waits);
  }
  console.log('\n  Stopping.');
}

try {
  await main();
} catch (error) {
  console.error(`\n  Grove could not go on: ${explain(error)}`);
  process.exitCode = 1;
}
