import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { badRequest } from '../model/errors.ts';
import { randomInteger } from '../util/random.ts';
import { type Timer, after, every } from '../util/timer.ts';
import { detachFromHttp } from './detach.ts';
import type { HeadDraft } from './respond.ts';

/** One event of a stream. */
export interface SseEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Why a connection ended: the client left; it did not read; it was quiet too long or lived too long; the server let it go. */
export type SseEnd = 'gone' | 'slow' | 'idle' | 'old' | 'closed';

/** Bounds of a group of connections. */
export interface SseLimits {
  /** Messages that wait for one client. More: it is dropped. */
  readonly messagesMax: number;
  /** Bytes that wait for one client. */
  readonly bytesMax: number;
  /** A connection without a message for so long is ended. */
  readonly idleMs: number;
  /** A connection is ended after so long in any case. */
  readonly lifetimeMs: number;
}

/** What a group is made of. */
export interface SseGroupOptions {
  readonly limits: SseLimits;
  /** Milliseconds; only differences are used. */
  now(): number;
  /** Told of every end, once per connection. */
  onEnd?(connection: SseConnection, end: SseEnd): void;
}

/** `id`, `event` and `data` lines and the blank line. Line breaks in a name would be lines of their own, so they become spaces. */
export function formatEvent({ id, event, data }: SseEvent): string {
  const name = /[\r\n\0]/.test(event) ? event.replace(/[\r\n\0]/g, ' ') : event;
  const lines = /[\r\n]/.test(data) ? data.split(/\r\n|\r|\n/).join('\ndata:') : data;
  return `id:${id}\nevent:${name}\ndata:${lines}\n\n`;
}

/** Text as one chunk of a chunked response. Made once, it can be sent to any number of connections. */
export function frame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  return Buffer.from(`${length.toString(16)}\r\n${text}\r\n`);
}

const lastChunk = Buffer.from('0\r\n\r\n');

/** How the sockets of one turn of the event loop are bounded: 256 writes take some 4 ms. */
const sliceMax = 256;

/** Above this, two writes are cheaper than a copy. */
const copyBytesMax = 2048;

/** How often ages are looked at. */
const sweepMs = 5_000;

/** How long the end of a stream may take to be read. */
const closeMs = 10_000;

/** How far apart clients come back after a stop. */
const reconnectSpreadMs = 10_000;

/** An open event stream. After the handshake it writes to the socket directly: half the cost of writing through the response. */
export class SseConnection {
  readonly #socket: Socket;
  readonly #group: SseGroup;
  readonly openedAt: number;
  #lastSentAt: number;
  #pending = 0;
  #end: SseEnd | undefined;

  /** Use {@link SseGroup.open}. */
  constructor(socket: Socket, group: SseGroup, now: number) {
    this.#socket = socket;
    this.#group = group;
    this.openedAt = now;
    this.#lastSentAt = now;
  }

  /** Why it ended; `undefined` while it is open. */
  get end(): SseEnd | undefined {
    return this.#end;
  }

  /** When the last message was sent, or it was opened. */
  get lastSentAt(): number {
    return this.#lastSentAt;
  }

  /** Takes any of these events of the socket as the client's leaving. A client that goes on talking is no event source: `data`. */
  listen(events: readonly string[]): void {
    const leave = (): void => this.finish('gone');
    for (const event of events) this.#socket.on(event, leave);
  }

