import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadLine, Site } from './line.ts';
import type { Crew, LoadResult } from './load/crew.ts';
import type { Usage } from './target/usage.ts';
import { median, type Spread, shares, spreadOf } from './statistics.ts';

/** What one server did in one line, all rounds together. Times in milliseconds. */
export interface Figures {
  /** Requests (fan-out: messages) per second of measured time. */
  perSecond: number;
  /** Time for all requests: the median of the rounds, or their sum where the rounds divide the requests. */
  totalMs: number;
  /** Times of the single requests (fan-out: from the write's start to a message's arrival). */
  spread: Spread;
  errors: number;
  errorSamples: string[];
  /** CPU share of the generator's threads, 0..1. */
  generatorCpuShare: number;
  /** CPU time of the server per request or message; undefined when its pid is not known. */
  serverCpuMsPerRequest: number | undefined;
  /** Memory of the server after the line; undefined when its pid is not known. */
  rssBytes: number | undefined;
  /** Fan-out only: memory that one idle, subscribed client costs the server. */
  rssBytesPerClient?: number;
}

/** One line's figures, server by server, and how many times faster the first server was than the second. */
export interface LineResult {
  group: string;
  name: string;
  requests: number;
  concurrency: number;
  figures: Figures[];
  /** Median over the rounds of (time of the second server / time of the first); undefined without a second server or with errors. */
  ratio: number | undefined;
  /** What makes the figures doubtful, in words. */
  warnings: string[];
}

/** What one round measured. */
export interface RoundResult extends LoadResult {
  requests: number;
  serverCpuMs: number | undefined;
  rssBytes: number | undefined;
  rssBytesPerClient?: number;
}

export interface MeasureOptions {
  rounds: number;
  coolDownMs: number;
  isOneShot: boolean;
  timeoutMs: number;
}

/** The order in which the servers have their turn: it changes with every line and round, so that no server always goes first. */
export function turnOrder(count: number, lineIndex: number, round: number): number[] {
  const forward = Array.from({ length: count }, (_, index) => index);
  return (lineIndex + round) % 2 === 0 ? forward : forward.reverse();
}

/** Runs one line on all servers, round by round and turn by turn. */
export async function measureLine(
  line: LoadLine,
  lineIndex: number,
  sites: readonly Site[],
  crew: Crew,
  options: MeasureOptions,
): Promise<LineResult> {
  for (const site of sites) {
    for (const collection of line.needs) await site.seeder.fill(collection, crew);
    if (line.settings !== undefined) await site.server.configure(line.settings.collection, line.settings.during);
  }
  const rounds: RoundResult[][] = sites.map(() => []);
  const counts = roundCounts(line, options.rounds);
  for (const [round, count] of counts.entries()) {
    for (const index of turnOrder(sites.length, lineIndex, round)) {
      const site = sites[index];
      if (site === undefined) continue;
      await sleep(options.coolDownMs);
      rounds[index]?.push(await runRound(line, site, count, crew, options));
    }
  }
  const warnings = await compareProbes(line, sites);
  for (const { server } of sites) {
    if (line.settings !== undefined) await server.configure(line.settings.collection, line.settings.after);
  }
  const figures = rounds.map((results) => summarise(results, line.rounds));
  return {
    group: line.group,
    name: line.name,
    requests: line.requests,
    concurrency: line.concurrency,
    figures,
    ratio: ratioOf(rounds, figures),
    warnings,
  };
}

/** Puts the rounds of one server together. */
export function summarise(results: readonly RoundResult[], rounds: 'again' | 'split'): Figures {
  const totals = results.map(({ totalMs }) => totalMs);
  const sumMs = totals.reduce((sum, total) => sum + total, 0);
  const requests = results.reduce((sum, result) => sum + result.requests, 0);
  const serverCpuMs = results.reduce((sum, result) => sum + (result.serverCpuMs ?? Number.NaN), 0);
  const perClient = results.flatMap(({ rssBytesPerClient }) => rssBytesPerClient ?? []);
  return {
    perSecond: (requests / sumMs) * 1000,
    totalMs: rounds === 'again' ? median(totals) : sumMs,
    spread: spreadOf(Float64Array.from(results.flatMap(({ latenciesMs }) => [...latenciesMs]))),
    errors: results.reduce((sum, { errors }) => sum + errors, 0),
    errorSamples: [...new Set(results.flatMap(({ errorSamples }) => errorSamples))].slice(0, 3),
    generatorCpuShare: median(results.map(({ generatorCpuShare }) => generatorCpuShare)),
    serverCpuMsPerRequest: Number.isNaN(serverCpuMs) ? undefined : serverCpuMs / requests,
    rssBytes: results.at(-1)?.rssBytes,
    ...(perClient.length > 0 && { rssBytesPerClient: median(perClient) }),
  };
}

/** The median over the rounds of how much longer the second server took; undefined when it cannot be told. */
export function ratioOf(rounds: readonly (readonly RoundResult[])[], figures: readonly Figures[]): number | undefined {
  const [first, second] = rounds;
  if (first === undefined || second === undefined || figures.some(({ errors }) => errors > 0)) return undefined;
  return median(first.map((result, round) => (second[round]?.totalMs ?? Number.NaN) / result.totalMs));
}

function roundCounts(line: LoadLine, rounds: number): number[] {
  if (line.rounds === 'again') return Array.from({ length: rounds }, () => line.requests);
  return shares(line.requests, rounds).filter((count) => count > 0);
}

async function runRound(
  line: LoadLine,
  { seeder, server }: Site,
  count: number,
  crew: Crew,
  options: MeasureOptions,
): Promise<RoundResult> {
  const load = await line.load({ seeder, server }, count);
  let before: Usage | undefined;
  const result = await crew.run(server.address, load, options, async () => {
    before = await server.usage();
  });
  const after = await server.usage();
  if (line.isChangingPeople === true) seeder.forget();
  return {
    ...result,
    requests: load.main.count,
    serverCpuMs: before === undefined || after === undefined ? undefined : after.cpuMs - before.cpuMs,
    rssBytes: after?.rssBytes,
  };
}

/** Asks every server the line's probe; servers that answer differently were not measured at the same work. */
async function compareProbes(line: LoadLine, sites: readonly Site[]): Promise<string[]> {
  if (line.probe === undefined) return [];
  const answers: string[] = [];
  for (const { seeder, server } of sites) {
    const { token } = await seeder.viewer();
    const answer = await server
      .call('GET', line.probe, undefined, token)
      .catch((error: unknown) => ({ error: String(error) }));
    const { items, totalItems, error } = answer as { items?: unknown[]; totalItems?: number; error?: string };
    answers.push(error ?? `${totalItems} in total, ${items?.length} on the page`);
  }
  return new Set(answers).size > 1 ? [`the servers answer differently: ${answers.join(' | ')}`] : [];
}
