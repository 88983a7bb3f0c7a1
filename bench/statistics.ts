/**
 * The value below which the share `quantile` of the sorted values lies (nearest rank, so it is always a value that was measured).
 *
 * @param sorted ascending values
 * @param quantile 0..1, for example 0.99
 * @returns NaN for no values
 * @example percentile(Float64Array.of(1, 2, 3, 4), 0.5) // 2
 */
export function percentile(sorted: Float64Array, quantile: number): number {
  if (sorted.length === 0) return Number.NaN;
  const rank = Math.ceil(quantile * sorted.length);
  return sorted[Math.min(sorted.length - 1, Math.max(0, rank - 1))] ?? Number.NaN;
}

/**
 * The n-th root of the product of n ratios, the fitting mean for "how many times faster".
 *
 * @returns NaN for no ratios; every ratio must be above 0
 * @example geometricMean([2, 8]) // 4
 */
export function geometricMean(ratios: readonly number[]): number {
  if (ratios.length === 0) return Number.NaN;
  let sumOfLogs = 0;
  for (const ratio of ratios) sumOfLogs += Math.log(ratio);
  return Math.exp(sumOfLogs / ratios.length);
}

/**
 * The middle value; of an even number of values the mean of the two middle ones.
 *
 * @returns NaN for no values
 * @example median([3, 1, 2]) // 2
 */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? Number.NaN : (upper + lower) / 2;
}

/** Best, p50, p99 and worst of many request times, in the unit of the values. */
export interface Spread {
  best: number;
  p50: number;
  p99: number;
  worst: number;
}

/**
 * @param values in any order; left as they are
 * @returns NaN in every place for no values
 */
export function spreadOf(values: Float64Array): Spread {
  const sorted = values.slice().sort();
  return {
    best: percentile(sorted, 0),
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    worst: percentile(sorted, 1),
  };
}

/**
 * A count of the full benchmark shrunk by a factor, but not below a floor (nor above the full count).
 *
 * @example scaled(1000, 0.02, 10) // 20
 * @example scaled(100, 0.02, 10) // 10
 * @example scaled(4, 0.02, 10) // 4
 */
export function scaled(full: number, factor: number, floor: number): number {
  return Math.max(Math.min(full, floor), Math.round(full * factor));
}

/**
 * A whole divided into parts that differ by one at most.
 *
 * @example shares(10, 3) // [4, 3, 3]
 */
export function shares(whole: number, parts: number): number[] {
  const base = Math.floor(whole / parts);
  const rest = whole - base * parts;
  return Array.from({ length: parts }, (_, index) => base + (index < rest ? 1 : 0));
}

/**
 * A repeatable stream of numbers in [0, 1): both servers get the same "random" picks. (mulberry32, Tommy Ettinger, public domain.)
 *
 * @example const next = createPicker(7); next() === createPicker(7)() // true
 */
export function createPicker(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
