import type { ErrorData, ErrorLeaf } from './errors.ts';

/** Collects failures by path; arrays nest by index as text. */
export class ErrorCollector {
  readonly #data: { [key: string]: ErrorLeaf | ErrorData } = Object.create(null);

  /** Keeps a failure under `key` unless there is none (null or an empty map) or there was one before: the first one counts. */
  add(key: string | number, failure: ErrorLeaf | ErrorData | null): this {
    const name = String(key);
    if (failure !== null && Object.keys(failure).length > 0) this.#data[name] ??= failure;
    return this;
  }

  /** True when a failure was kept, under `key` or at all. */
  has(key?: string): boolean {
    return key === undefined ? Object.keys(this.#data).length > 0 : Object.hasOwn(this.#data, key);
  }

  /** What was collected; empty when nothing failed. */
  get data(): ErrorData {
    return this.#data;
  }
}

/** True when nothing failed. */
export function isErrorDataEmpty(data: ErrorData): boolean {
  return Object.keys(data).length === 0;
}
