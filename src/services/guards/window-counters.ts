import { randomInteger } from '../../util/random.ts';

/** Counters that are kept at once. Past it the one that would have ended first is given up. */
export const countersMax = 65_536;
/** How many places a counter may be in. */
const probes = 8;
/** A count takes the low bits of its cell, the end of its window (milliseconds since 1970) the rest. */
const countBits = 20n;
/** Counts do not go higher: a limit above it is no limit. */
export const countMax = 2 ** Number(countBits) - 1;
const countMask = BigInt(countMax);

/**
 * Counts in fixed windows, in one piece of memory of fixed size that all threads of a process share. A window starts with the first
 * count in it. Keys are kept as 64-bit hashes with a secret seed.
 *
 * @example
 * const counters = new WindowCounters();
 * if (counters.take('login 203.0.113.7', 5, 60_000, Date.now()) > 0) throw new ApiError(429);
 */
export class WindowCounters {
  /** Hand it to another thread, and make `WindowCounters` of it there. */
  readonly buffer: SharedArrayBuffer;
  /** Pairs of a key's hash and its packed window; the seed is last. */
  readonly #cells: BigInt64Array<SharedArrayBuffer>;
  readonly #seedLow: number;
  readonly #seedHigh: number;

  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer((countersMax * 2 + 1) * 8);
    this.#cells = new BigInt64Array(this.buffer);
    const seedCell = countersMax * 2;
    if (buffer === undefined) this.#cells[seedCell] = pack(randomInteger(2 ** 32), randomInteger(2 ** 32));
    const seed = BigInt.asUintN(64, this.#cells[seedCell]!);
    this.#seedLow = Number(seed & 0xffff_ffffn);
    this.#seedHigh = Number(seed >> 32n);
  }

  /**
   * Counts one under `key`. Answers 0 while there are at most `max` in the window, else how many milliseconds are left of it.
   *
   * @param max 1 or more
   * @param windowMs how long a new window is
   * @param now milliseconds since 1970
   */
  take(key: string, max: number, windowMs: number, now: number): number {
    if (max > countMax) return 0;
    const low = hash(key, this.#seedLow);
    const id = pack(low, hash(key, this.#seedHigh));
    const cell = this.#find(id, low % countersMax, now) * 2 + 1;
    const fresh = (BigInt(now + windowMs) << countBits) | 1n;
    let present = Atomics.load(this.#cells, cell);
    // Each lost turn means that another thread counted, so this ends.
    for (;;) {
      const endMs = Number(present >> countBits);
      const isOver = endMs <= now;
      if (!isOver && Number(present & countMask) >= max) return endMs - now;
      const next = isOver ? fresh : present + 1n;
      const found = Atomics.compareExchange(this.#cells, cell, present, next);
      if (found === present) return 0;
      present = found;
    }
  }

  /** The place of a key: where it is, or the one among its places whose window ends first, taken for it. */
  #find(id: bigint, start: number, now: number): number {
    // Each lost turn means that another thread took the place, for this key or another, so this ends.
    for (;;) {
      let oldest = start;
      let oldestId = 0n;
      let oldestEnd = Number.POSITIVE_INFINITY;
      for (let step = 0; step < probes; step++) {
        const place = (start + step) % countersMax;
        const found = Atomics.load(this.#cells, place * 2);
        if (found === id) return place;
        const end = Number(Atomics.load(this.#cells, place * 2 + 1) >> countBits);
        if (end < oldestEnd) {
          oldest = place;
          oldestId = found;
          oldestEnd = end;
        }
      }
      if (Atomics.compareExchange(this.#cells, oldest * 2, oldestId, id) !== oldestId) continue;
      if (oldestEnd > now) Atomics.store(this.#cells, oldest * 2 + 1, 0n);
      return oldest;
    }
  }
}

function pack(low: number, high: number): bigint {
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
}

/** 32 bits of a text (FNV-1a with a seed and a last mix). */
function hash(text: string, seed: number): number {
  let value = seed ^ 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
