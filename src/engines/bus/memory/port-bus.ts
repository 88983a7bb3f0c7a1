import type { MessagePort } from 'node:worker_threads';
import type { BusDriver, BusHandler, BusResponder } from '../driver.ts';
import { firstAnswer } from './first-answer.ts';
import { LocalTopics } from './local-topics.ts';
import type { FromHub, ToHub } from './port-protocol.ts';

/** Requests of one thread that may be unanswered; more are answered null at once. */
const requestsMax = 10_000;

/** Opens a thread's end of the process's bus; `port` comes from `MemoryBus.connect`. */
export function openPortBus(port: MessagePort): PortBus {
  return new PortBus(port);
}

/** The bus of a thread: everything goes through the bus of the process. */
export class PortBus implements BusDriver {
  readonly #port: MessagePort;
  readonly #topics = new LocalTopics();
  readonly #requests = new Map<number, (answer: string | null) => void>();
  #lastRequest = 0;
  #isClosed = false;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: FromHub) => this.#hear(message));
    port.on('close', () => this.#end());
    port.unref();
  }

  publish(topic: string, payload: string): void {
    if (this.#isClosed) return;
    this.#topics.deliver(topic, payload);
    this.#tell({ kind: 'publish', topic, payload });
  }

  subscribe(topic: string, handler: BusHandler): () => void {
    if (this.#isClosed) return () => undefined;
    const own: BusHandler = (payload) => handler(payload);
    if (this.#topics.addHandler(topic, own)) this.#tell({ kind: 'interest', of: 'messages', topic, isWanted: true });
    return () => {
      if (!this.#topics.removeHandler(topic, own)) return;
      this.#tell({ kind: 'interest', of: 'messages', topic, isWanted: false });
    };
  }

  async request(topic: string, payload: string, timeoutMs: number): Promise<string | null> {
    if (this.#isClosed || this.#requests.size >= requestsMax) return null;
    const number = ++this.#lastRequest;
    const elsewhere = new Promise<string | null>((resolve) => void this.#requests.set(number, resolve));
    this.#tell({ kind: 'request', number, topic, payload, timeoutMs });
    return firstAnswer([this.#topics.ask(topic, payload), elsewhere], timeoutMs);
  }

  respond(topic: string, responder: BusResponder): () => void {
    if (this.#isClosed) return () => undefined;
    const own: BusResponder = (payload) => responder(payload);
    if (this.#topics.addResponder(topic, own)) this.#tell({ kind: 'interest', of: 'requests', topic, isWanted: true });
    return () => {
      if (!this.#topics.removeResponder(topic, own)) return;
      this.#tell({ kind: 'interest', of: 'requests', topic, isWanted: false });
    };
  }

  close(): Promise<void> {
    this.#end();
    this.#port.close();
    return Promise.resolve();
  }

  #hear(message: FromHub): void {
    if (message.kind === 'message') this.#topics.deliver(message.topic, message.payload);
    else if (message.kind === 'request') void this.#answer(message.number, message.topic, message.payload);
    else {
      this.#requests.get(message.number)?.(message.answer);
      this.#requests.delete(message.number);
    }
  }

  async #answer(number: number, topic: string, payload: string): Promise<void> {
    this.#tell({ kind: 'answer', number, answer: await this.#topics.ask(topic, payload) });
  }

  #tell(message: ToHub): void {
    if (!this.#isClosed) this.#port.postMessage(message);
  }

  #end(): void {
    this.#isClosed = true;
    this.#topics.close();
    for (const resolve of this.#requests.values()) resolve(null);
    this.#requests.clear();
  }
}
