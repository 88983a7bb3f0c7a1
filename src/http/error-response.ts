import { ApiError, notFound, unavailable } from '../model/errors.ts';
import { AssertionError } from '../util/assert.ts';
import { QueueFullError, TimeoutError } from '../util/async.ts';

/** An error as it goes out. */
export interface ErrorResponse {
  readonly status: number;
  /** The envelope `{"data":…,"message":…,"status":…}` and a line feed. */
  readonly body: string;
  /** Seconds, or 0. */
  readonly retryAfterS: number;
}

/** What the client is told of an error. The texts of errors that are not `ApiError` never leave the server. */
export function toErrorResponse(error: unknown): ErrorResponse {
  const { status, message, data, retryAfterS } = toApiError(error);
  return { status, body: `${JSON.stringify({ data, message, status })}\n`, retryAfterS };
}

/**
 * The error behind an error: itself when it was made for clients; 503 when a bound was passed; 404 for a missing file; 500 for a
 * programmer's error; else, as PocketBase does, the plain 400.
 */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof QueueFullError || error instanceof TimeoutError) return unavailable();
  if (isProgrammersError(error)) return new ApiError(500, '', {}, { cause: error });
  if (hasCode(error, missing)) return notFound();
  if (hasCode(error, exhausted)) return unavailable();
  return new ApiError(400, '', {}, { cause: error });
}

/** True for errors that whoever runs or mends the server should look at: no answer for a client, no passed bound, no missing file. */
export function isUnexpected(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 500;
  return !(error instanceof QueueFullError || error instanceof TimeoutError || hasCode(error, missing));
}

/** True for errors that only a fault in the program can cause. */
export function isProgrammersError(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  if (error instanceof AssertionError) return true;
  // Errors of the operating system and of libraries carry a code; what the language itself throws does not.
  if ('code' in error) return false;
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}

const missing = ['ENOENT'];
/** The machine ran out of disk, quota or file handles, or a store cannot answer at the moment. */
const exhausted = ['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ERR_DATABASE_UNAVAILABLE'];

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
