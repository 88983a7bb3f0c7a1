import { projectBody } from '../http/projection.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/types.ts';
import type { Authenticator } from '../services/auth/authenticator.ts';
import type { BatchWrites } from '../services/records/batch.ts';
import type { ReadAnswer, RecordReads } from '../services/records/reads.ts';
import type { RecordWrites } from '../services/records/writes.ts';
import type { AnswerCache } from './answer-cache.ts';
import { requestInfoOf } from './request-info.ts';

/** What the record endpoints stand on. */
export interface RecordApiParts {
  readonly reads: RecordReads;
  readonly writes: RecordWrites;
  readonly batch: BatchWrites;
  readonly answers: AnswerCache;
  readonly authenticator: Authenticator;
}

/**
 * `/api/collections/{collection}/records` and `/api/batch`. The routes are open to everyone: each collection's rules decide, and superusers pass them all.
 */
export function recordRoutes(parts: RecordApiParts): Route[] {
  const path = '/api/collections/:collection/records';
  return [
    {
      method: 'GET',
      path,
      access: 'public',
      tags: ['list'],
      handle: (request) => answer(parts, request, (info) => parts.reads.list(request.params.collection!, info)),
    },
    {
      method: 'GET',
      path: `${path}/:id`,
      access: 'public',
      tags: ['view'],
      handle: (request) =>
        answer(parts, request, (info) => parts.reads.view(request.params.collection!, request.params.id!, info)),
    },
    {
      method: 'POST',
      path,
      access: 'public',
      tags: ['create'],
      bodyLimit: 'none',
      async handle(request) {
        const { collection } = request.params;
        const body = await parts.writes.create(collection!, requestInfoOf(request), (limit) => request.body(limit));
        return { kind: 'json', body };
      },
    },
    {
      method: 'PATCH',
      path: `${path}/:id`,
      access: 'public',
      tags: ['update'],
      bodyLimit: 'none',
      async handle(request) {
        const { collection, id } = request.params;
        const info = requestInfoOf(request);
        return {
          kind: 'json',
          body: await parts.writes.update(collection!, id!, info, (limit) => request.body(limit)),
        };
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:id`,
      access: 'public',
      tags: ['delete'],
      async handle(request) {
        await parts.writes.delete(request.params.collection!, request.params.id!, requestInfoOf(request));
        return { kind: 'empty', status: 204 };
      },
    },
    {
      method: 'POST',
      path: '/api/batch',
      access: 'public',
      bodyLimit: 'none',
      async handle(request) {
        const info = requestInfoOf(request, 'batch');
        return { kind: 'json', body: await parts.batch.run(info, (limit) => request.body(limit), request.signal) };
      },
    },
  ];
}

/** Answers a read and keeps the answer for as long as nothing it was read from changes. */
async function answer<T>(
  parts: RecordApiParts,
  request: ApiRequest,
  read: (info: ReturnType<typeof requestInfoOf>) => Promise<ReadAnswer<T>>,
): Promise<ApiResponse> {
  const moment = parts.answers.moment();
  const found = await read(requestInfoOf(request));
  const body = projectBody(found.body, request, 200);
  const { viewer } = request;
  // Whoever has changed since the request came may see other things now.
  const isCurrent = viewer.auth === null || parts.authenticator.peek(request.token) === viewer;
  // A rule may tell HEAD from GET; only GETs are answered from what is kept.
  if (isCurrent && request.method === 'GET') parts.answers.keep(viewer, request.url, found, moment, body);
  return { kind: 'text', body };
}
