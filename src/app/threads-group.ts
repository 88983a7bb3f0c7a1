import type { AddressInfo } from 'node:net';
import type { Worker } from 'node:worker_threads';
import type { ListenOptions } from '../http/server-options.ts';
import type { Reporter } from '../observe/reporter.ts';
import { createDeferred } from '../util/async.ts';
import { sleep } from '../util/sleep.ts';
import { NodeThread } from './threads-node-thread.ts';

/** A thread that lives this long died of something new. */
const steadyMs = 60_000;
/** Deaths in a row after which a thread is given up. */
const deathsMaxDefault = 10;
const pauseMsMinDefault = 100;
const pauseMsMax = 10_000;

/** What a group of threads is made of. */
export interface ThreadGroupOptions {
  readonly count: number;
  /** Starts one; called again for one that died. It speaks as `threads-protocol.ts` says. */
  start(): Worker;
  readonly reporter: Reporter;
  /** How long a thread may take to finish what is under way. */
  readonly stopTimeoutMs: number;
  /** The first pause before a new start; each next one is twice as long. Default 100. */
  readonly pauseMsMin?: number;
  /** Default 10. */
  readonly deathsMax?: number;
}

/**
 * Threads that answer requests on one address; the kernel shares connections out among them. One that dies takes its own
 * connections with it and nothing else: it is started again, after a growing pause, until it has died too often.
 */
export class ThreadGroup {
  /** Resolves (never rejects) when no thread is left that could answer. */
  readonly exhausted: Promise<Error>;
  readonly #options: ThreadGroupOptions;
  readonly #threads: NodeThread[] = [];
  readonly #exhausted = createDeferred<Error>();
  readonly #closing = new AbortController();
  #where: ListenOptions | null = null;
  #givenUp = 0;
  #closed: Promise<void> | null = null;

  constructor(options: ThreadGroupOptions) {
    this.#options = options;
    this.exhausted = this.#exhausted.promise;
  }

  /** Starts all threads. Rejects, with none left, when one of them does not become ready. */
  async open(): Promise<void> {
    for (let index = 0; index < this.#options.count; index++) this.#threads.push(this.#start(index));
    try {
      await Promise.all(this.#threads.map((thread) => thread.ready));
    } catch (error) {
      await this.close();
      throw error;
    }
    for (const index of this.#threads.keys()) void this.#keep(index);
  }

  /** All threads begin to accept requests. `where` must name a port. Rejects when the address cannot be had. */
  async listen(where: ListenOptions): Promise<AddressInfo> {
    this.#where = { ...where, reusePort: true };
    const addresses = await Promise.all(this.#threads.map((thread) => thread.listen(this.#where!)));
    return addresses[0]!;
  }

  /** Lets all threads finish what is under way and end. Further calls wait for the same end. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#threads.map((thread) => thread.stop(this.#options.stopTimeoutMs)));
  }

  #start(index: number): NodeThread {
    return new NodeThread(this.#options.start(), index + 1, this.#options.reporter);
  }

  /** Starts the thread of a place again whenever it has died. */
  async #keep(index: number): Promise<void> {
    const { reporter, pauseMsMin = pauseMsMinDefault, deathsMax = deathsMaxDefault } = this.#options;
    const { signal } = this.#closing;
    let deaths = 0;
    for (;;) {
      const startedMs = performance.now();
      const cause = await this.#threads[index]!.ended;
      if (signal.aborted) return;
      deaths = performance.now() - startedMs > steadyMs ? 1 : deaths + 1;
      const pauseMs = deaths < deathsMax ? Math.min(pauseMsMin * 2 ** (deaths - 1), pauseMsMax) : null;
      reporter.threadDied(index + 1, cause, pauseMs);
      if (pauseMs === null) return this.#giveUp(cause);
      await sleep(pauseMs, signal).catch(ignore);
      if (signal.aborted) return;
      const thread = this.#start(index);
      this.#threads[index] = thread;
      void this.#join(thread);
    }
  }

  /** Lets a thread that was started again join the others. */
  async #join(thread: NodeThread): Promise<void> {
    try {
      await thread.ready;
      if (this.#where !== null) await thread.listen(this.#where);
    } catch {
      // Its end is what counts, and is reported.
      thread.kill();
    }
  }

  #giveUp(cause: Error): void {
    this.#givenUp += 1;
    if (this.#givenUp < this.#options.count) return;
    this.#exhausted.resolve(new Error('No thread answers requests any more.', { cause }));
  }
}

function ignore(): void {}
