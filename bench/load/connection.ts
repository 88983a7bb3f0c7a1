import net from 'node:net';
import { ResponseParser } from './response-parser.ts';

const READ_BUFFER_BYTES = 64 * 1024;
const ERROR_BODY_CHARACTERS_MAX = 300;

// All sockets of a thread read into one buffer: a read callback uses the bytes up before the next read starts.
const readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);

/** What became of one request: `status` 0 means that no whole response came; `problem` has the first part of an error's body or the fault. */
export interface Outcome {
  status: number;
  problem: string;
}

type Settle = (outcome: Outcome) => void;

/**
 * One HTTP/1.1 connection with at most one request under way. Reconnects by itself when the server closed it between two requests.
 *
 * @example
 * const connection = new Connection('127.0.0.1', 8090, 60_000);
 * await connection.open();
 * connection.send('GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n', (outcome) => console.log(outcome.status));
 */
export class Connection {
  readonly #host: string;
  readonly #port: number;
  readonly #timeoutMs: number;
  readonly #isOneShot: boolean;
  #socket: net.Socket | undefined;
  #parser: ResponseParser;
  #settle: Settle | undefined;
  #status = 0;
  #problem = '';
  #onBody: ((bytes: Buffer, start: number, end: number) => void) | undefined;

  /**
   * @param timeoutMs silence after which a request under way fails
   * @param options.isOneShot opens a connection for every request instead of keeping one
   * @param options.onBody sees every piece of every body, valid only during the call (event streams)
   */
  constructor(
    host: string,
    port: number,
    timeoutMs: number,
    options: { isOneShot?: boolean; onBody?: (bytes: Buffer, start: number, end: number) => void } = {},
  ) {
    this.#host = host;
    this.#port = port;
    this.#timeoutMs = timeoutMs;
    this.#isOneShot = options.isOneShot ?? false;
    this.#onBody = options.onBody;
    this.#parser = this.#createParser();
  }

  /** Connects; rejects when that fails. Not needed before `send`, but keeps the handshake out of a measured time. */
  open(): Promise<void> {
    if (this.#isOneShot) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const socket = this.#connect();
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
  }

  /** Sends one whole request (head and body as text) and calls `settle` once, when its response is complete or has failed. */
  send(request: string, settle: Settle): void {
    this.#settle = settle;
    this.#status = 0;
    this.#problem = '';
    const socket = this.#socket ?? this.#connect();
    socket.write(request, 'utf8');
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  #connect(): net.Socket {
    this.#parser = this.#createParser();
    const parser = this.#parser;
    const socket: net.Socket = net.connect({
      host: this.#host,
      port: this.#port,
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (length: number) => this.#read(socket, parser, length),
      },
    });
    socket.setTimeout(this.#timeoutMs, () => socket.destroy(new Error(`no bytes for ${this.#timeoutMs} ms`)));
    socket.on('error', (error) => this.#lose(socket, error.message));
    socket.on('close', () => {
      if (this.#socket === socket && parser.close()) return;
      this.#lose(socket, 'the server closed the connection');
    });
    this.#socket = socket;
    return socket;
  }

  #read(socket: net.Socket, parser: ResponseParser, length: number): boolean {
    try {
      parser.feed(readBuffer, 0, length);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
    return true;
  }

  #createParser(): ResponseParser {
    return new ResponseParser({
      onHead: (status) => {
        this.#status = status;
      },
      onBody: (bytes, start, end) => {
        if (this.#status >= 400 && this.#problem.length < ERROR_BODY_CHARACTERS_MAX) {
          this.#problem += bytes.toString('utf8', start, Math.min(end, start + ERROR_BODY_CHARACTERS_MAX));
        }
        this.#onBody?.(bytes, start, end);
      },
      onEnd: (keepAlive) => {
        if (!keepAlive || this.#isOneShot) this.close();
        this.#report(this.#status, this.#problem);
      },
    });
  }

  #lose(socket: net.Socket, reason: string): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    socket.destroy();
    this.#report(0, reason);
  }

  #report(status: number, problem: string): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.({ status, problem });
  }
}
