import { formatEvent, frame } from '../../http/sse.ts';
import { type LogReader, PositionGoneError } from '../../log/reader.ts';
import type { Schema } from '../../model/collection.ts';
import type { LogEntry, LoggedChange, Position } from '../../model/commit.ts';
import type { Catalogue } from '../../services/collections/catalogue.ts';
import type { RealtimeClient } from '../../services/realtime/clients.ts';
import { formatPosition } from '../../services/realtime/realtime.ts';
import { eventIdAt, hasHad, pointAfter, type ResumePoint } from '../../services/realtime/resume-point.ts';
import type { Topic } from '../../services/realtime/topics.ts';
import { Semaphore } from '../../util/async.ts';
import type { Clock } from '../../util/clock.ts';
import { sleep } from '../../util/sleep.ts';
import type { Audience } from './audience.ts';
import type { Messages } from './messages.ts';
import { collectionOf, type RecordEvent, toRecordEvent } from './record-events.ts';
import type { Visibility } from './visibility.ts';

/** Changes that a client that comes back is taken through at most; further back it has to read anew. */
export const replayChangesMax = 20_000;
/** Changes that are looked at before other work gets its turn. */
const replayPause = 100;
/** Clients whose messages are made at the same time. */
const replaysAtOnceMax = 8;
const replaysQueuedMax = 100_000;
const positionWaitMs = 50;
const positionWaitsMax = 40;

/** How far the client has been told, in the log's order. */
export interface Place {
  /** The position of the last entry that everybody has been told of. */
  readonly done: Position;
  /** The position of the entry under way, or the same as `done`. */
  readonly begun: Position;
}

/** One change of an entry, for a client that had everything up to `point`. */
interface ReplayStep {
  readonly entry: LogEntry;
  readonly index: number;
  readonly change: LoggedChange;
  readonly point: ResumePoint;
}

/** What replays stand on. */
export interface ReplayParts {
  readonly reader: LogReader;
  readonly catalogue: Catalogue;
  readonly audience: Audience;
  readonly visibility: Visibility;
  readonly messages: Messages;
  readonly clock: Clock;
  /** Milliseconds that a client may have been away for; who was for longer has to read anew. */
  readonly replayMsMax: number;
}

/**
 * Gives clients that come back what they missed: each message that they would have been sent, in the same order, none twice. Rules are asked
 * as they are now, of the rows as they were then. While a client is being told, the others' messages pass it by; it joins them at the end in one
 * turn of the event loop, so that nothing is between.
 */
