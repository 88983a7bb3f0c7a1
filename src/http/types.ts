import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Viewer } from '../model/record.ts';
import type { JsonObject } from '../util/json.ts';
import type { SseConnection, SseGroup } from './sse.ts';

/** A file part of a multipart body, already on disk in a temporary file that is removed when the request ends unless it was moved away. */
export interface UploadedFile {
  /** The form key it came under, modifiers included (`docs+`). */
  readonly key: string;
  /** The name the client gave, as sent: hostile until cleaned. */
  readonly originalName: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** A parsed body: values (JSON, form or `@jsonPayload`) and files. */
export interface RequestBody {
  readonly data: JsonObject;
  readonly files: readonly UploadedFile[];
}

/** One request as handlers see it. */
export interface ApiRequest {
  readonly method: string;
  /** The path without query, as sent. */
  readonly path: string;
  /** Path and query, as sent. */
  readonly url: string;
  /** Decoded path parameters by name. */
  readonly params: { readonly [name: string]: string };
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The client's address: the trusted proxy's word where one is configured, else the peer's. */
  readonly remoteIp: string;
  readonly viewer: Viewer;
  /** The token as it came, or `''`. */
  readonly token: string;
  /** A short id for logs. */
  readonly id: string;
  /** Aborted when the client is gone or the server stops waiting. */
  readonly signal: AbortSignal;
  /** Reads and parses the body once (later calls give the same result), up to `limit` bytes (default: the route's). Throws 400, 413 or 415. */
  body(limit?: number): Promise<RequestBody>;
  /** The raw response, for handlers that write by themselves: return `{ kind: 'taken' }` afterwards. */
  readonly raw: ServerResponse;
}

/** What a handler answers. */
export type ApiResponse =
  /** JSON; the `fields` projection of the query is applied to it by the server. */
  | { readonly kind: 'json'; readonly status?: number; readonly body: unknown; readonly headers?: Headers }
  /** Text that is final, JSON unless `headers` has another `content-type`: sent as it stands. */
  | { readonly kind: 'text'; readonly status?: number; readonly body: string; readonly headers?: Headers }
  | { readonly kind: 'empty'; readonly status?: number; readonly headers?: Headers }
  | { readonly kind: 'stream'; readonly status: number; readonly body: Readable; readonly headers: Headers }
  /** An event stream: the server answers with its beginning and hands the connection over. */
  | { readonly kind: 'events'; readonly group: SseGroup; accept(connection: SseConnection): void }
  /** The handler wrote to `raw` itself. */
  | { readonly kind: 'taken' };

/** Response headers by lower-case name. An empty value takes away a header that the server sets by itself. */
export interface Headers {
  readonly [name: string]: string;
}

/**
 * Who may call a route at all; rules decide the rest. Every route has one: a route without does not register.
 * `auth`: any signed-in record; `superuser`; `sameCollection`: a record of the auth collection named by the path's
 * `:collection`; `public`: everyone, the handler's own rules decide.
 */
export type Access = 'public' | 'auth' | 'superuser' | 'sameCollection';

/** One endpoint. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/api/collections/:collection/records/:id` */
  readonly path: string;
  /** What the rate limiter calls it, most specific first, as `['authWithPassword', 'auth']`. */
  readonly tags?: readonly string[];
  readonly access: Access;
  /** Body limit in bytes, or `none`. Default 32 MiB for forms; JSON has a cap of its own. */
  readonly bodyLimit?: number | 'none';
  /** Answers. What it throws becomes the error envelope; its text never leaves the server unless it is an `ApiError`. */
  handle(request: ApiRequest): Promise<ApiResponse>;
}
