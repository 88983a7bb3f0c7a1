import { Connection, type Outcome } from './connection.ts';
import type { Address, Batch } from './messages.ts';

const ERROR_SAMPLES_MAX = 3;

/** What one closed loop measured. */
export interface LoopResult {
  latenciesMs: Float64Array<ArrayBuffer>;
  errors: number;
  errorSamples: string[];
}

/**
 * Keeps `concurrency` requests under way until `count` are done: each connection sends its next request as soon as its last one is
 * answered. A status of 400 or above, or no response, is an error; its time counts like any other.
 */
export class ClosedLoop {
  readonly #batch: Batch;
  readonly #connections: Connection[];
  #sent = 0;
  #settled = 0;
  #errors = 0;
  #errorSamples: string[] = [];
  #latenciesMs = new Float64Array(0);

  constructor(address: Address, batch: Batch, options: { isOneShot: boolean; timeoutMs: number }) {
    this.#batch = batch;
    const count = Math.min(batch.concurrency, batch.count);
    this.#connections = Array.from(
      { length: count },
      () => new Connection(address.host, address.port, options.timeoutMs, { isOneShot: options.isOneShot }),
    );
  }

  /** Opens the connections, a few hundred at a time so that no listen queue overflows. */
  async open(): Promise<void> {
    const atOnce = 100;
    for (let at = 0; at < this.#connections.length; at += atOnce) {
      await Promise.all(this.#connections.slice(at, at + atOnce).map((connection) => connection.open()));
    }
  }

  /** Sends `count` requests of the batch (all of it unless said) and resolves when the last one is settled. */
  run(count: number = this.#batch.count): Promise<LoopResult> {
    this.#sent = 0;
    this.#settled = 0;
    this.#errors = 0;
    this.#errorSamples = [];
    this.#latenciesMs = new Float64Array(count);
    return new Promise((resolve) => {
      const finish = (): void =>
        resolve({ latenciesMs: this.#latenciesMs, errors: this.#errors, errorSamples: this.#errorSamples });
      if (count === 0) finish();
      for (const connection of this.#connections) this.#sendNext(connection, count, finish);
    });
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  #sendNext(connection: Connection, count: number, finish: () => void): void {
    if (this.#sent >= count) return;
    const index = this.#sent;
    this.#sent += 1;
    const request = this.#batch.requests[index % this.#batch.requests.length] ?? '';
    const sentAt = performance.now();
    connection.send(request, (outcome) => {
      this.#latenciesMs[index] = performance.now() - sentAt;
      if (outcome.status === 0 || outcome.status >= 400) this.#noteError(outcome);
      this.#settled += 1;
      if (this.#settled === count) finish();
      else this.#sendNext(connection, count, finish);
    });
  }

  #noteError(outcome: Outcome): void {
    this.#errors += 1;
    const text = `${outcome.status} ${outcome.problem}`;
    if (this.#errorSamples.length < ERROR_SAMPLES_MAX && !this.#errorSamples.includes(text)) {
      this.#errorSamples.push(text);
    }
  }
}
