import { type ClientRequest, type IncomingMessage, request } from 'node:http';

const eventsMax = 10_000;
const waitTimeoutMs = 10_000;

/** One server-sent event as it came. */
export type SseEvent = {
  id: string;
  name: string;
  data: string;
  /** The parsed data, or `undefined` when it is not JSON. */
  json: unknown;
};

/**
 * A client of `GET /api/realtime` that shows what came over the wire: events in their order, headers, the end of the connection.
 * Keeps at most 10,000 events; every wait ends after 10 s with an error.
 *
 * @example
 * await using client = await SseClient.connect(server.baseUrl);
 * // POST /api/realtime { clientId: client.clientId, subscriptions: ['posts/*'] }
 * const event = await client.waitFor((each) => each.name === 'posts/*');
 */
export class SseClient implements AsyncDisposable {
  /** All events so far, `PB_CONNECT` first. */
  readonly events: SseEvent[] = [];
  readonly headers: IncomingMessage['headers'];
  readonly status: number;
  readonly #request: ClientRequest;
  readonly #response: IncomingMessage;
  readonly #waiting = new Set<() => void>();
  #text = '';
  #isClosed = false;

  private constructor(sent: ClientRequest, response: IncomingMessage) {
    this.#request = sent;
    this.#response = response;
    this.headers = response.headers;
    this.status = response.statusCode ?? 0;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.#read(chunk));
    response.on('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
    response.on('error', () => {});
  }

  /** Opens a connection and waits for its first event. `search` is what follows the path, as `?positions=1`. */
  static async connect(
    baseUrl: string,
    headers: Readonly<Record<string, string>> = {},
    search = '',
  ): Promise<SseClient> {
    const client = await new Promise<SseClient>((resolve, reject) => {
      const sent = request(`${baseUrl}/api/realtime${search}`, {
        headers: { Accept: 'text/event-stream', ...headers },
        agent: false,
      });
      sent.on('error', reject);
      sent.on('response', (response) => resolve(new SseClient(sent, response)));
      sent.end();
    });
    await client.waitFor((event) => event.name === 'PB_CONNECT');
    return client;
  }

  /** The id that the server gave to this connection. */
  get clientId(): string {
    return this.events[0]?.id ?? '';
  }

  /** True when the server (or `close`) has ended the connection. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The first event that `test` accepts, of those that came and those to come. */
  async waitFor(test: (event: SseEvent) => boolean): Promise<SseEvent> {
    let found = this.events.find(test);
    const deadline = Date.now() + waitTimeoutMs;
    while (found === undefined) {
      if (this.#isClosed) throw new Error(`the connection ended; events: ${JSON.stringify(this.events)}`);
      const remainingMs = deadline - Date.now();
      if (remainingMs <= 0) throw new Error(`no such event within ${waitTimeoutMs} ms: ${JSON.stringify(this.events)}`);
      await this.#change(remainingMs);
      found = this.events.find(test);
    }
    return found;
  }

  /** Waits for the server to end the connection. */
  async waitForEnd(): Promise<void> {
    const deadline = Date.now() + waitTimeoutMs;
    while (!this.#isClosed) {
      if (Date.now() > deadline) throw new Error(`the connection is still open after ${waitTimeoutMs} ms`);
      await this.#change(deadline - Date.now());
    }
  }

  /** Stops or goes on reading from the socket, as a slow client would. */
  setPaused(isPaused: boolean): void {
    if (isPaused) this.#response.pause();
    else this.#response.resume();
  }

  async close(): Promise<void> {
    this.#request.destroy();
    if (!this.#isClosed) await this.#change(waitTimeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #read(chunk: string): void {
    this.#text += chunk;
    for (let end = this.#text.indexOf('\n\n'); end >= 0; end = this.#text.indexOf('\n\n')) {
      this.#keep(this.#text.slice(0, end));
      this.#text = this.#text.slice(end + 2);
    }
    this.#wake();
  }

  #keep(block: string): void {
    if (this.events.length >= eventsMax) throw new Error(`more than ${eventsMax} events`);
    const values = { id: '', event: '', data: '' };
    for (const line of block.split('\n')) {
      const [, name, value = ''] = /^(id|event|data): ?(.*)$/s.exec(line) ?? [];
      if (name === 'id' || name === 'event' || name === 'data') values[name] += value;
    }
    let json: unknown;
    try {
      json = JSON.parse(values.data);
    } catch {
      json = undefined;
    }
    this.events.push({ id: values.id, name: values.event, data: values.data, json });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  async #change(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      this.#waiting.add(wake);
    });
  }
}
