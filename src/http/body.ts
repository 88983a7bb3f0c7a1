import type { IncomingMessage } from 'node:http';
import { ApiError, badRequest } from '../model/errors.ts';
import { createObject } from '../util/json.ts';
import { hasBody, readBytes } from './body-bytes.ts';
import { type JsonContext, parseJsonBytes, readJson } from './body-json.ts';
import { type MultipartContext, readMultipart } from './body-multipart.ts';
import { type FormPair, jsonPayloadKey, parseUrlEncoded, toFormData } from './form-values.ts';
import type { RequestBody } from './types.ts';
import { readUtf8 } from './utf8.ts';

/** What reading bodies needs. */
export type BodyContext = JsonContext & MultipartContext;

/** The body of a request that has none. */
export const emptyBody: RequestBody = Object.freeze({ data: Object.freeze(createObject()), files: [] });

/**
 * Reads and parses the body by its content type: JSON, URL-encoded or multipart. Throws 400 for another type or a malformed
 * body, 413 past `limit`, 415 for a compressed one.
 *
 * @param query the query of the URL: its values count as values of a form
 * @param limit bytes
 */
export async function readBody(
  request: IncomingMessage,
  query: URLSearchParams,
  limit: number,
  context: BodyContext,
): Promise<RequestBody> {
  if (!hasBody(request)) return emptyBody;
  // Inflating what strangers send is how 10 MB become 10 GB; no client of the API compresses its bodies.
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== '' && encoding.toLowerCase() !== 'identity') throw new ApiError(415);
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('application/json')) {
    return { data: await readJson(request, limit, context.budget, context), files: [] };
  }
  if (type.startsWith('application/x-www-form-urlencoded')) return readForm(request, query, limit, context);
  if (type.startsWith('multipart/form-data')) {
    const { pairs, files } = await readMultipart(request, limit, context);
    return { data: await toData([...query, ...pairs], context), files };
  }
  throw badRequest('Unsupported Content-Type');
}

async function readForm(
  request: IncomingMessage,
  query: URLSearchParams,
  limit: number,
  context: BodyContext,
): Promise<RequestBody> {
  const bytes = await readBytes(request, Math.min(limit, context.limits.jsonMainBytesMax), context.budget);
  const pairs = parseUrlEncoded(readUtf8(bytes), context.limits.formFieldsMax);
  return { data: await toData([...pairs, ...query], context), files: [] };
}

async function toData(pairs: readonly FormPair[], context: BodyContext): Promise<RequestBody['data']> {
  const payloads = [];
  for (const [name, value] of pairs) {
    if (name === jsonPayloadKey) payloads.push(await parseJsonBytes(Buffer.from(value), context));
  }
  return toFormData(pairs, payloads);
}
