import { assert } from '../../util/assert.ts';
import type { BusDriver, BusHandler, BusResponder } from './driver.ts';

export type { BusDriver, BusHandler, BusResponder } from './driver.ts';

const topicLengthMax = 256;
/** Longer messages are refused: a transport is no place for bulk. */
export const payloadLengthMax = 8 * 1024 * 1024;
const timeoutMsMax = 60_000;

/**
 * Messages between the nodes and threads of one system, as everyone uses them. May lose everything: whoever needs more rebuilds it
 * from the log.
 *
 * @example
 * const stop = bus.subscribe('realtime', (payload) => apply(JSON.parse(payload)));
 * bus.publish('realtime', JSON.stringify(message));
 */
export class Bus implements AsyncDisposable {
  readonly #driver: BusDriver;

  constructor(driver: BusDriver) {
    this.#driver = driver;
  }

  /** Sends to every subscriber of the topic, this one included. Throws `AssertionError` for a bad topic or too long a payload. */
  publish(topic: string, payload: string): void {
    assertTopic(topic);
    assertPayload(payload);
    this.#driver.publish(topic, payload);
  }

  /** Hears a topic until the answered function is called. A handler that throws harms no other. */
  subscribe(topic: string, handler: BusHandler): () => void {
    assertTopic(topic);
    return this.#driver.subscribe(topic, handler);
  }

  /** The first answer that is not null of any responder, or null after `timeoutMs` (1 to 60,000) or when there is none. */
  request(topic: string, payload: string, timeoutMs: number): Promise<string | null> {
    assertTopic(topic);
    assertPayload(payload);
    assert(timeoutMs >= 1 && timeoutMs <= timeoutMsMax, 'Bus: timeoutMs out of bounds');
    return this.#driver.request(topic, payload, timeoutMs);
  }

  /** Answers requests of a topic until the answered function is called. A responder that rejects counts as null. */
  respond(topic: string, responder: BusResponder): () => void {
    assertTopic(topic);
    return this.#driver.respond(topic, responder);
  }

  close(): Promise<void> {
    return this.#driver.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function assertTopic(topic: string): void {
  assert(topic !== '' && topic.length <= topicLengthMax && /^[\w./:@-]+$/.test(topic), 'Bus: bad topic');
}

function assertPayload(payload: string): void {
  assert(payload.length <= payloadLengthMax, 'Bus: payload too long');
}
