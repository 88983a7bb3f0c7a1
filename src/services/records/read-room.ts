import type { Collection } from '../../model/collection.ts';
import type { ColumnValue } from '../../model/commit.ts';
import { ApiError } from '../../model/errors.ts';

/** Letters of all rows that one answer is made from. */
export const answerLettersMax = 64 * 1024 * 1024;
/** Rows of collections with long values that are read at once. */
export const wideRowsMax = 30;
/** A text field that may hold more makes a collection's rows long. */
const textLettersMax = 10_000;

/**
 * How much one answer may bring into memory, shared by all reads for it: a page of a thousand records of five megabytes each is more than any
 * machine has room for.
 */
export class ReadRoom {
  #letters = answerLettersMax;

  /** Counts rows that were read. Throws 413 when there is no room left. */
  take(rows: readonly (readonly ColumnValue[])[]): void {
    for (const row of rows) {
      for (const value of row) if (typeof value === 'string') this.#letters -= value.length;
    }
    if (this.#letters < 0) throw new ApiError(413, 'The answer would be too large, ask for fewer records at once.');
  }
}

/** True when rows of a collection can be so long that they are read a few at a time. */
export function hasLongRows(collection: Collection): boolean {
  return collection.fields.some(
    (field) =>
      field.type === 'editor' || field.type === 'json' || (field.type === 'text' && field.max > textLettersMax),
  );
}
