import type { Position } from '../../model/commit.ts';

/** How far a client has been told of the log: of everything up to `after`, and of a part of the entry behind it. */
export interface ResumePoint {
  readonly after: Position;
  /** The change of that entry that the last message was about, from 0; -1 when there was none. */
  readonly change: number;
  /** The key of that message's topic. */
  readonly key: string;
}

/** Before the first message about an entry. */
export function pointAfter(after: Position): ResumePoint {
  return { after, change: -1, key: '' };
}

/** True when a client at this point has had the message about a change of the entry behind `after` for a topic. */
export function hasHad(point: ResumePoint, change: number, key: string): boolean {
  return change < point.change || (change === point.change && key <= point.key);
}

/** The `id` of an event for clients that want positions: `<client id>:<position>`; the position is the server's own affair. */
export function eventIdAt(clientId: string, { after, change, key }: ResumePoint): string {
  return change < 0 ? `${clientId}:${after}` : `${clientId}:${after}.${change}.${key}`;
}

/** The point in an event's id, or null when it has none that could be one. */
export function readEventId(eventId: string): ResumePoint | null {
  const match = /^[A-Za-z0-9]{40}:([0-9A-Za-z:]{0,64})(?:\.(\d{1,6})\.([0-9a-f]{12}))?$/.exec(eventId);
  if (match === null) return null;
  const [, after, change, key] = match;
  return change === undefined ? pointAfter(after!) : { after: after!, change: Number(change), key: key! };
}
