import type { IncomingHttpHeaders } from 'node:http';

/** Bytes `start` to `end`, both inclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What decides how much of a file is sent. */
export interface FileFacts {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
  /** With its quotes; `''` for none. */
  readonly etag: string;
}

/** What to send of a file. */
export type RangePlan =
  | { readonly kind: 'whole' }
  /** 206. One range goes as it is, several as parts of a multipart body. */
  | { readonly kind: 'part'; readonly ranges: readonly ByteRange[] }
  /** 304. */
  | { readonly kind: 'notModified' }
  /** 412. */
  | { readonly kind: 'preconditionFailed' }
  /** 416. */
  | { readonly kind: 'unsatisfiable' };

/** More ranges than a player or a download manager asks for are an attack: the whole file goes out instead. */
const rangesMax = 16;

/**
 * Decides by the conditional headers and `Range` of a GET or HEAD (RFC 9110, sections 13 and 14).
 *
 * @example planRanges({ range: 'bytes=0-99' }, { size: 1000, modifiedAt: 0, etag: '' }) // { kind: 'part', ranges: [{ start: 0, end: 99 }] }
 */
export function planRanges(headers: IncomingHttpHeaders, file: FileFacts): RangePlan {
  const condition = checkConditions(headers, file);
  if (condition !== undefined) return { kind: condition };
  const { range } = headers;
  if (range === undefined || !isRangeCurrent(headers['if-range'], file)) return { kind: 'whole' };
  const ranges = parseRanges(range, file.size);
  if (ranges === 'unsatisfiable') return { kind: 'unsatisfiable' };
  return ranges.length === 0 ? { kind: 'whole' } : { kind: 'part', ranges };
}

function checkConditions(
  headers: IncomingHttpHeaders,
  file: FileFacts,
): 'notModified' | 'preconditionFailed' | undefined {
  const match = headers['if-match'];
  const unmodifiedSince = parseDate(headers['if-unmodified-since']);
  if (match !== undefined) {
    if (!namesTag(match, file.etag, false)) return 'preconditionFailed';
  } else if (unmodifiedSince !== undefined && wholeSeconds(file.modifiedAt) > unmodifiedSince) {
    return 'preconditionFailed';
  }
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined) return namesTag(noneMatch, file.etag, true) ? 'notModified' : undefined;
  const modifiedSince = parseDate(headers['if-modified-since']);
  return modifiedSince !== undefined && wholeSeconds(file.modifiedAt) <= modifiedSince ? 'notModified' : undefined;
}

/** True when an `If-Match` or `If-None-Match` list has the tag. */
function namesTag(list: string, etag: string, isWeakEnough: boolean): boolean {
  if (list.trim() === '*') return true;
  if (etag === '') return false;
  return list.split(',').some((each) => {
    const tag = each.trim();
    return tag === etag || (isWeakEnough && tag === `W/${etag}`);
  });
}

/** True when the parts that the client already has are of the present file. */
function isRangeCurrent(ifRange: string | string[] | undefined, file: FileFacts): boolean {
  if (ifRange === undefined) return true;
  const text = String(ifRange);
  if (text.startsWith('"')) return text === file.etag;
  return parseDate(text) === wholeSeconds(file.modifiedAt);
}

/** The satisfiable ranges in the order asked for; none when the whole file should go out. */
function parseRanges(header: string, size: number): ByteRange[] | 'unsatisfiable' {
  const match = /^bytes=(.*)$/i.exec(header);
  // Another unit is not understood and therefore ignored.
  if (match === null) return header.includes('=') ? [] : 'unsatisfiable';
  const specs = match[1]!.split(',', rangesMax + 1).map((each) => each.trim());
  if (specs.length > rangesMax) return [];
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    if (spec === '') continue;
    const range = parseRange(spec, size);
    if (range === 'malformed') return 'unsatisfiable';
    if (range !== undefined) ranges.push(range);
  }
  if (ranges.length === 0) return 'unsatisfiable';
  // Ranges that together are larger than the file only cost.
  const total = ranges.reduce((sum, { start, end }) => sum + end - start + 1, 0);
  return total > size ? [] : ranges;
}

/** One range; `undefined` when it lies behind the end of the file. */
function parseRange(spec: string, size: number): ByteRange | 'malformed' | undefined {
  const match = /^(\d{0,15})-(\d{0,15})$/.exec(spec);
  if (match === null || spec === '-') return 'malformed';
  const [, first = '', last = ''] = match;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? undefined : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'malformed';
  if (start >= size) return undefined;
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

function parseDate(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

function wholeSeconds(timeMs: number): number {
  return Math.floor(timeMs / 1000) * 1000;
}
