import { assert } from './assert.ts';

/** A promise with its two ends outside. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

/** Makes a {@link Deferred}. */
export function createDeferred<T>(): Deferred<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  return { promise, resolve, reject };
}

/** A queue in front of something bounded is full: nothing was done, the caller should say "busy" to its own caller. */
export class QueueFullError extends Error {
  /** What the queue is in front of. */
  readonly queue: string;

  constructor(queue: string) {
    super(`The queue of ${queue} is full.`);
    this.name = 'QueueFullError';
    this.queue = queue;
  }
}

/** Something took longer than it may. The work itself may still be running. */
export class TimeoutError extends Error {
  readonly timeoutMs: number;

  constructor(what: string, timeoutMs: number) {
    super(`${what} took longer than ${timeoutMs} ms.`);
    this.name = 'TimeoutError';
    this.timeoutMs = timeoutMs;
  }
}

/**
 * Lets at most `concurrencyMax` tasks run at once and at most `queueMax` wait, first come first served.
 *
 * @example
 * const hashing = new Semaphore('password hashing', { concurrencyMax: 2, queueMax: 100 });
 * const hash = await hashing.run(() => hashPassword(password));
 */
export class Semaphore {
  readonly #name: string;
  readonly #concurrencyMax: number;
  readonly #queueMax: number;
  readonly #waiting: (() => void)[] = [];
  #head = 0;
  #running = 0;

  constructor(name: string, options: { concurrencyMax: number; queueMax: number }) {
    assert(options.concurrencyMax >= 1 && options.queueMax >= 0, `Semaphore ${name}: bad bounds`);
    this.#name = name;
    this.#concurrencyMax = options.concurrencyMax;
    this.#queueMax = options.queueMax;
  }

  /** How many tasks run now. */
  get running(): number {
    return this.#running;
  }

  /** How many tasks wait now. */
  get queued(): number {
    return this.#waiting.length - this.#head;
  }

  /** Runs `task` when there is room. Rejects at once with {@link QueueFullError} when the queue is full, else as `task` does. */
  async run<T>(task: () => Promise<T> | T): Promise<T> {
    if (this.#running >= this.#concurrencyMax) {
      if (this.queued >= this.#queueMax) throw new QueueFullError(this.#name);
      // The one that ends hands its place over, so `#running` stays as it is.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await task();
    } finally {
      this.#release();
    }
  }

  #release(): void {
    const next = this.#waiting[this.#head];
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#head += 1;
    if (this.#head > 1024 || this.#head === this.#waiting.length) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
    next();
  }
}

/**
 * The result of `work`, or a {@link TimeoutError} after `timeoutMs`. `work` gets a signal that aborts then; a late failure of it is
 * swallowed. The timer does not keep the process alive.
 */
export async function withTimeout<T>(
  what: string,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const late = createDeferred<never>();
  const timer = setTimeout(() => {
    const error = new TimeoutError(what, timeoutMs);
    late.reject(error);
    controller.abort(error);
  }, timeoutMs);
  timer.unref();
  try {
    const working = work(controller.signal);
    working.catch(() => {});
    return await Promise.race([working, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
