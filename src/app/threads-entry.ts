// The thread of NodeThread: a whole node, on engines that are linked to those of the main thread.
import { parentPort, workerData } from 'node:worker_threads';
import type { ListenOptions } from '../http/server-options.ts';
import type { Logger, LogLevel } from '../observe/logger.ts';
import { Reporter } from '../observe/reporter.ts';
import { WindowCounters } from '../services/guards/window-counters.ts';
import { openLinkedEngines } from './engines.ts';
import { createLifecycle } from './lifecycle.ts';
import { type Node, openNode } from './node.ts';
import type { ProcessWide } from './services.ts';
import type { FromThread, ThreadData, ToThread } from './threads-protocol.ts';
import { RemoteWork } from './threads-work.ts';
import { surviveUncaught } from './uncaught.ts';

const levels: readonly string[] = ['debug', 'info', 'warn', 'error', 'silent'] satisfies (LogLevel | 'silent')[];

const { options, link, counters, work } = workerData as ThreadData;
const reporter = new Reporter(createRelay(), { slowMs: options.slowMs, isDev: options.dev });
const lifecycle = createLifecycle(options, reporter);
let node: Node | null = null;

parentPort!.on('message', (message: ToThread) => {
  if (message.kind === 'stop') void stop();
  else void listen(message.where);
});
await open();

async function open(): Promise<void> {
  try {
    const engines = await openLinkedEngines(link, options, reporter, lifecycle);
    node = await openNode(engines, createProcessWide(), options, reporter, lifecycle);
  } catch (error) {
    // Told to stop while it was opening: there is nothing left to open.
    if (lifecycle.isStopping) return;
    throw error;
  }
  surviveUncaught(reporter);
  tell({ kind: 'ready' });
}

async function listen(where: ListenOptions): Promise<void> {
  try {
    tell({ kind: 'listening', address: await node!.listen(where) });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    tell({ kind: 'refused', code: code ?? '', message });
  }
}

async function stop(): Promise<void> {
  await lifecycle.stop();
  tell({ kind: 'stopped', counts: reporter.counts });
}

function createProcessWide(): ProcessWide {
  const remote = new RemoteWork(work);
  const { rateLimits, mails, probes } = counters;
  return {
    hashing: remote,
    resizer: remote,
    counters: {
      rateLimits: new WindowCounters(rateLimits),
      mails: new WindowCounters(mails),
      probes: new WindowCounters(probes),
    },
  };
}

/** Events are written by the main thread, one whole line after the other. */
function createRelay(): Logger {
  const least = levels.indexOf(options.logLevel);
  const isEnabled = (level: LogLevel): boolean => levels.indexOf(level) >= least;
  return {
    isEnabled,
    log: (level, message, fields = {}) => {
      if (isEnabled(level)) tell({ kind: 'log', level, message, fields });
    },
  };
}

function tell(message: FromThread): void {
  parentPort!.postMessage(message);
}
