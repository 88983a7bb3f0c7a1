import { unlink } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { type Viewer, guest } from '../model/record.ts';
import { assert } from '../util/assert.ts';
import { type BodyContext, readBody } from './body.ts';
import { type TrustedProxy, resolveClientIp } from './client-ip.ts';
import type { ApiRequest, RequestBody, Route } from './types.ts';

/** What requests share. */
export interface RequestContext {
  /** Everything that reading bodies needs but the list of temporary files, which each request keeps by itself. */
  readonly body: Omit<BodyContext, 'onTempFile'>;
  trustedProxy(): TrustedProxy;
  nextId(): string;
}

/** A request on its way through the server. What costs anything is computed when it is first asked for. */
export class ServerRequest implements ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly url: string;
  readonly raw: ServerResponse;
  readonly token: string;
  params: { readonly [name: string]: string } = {};
  viewer: Viewer = guest;
  /** The route, once it is found. */
  route: Route | undefined;
  readonly #incoming: IncomingMessage;
  readonly #context: RequestContext;
  readonly #tempFiles: string[] = [];
  #id = '';
  #query: URLSearchParams | undefined;
  #remoteIp: string | undefined;
  #controller: AbortController | undefined;
  #body: Promise<RequestBody> | undefined;

  constructor(incoming: IncomingMessage, raw: ServerResponse, context: RequestContext) {
    this.#incoming = incoming;
    this.#context = context;
    this.raw = raw;
    this.method = incoming.method ?? 'GET';
    this.url = incoming.url ?? '/';
    const mark = this.url.indexOf('?');
    this.path = mark < 0 ? this.url : this.url.slice(0, mark);
    this.token = readToken(incoming.headers.authorization);
  }

  get headers(): IncomingHttpHeaders {
    return this.#incoming.headers;
  }

  get id(): string {
    if (this.#id === '') this.#id = this.#context.nextId();
    return this.#id;
  }

  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.url.slice(this.path.length + 1)));
  }

  get remoteIp(): string {
    return (this.#remoteIp ??= resolveClientIp(this.#incoming, this.#context.trustedProxy()));
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      const { raw } = this;
      if (raw.destroyed) controller.abort();
      else raw.once('close', () => raw.writableFinished || controller.abort());
    }
    return this.#controller.signal;
  }

  body(limit?: number): Promise<RequestBody> {
    return (this.#body ??= this.#readBody(limit));
  }

  /** Removes the temporary files that nobody moved away. */
  async removeTempFiles(): Promise<void> {
    // Missing ones were moved to where they belong; others are swept at the next start.
    for (const file of this.#tempFiles) await unlink(file).catch(() => {});
  }

  /** True when there is something for `removeTempFiles`. */
  get hasTempFiles(): boolean {
    return this.#tempFiles.length > 0;
  }

  async #readBody(limit: number | undefined): Promise<RequestBody> {
    assert(this.route !== undefined, 'The body is read before the route is known.');
    const { limits } = this.#context.body;
    const ofRoute = this.route.bodyLimit ?? limits.bodyBytesMax;
    const bytesMax = limit ?? (ofRoute === 'none' ? Number.POSITIVE_INFINITY : ofRoute);
    const context = { ...this.#context.body, onTempFile: (file: string) => void this.#tempFiles.push(file) };
    return readBody(this.#incoming, this.query, bytesMax, context);
  }
}

/** The token of an `Authorization` header: the header itself, or what follows `Bearer` in any case; `''` for none. */
export function readToken(header: string | undefined): string {
  if (header === undefined) return '';
  const space = header.indexOf(' ');
  if (space < 0) return header;
  return header.slice(0, space).toLowerCase() === 'bearer' ? header.slice(space + 1).trim() : '';
}
