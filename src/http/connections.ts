import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ApiError, badRequest } from '../model/errors.ts';
import { after, every } from '../util/timer.ts';
import { toErrorResponse } from './error-response.ts';
import type { HttpLimits } from './limits.ts';
import { rawErrorResponse } from './respond.ts';
import { SseConnection } from './sse.ts';

/**
 * Knows every connection of a server and which response each is busy with; closes those that idle, that cannot be understood
 * and, at the end, all.
 */
export class ConnectionTracker {
  readonly #server: Server;
  readonly #limits: HttpLimits;
  /** What each open connection is or was last busy with. */
  readonly #open = new Map<Socket, ServerResponse | SseConnection | undefined>();
  #closing: Promise<void> | undefined;

  constructor(server: Server, limits: HttpLimits) {
    this.#server = server;
    this.#limits = limits;
    server.timeout = limits.idleTimeoutMs;
    server.on('connection', (socket) => this.#add(socket));
    server.on('timeout', (socket) => this.#onIdle(socket));
    server.on('clientError', (error, stream) => this.#onClientError(error, stream));
  }

  get count(): number {
    return this.#open.size;
  }

  /** Notes that a connection is now busy with a response. False for requests behind an event stream, which nobody answers. */
  begin(socket: Socket, response: ServerResponse): boolean {
    const before = this.#open.get(socket);
    if (before instanceof SseConnection) {
      before.finish('gone');
      return false;
    }
    this.#open.set(socket, response);
    return true;
  }

  /** Notes that a connection is now an event stream. */
  beginStream(socket: Socket, stream: SseConnection): void {
    this.#open.set(socket, stream);
    // The stream takes its connection away from node:http, with all who listen to it, as soon as this turn is over.
    setImmediate(() => this.#forget(socket));
  }

  /** Lets running requests end for up to `drainMs`, then cuts everything. */
  close(drainMs: number): Promise<void> {
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  #add(socket: Socket): void {
    this.#open.set(socket, undefined);
    this.#forget(socket);
  }

  /** Forgets a connection when it is closed. */
  #forget(socket: Socket): void {
    if (socket.destroyed) this.#open.delete(socket);
    else socket.once('close', () => this.#open.delete(socket));
  }

  async #close(drainMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (!this.#server.listening) return;
    this.#server.close(() => resolve());
    for (const [socket, response] of this.#open) {
      if (response instanceof SseConnection) response.finish('closed');
      else if (!isBusy(response)) socket.destroySoon();
      else if (!response.headersSent) response.shouldKeepAlive = false;
    }
    // A response that had begun before keeps its connection open after its end: look again until all are gone.
    const idle = every(50, () => this.#closeIdle());
    const cut = after(drainMs, () => this.#cutAll());
    await promise;
    idle.cancel();
    cut.cancel();
  }

  #closeIdle(): void {
    for (const [socket, response] of this.#open) if (!isBusy(response)) socket.destroySoon();
  }

  #cutAll(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }

  /** Nothing moved on the connection for the idle time. It stays only if it is the server that is being waited for. */
  #onIdle(socket: Socket): void {
    const response = this.#open.get(socket);
    if (!isBusy(response)) return void socket.destroy();
    const isOurTurn = response.req.complete && socket.writableLength === 0;
    if (isOurTurn) socket.setTimeout(this.#limits.idleTimeoutMs);
    else if (response.headersSent) socket.destroy();
    else refuse(socket, new ApiError(408));
  }

  #onClientError(error: Error, stream: Duplex): void {
    const socket = stream as Socket;
    const code = 'code' in error ? String(error.code) : '';
    const response = this.#open.get(socket);
    const isHalfAnswered = isBusy(response) && response.headersSent;
    if (code === 'ECONNRESET' || !socket.writable || isHalfAnswered) return void socket.destroy();
    refuse(socket, toClientError(code));
  }
}

function isBusy(response: ServerResponse | SseConnection | undefined): response is ServerResponse {
  return (
    response !== undefined && !(response instanceof SseConnection) && !response.writableFinished && !response.destroyed
  );
}

/** Answers on the bare connection and closes it. */
function refuse(socket: Socket, error: ApiError): void {
  const { status, body } = toErrorResponse(error);
  socket.end(rawErrorResponse(status, body), () => socket.destroy());
}

function toClientError(code: string): ApiError {
  if (code === 'HPE_HEADER_OVERFLOW') return new ApiError(431);
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return new ApiError(413);
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new ApiError(408);
  return badRequest();
}
