/** A programmer's error: something that cannot happen did. It stops the unit of work, never the process. */
export class AssertionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AssertionError';
  }
}

/** Throws an {@link AssertionError} unless `condition` holds. Use it for invariants of the program, never for input. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}
