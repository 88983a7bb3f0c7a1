import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError, notFound } from '../model/errors.ts';
import { refuseAccess } from './access.ts';
import { ClientGoneError } from './body-bytes.ts';
import { systemClock } from '../util/clock.ts';
import { ByteBudget } from './byte-budget.ts';
import { noProxy } from './client-ip.ts';
import { ConnectionTracker } from './connections.ts';
import { type CorsPolicy, createCors, preflightHeaders } from './cors.ts';
import { isUnexpected, toErrorResponse } from './error-response.ts';
import { JsonWorker } from './json-worker.ts';
import { type HttpLimits, defaultHttpLimits } from './limits.ts';
import { createServer } from './node-http.ts';
import { projectBody } from './projection.ts';
import { ServerRequest, type RequestContext } from './request.ts';
import { addHeaders, createHead, hasLargeRest, sendEmpty, sendStream, sendText, sendTextAndClose } from './respond.ts';
import { type Router, createRouter } from './router.ts';
import { sweepTempDir } from './temp-dir.ts';
import type { HttpServerOptions, ListenOptions, QuickResponse } from './server-options.ts';
import type { ApiResponse } from './types.ts';

/** Makes a server; nothing happens before {@link HttpServer.listen}. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  return new HttpServer(options);
}

/**
 * The HTTP server: takes a request through CORS, the token, the guards, the access check and its handler, and turns what comes
 * back, or is thrown, into a response. A slow, silent or dead client costs its own connection only.
 *
 * @example
 * const server = createHttpServer({ routes, authenticate, findCollection, tempDir });
 * const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
 * await server.close(5_000);
 */
