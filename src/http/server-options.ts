import type { IncomingMessage } from 'node:http';
import type { Viewer } from '../model/record.ts';
import type { CollectionFinder } from './access.ts';
import type { TrustedProxy } from './client-ip.ts';
import type { HttpLimits } from './limits.ts';
import type { ApiRequest, ApiResponse, Headers, Route } from './types.ts';

/** A finished answer for a request that needs no handler: a cached one. */
export interface QuickResponse {
  readonly status: number;
  /** Sent as JSON. */
  readonly body: string;
  readonly headers?: Headers;
}

/** A check between authentication and the handler, for all routes: throws the `ApiError` to answer with. */
export type Guard = (request: ApiRequest, route: Route | undefined) => void | Promise<void>;

/** Serves what no route serves, outside `/api/`: `undefined` when it has nothing either. */
export type Fallback = (request: ApiRequest) => Promise<ApiResponse | undefined>;

/** A request that has been answered. */
export interface RequestDone {
  /** The request, or the bare message of one that was answered by `quick`. */
  readonly request: ApiRequest | undefined;
  readonly incoming: IncomingMessage;
  readonly status: number;
  /** From the end of its headers to the end of the handler's work. */
  readonly durationMs: number;
  /** What was thrown, if anything. */
  readonly error: unknown;
  /** True when that was neither an answer for the client nor the client's leaving, but something to look at. */
  readonly isFault: boolean;
}

/** What a server is made of. */
export interface HttpServerOptions {
  readonly routes: readonly Route[];
  /** Who holds this token (never empty): a guest's viewer for anything but a valid one. Does not throw for bad tokens. */
  authenticate(token: string, request: ApiRequest): Viewer | Promise<Viewer>;
  readonly findCollection: CollectionFinder;
  /** Folder for the files of uploads until they are moved away: on the same file system as the file store. Made at the start. */
  readonly tempDir: string;
  /**
   * Asked first for every `GET`, before the token, the guards and the route: may answer at once from a cache. It must itself
   * decide that the request needs none of them (and so answer nothing while limits of rate or address are on).
   */
  quick?(incoming: IncomingMessage): QuickResponse | undefined;
  /** In order: addresses allowed for superusers, rate limits. */
  readonly guards?: readonly Guard[];
  readonly fallback?: Fallback;
  /** Origins that browsers may call from, with `*` and `?`. Default: all. */
  readonly corsOrigins?: readonly string[];
  /** Read for every request that asks for its address. Default: no proxy is believed. */
  trustedProxy?(): TrustedProxy;
  readonly limits?: Partial<HttpLimits>;
  /** Told of every answered request. Must not throw. */
  onRequestDone?(done: RequestDone): void;
  /** Milliseconds from any start; only differences are used. Default: the machine's monotonic clock. */
  now?(): number;
}

/** Where a server listens. */
export interface ListenOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly host: string;
  /** Several threads listen on one port and the kernel shares connections out among them. */
  readonly reusePort?: boolean;
}
