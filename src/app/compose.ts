import type { AddressInfo } from 'node:net';
import { AnswerCache } from '../api/answer-cache.ts';
import { authRoutes } from '../api/auth.ts';
import { collectionRoutes } from '../api/collections.ts';
import { fileRoutes } from '../api/files.ts';
import { healthRoutes } from '../api/health.ts';
import { createQuickAnswers } from '../api/quick-answers.ts';
import { type RealtimeApiParts, realtimeRoutes } from '../api/realtime.ts';
import { recordRoutes } from '../api/records.ts';
import { settingsRoutes } from '../api/settings.ts';
import type { Options } from '../config/options.ts';
import { startInvalidation } from '../consumers/invalidation/invalidation.ts';
import { createHttpServer, type HttpServer } from '../http/server.ts';
import type { HttpServerOptions, RequestDone } from '../http/server-options.ts';
import { createStaticFiles } from '../http/static.ts';
import type { Route } from '../http/types.ts';
import type { Reporter } from '../observe/reporter.ts';
import { type Engines, openEngines } from './engines.ts';
import { startRealtime } from './realtime.ts';
import { Lifecycle } from './lifecycle.ts';
import { createProcessWide, createServices, type Services } from './services.ts';

/** A data folder with its use cases, without a server: what commands work with. */
export interface OpenServices extends AsyncDisposable {
  readonly engines: Engines;
  readonly services: Services;
}

/** A whole app. */
export interface App extends AsyncDisposable {
  readonly services: Services;
  /** Resolves with the cause when the store has failed: nothing is acknowledged any more, and the process should end. */
  readonly failed: Promise<Error>;
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
export async function openApp(options: Options, { reporter }: AppSurroundings): Promise<App> {
  const lifecycle = createLifecycle(options, reporter);
  try {
    const engines = await openEngines(options, reporter, lifecycle);
    await lifecycle.start({ name: 'invalidation', stop: startInvalidation(engines.database, engines.cache) });
    const processWide = await createProcessWide(options, lifecycle);
    const services = await createServices(engines, processWide, options, reporter);
    const realtime = await startRealtime(engines, services, options, reporter, lifecycle);
    const server = createServer(engines, services, realtime, options, reporter);
    await lifecycle.start({ name: 'http', drain: () => server.close(options.drainMs) });
    const { host, port } = options.http;
    return {
      services,
      failed: engines.database.failed,
      listen: () => server.listen({ host, port }),
      close: () => lifecycle.stop(),
      [Symbol.asyncDispose]: () => lifecycle.stop(),
    };
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

function createServer(
  engines: Engines,
  services: Services,
  realtime: RealtimeApiParts,
  options: Options,
  reporter: Reporter,
): HttpServer {
  const { authenticator, findCollection, rateLimiter, settings, superuserIps } = services;
  const answers = new AnswerCache(engines.cache);
  const serverOptions: HttpServerOptions = {
    routes: createRoutes(engines, services, realtime, answers),
    authenticate: (token) => authenticator.peek(token) ?? authenticator.viewerOf(token),
    findCollection,
    guards: [superuserIps.guard, rateLimiter.guard],
    tempDir: engines.tempDir,
    quick: createQuickAnswers({ answers, authenticator, settings }),
    corsOrigins: options.origins,
    trustedProxy: () => settings.latest.trustedProxy,
    limits: {
      connectionsMax: options.connectionsMax,
      requestTimeoutMs: options.requestTimeoutMs,
      idleTimeoutMs: options.idleTimeoutMs,
      bodyBytesMax: options.bodyBytesMax,
      jsonMainBytesMax: options.jsonMainBytesMax,
    },
    onRequestDone: (done) => report(reporter, done),
  };
  const fallback =
    options.public === '' ? undefined : createStaticFiles(options.public, { indexFallback: options.indexFallback });
  return createHttpServer({ ...serverOptions, fallback });
}

function createRoutes(engines: Engines, services: Services, realtime: RealtimeApiParts, answers: AnswerCache): Route[] {
  const { reads, writes, batch, signIn, mailFlows, downloads, collections, settings } = services;
  return [
    ...recordRoutes({ reads, writes, batch, answers }),
    ...authRoutes({ signIn, mailFlows }),
    ...collectionRoutes({ collections }),
    ...fileRoutes({ downloads, files: engines.files }),
    ...realtimeRoutes(realtime),
    ...settingsRoutes({ settings }),
    ...healthRoutes(),
  ];
}

function report(reporter: Reporter, { request, status, durationMs, error, isFault }: RequestDone): void {
  if (request === undefined) return reporter.requestAnsweredQuickly();
  reporter.requestDone({
    id: request.id,
    method: request.method,
    path: request.path,
    status,
    durationMs,
    error,
    isFault,
  });
}

function createLifecycle(options: Options, reporter: Reporter): Lifecycle {
  return new Lifecycle({
    stepTimeoutMs: options.drainMs + 10_000,
    onFailure: (part, step, error) => reporter.partFailed(part, step, error),
  });
}
