import { DatabaseError } from '../driver.ts';

/** What the server says of an error; every field may be missing. */
export interface ServerError {
  /** Five characters, see https://www.postgresql.org/docs/15/errcodes-appendix.html */
  readonly code: string;
  readonly message: string;
  readonly constraint: string;
  readonly table: string;
}

/** Raised by our own functions when a row is not as a commit expects it. */
export const expectationCode = 'PD409';

/** The server's words about an error, or null when it did not come from the server but from the connection. */
export function serverErrorOf(error: unknown): ServerError | null {
  const { code, message, constraint, table, severity } = (error ?? {}) as { readonly [name: string]: unknown };
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code) || severity === undefined) return null;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return { code, message: text(message), constraint: text(constraint), table: text(table) };
}

/**
 * True when the connection is of no use after this error: it broke, or the server ended it (57P01 to 57P05, and 25P03: too long idle in a
 * transaction). What was in flight may have happened.
 */
export function isConnectionLoss(error: unknown): boolean {
  const server = serverErrorOf(error);
  return server === null || server.code.startsWith('57P') || server.code.startsWith('08') || server.code === '25P03';
}

/** A prepared statement that was made for another shape of its tables: preparing it again may help. */
export function isStaleStatement(error: unknown): boolean {
  const code = serverErrorOf(error)?.code ?? '';
  return code === '0A000' || code === '26000' || code.startsWith('42') || code.startsWith('22');
}

/** What an error of a reading statement means to the caller. */
export function toReadError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const server = serverErrorOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (server === null || isConnectionLoss(error)) return new DatabaseError('unavailable', message, error);
  // 57014: cancelled by the statement timeout. 55P03: waited too long for a lock.
  if (server.code === '57014' || server.code === '55P03') return new DatabaseError('timeout', message, error);
  // 53: no memory, no disk, too many connections. 58, XX: the disk or the data.
  if (/^(?:53|58|XX)/.test(server.code)) return new DatabaseError('unavailable', message, error);
  return new DatabaseError('query', message, error);
}

/** `value` when it is an Error, else an Error that tells it. */
export function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
