import type { Position } from '../model/commit.ts';

/** The position before everything. */
export const startOfLog: Position = '';

/** The one of two positions that comes first. */
export function earlierPosition(a: Position, b: Position): Position {
  return a < b ? a : b;
}
