import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { after } from '../util/timer.ts';
import { hasBody } from './body-bytes.ts';
import type { HttpLimits } from './limits.ts';
import { STATUS_CODES } from './node-http.ts';
import type { Headers } from './types.ts';

/** Headers while they are put together. */
export interface HeadDraft {
  [name: string]: string | number;
}

/** The headers of every response but a preflight's, as a new object. `allowOrigin` is `''` for none. */
export function createHead(allowOrigin: string): HeadDraft {
  const head: HeadDraft = {
    'content-type': 'application/json',
    vary: 'Origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'SAMEORIGIN',
    'x-xss-protection': '1; mode=block',
  };
  if (allowOrigin !== '') head['access-control-allow-origin'] = allowOrigin;
  return head;
}

/** Puts a handler's headers over the server's own; an empty value removes one. */
export function addHeaders(head: HeadDraft, headers: Headers | undefined): HeadDraft {
  for (const name in headers) {
    const value = headers[name]!;
    if (value === '') delete head[name];
    else head[name] = value;
  }
  return head;
}

/**
 * Sends a text in one piece. One `writeHead` with the length and a string body is the cheapest way through node:http; text that is
 * plain ASCII goes as latin1, which is not transcoded.
 */
export function sendText(response: ServerResponse, status: number, head: HeadDraft, body: string): void {
  const length = Buffer.byteLength(body);
  head['content-length'] = length;
  response.writeHead(status, head);
  if (response.req.method === 'HEAD') response.end();
  else response.end(body, length === body.length ? 'latin1' : 'utf8');
}

/** Sends a head without a body. */
export function sendEmpty(response: ServerResponse, status: number, head: HeadDraft): void {
  delete head['content-type'];
  if (status !== 204 && status !== 304) head['content-length'] = 0;
  response.writeHead(status, head);
  response.end();
}

/** Sends a stream. Ends it when the client leaves; cuts the connection when it fails half-way, so that nobody takes half for all. */
export function sendStream(
  response: ServerResponse,
  status: number,
  head: HeadDraft,
  body: Readable,
  onEnd: (error: Error | null | undefined) => void,
): void {
  // The client may have left while the answer was prepared: nothing can be piped then, but an open file must be closed.
  if (response.destroyed || response.closed) {
    body.destroy();
    onEnd(null);
    return;
  }
  response.writeHead(status, head);
  if (response.req.method === 'HEAD') {
    body.destroy();
    response.end();
    onEnd(null);
    return;
  }
  pipeline(body, response, onEnd);
}

/** Bodies up to here that nobody read are simply read to the end; the connection lives on. */
const restBytesMax = 256 * 1024;

/** True when the request has a body of unknown or large size that was not read to its end. */
export function hasLargeRest(request: IncomingMessage): boolean {
  if (request.complete || !hasBody(request)) return false;
  const declared = request.headers['content-length'];
  return declared === undefined || Number(declared) > restBytesMax;
}

/**
 * Sends a text and closes the connection, because what the client still sends is not wanted. A client that is in the middle of
 * sending would never see an answer on a connection that is closed under it: so the rest is read and dropped for a while.
 */
export function sendTextAndClose(
  response: ServerResponse,
  status: number,
  head: HeadDraft,
  body: string,
  limits: HttpLimits,
): void {
  const request = response.req;
  head['content-length'] = Buffer.byteLength(body);
  head['connection'] = 'close';
  response.writeHead(status, head);
  if (request.method !== 'HEAD') response.write(body);
  let dropped = 0;
  const timer = after(limits.lingerMs, () => finish());
  const onData = (chunk: Buffer): void => {
    dropped += chunk.length;
    if (dropped > limits.lingerBytesMax) finish();
  };
  const finish = (): void => {
    timer.cancel();
    request.off('data', onData).off('end', finish).off('close', finish).off('error', finish);
    response.end();
  };
  request.on('data', onData).on('end', finish).on('close', finish).on('error', finish);
  request.resume();
}

/** A whole response as bytes, for connections on which node:http could not make sense of the request. */
export function rawErrorResponse(status: number, body: string): string {
  const length = Buffer.byteLength(body);
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\nContent-Type: application/json\r\n` +
    `X-Content-Type-Options: nosniff\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`
  );
}
