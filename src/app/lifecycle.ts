import type { Options } from '../config/options.ts';
import type { Reporter } from '../observe/reporter.ts';
import { withTimeout } from '../util/async.ts';

/** Something that runs for long. Every step is called at most once, and only after the one before it. */
export interface Part {
  /** For reports, as `http`. */
  readonly name: string;
  /** Begins. The parts before this one have started. */
  start?(): Promise<void> | void;
  /** Takes nothing new and finishes what is under way, or hands it back. The parts before this one still work. */
  drain?(): Promise<void> | void;
  /** Ends for good and lets go of everything. Also called after a failed drain. */
  stop?(): Promise<void> | void;
}

/** How patient a lifecycle is, and whom it tells. */
export interface LifecycleOptions {
  /** Each part's drain and each part's stop. */
  readonly stepTimeoutMs: number;
  /** Told of every part that failed at a step, or took too long. */
  onFailure(part: string, step: 'drain' | 'stop', error: unknown): void;
}

/**
 * Starts parts in order and ends them in the opposite order: what was added last faces users and is drained first. A part that
 * fails to end, or takes too long, is reported and does not keep the others from ending.
 *
 * @example
 * await using lifecycle = new Lifecycle({ stepTimeoutMs: 10_000, onFailure: (part, step, error) => report(part, step, error) });
 * await lifecycle.start({ name: 'database', stop: () => database.close() });
 * await lifecycle.start({ name: 'http', start: () => server.listen(where), drain: () => server.close(5_000) });
 */
export class Lifecycle implements AsyncDisposable {
  readonly #options: LifecycleOptions;
  readonly #parts: Part[] = [];
  #stopping: Promise<void> | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  /** True from the first call of `stop` on. */
  get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  /**
   * Starts a part and keeps it until the end. One that fails to start is stopped at once and the error passed on; whoever starts
   * parts then calls `stop` for the rest.
   */
  async start(part: Part): Promise<void> {
    if (this.#stopping !== undefined) throw new Error(`${part.name} cannot start: everything is stopping.`);
    try {
      await part.start?.();
    } catch (error) {
      await this.#run(part, 'stop');
      throw error;
    }
    this.#parts.push(part);
  }

  /** Drains all parts, then stops all parts, last first. Further calls wait for the same end. Never rejects. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(): Promise<void> {
    for (const part of this.#parts.toReversed()) await this.#run(part, 'drain');
    for (const part of this.#parts.toReversed()) await this.#run(part, 'stop');
  }

  async #run(part: Part, step: 'drain' | 'stop'): Promise<void> {
    try {
      await withTimeout(`${step} of ${part.name}`, this.#options.stepTimeoutMs, async () => part[step]?.());
    } catch (error) {
      this.#options.onFailure(part.name, step, error);
    }
  }
}

/** The lifecycle of an app, or of a thread of it: as patient as the options say. */
export function createLifecycle({ drainMs }: Options, reporter: Reporter): Lifecycle {
  return new Lifecycle({
    stepTimeoutMs: drainMs + 10_000,
    onFailure: (part, step, error) => reporter.partFailed(part, step, error),
  });
}
