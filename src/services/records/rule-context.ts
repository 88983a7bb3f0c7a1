import type { DraftValue } from '../../model/fields/field-type.ts';
import { UploadedFileValue } from '../../model/fields/file-value.ts';
import { PlainPassword } from '../../model/fields/password-value.ts';
import type { RequestContext } from '../../rules/rules.ts';
import { createObject, type JsonValue } from '../../util/json.ts';
import type { RequestInfo } from './request-info.ts';

/** What a write submitted, as rules see it; see `RequestContext.body`. */
export type SubmittedBody = RequestContext['body'];

const nothingSubmitted: SubmittedBody = Object.freeze(createObject());

/** A request as rules see it. */
export function contextOf(info: RequestInfo, body: SubmittedBody | null, nowMs: number): RequestContext {
  return {
    context: info.context,
    method: info.method,
    get headers() {
      return info.headers;
    },
    get query() {
      return info.query;
    },
    body: body ?? nothingSubmitted,
    viewer: info.viewer,
    now: nowMs,
  };
}

/** Draft values as rules see them: new files by their names and sizes, new passwords as their text. */
export function submittedBody(values: { readonly [key: string]: DraftValue }): SubmittedBody {
  const body = createObject();
  for (const key of Object.keys(values)) body[key] = viewOf(values[key]!);
  return body;
}

function viewOf(value: DraftValue): JsonValue {
  if (value instanceof UploadedFileValue) {
    return { name: value.name, originalName: value.originalName, size: value.size };
  }
  if (value instanceof PlainPassword) return value.reveal();
  if (Array.isArray(value)) return (value as readonly DraftValue[]).map(viewOf);
  return value as JsonValue;
}
