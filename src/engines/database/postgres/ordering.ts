/**
 * Lets work run side by side, but what shares a key one after the other, in the order of the calls. Work without keys waits for
 * everything before it and holds up everything after it.
 */
export class Ordering {
  readonly #lastByKey = new Map<string, Promise<void>>();
  readonly #running = new Set<Promise<void>>();
  #barrier: Promise<void> | null = null;

  /** Runs `work`, which must not reject. Without anything to wait for it is called at once. */
  async run<T>(keys: readonly string[] | 'all', work: () => Promise<T>): Promise<T> {
    const before = this.#predecessors(keys);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#running.add(promise);
    if (keys === 'all') this.#barrier = promise;
    else for (const key of keys) this.#lastByKey.set(key, promise);
    try {
      if (before.length > 0) await Promise.all(before);
      return await work();
    } finally {
      this.#running.delete(promise);
      if (this.#barrier === promise) this.#barrier = null;
      if (keys !== 'all') {
        for (const key of keys) if (this.#lastByKey.get(key) === promise) this.#lastByKey.delete(key);
      }
      resolve();
    }
  }

  /** Resolves when nothing runs or waits any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #predecessors(keys: readonly string[] | 'all'): Promise<void>[] {
    if (keys === 'all') return [...this.#running];
    const found = new Set<Promise<void>>();
    if (this.#barrier !== null) found.add(this.#barrier);
    for (const key of keys) {
      const last = this.#lastByKey.get(key);
      if (last !== undefined) found.add(last);
    }
    return [...found];
  }
}