export class HttpServer {
  readonly limits: HttpLimits;
  readonly #options: HttpServerOptions;
  readonly #router: Router;
  readonly #cors: CorsPolicy;
  readonly #server: Server;
  readonly #connections: ConnectionTracker;
  readonly #context: RequestContext;
  readonly #worker: JsonWorker;
  readonly #now: () => number;
  #isDraining = false;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.limits = Object.freeze({ ...defaultHttpLimits, ...options.limits });
    this.#router = createRouter(options.routes);
    this.#cors = createCors(options.corsOrigins ?? ['*']);
    this.#worker = new JsonWorker(this.limits);
    this.#now = options.now ?? (() => performance.now());
    this.#context = createContext(options, this.limits, this.#worker);
    this.#server = createNodeServer(this.limits);
    this.#connections = new ConnectionTracker(this.#server, this.limits);
    this.#server.on('request', (incoming, response) => this.#onRequest(incoming, response));
  }

  /** Begins to listen. Rejects when the address cannot be had, with the operating system's code (`EADDRINUSE`…). */
  async listen(listen: ListenOptions): Promise<AddressInfo> {
    await sweepTempDir(this.#options.tempDir, systemClock.now() - this.limits.requestTimeoutMs);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    const { port, host, reusePort = false } = listen;
    this.#server.listen({ port, host, reusePort, backlog: 1024 }, resolve);
    await promise;
    this.#server.off('error', reject);
    return this.address;
  }

  /** Where it listens. */
  get address(): AddressInfo {
    return this.#server.address() as AddressInfo;
  }

  /** Open connections, for observation. */
  get connectionCount(): number {
    return this.#connections.count;
  }

  /**
   * Stops: no new connections, idle ones are closed, running requests are finished and their connections closed after the
   * answer. What is still open after `drainMs` is cut. Further calls wait for the same end.
   */
  async close(drainMs: number): Promise<void> {
    this.#isDraining = true;
    await this.#connections.close(drainMs);
    await this.#worker.close();
  }

  #onRequest(incoming: IncomingMessage, response: ServerResponse): void {
    if (!this.#connections.begin(incoming.socket, response)) return;
    if (this.#isDraining) response.shouldKeepAlive = false;
    // Answers after the client left are nobody's; without a listener some of them would be uncaught errors.
    response.on('error', ignore);
    if (incoming.method === 'GET' && this.#options.quick !== undefined) {
      const quick = this.#options.quick(incoming);
      if (quick !== undefined) return this.#sendQuick(incoming, response, quick);
    }
    void this.#serve(incoming, response);
  }

  #sendQuick(incoming: IncomingMessage, response: ServerResponse, quick: QuickResponse): void {
    const head = addHeaders(createHead(this.#cors.allowOrigin(incoming.headers.origin)), quick.headers);
    sendText(response, quick.status, head, quick.body);
    this.#options.onRequestDone?.({ ...noRequest, incoming, status: quick.status });
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin } = incoming.headers;
    if (incoming.method === 'OPTIONS') {
      const asked = incoming.headers['access-control-request-headers'];
      return sendEmpty(response, 204, preflightHeaders(this.#cors, origin, asked));
    }
    const startedMs = this.#now();
    const request = new ServerRequest(incoming, response, this.#context);
    let error: unknown;
    try {
      this.#send(request, await this.#handle(request));
    } catch (thrown) {
      error = thrown;
      this.#refuse(request, thrown);
    }
    const durationMs = this.#now() - startedMs;
    const isFault = error !== undefined && !(error instanceof ClientGoneError) && isUnexpected(error);
    this.#options.onRequestDone?.({ request, incoming, status: response.statusCode, durationMs, error, isFault });
    if (request.hasTempFiles) await request.removeTempFiles();
  }

  async #handle(request: ServerRequest): Promise<ApiResponse> {
    if (request.raw.req.rawHeaders.length > 2 * this.limits.headerCountMax) throw new ApiError(431);
    const match = this.#router.find(request.method, request.path);
    const found = match === 'malformed' ? undefined : match;
    request.route = found?.route;
    if (found !== undefined) request.params = found.params;
    if (request.token !== '') request.viewer = await this.#options.authenticate(request.token, request);
    for (const guard of this.#options.guards ?? []) await guard(request, request.route);
    if (found === undefined) return this.#fallBack(request);
    const { access } = found.route;
    const refusal = refuseAccess(
      access,
      request.viewer,
      request.params['collection'] ?? '',
      this.#options.findCollection,
    );
    if (refusal !== undefined) throw refusal;
    return found.route.handle(request);
  }

  async #fallBack(request: ServerRequest): Promise<ApiResponse> {
    const isApi = request.path === '/api' || request.path.startsWith('/api/');
    const response = isApi ? undefined : await this.#options.fallback?.(request);
    if (response === undefined) throw notFound();
    return response;
  }

  #send(request: ServerRequest, answer: ApiResponse): void {
    if (answer.kind === 'taken') return;
    const { raw } = request;
    const head = createHead(this.#cors.allowOrigin(request.headers.origin));
    if (answer.kind === 'events') {
      const connection = answer.group.open(raw, head);
      this.#connections.beginStream(raw.req.socket, connection);
      return answer.accept(connection);
    }
    addHeaders(head, answer.headers);
    if (answer.kind === 'stream') {
      const { status, body } = answer;
      return sendStream(raw, status, head, body, ignore);
    }
    const status = answer.status ?? 200;
    if (answer.kind === 'empty') return sendEmpty(raw, answer.status ?? 204, head);
    const text = answer.kind === 'text' ? answer.body : projectBody(answer.body, request, status);
    this.#sendWhole(raw, status, head, text);
  }

  /** Answers with an error; where even that fails, the connection is cut, so that nobody waits. */
  #refuse(request: ServerRequest, error: unknown): void {
    try {
      this.#sendError(request, error);
    } catch {
      request.raw.destroy();
    }
  }

  #sendError(request: ServerRequest, error: unknown): void {
    const { raw } = request;
    if (error instanceof ClientGoneError || raw.destroyed) return;
    // Half a response cannot be taken back; a cut connection at least cannot be mistaken for a whole one.
    if (raw.headersSent) return void raw.destroy();
    const { status, body, retryAfterS } = toErrorResponse(error);
    const head = createHead(this.#cors.allowOrigin(request.headers.origin));
    if (retryAfterS > 0) head['retry-after'] = String(retryAfterS);
    this.#sendWhole(raw, status, head, body);
  }

  #sendWhole(raw: ServerResponse, status: number, head: ReturnType<typeof createHead>, text: string): void {
    if (hasLargeRest(raw.req)) sendTextAndClose(raw, status, head, text, this.limits);
    else sendText(raw, status, head, text);
  }
}

function createContext(options: HttpServerOptions, limits: HttpLimits, worker: JsonWorker): RequestContext {
  let count = 0;
  return {
    body: { limits, worker, tempDir: options.tempDir, budget: new ByteBudget(limits.bufferedBytesMax) },
    trustedProxy: () => options.trustedProxy?.() ?? noProxy,
    nextId: () => (++count).toString(36),
  };
}

function createNodeServer(limits: HttpLimits): Server {
  const server = createServer({
    // A GET then emits no 'data' and 'end': a tenth of its cost.
    optimizeEmptyRequests: true,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: 2_000,
    maxHeaderSize: limits.headerBytesMax,
    insecureHTTPParser: false,
  });
  server.maxConnections = limits.connectionsMax;
  // Node drops what is over its limit silently; one more than allowed lets us see that there are too many.
  server.maxHeadersCount = limits.headerCountMax + 1;
  return server;
}

const noRequest = Object.freeze({ request: undefined, durationMs: 0, error: undefined, isFault: false });

function ignore(): void {}
