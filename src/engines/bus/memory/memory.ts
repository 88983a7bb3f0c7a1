import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { BusDriver, BusHandler, BusResponder } from '../driver.ts';
import { firstAnswer } from './first-answer.ts';
import { LocalTopics } from './local-topics.ts';
import type { FromHub, ToHub } from './port-protocol.ts';

/** A thread that is connected to the bus. */
interface Peer {
  readonly port: MessagePort;
  readonly subscribed: Set<string>;
  readonly responding: Set<string>;
  /** Requests that were handed to the peer and are not answered yet. */
  readonly waiting: Map<number, (answer: string | null) => void>;
}

/** Requests that may wait for one peer; more are answered null at once. */
const waitingMax = 10_000;

/**
 * The bus of one process. Threads join through `connect`: the port goes to the thread, which opens it with `openPortBus`.
 *
 * @example
 * const bus = new MemoryBus();
 * worker.postMessage({ bus: port }, [port]); // const port = bus.connect()
 */
export class MemoryBus implements BusDriver {
  readonly #topics = new LocalTopics();
  readonly #peers = new Set<Peer>();
  #lastRequest = 0;
  #isClosed = false;

  publish(topic: string, payload: string): void {
    if (!this.#isClosed) this.#spread(topic, payload, null);
  }

  subscribe(topic: string, handler: BusHandler): () => void {
    if (this.#isClosed) return () => undefined;
    const own: BusHandler = (payload) => handler(payload);
    this.#topics.addHandler(topic, own);
    return () => void this.#topics.removeHandler(topic, own);
  }

  request(topic: string, payload: string, timeoutMs: number): Promise<string | null> {
    return this.#isClosed ? Promise.resolve(null) : this.#ask(topic, payload, timeoutMs, null);
  }

  respond(topic: string, responder: BusResponder): () => void {
    if (this.#isClosed) return () => undefined;
    const own: BusResponder = (payload) => responder(payload);
    this.#topics.addResponder(topic, own);
    return () => void this.#topics.removeResponder(topic, own);
  }

  /** A port for another thread; transfer it there. */
  connect(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    const peer: Peer = { port: port1, subscribed: new Set(), responding: new Set(), waiting: new Map() };
    this.#peers.add(peer);
    port1.on('message', (message: ToHub) => this.#hear(peer, message));
    port1.on('close', () => this.#forget(peer));
    port1.unref();
    return port2;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#topics.close();
    for (const peer of this.#peers) {
      this.#forget(peer);
      peer.port.close();
    }
    return Promise.resolve();
  }

  #hear(peer: Peer, message: ToHub): void {
    switch (message.kind) {
      case 'publish':
        this.#spread(message.topic, message.payload, peer);
        return;
      case 'interest': {
        const topics = message.of === 'messages' ? peer.subscribed : peer.responding;
        if (message.isWanted) topics.add(message.topic);
        else topics.delete(message.topic);
        return;
      }
      case 'request':
        void this.#relay(peer, message);
        return;
      case 'answer':
        peer.waiting.get(message.number)?.(message.answer);
        peer.waiting.delete(message.number);
    }
  }

  /** The publishing peer has told its own subscribers already. */
  #spread(topic: string, payload: string, from: Peer | null): void {
    this.#topics.deliver(topic, payload);
    const message: FromHub = { kind: 'message', topic, payload };
    for (const peer of this.#peers) if (peer !== from && peer.subscribed.has(topic)) peer.port.postMessage(message);
  }

  async #relay(peer: Peer, message: Extract<ToHub, { kind: 'request' }>): Promise<void> {
    const answer = await this.#ask(message.topic, message.payload, message.timeoutMs, peer);
    const reply: FromHub = { kind: 'answer', number: message.number, answer };
    if (this.#peers.has(peer)) peer.port.postMessage(reply);
  }

  /** Asks this thread and every peer but `from`, which asks its own responders itself. */
  #ask(topic: string, payload: string, timeoutMs: number, from: Peer | null): Promise<string | null> {
    const asked = [this.#topics.ask(topic, payload)];
    for (const peer of this.#peers) {
      if (peer !== from && peer.responding.has(topic)) asked.push(this.#askPeer(peer, topic, payload));
    }
    return firstAnswer(asked, timeoutMs);
  }

  /** A peer that never answers keeps its places: past the bound it is not asked any more. */
  #askPeer(peer: Peer, topic: string, payload: string): Promise<string | null> {
    if (peer.waiting.size >= waitingMax) return Promise.resolve(null);
    const number = ++this.#lastRequest;
    const message: FromHub = { kind: 'request', number, topic, payload };
    return new Promise((resolve) => {
      peer.waiting.set(number, resolve);
      peer.port.postMessage(message);
    });
  }

  #forget(peer: Peer): void {
    this.#peers.delete(peer);
    for (const resolve of peer.waiting.values()) resolve(null);
    peer.waiting.clear();
  }
}
