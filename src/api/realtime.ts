import type { Route } from '../http/types.ts';
import type { SseGroup } from '../http/sse.ts';
import type { Realtime } from '../services/realtime/realtime.ts';

/** What the realtime endpoints stand on. */
export interface RealtimeApiParts {
  readonly realtime: Realtime;
  readonly group: SseGroup;
  /** The newest position that clients have been told of. */
  position(): string;
}

/** `/api/realtime`: the event stream and what it listens to. Who may hear what is decided by the collections' rules, for each message. */
export function realtimeRoutes({ realtime, group, position }: RealtimeApiParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/realtime',
      access: 'public',
      async handle({ remoteIp, query, headers }) {
        realtime.checkRoom(remoteIp);
        const given = headers['last-event-id'] ?? query.get('lastEventId') ?? '';
        const request = {
          remoteIp,
          wantsPositions: query.get('positions') === '1',
          lastEventId: typeof given === 'string' ? given : '',
        };
        const accept = (connection: Parameters<typeof realtime.accept>[0]): void =>
          void realtime.accept(connection, request, position());
        return { kind: 'events', group, accept };
      },
    },
    {
      method: 'POST',
      path: '/api/realtime',
      access: 'public',
      async handle(request) {
        const { data } = await request.body();
        await realtime.subscribe(data, request);
        return { kind: 'empty', status: 204 };
      },
    },
  ];
}
