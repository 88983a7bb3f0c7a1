/** How long one piece of work may hold the event loop before others have their turn. */
const turnMsMax = 8;

/**
 * Lets other work have its turn during work that is long and never waits by itself.
 *
 * @example
 * const pacer = new Pacer();
 * for (const record of records) {
 *   if (pacer.isDue) await pacer.rest();
 *   work(record);
 * }
 */
export class Pacer {
  #sinceMs = performance.now();

  /** True when the present turn has lasted long enough. */
  get isDue(): boolean {
    return performance.now() - this.#sinceMs >= turnMsMax;
  }

  /** Resolves when everything else that is ready has had its turn. */
  async rest(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#sinceMs = performance.now();
  }
}
