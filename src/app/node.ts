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
import { defaultHttpLimits } from '../http/limits.ts';
import { createHttpServer, type HttpServer } from '../http/server.ts';
import type { Guard, HttpServerOptions, ListenOptions, RequestDone } from '../http/server-options.ts';
import { createStaticFiles } from '../http/static.ts';
import type { Route } from '../http/types.ts';
import type { Reporter } from '../observe/reporter.ts';
import type { Engines } from './engines.ts';
import type { Lifecycle } from './lifecycle.ts';
import { startRealtime } from './realtime.ts';
import { createServices, type ProcessWide, type Services } from './services.ts';

/** Bytes of bodies that each of several threads may hold, however many they are: room for one large body. */
const bufferedBytesMin = 64 * 1024 * 1024;

/** What answers requests: the whole app but for what there is once in a process. */
export interface Node {
  /** Begins to accept requests. Rejects when the address cannot be had. */
  listen(where: ListenOptions): Promise<AddressInfo>;
}

/** Opens a node on engines that are open: use cases, consumers of the log and the server, which does not listen yet. */
export async function openNode(
  engines: Engines,
  processWide: ProcessWide,
  options: Options,
  reporter: Reporter,
  lifecycle: Lifecycle,
): Promise<Node> {
  const services = await createServices(engines, processWide, options, reporter);
  const realtime = await startRealtime(engines, services, options, reporter, lifecycle);
  const server = createServer(engines, services, realtime, options, reporter);
  await lifecycle.start({ name: 'http', drain: () => server.close(options.drainMs) });
  return { listen: (where) => server.listen(where) };
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
    guards: [createFreshener(services), superuserIps.guard, rateLimiter.guard],
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
      bufferedBytesMax: bufferedBytesMax(options.threads),
    },
    onRequestDone: (done) => report(reporter, done),
  };
  const fallback =
    options.public === '' ? undefined : createStaticFiles(options.public, { indexFallback: options.indexFallback });
  return createHttpServer({ ...serverOptions, fallback });
}

function createRoutes(engines: Engines, services: Services, realtime: RealtimeApiParts, answers: AnswerCache): Route[] {
  const { reads, writes, batch, signIn, mailFlows, downloads, collections, settings, authenticator } = services;
  return [
    ...recordRoutes({ reads, writes, batch, answers, authenticator }),
    ...authRoutes({ signIn, mailFlows }),
    ...collectionRoutes({ collections }),
    ...fileRoutes({ downloads, files: engines.files }),
    ...realtimeRoutes(realtime),
    ...settingsRoutes({ settings }),
    ...healthRoutes(),
  ];
}

/**
 * The first of the guards: whoever cannot wait for collections and settings finds the newest ones at hand, also when it was another
 * node that changed them.
 */
function createFreshener({ catalogue, settings }: Services): Guard {
  const freshen = async (): Promise<void> => void (await Promise.all([catalogue.schema(), settings.read()]));
  return () => (catalogue.peek() === null || settings.peek() === null ? freshen() : undefined);
}

function bufferedBytesMax(threads: number): number {
  const { bufferedBytesMax: whole } = defaultHttpLimits;
  return threads === 1 ? whole : Math.max(bufferedBytesMin, Math.ceil(whole / threads));
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
