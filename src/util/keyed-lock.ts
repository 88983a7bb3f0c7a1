import { QueueFullError } from './async.ts';

/** Tasks that may wait for one key. */
const waitingMax = 2000;

/**
 * Runs tasks of one key one after the other, tasks of different keys side by side.
 *
 * @example await lock.run('posts/abc', () => update())
 */
export class KeyedLock {
  readonly #name: string;
  readonly #tails = new Map<string, { last: Promise<unknown>; count: number }>();

  constructor(name: string) {
    this.#name = name;
  }

  /** Rejects with {@link QueueFullError} when too many tasks wait for the key, else as `task` does. */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const tail = this.#tails.get(key) ?? { last: Promise.resolve(), count: 0 };
    if (tail.count > waitingMax) throw new QueueFullError(this.#name);
    tail.count += 1;
    this.#tails.set(key, tail);
    const turn = tail.last.then(task, task);
    tail.last = turn;
    try {
      return await turn;
    } finally {
      tail.count -= 1;
      if (tail.count === 0) this.#tails.delete(key);
    }
  }
}
