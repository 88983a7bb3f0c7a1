import type { IncomingMessage } from 'node:http';
import { ApiError, badRequest } from '../model/errors.ts';
import { JsonError, type JsonObject, type JsonValue, isJsonObject, createObject, parseJson } from '../util/json.ts';
import { readBytes } from './body-bytes.ts';
import { readUtf8 } from './utf8.ts';
import type { ByteBudget } from './byte-budget.ts';
import { JsonMeter } from './json-meter.ts';
import type { JsonWorker } from './json-worker.ts';
import type { HttpLimits } from './limits.ts';

/** What parsing a body needs. */
export interface JsonContext {
  readonly limits: HttpLimits;
  readonly worker: JsonWorker;
}

/** Reads a JSON body and parses it as {@link parseJsonBytes} does. Throws 413 as soon as it is known to be too much work. */
export async function readJson(
  request: IncomingMessage,
  limit: number,
  budget: ByteBudget,
  context: JsonContext,
): Promise<JsonObject> {
  const meter = new JsonMeter();
  const bytes = await readBytes(request, limit, budget, (chunk) => {
    meter.add(chunk);
    checkMeter(meter, context.limits);
  });
  return parse(bytes, meter.work, context);
}

/**
 * The object in a JSON text. `null` is an object without keys; other values that are no objects are 400. Only the first value
 * is read, as PocketBase does: what follows it is ignored. Large texts, and small ones that are much work, go to a thread.
 */
export async function parseJsonBytes(bytes: Buffer, context: JsonContext): Promise<JsonObject> {
  const meter = new JsonMeter();
  meter.add(bytes);
  checkMeter(meter, context.limits);
  return parse(bytes, meter.work, context);
}

function checkMeter(meter: JsonMeter, limits: HttpLimits): void {
  if (meter.depth > limits.jsonDepthMax) throw badRequest();
  if (meter.work > limits.jsonWorkMax || meter.keys > limits.jsonKeysMax) throw new ApiError(413);
}

async function parse(bytes: Buffer, work: number, { limits, worker }: JsonContext): Promise<JsonObject> {
  const isSmall = bytes.length <= limits.jsonMainBytesMax && work <= limits.jsonMainWorkMax;
  const value = isSmall ? parseFirstValue(readUtf8(bytes), limits.jsonDepthMax) : await worker.parse(bytes);
  if (value === null) return createObject();
  if (!isJsonObject(value)) throw badRequest();
  return value;
}

/** Parses the first JSON value of a text. Throws 400, or 413 for what the parser finds too large. */
export function parseFirstValue(text: string, depthMax: number): JsonValue {
  const limits = { depthMax, bytesMax: Number.MAX_SAFE_INTEGER };
  try {
    return parseJson(text, limits);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    if (error.kind === 'size') throw new ApiError(413);
    const end = findFirstValueEnd(text);
    if (end === text.length) throw badRequest(undefined, undefined, error);
    return parseFirstValue(text.slice(0, end), depthMax);
  }
}

/** The index behind the first array, object, string or scalar of a text, or the text's length when it does not end. */
export function findFirstValueEnd(text: string): number {
  let index = skipSpace(text, 0);
  const first = text[index];
  if (first !== '{' && first !== '[' && first !== '"') {
    while (index < text.length && !/[\s,{}[\]":]/.test(text[index]!)) index += 1;
    return index;
  }
  let depth = 0;
  for (; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === 0x22) index = findStringEnd(text, index);
    else if (unit === 0x7b || unit === 0x5b) depth += 1;
    else if (unit === 0x7d || unit === 0x5d) depth -= 1;
    else continue;
    if (depth === 0) return Math.min(index + 1, text.length);
  }
  return text.length;
}

function skipSpace(text: string, start: number): number {
  let index = start;
  while (index < text.length && ' \t\r\n'.includes(text[index]!)) index += 1;
  return index;
}

/** The index of the quote that closes the string opened at `start`. */
function findStringEnd(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === 0x5c) index += 1;
    else if (unit === 0x22) return index;
  }
  return text.length;
}
