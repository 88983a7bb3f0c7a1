import { assert } from '../util/assert.ts';
import { unavailable } from '../model/errors.ts';

/** Bytes that all requests together may hold in memory. */
export class ByteBudget {
  readonly #bytesMax: number;
  #used = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes taken and not given back. */
  get used(): number {
    return this.#used;
  }

  /** Takes `bytes`, or throws 503. */
  take(bytes: number): void {
    if (this.#used + bytes > this.#bytesMax) throw unavailable();
    this.#used += bytes;
  }

  /** Gives back what was taken. */
  give(bytes: number): void {
    this.#used -= bytes;
    assert(this.#used >= 0, 'ByteBudget: more given back than taken');
  }
}
