import type { AddressInfo } from 'node:net';
import type { Options } from '../config/options.ts';
import { startInvalidation } from '../consumers/invalidation/invalidation.ts';
import type { Reporter } from '../observe/reporter.ts';
import { type Engines, openEngines } from './engines.ts';
import { createLifecycle } from './lifecycle.ts';
import { openNode } from './node.ts';
import { createProcessWide, createServices, type Services } from './services.ts';
import { startUpkeep } from './upkeep.ts';

/** A data folder with its use cases, without a server: what commands work with. */
export interface OpenServices extends AsyncDisposable {
  readonly engines: Engines;
  readonly services: Services;
}

/** A whole app. */
export interface App extends AsyncDisposable {
  /** Resolves with the cause when the app cannot go on: nothing is acknowledged any more, and the process should end. */
  readonly failed: Promise<Error>;
  /** Resolves with the cause when nothing is left that could answer requests; the app should be closed. Never with one thread. */
  readonly exhausted: Promise<Error>;
  /** Begins to accept requests. Rejects when the address cannot be had. */
  listen(): Promise<AddressInfo>;
  /** Finishes what is under way and lets go of everything. Never rejects. */
  close(): Promise<void>;
}

/** What an app is told by whoever opens it. */
export interface AppSurroundings {
  readonly reporter: Reporter;
}

/**
 * Opens the data folder of `options.dir` for use cases without a server.
 *
 * @example
 * await using opened = await openServices(options, { reporter });
 * await opened.services.superusers.upsert(email, password);
 */
export async function openServices(options: Options, { reporter }: AppSurroundings): Promise<OpenServices> {
  const lifecycle = createLifecycle(options, reporter);
  try {
    const engines = await openEngines(options, reporter, lifecycle);
    const stop = startInvalidation(engines.database, engines.cache);
    await lifecycle.start({ name: 'invalidation', stop });
    const processWide = await createProcessWide(options, lifecycle);
    const services = await createServices(engines, processWide, options, reporter);
    return { engines, services, [Symbol.asyncDispose]: () => lifecycle.stop() };
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

/** Opens an app: engines, use cases, consumers of the log and the server, which does not listen yet. */
export async function openApp(options: Options, surroundings: AppSurroundings): Promise<App> {
  const { reporter } = surroundings;
  if (options.threads > 1) {
    // Loaded here, so that one thread does not carry what only several need.
    const { openThreadedApp } = await import('./threads.ts');
    return openThreadedApp(options, surroundings);
  }
  const lifecycle = createLifecycle(options, reporter);
  try {
    const engines = await openEngines(options, reporter, lifecycle);
    await lifecycle.start({ name: 'invalidation', stop: startInvalidation(engines.database, engines.cache) });
    const processWide = await createProcessWide(options, lifecycle);
    await startUpkeep(engines, options, reporter, lifecycle);
    const node = await openNode(engines, processWide, options, reporter, lifecycle);
    return {
      failed: engines.database.failed,
      exhausted: new Promise(() => undefined),
      listen: () => node.listen(options.http),
      close: () => lifecycle.stop(),
      [Symbol.asyncDispose]: () => lifecycle.stop(),
    };
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}
