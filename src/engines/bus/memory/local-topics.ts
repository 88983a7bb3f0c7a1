import type { BusHandler, BusResponder } from '../driver.ts';

/** Messages that may wait for their handlers; more are dropped, which a bus may do. */
const queueMax = 100_000;

/** The subscribers and responders of one thread. Handlers run after the present turn, in the order of publishing. */
export class LocalTopics {
  readonly #handlers = new Map<string, Set<BusHandler>>();
  readonly #responders = new Map<string, Set<BusResponder>>();
  #queue: { readonly topic: string; readonly payload: string }[] = [];
  #isClosed = false;

  /** Adds a handler; answers whether it is the topic's first. */
  addHandler(topic: string, handler: BusHandler): boolean {
    return addTo(this.#handlers, topic, handler);
  }

  /** Takes a handler away; answers whether it was the topic's last. */
  removeHandler(topic: string, handler: BusHandler): boolean {
    return removeFrom(this.#handlers, topic, handler);
  }

  /** Adds a responder; answers whether it is the topic's first. */
  addResponder(topic: string, responder: BusResponder): boolean {
    return addTo(this.#responders, topic, responder);
  }

  /** Takes a responder away; answers whether it was the topic's last. */
  removeResponder(topic: string, responder: BusResponder): boolean {
    return removeFrom(this.#responders, topic, responder);
  }

  /** Hands a message to the topic's handlers, soon. */
  deliver(topic: string, payload: string): void {
    if (this.#isClosed || !this.#handlers.has(topic) || this.#queue.length >= queueMax) return;
    this.#queue.push({ topic, payload });
    if (this.#queue.length === 1) queueMicrotask(() => this.#drain());
  }

  /** Asks every responder of the topic; the first answer that is not null counts, null when none has one. */
  async ask(topic: string, payload: string): Promise<string | null> {
    const responders = [...(this.#responders.get(topic) ?? [])];
    if (this.#isClosed || responders.length === 0) return null;
    return new Promise((resolve) => {
      let left = responders.length;
      for (const responder of responders) {
        void answerOf(responder, payload).then((answer) => {
          left--;
          if (answer !== null || left === 0) resolve(answer);
          return undefined;
        });
      }
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#queue = [];
    this.#handlers.clear();
    this.#responders.clear();
  }

  /** Takes what is queued now; what handlers publish meanwhile waits for the next turn, so that nothing starves. */
  #drain(): void {
    const messages = this.#queue;
    this.#queue = [];
    for (const { topic, payload } of messages) {
      for (const handler of this.#handlers.get(topic) ?? []) callHandler(handler, payload);
    }
  }
}

function callHandler(handler: BusHandler, payload: string): void {
  try {
    handler(payload);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

async function answerOf(responder: BusResponder, payload: string): Promise<string | null> {
  try {
    return await responder(payload);
  } catch {
    return null;
  }
}

function addTo<T>(map: Map<string, Set<T>>, topic: string, value: T): boolean {
  const present = map.get(topic);
  if (present !== undefined) {
    present.add(value);
    return false;
  }
  map.set(topic, new Set([value]));
  return true;
}

function removeFrom<T>(map: Map<string, Set<T>>, topic: string, value: T): boolean {
  const present = map.get(topic);
  if (present === undefined || !present.delete(value) || present.size > 0) return false;
  return map.delete(topic);
}
