import { type ChildProcess, fork } from 'node:child_process';
import { after } from '../../util/timer.ts';
import { compileCacheEnvironment } from '../../util/compile-cache.ts';
import { siblingModule } from '../../util/module-url.ts';

/** The formats that thumbs are kept in. */
export type ThumbFormat = 'png' | 'jpeg' | 'gif';

/** One image to resize: from file to file. */
export interface ThumbJob {
  readonly from: string;
  readonly to: string;
  /** `WxH`, with `t`, `b` or `f` behind it, or with one side 0. */
  readonly size: string;
  readonly format: ThumbFormat;
}

/** An image that takes longer is given up, and the process that works on it with it. */
const jobMsMax = 5_000;
/** A process without work ends after this time. */
const idleMs = 30_000;

/**
 * A process that resizes images, one at a time. Decoders meet hostile bytes: here they can take down or hold up nothing but themselves.
 */
export class ThumbProcess {
  readonly #child: ChildProcess;
  #isAlive = true;
  #stopIdle: () => void = () => {};

  /** @param onEnd called once, when the process has ended */
  constructor(onEnd: () => void) {
    this.#child = fork(siblingModule(import.meta.url, 'thumb-child'), [], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: ['--max-old-space-size=64', '--disable-warning=ExperimentalWarning'],
      env: {
        ...compileCacheEnvironment(),
        UV_THREADPOOL_SIZE: '2',
        VIPS_CONCURRENCY: '1',
        PATH: process.env.PATH ?? '',
      },
    });
    const end = (): void => {
      if (!this.#isAlive) return;
      this.#isAlive = false;
      this.#stopIdle();
      onEnd();
    };
    this.#child.once('exit', end).once('error', end);
    this.#release();
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** True when the thumb was made. False for an image that cannot be resized; a process that took too long is killed. */
  async run(job: ThumbJob): Promise<boolean> {
    this.#stopIdle();
    this.#child.ref();
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const answer = (message: unknown): void => resolve(message === true);
    const end = (): void => resolve(false);
    const deadline = after(jobMsMax, () => this.kill());
    this.#child.once('message', answer).once('exit', end);
    this.#child.send(job, (error) => {
      if (error) resolve(false);
    });
    try {
      return await promise;
    } finally {
      deadline.cancel();
      this.#child.off('message', answer).off('exit', end);
      this.#release();
    }
  }

  /** Ends the process at once. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Waits for the next job without keeping the program alive. */
  #release(): void {
    this.#child.unref();
    this.#child.channel?.unref();
    const timer = after(idleMs, () => this.kill());
    this.#stopIdle = () => timer.cancel();
  }
}
