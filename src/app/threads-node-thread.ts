import type { AddressInfo } from 'node:net';
import type { Worker } from 'node:worker_threads';
import type { ListenOptions } from '../http/server-options.ts';
import type { Reporter } from '../observe/reporter.ts';
import { createDeferred } from '../util/async.ts';
import { after } from '../util/timer.ts';
import type { FromThread, ToThread } from './threads-protocol.ts';

/** A thread that is not ready, or does not listen, after this time is ended. */
const startTimeoutMs = 30_000;

/** One thread that answers requests, from its start to its end. */
export class NodeThread {
  /** Rejects with what ended the thread when it never became ready. */
  readonly ready: Promise<void>;
  /** Resolves (never rejects) when it has ended, with why. */
  readonly ended: Promise<Error>;
  readonly #worker: Worker;
  readonly #number: number;
  readonly #reporter: Reporter;
  readonly #ready = createDeferred<void>();
  readonly #listening = createDeferred<AddressInfo>();
  #isEnded = false;

  /** @param number counts from 1, for reports */
  constructor(worker: Worker, number: number, reporter: Reporter) {
    this.#worker = worker;
    this.#number = number;
    this.#reporter = reporter;
    this.ready = this.#within('become ready', this.#ready.promise);
    worker.on('message', (message: FromThread) => this.#hear(message));
    let cause: unknown;
    worker.on('error', (error) => {
      cause = error;
    });
    const ended = createDeferred<Error>();
    this.ended = ended.promise;
    worker.once('exit', (code) => {
      this.#isEnded = true;
      const error = cause instanceof Error ? cause : new Error(`The thread ended with exit code ${code}.`);
      this.#ready.reject(error);
      this.#listening.reject(error);
      ended.resolve(error);
    });
    // Whoever asks hears of it; nobody has to.
    this.ready.catch(ignore);
    this.#listening.promise.catch(ignore);
  }

  /** Begins to accept requests. Rejects with the operating system's code when the address cannot be had. Call it once, when ready. */
  listen(where: ListenOptions): Promise<AddressInfo> {
    this.#tell({ kind: 'listen', where });
    return this.#within('listen', this.#listening.promise);
  }

  /** Lets it finish what is under way; ends it when that takes longer than `timeoutMs`. Resolves when it is gone. */
  async stop(timeoutMs: number): Promise<void> {
    if (!this.#isEnded) this.#tell({ kind: 'stop' });
    const timer = after(timeoutMs, () => this.kill());
    await this.ended;
    timer.cancel();
  }

  /** Ends it at once. */
  kill(): void {
    void this.#worker.terminate();
  }

  #hear(message: FromThread): void {
    switch (message.kind) {
      case 'ready':
        return this.#ready.resolve();
      case 'listening':
        return this.#listening.resolve(message.address);
      case 'refused':
        return this.#listening.reject(Object.assign(new Error(message.message), { code: message.code }));
      case 'log':
        return this.#reporter.relayed(this.#number, message.level, message.message, message.fields);
      case 'stopped':
        this.#reporter.absorb(message.counts);
        // It has let go of everything; what still holds it up does not deserve to.
        return this.kill();
    }
  }

  async #within<T>(what: string, step: Promise<T>): Promise<T> {
    const timer = after(startTimeoutMs, () => {
      this.#reporter.warning(`A thread did not ${what} in time and is ended.`, { thread: this.#number });
      this.kill();
    });
    try {
      return await step;
    } finally {
      timer.cancel();
    }
  }

  #tell(message: ToThread): void {
    this.#worker.postMessage(message);
  }
}

function ignore(): void {}
