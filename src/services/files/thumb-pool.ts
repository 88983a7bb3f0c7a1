import { Semaphore } from '../../util/async.ts';
import { type ThumbJob, ThumbProcess } from './thumb-process.ts';

/** Resizes images, a bounded number at a time for the whole process. Rejects with `QueueFullError` when too many wait. */
export interface Resizer {
  /** True when the thumb was made; false for an image that cannot be resized, or not in time. */
  resize(job: ThumbJob): Promise<boolean>;
}

/** How much may be done at once. */
export interface ThumbPoolLimits {
  /** Images that are resized at the same time, each by a process of its own. */
  readonly workersMax: number;
  /** Images that may wait. */
  readonly queueMax: number;
}

/** The processes that resize images: started when they are needed, ended when they have nothing to do for a while. */
export class ThumbPool implements Resizer {
  readonly #slots: Semaphore;
  readonly #idle: ThumbProcess[] = [];
  readonly #all = new Set<ThumbProcess>();

  constructor(limits: ThumbPoolLimits) {
    this.#slots = new Semaphore('thumb processes', { concurrencyMax: limits.workersMax, queueMax: limits.queueMax });
  }

  resize(job: ThumbJob): Promise<boolean> {
    return this.#slots.run(async () => {
      const worker = this.#idle.pop() ?? this.#start();
      const isDone = await worker.run(job);
      if (worker.isAlive) this.#idle.push(worker);
      return isDone;
    });
  }

  /** Ends the processes. */
  close(): void {
    for (const worker of this.#all) worker.kill();
    this.#all.clear();
  }

  #start(): ThumbProcess {
    const worker = new ThumbProcess(() => {
      this.#all.delete(worker);
      const index = this.#idle.indexOf(worker);
      if (index >= 0) this.#idle.splice(index, 1);
    });
    this.#all.add(worker);
    return worker;
  }
}
