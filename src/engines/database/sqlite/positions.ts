import type { Position } from '../../../model/commit.ts';

const width = 16;

/** A row number of the log as a position: fixed width, so that byte order is number order. */
export function toPosition(number: number): Position {
  return String(number).padStart(width, '0');
}

/** The row number of a position; 0 for the empty one. Throws `RangeError` for text that no driver of this kind made. */
export function fromPosition(position: Position): number {
  if (position === '') return 0;
  if (!/^[0-9]{16}$/.test(position)) throw new RangeError('not a log position');
  return Number(position);
}
