import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Options } from '../config/options.ts';
import { startInvalidation } from '../consumers/invalidation/invalidation.ts';
import type { ListenOptions } from '../http/server-options.ts';
import { bootstrap } from '../services/collections/bootstrap.ts';
import { siblingModule } from '../util/module-url.ts';
import type { App, AppSurroundings } from './compose.ts';
import { type MainEngines, openEngines } from './engines.ts';
import { createLifecycle } from './lifecycle.ts';
import { createProcessWide, type ProcessWide } from './services.ts';
import { ThreadGroup } from './threads-group.ts';
import type { ThreadData } from './threads-protocol.ts';
import { serveWork } from './threads-work.ts';
import { startUpkeep } from './upkeep.ts';

/** How much longer than its drain a thread may take to end. */
const stopGraceMs = 5_000;

/**
 * Opens an app whose requests are answered by `options.threads` threads, each a whole node; see `docs/threads.md`. This thread answers
 * none: it is the only one that writes, tells all caches what has changed, and does what is bounded for the whole process.
 */
export async function openThreadedApp(options: Options, { reporter }: AppSurroundings): Promise<App> {
  const lifecycle = createLifecycle(options, reporter);
  try {
    const engines = await openEngines(options, reporter, lifecycle);
    await lifecycle.start({ name: 'invalidation', stop: startInvalidation(engines.database, engines.cache) });
    // Once, before all threads look for it at the same time.
    await bootstrap(engines.database);
    await startUpkeep(engines, options, reporter, lifecycle);
    const processWide = await createProcessWide(options, lifecycle);
    const share = shareOf(options);
    const start = (): Worker => startThread(engines, processWide, share);
    const stopTimeoutMs = options.drainMs + stopGraceMs;
    const group = new ThreadGroup({ count: options.threads, start, reporter, stopTimeoutMs });
    await lifecycle.start({ name: 'threads', start: () => group.open(), drain: () => group.close() });
    return {
      failed: engines.database.failed,
      exhausted: group.exhausted,
      listen: async () => group.listen(await findFreePort(options.http)),
      close: () => lifecycle.stop(),
      [Symbol.asyncDispose]: () => lifecycle.stop(),
    };
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

/** What each of several threads may hold of what the options allow the whole process. */
export function shareOf(options: Options): Options {
  const part = (whole: number): number => Math.ceil(whole / options.threads);
  return Object.freeze({
    ...options,
    connectionsMax: part(options.connectionsMax),
    cacheBytesMax: part(options.cacheBytesMax),
    realtimeClientsMax: part(options.realtimeClientsMax),
    realtimeClientsPerIpMax: part(options.realtimeClientsPerIpMax),
    thumbQueueMax: part(options.thumbQueueMax),
  });
}

function startThread(engines: MainEngines, processWide: ProcessWide, options: Options): Worker {
  const { rateLimits, mails, probes } = processWide.counters;
  const { link, ports } = engines.link();
  const { port1, port2 } = new MessageChannel();
  serveWork(port1, processWide);
  const counters = { rateLimits: rateLimits.buffer, mails: mails.buffer, probes: probes.buffer };
  const workerData: ThreadData = { options, link, counters, work: port2 };
  return new Worker(siblingModule(import.meta.url, 'threads-entry'), { workerData, transferList: [...ports, port2] });
}

/**
 * The address with a port that is free now. Threads share their port, and would share it with any other program that does the same;
 * so it is taken alone for a moment first. Rejects with the operating system's code when it cannot be had.
 */
async function findFreePort({ host, port }: ListenOptions): Promise<ListenOptions> {
  const server = createServer();
  server.listen({ host, port, exclusive: true });
  await once(server, 'listening');
  const found = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
  return { host, port: found };
}
