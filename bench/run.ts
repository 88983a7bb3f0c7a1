/** `node bench/run.ts`: measures one server, or two in one interleaved run, and prints a table. `--help` lists the flags. */
import { measureFanOut } from './fanout.ts';
import { type Line, lineTitle, type Plan, selectLines, type Site } from './line.ts';
import { Crew } from './load/crew.ts';
import { type LineResult, measureLine } from './measure.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { describeLine, formatCount, formatTable, type RunInfo, writeJson } from './report.ts';
import { authLines } from './scenarios/auth.ts';
import { createLines } from './scenarios/create.ts';
import { deleteLines } from './scenarios/delete.ts';
import { fanOutLines } from './scenarios/fanout.ts';
import { rawLines } from './scenarios/raw.ts';
import { searchLines } from './scenarios/search.ts';
import { Seeder, sizesAt } from './seed.ts';
import { Server } from './target/server.ts';
import { SpawnedServer } from './target/spawn.ts';

/** All lines in their order: the original's, with ours before its deletes, which leave nothing to read. */
function allLines(plan: Plan): Line[] {
  return [
    ...createLines(plan),
    ...authLines(plan),
    ...searchLines(plan),
    ...rawLines(plan),
    ...fanOutLines(plan),
    ...deleteLines(plan),
  ];
}

async function openSites(options: Options, plan: Plan, stack: AsyncDisposableStack): Promise<Site[]> {
  const sites: Site[] = [];
  for (const target of options.targets) {
    let { pid, url } = target;
    if (target.binary !== undefined) {
      const spawned = stack.use(
        await SpawnedServer.start(target.binary, target.credentials, {
          serveArguments: target.serveArguments,
          cpus: options.serverCpus,
          dataRoot: options.dataRoot,
        }),
      );
      ({ pid, url } = spawned);
    }
    const server = new Server(target.label, url ?? '', { pid, isOneShot: options.isOneShot });
    await server.signIn(target.credentials);
    const isReady = options.isReusing && (await server.hasCollections());
    if (!isReady) await server.resetCollections(options.isWiping);
    sites.push({ server, seeder: new Seeder(server, plan.sizes) });
  }
  return sites;
}

async function measureAll(lines: readonly Line[], sites: readonly Site[], options: Options): Promise<LineResult[]> {
  await using crew = new Crew(options.generators);
  const labels = sites.map(({ server }) => server.label);
  const results: LineResult[] = [];
  for (const [index, line] of lines.entries()) {
    const result =
      line.kind === 'load'
        ? await measureLine(line, index, sites, crew, options)
        : await measureFanOut(line, index, sites, crew, options);
    results.push(result);
    process.stdout.write(`${describeLine(result, labels)}\n`);
  }
  return results;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const plan: Plan = { sizes: sizesAt(options.scale), requestScale: options.requestScale };
  const lines = selectLines(allLines(plan), options.only);
  if (lines.length === 0) throw new Error('--only names no line; --list shows them');
  if (options.isListing) {
    for (const line of lines) process.stdout.write(`${lineTitle(line)}${countsOf(line)}\n`);
    return;
  }
  await using stack = new AsyncDisposableStack();
  // An interrupted run still stops the servers that it started and removes their folders.
  const interrupt = (): void => {
    void stack.disposeAsync().finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  process.stdout.once('error', interrupt);
  const sites = await openSites(options, plan, stack);
  const info: RunInfo = {
    labels: sites.map(({ server }) => server.label),
    scale: options.scale,
    requestScale: options.requestScale,
    rounds: options.rounds,
    generators: options.generators,
    isOneShot: options.isOneShot,
    startedAt: new Date(),
  };
  const results = await measureAll(lines, sites, options);
  process.stdout.write(`\n${formatTable(results, info)}\n`);
  if (options.json !== undefined) await writeJson(options.json, results, info);
  process.exitCode = results.some(({ figures }) => figures.some(({ errors }) => errors > 0)) ? 1 : 0;
}

function countsOf(line: Line): string {
  if (line.kind === 'fanout') return ` [${line.events} events, ${formatCount(line.clients)} clients]`;
  return ` [${formatCount(line.requests)} requests, ${formatCount(line.concurrency)} at once]`;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
