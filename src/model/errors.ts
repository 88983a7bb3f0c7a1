/** One validation failure: a stable code, a sentence, and the values the sentence was made with. */
export interface ErrorLeaf {
  readonly code: string;
  readonly message: string;
  readonly params?: { readonly [name: string]: unknown };
}

/** Failures by field; objects nest by key, arrays by index as text. */
export interface ErrorData {
  readonly [key: string]: ErrorLeaf | ErrorData;
}

/** The message of an error that has none of its own, by status. */
export const defaultMessages: { readonly [status: number]: string } = {
  400: 'Something went wrong while processing your request.',
  401: 'Missing or invalid authentication.',
  403: 'You are not allowed to perform this request.',
  404: "The requested resource wasn't found.",
  408: 'The request took too long to arrive.',
  413: 'Request entity too large.',
  415: 'Unsupported Content-Encoding.',
  429: 'Too Many Requests.',
  431: 'Request header fields too large.',
  500: 'Something went wrong while processing your request.',
  503: 'The server is busy or shutting down, please try again.',
};

/** Trims, raises the first letter and ends with a full stop unless there is other final punctuation. */
export function toSentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  const raised = trimmed[0]!.toUpperCase() + trimmed.slice(1);
  return /[.?!]$/.test(raised) ? raised : `${raised}.`;
}

/**
 * An error that a client may see: it becomes `{"data": …, "message": …, "status": …}`. Throw it through the functions
 * below; anything else that is thrown is a programmer's or an operating error and is answered without its text.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly data: ErrorData;
  /** Seconds for the `Retry-After` header, or 0 for none. */
  readonly retryAfterS: number;

  constructor(
    status: number,
    message = '',
    data: ErrorData = {},
    options: { cause?: unknown; retryAfterS?: number } = {},
  ) {
    super(toSentence(message) || (defaultMessages[status] ?? defaultMessages[400]!), { cause: options.cause });
    this.name = 'ApiError';
    this.status = status;
    this.data = data;
    this.retryAfterS = options.retryAfterS ?? 0;
  }
}

/** 400. */
export function badRequest(message?: string, data?: ErrorData, cause?: unknown): ApiError {
  return new ApiError(400, message, data, { cause });
}

/** 401: no valid token where one is needed. */
export function unauthorized(message?: string): ApiError {
  return new ApiError(401, message);
}

/** 403: a valid token that may not do this. */
export function forbidden(message?: string): ApiError {
  return new ApiError(403, message);
}

/** 404: also the answer to whom may not know that it exists. */
export function notFound(message?: string): ApiError {
  return new ApiError(404, message);
}

/** 503 with `Retry-After`: a stated bound was passed, nothing was done. */
export function unavailable(message?: string, retryAfterS = 1): ApiError {
  return new ApiError(503, message, {}, { retryAfterS });
}
