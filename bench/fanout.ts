import { setTimeout as sleep } from 'node:timers/promises';
import type { FanOutLine, Site } from './line.ts';
import type { Crew } from './load/crew.ts';
import { type LineResult, type MeasureOptions, ratioOf, type RoundResult, summarise, turnOrder } from './measure.ts';

const VIEWERS_MAX = 100;
const SETTLE_MS = 1000;
const EVENT_TIMEOUT_MS = 30_000;
const EVENT_TEXT = 'Something happened, and everyone who may know of it shall know of it now.';

/**
 * Opens the clients of a line on one server after the other, and sends the events one by one: the next only when all clients have the last.
 * The clients belong to up to 100 different users; all of them may see the record by the list rule.
 */
export async function measureFanOut(
  line: FanOutLine,
  lineIndex: number,
  sites: readonly Site[],
  crew: Crew,
  options: MeasureOptions,
): Promise<LineResult> {
  for (const site of sites) {
    for (const collection of line.needs) await site.seeder.fill(collection, crew);
  }
  const rounds: RoundResult[][] = sites.map(() => []);
  for (let round = 0; round < options.rounds; round += 1) {
    for (const index of turnOrder(sites.length, lineIndex, round)) {
      const site = sites[index];
      if (site === undefined) continue;
      await sleep(options.coolDownMs);
      rounds[index]?.push(await runRound(line, site, crew, options));
    }
  }
  const figures = rounds.map((results) => summarise(results, 'again'));
  return {
    group: line.group,
    name: line.name,
    requests: line.events * line.clients,
    concurrency: line.clients,
    figures,
    ratio: ratioOf(rounds, figures),
    warnings: [],
  };
}

async function runRound(line: FanOutLine, site: Site, crew: Crew, options: MeasureOptions): Promise<RoundResult> {
  const { server, seeder } = site;
  const tokens: string[] = [];
  for (const id of (await seeder.ids('users')).slice(0, VIEWERS_MAX)) tokens.push(await server.impersonate(id));
  const empty = await server.usage();
  await crew.listen(server.address, line.clients, 'streams/*', tokens, options.timeoutMs);
  try {
    await sleep(SETTLE_MS);
    const idle = await server.usage();
    const result = await sendEvents(line, site, crew);
    const after = await server.usage();
    return {
      ...result,
      serverCpuMs: idle === undefined || after === undefined ? undefined : after.cpuMs - idle.cpuMs,
      rssBytes: after?.rssBytes,
      ...(empty !== undefined &&
        idle !== undefined && { rssBytesPerClient: (idle.rssBytes - empty.rssBytes) / line.clients }),
    };
  } finally {
    await crew.hangUp();
  }
}

async function sendEvents(
  line: FanOutLine,
  { seeder, server }: Site,
  crew: Crew,
): Promise<Omit<RoundResult, 'serverCpuMs' | 'rssBytes'>> {
  const { id, token } = await seeder.viewer();
  const latencies: number[] = [];
  let totalMs = 0;
  let missing = 0;
  const cpuBefore = process.cpuUsage();
  for (let event = 0; event < line.events; event += 1) {
    const marker = `event-${event}`;
    const sentNs = process.hrtime.bigint();
    const record = { title: marker, text: EVENT_TEXT, public: true, author: id };
    await server.call('POST', '/api/collections/streams/records', record, token);
    const arrivedNs = await crew.arrivals(marker, EVENT_TIMEOUT_MS);
    const times = arrivedNs.map((arrived) => Number(arrived - sentNs) / 1e6);
    totalMs += times.reduce((last, time) => Math.max(last, time), 0);
    missing += line.clients - times.length;
    latencies.push(...times);
    if (times.length < line.clients) break;
  }
  const cpu = process.cpuUsage(cpuBefore);
  return {
    requests: latencies.length,
    totalMs,
    latenciesMs: Float64Array.from(latencies),
    errors: missing,
    errorSamples: missing > 0 ? [`${missing} messages did not arrive in ${EVENT_TIMEOUT_MS} ms`] : [],
    generatorCpuShare: (cpu.user + cpu.system) / 1000 / (totalMs * crew.size),
  };
}