export class Replays {
  readonly #parts: ReplayParts;
  readonly #place: () => Place;
  readonly #turns = new Semaphore('realtime replays', {
    concurrencyMax: replaysAtOnceMax,
    queueMax: replaysQueuedMax,
  });

  /** @param place where the telling of everybody is at the moment */
  constructor(parts: ReplayParts, place: () => Place) {
    this.#parts = parts;
    this.#place = place;
  }

  /** Takes a client up where it broke off. `onFailure` hears of what should not have happened; the client is told to read anew. */
  start(client: RealtimeClient, from: ResumePoint, signal: AbortSignal, onFailure: (error: unknown) => void): void {
    client.isReplaying = true;
    this.#run(client, from, signal).catch((error: unknown) => {
      if (client.connection.end !== undefined) return;
      // What cannot be given again must not be kept quiet.
      const data = JSON.stringify({ reason: 'The missed messages are no longer kept.' });
      const id = client.hasPositions ? eventIdAt(client.id, pointAfter(this.#place().done)) : client.id;
      client.connection.send(frame(formatEvent({ id, event: 'PB_RESUME_FAILED', data })));
      client.isReplaying = false;
      if (!(error instanceof PositionGoneError)) onFailure(error);
    });
  }

  async #run(client: RealtimeClient, from: ResumePoint, signal: AbortSignal): Promise<void> {
    await this.#waitForBegin(from);
    await this.#checkAmount(from, signal);
    let point = from;
    let seen = 0;
    // The last look and the joining happen in one turn of the loop: nothing can come between.
    while (point.after < this.#place().begun) {
      const entries = await this.#turns.run(() => this.#next(point.after, signal));
      if (entries.length === 0) return;
      for (const entry of entries) {
        if (entry.position > this.#place().begun) break;
        // The log may grow faster than the client reads.
        if (seen + entry.changes.length > replayChangesMax) throw new PositionGoneError(from.after, entry.position);
        for (const [index, change] of entry.changes.entries()) {
          if (++seen % replayPause === 0) await new Promise((resolve) => setImmediate(resolve));
          await this.#tell(client, { entry, index, change, point });
          if (client.connection.end !== undefined) return;
        }
        point = pointAfter(entry.position);
      }
    }
    client.liveAfter = point.after;
    client.isReplaying = false;
    if (client.hasPositions) client.connection.send(frame(formatPosition(eventIdAt(client.id, point))));
  }

  /** A position that is not there yet may be a moment away, on another node; one that does not come is of another log. */
  async #waitForBegin({ after }: ResumePoint): Promise<void> {
    const isThere = (): boolean => after <= this.#place().begun;
    for (let times = 0; times < positionWaitsMax && !isThere(); times++) await sleep(positionWaitMs);
    if (!isThere()) throw new PositionGoneError(after, this.#place().done);
  }

  /** Looks ahead, so that nobody is sent thousands of messages only to hear that it was in vain. */
  async #checkAmount(from: ResumePoint, signal: AbortSignal): Promise<void> {
    const { begun } = this.#place();
    let { after } = from;
    let seen = 0;
    while (after < begun) {
      const entries = await this.#turns.run(() => this.#next(after, signal));
      if (entries.length === 0) return;
      const isOld = seen === 0 && this.#parts.clock.now() - entries[0]!.at > this.#parts.replayMsMax;
      for (const entry of entries) if (entry.position <= begun) seen += entry.changes.length;
      after = entries.at(-1)!.position;
      if (isOld || seen > replayChangesMax) throw new PositionGoneError(from.after, after);
    }
  }

  async #next(after: Position, signal: AbortSignal): Promise<readonly LogEntry[]> {
    for await (const entries of this.#parts.reader.read(after, { signal })) return entries;
    return [];
  }

  /** Sends the messages about one change that the client has not had, in the order of their topics' keys. */
  async #tell(client: RealtimeClient, step: ReplayStep): Promise<void> {
    const schema = await this.#parts.catalogue.schema();
    const collection = collectionOf(schema, step.change);
    if (collection === undefined) return;
    const topics = [...client.topics.values()].filter((topic) => {
      const isHeard = topic.collection === collection.id || topic.collection === collection.name;
      const isMeant = topic.record === '*' || topic.record === step.change.id;
      return isHeard && isMeant && !hasHad(step.point, step.index, topic.key);
    });
    if (topics.length === 0) return;
    const event = toRecordEvent(collection, step.entry, step.change);
    for (const topic of topics.sort((a, b) => (a.key < b.key ? -1 : 1))) {
      const message = await this.#turns.run(() => this.#message(client, event, topic, schema));
      if (message === null) continue;
      await client.connection.drained();
      const id = eventIdAt(client.id, { after: step.point.after, change: step.index, key: topic.key });
      client.connection.send(message, client.hasPositions ? frame(`id:${id}\n`) : client.idFrame);
    }
  }

  async #message(client: RealtimeClient, event: RecordEvent, topic: Topic, schema: Schema): Promise<Buffer | null> {
    const { audience, visibility, messages } = this.#parts;
    const viewerClass = audience.classOf(client, topic, schema, event.record.collection);
    if (viewerClass === null || !(await visibility.isVisible(event, schema, viewerClass))) return null;
    return messages.write(event, topic, schema, viewerClass);
  }
}