  /**
   * Sends framed bytes ({@link frame}), `own` (made for this connection) before `shared` (made for many). Never waits. False when it is
   * closed, or now dropped because the client does not read.
   */
  send(shared: Buffer, own?: Buffer): boolean {
    if (this.#end !== undefined) return false;
    const socket = this.#socket;
    const queuedBytes = socket.writableLength;
    if (queuedBytes === 0) this.#pending = 0;
    const { messagesMax, bytesMax } = this.#group.limits;
    if (this.#pending >= messagesMax || queuedBytes + shared.length + (own?.length ?? 0) > bytesMax) {
      this.finish('slow');
      return false;
    }
    this.#pending += 1;
    this.#lastSentAt = this.#group.now();
    if (own === undefined) socket.write(shared);
    else if (own.length + shared.length <= copyBytesMax) socket.write(Buffer.concat([own, shared]));
    else {
      socket.cork();
      socket.write(own);
      socket.write(shared);
      socket.uncork();
    }
    return true;
  }

  /** Resolves when nothing waits to be read any more, or the stream has ended: for who sends one client a lot. */
  async drained(): Promise<void> {
    const socket = this.#socket;
    if (this.#end !== undefined || !socket.writableNeedDrain) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.once('drain', resolve).once('close', resolve);
    await promise;
    socket.off('drain', resolve).off('close', resolve);
  }

  /**
   * Ends the stream. A client that did not read is cut; others get the end of the response, and when it is the server that goes, a
   * time to come back, so that they do not all come at once.
   */
  finish(end: SseEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    if (end === 'slow' || end === 'gone') this.#socket.destroy();
    else {
      if (end === 'closed') this.#socket.write(frame(`retry:${1 + randomInteger(reconnectSpreadMs)}\n\n`));
      this.#socket.write(lastChunk);
      this.#socket.destroySoon();
      // A client that does not read its last bytes does not keep the connection.
      after(closeMs, () => this.#socket.destroy());
    }
    this.#group.ended(this, end);
  }
}

/**
 * Event streams with the same bounds: opens them, ends those that are idle or old, and sends to many in an order that all of
 * them see.
 *
 * @example
 * const group = new SseGroup({ limits, now: () => clock.now() });
 * // in a handler: return { kind: 'events', group, accept: (connection) => connection.send(frame(formatEvent(hello))) };
 */
export class SseGroup {
  readonly limits: SseLimits;
  readonly #options: SseGroupOptions;
  readonly #connections = new Set<SseConnection>();
  readonly #sweep: Timer;
  #sending: Promise<void> = Promise.resolve();

  constructor(options: SseGroupOptions) {
    this.#options = options;
    this.limits = options.limits;
    this.#sweep = every(sweepMs, () => this.sweep());
  }

  /** Open connections. */
  get size(): number {
    return this.#connections.size;
  }

  /** The group's time. */
  now(): number {
    return this.#options.now();
  }

  /** Answers a request with the beginning of a stream. Throws 400 for clients that cannot read chunks (HTTP/1.0). */
  open(response: ServerResponse, head: HeadDraft): SseConnection {
    if (response.req.httpVersion !== '1.1' || response.socket === null) throw badRequest();
    const { socket } = response;
    head['content-type'] = 'text/event-stream';
    head['cache-control'] = 'no-store';
    head['x-accel-buffering'] = 'no';
    response.writeHead(200, head);
    response.flushHeaders();
    // Quiet streams are ordinary; a client whose machine vanished is found out by TCP.
    socket.setTimeout(0);
    socket.setKeepAlive(true, 60_000);
    const connection = new SseConnection(socket, this, this.now());
    this.#connections.add(connection);
    // Everything that node:http keeps for this connection is needed until the request's callback has returned.
    connection.listen(['close']);
    setImmediate(() => {
      const isOpen = connection.end === undefined && !socket.destroyed;
      if (isOpen && detachFromHttp(socket, response)) connection.listen(['close', 'error', 'end', 'data']);
    });
    return connection;
  }

  /**
   * Sends one frame to many. Broadcasts go out one after another, in slices, so that other work gets its turn and every connection sees
   * the same order. Resolves when the last connection was written to; who sends a lot waits for that.
   *
   * @param own what goes before the frame, for one connection
   */
  broadcast(
    connections: readonly SseConnection[],
    shared: Buffer,
    own?: (connection: SseConnection) => Buffer | undefined,
  ): Promise<void> {
    const sent = this.#sending.then(() => sendSliced(connections, shared, own));
    this.#sending = sent.catch(() => {});
    return sent;
  }

  /** Ends what is idle or old. Runs by itself every few seconds. */
  sweep(): void {
    const now = this.now();
    const { idleMs, lifetimeMs } = this.limits;
    for (const connection of this.#connections) {
      if (now - connection.openedAt >= lifetimeMs) connection.finish('old');
      else if (now - connection.lastSentAt >= idleMs) connection.finish('idle');
    }
  }

  /** Ends all connections and asks the clients to come back at different times. */
  close(): void {
    this.#sweep.cancel();
    for (const connection of this.#connections) connection.finish('closed');
  }

  /** Called by a connection at its end. */
  ended(connection: SseConnection, end: SseEnd): void {
    this.#connections.delete(connection);
    this.#options.onEnd?.(connection, end);
  }
}

async function sendSliced(
  connections: readonly SseConnection[],
  shared: Buffer,
  own?: (connection: SseConnection) => Buffer | undefined,
): Promise<void> {
  for (let start = 0; start < connections.length; start += sliceMax) {
    if (start > 0) await new Promise((resolve) => setImmediate(resolve));
    for (const connection of connections.slice(start, start + sliceMax)) connection.send(shared, own?.(connection));
  }
}
