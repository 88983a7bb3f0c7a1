import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { ApiError, notFound } from '../model/errors.ts';
import { type ByteRange, type FileFacts, planRanges } from './ranges.ts';
import type { ApiRequest, ApiResponse, Headers } from './types.ts';

/** A file to answer with. */
export interface FileSource extends FileFacts {
  readonly contentType: string;
  /** More headers, by lower-case name. */
  readonly headers?: Headers;
  /** Opens the bytes; null when the file is gone meanwhile. */
  open(range?: ByteRange): Promise<Readable | null>;
}

/**
 * Answers a GET or HEAD with a file: whole, in parts (`Range`, also several), or 304, 412, 416 as the conditional headers say.
 *
 * @example respondWithFile(request, { size, modifiedAt, etag: '', contentType, open: (range) => store.open(key, range) })
 */
export async function respondWithFile(request: ApiRequest, file: FileSource): Promise<ApiResponse> {
  const plan = planRanges(request.headers, file);
  if (plan.kind === 'preconditionFailed') throw new ApiError(412, 'The file has changed');
  const headers = commonHeaders(file);
  if (plan.kind === 'notModified') return { kind: 'empty', status: 304, headers };
  if (plan.kind === 'unsatisfiable') {
    return { kind: 'empty', status: 416, headers: { ...headers, 'content-range': `bytes */${file.size}` } };
  }
  const whole = { ...headers, 'content-type': file.contentType };
  if (plan.kind === 'part' && plan.ranges.length > 1) return respondWithParts(request, file, plan.ranges, whole);
  const [range] = plan.kind === 'part' ? plan.ranges : [];
  return respondWithOne(request, file, range, whole);
}

async function respondWithOne(
  request: ApiRequest,
  file: FileSource,
  range: ByteRange | undefined,
  headers: Headers,
): Promise<ApiResponse> {
  const length = range === undefined ? file.size : range.end - range.start + 1;
  const sized = { ...headers, 'content-length': String(length) };
  const body = request.method === 'HEAD' ? Readable.from([]) : await open(file, range);
  if (range === undefined) return { kind: 'stream', status: 200, headers: sized, body };
  return { kind: 'stream', status: 206, headers: { ...sized, 'content-range': contentRange(range, file) }, body };
}

function respondWithParts(
  request: ApiRequest,
  file: FileSource,
  ranges: readonly ByteRange[],
  headers: Headers,
): ApiResponse {
  const boundary = randomUUID();
  const heads = ranges.map(
    (range) =>
      `\r\n--${boundary}\r\nContent-Type: ${file.contentType}\r\nContent-Range: ${contentRange(range, file)}\r\n\r\n`,
  );
  const tail = `\r\n--${boundary}--\r\n`;
  const texts = heads.reduce((sum, head) => sum + Buffer.byteLength(head), tail.length);
  const bytes = ranges.reduce((sum, { start, end }) => sum + end - start + 1, 0);
  const body = request.method === 'HEAD' ? Readable.from([]) : Readable.from(readParts(file, ranges, heads, tail));
  return {
    kind: 'stream',
    status: 206,
    headers: {
      ...headers,
      'content-type': `multipart/byteranges; boundary=${boundary}`,
      'content-length': String(texts + bytes),
    },
    body,
  };
}

async function* readParts(
  file: FileSource,
  ranges: readonly ByteRange[],
  heads: readonly string[],
  tail: string,
): AsyncIterable<Buffer> {
  for (const [index, range] of ranges.entries()) {
    yield Buffer.from(heads[index]!);
    yield* await open(file, range);
  }
  yield Buffer.from(tail);
}

async function open(file: FileSource, range: ByteRange | undefined): Promise<Readable> {
  const stream = await file.open(range);
  if (stream === null) throw notFound();
  return stream;
}

function commonHeaders(file: FileSource): Headers {
  const headers: { [name: string]: string } = {
    'accept-ranges': 'bytes',
    'last-modified': new Date(file.modifiedAt).toUTCString(),
  };
  if (file.etag !== '') headers['etag'] = file.etag;
  return { ...headers, ...file.headers };
}

function contentRange(range: ByteRange, file: FileFacts): string {
  return `bytes ${range.start}-${range.end}/${file.size}`;
}
