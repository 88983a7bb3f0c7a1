import type { Position } from '../model/commit.ts';

/** The position before everything. */
export const startOfLog: Position = '';

/** Below 0 when `a` comes before `b`, above 0 when after, 0 when they are the same place. */
export function comparePositions(a: Position, b: Position): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The one of two positions that comes first. */
export function earlierPosition(a: Position, b: Position): Position {
  return a < b ? a : b;
}

/** The one of two positions that comes last. */
export function laterPosition(a: Position, b: Position): Position {
  return a > b ? a : b;
}
