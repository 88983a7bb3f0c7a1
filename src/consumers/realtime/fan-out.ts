import { frame, type SseConnection, type SseGroup } from '../../http/sse.ts';
import { PositionGoneError } from '../../log/reader.ts';
import type { Collection, Schema } from '../../model/collection.ts';
import type { LogEntry, LoggedChange, Position } from '../../model/commit.ts';
import { codecOf } from '../../model/record-codec.ts';
import { guest } from '../../model/record.ts';
import type { RealtimeClient, RealtimeClients } from '../../services/realtime/clients.ts';
import { formatPosition } from '../../services/realtime/realtime.ts';
import { eventIdAt, pointAfter, type ResumePoint } from '../../services/realtime/resume-point.ts';
import type { TopicGroup } from '../../services/realtime/topic-index.ts';
import { Pacer } from '../../util/pacer.ts';
import { sleep } from '../../util/sleep.ts';
import { collectionOf, type RecordEvent, toRecordEvent } from './record-events.ts';
import { type ReplayParts, Replays } from './replays.ts';

/** Clients with positions hear how far the log is after so much of it, so that a quiet one is not taken for one that was away. */
const checkpointMs = 30_000;
const checkpointEntries = 5_000;
const retryMs = 1_000;
const positionFrame = frame('event:PB_POSITION\ndata:{}\n\n');

/** What realtime stands on. */
export interface FanOutParts extends ReplayParts {
  readonly clients: RealtimeClients;
  readonly group: SseGroup;
}

/** One message and who gets it. */
interface Delivery {
  readonly message: Buffer;
  readonly connections: SseConnection[];
  readonly ids: Map<SseConnection, Buffer>;
}

/**
 * Carries the log to the clients that listen: each change, in log order, to everyone who may see it and nobody else. Each rule is asked
 * once per class of viewers, each message is written once per look.
 */
export class FanOut {
  readonly #parts: FanOutParts;
  readonly #replays: Replays;
  readonly #stop = new AbortController();
  readonly #pacer = new Pacer();
  /** Everybody has been told of this entry and all before it. */
  #done: Position;
  /** The entry under way. */
  #begun: Position;
  #sinceCheckpoint = 0;
  #checkpointAt = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: FanOutParts) {
    this.#parts = parts;
    this.#done = parts.reader.head;
    this.#begun = this.#done;
    this.#replays = new Replays(parts, () => ({ done: this.#done, begun: this.#begun }));
  }

  /** The position up to which clients have been told. */
  get position(): Position {
    return this.#done;
  }

  /** Begins. `onFailure` hears of an entry that could not be handled; the next ones are. */
  start(onFailure: (error: unknown) => void): void {
    this.#running = this.#run(onFailure);
  }

  /** Stops after the entry under way. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Gives a client that came back what it missed, and any other client its place; `isFirst` as in `OnSubscribed`. */
  welcome(client: RealtimeClient, isFirst: boolean, onFailure: (error: unknown) => void): void {
    if (!isFirst) return;
    const from = client.resumesFrom;
    client.resumesFrom = null;
    if (from !== null) this.#replays.start(client, from, this.#stop.signal, onFailure);
    else if (client.hasPositions && !client.isReplaying) {
      client.connection.send(frame(formatPosition(eventIdAt(client.id, pointAfter(this.#done)))));
    }
  }

  async #run(onFailure: (error: unknown) => void): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#follow(signal, onFailure);
        return;
      } catch (error) {
        onFailure(error);
        // What is gone from the log cannot be told any more.
        if (error instanceof PositionGoneError) this.#done = this.#begun = this.#parts.reader.head;
        await sleep(retryMs, signal).catch(() => {});
      }
    }
  }

  async #follow(signal: AbortSignal, onFailure: (error: unknown) => void): Promise<void> {
    for await (const entries of this.#parts.reader.read(this.#done, { signal })) {
      for (const entry of entries) {
        this.#begun = entry.position;
        try {
          await this.#handle(entry);
        } catch (error) {
          onFailure(error);
        }
        this.#done = entry.position;
        await this.#checkpoint();
      }
      if (signal.aborted) return;
    }
  }

  /** Between two entries, when it is time: tells clients with positions where they are. */
  async #checkpoint(): Promise<void> {
    const { clients, clock, group } = this.#parts;
    const now = clock.now();
    const isDue = ++this.#sinceCheckpoint >= checkpointEntries || now - this.#checkpointAt >= checkpointMs;
    if (!isDue) return;
    this.#sinceCheckpoint = 0;
    this.#checkpointAt = now;
    const ids = new Map<SseConnection, Buffer>();
    for (const client of clients.positioned) {
      if (client.isReplaying || client.topics.size === 0) continue;
      ids.set(client.connection, frame(`id:${eventIdAt(client.id, pointAfter(this.#done))}\n`));
    }
    if (ids.size > 0) await group.broadcast([...ids.keys()], positionFrame, (connection) => ids.get(connection));
  }

  /** Tells everyone of an entry's changes, in their order. */
  async #handle(entry: LogEntry): Promise<void> {
    const { catalogue, clients } = this.#parts;
    if (clients.size === 0) return;
    const schema = await catalogue.schema();
    for (const [index, change] of entry.changes.entries()) {
      if (this.#pacer.isDue) await this.#pacer.rest();
      const collection = collectionOf(schema, change);
      if (collection === undefined) continue;
      const isAuth = collection.type === 'auth';
      // A changed record is who its client is now; a deleted one may still hear of its own end.
      if (isAuth && change.action !== 'delete') this.#rebind(collection, change);
      if (clients.isHeard(collection)) {
        const event = toRecordEvent(collection, entry, change);
        for (const group of clients.groupsOf(collection, change.id)) await this.#tell(schema, event, index, group);
      }
      if (isAuth && change.action === 'delete') this.#rebind(collection, change);
    }
    if (entry.schema) this.#dropEndedSignIns(schema);
  }

  async #tell(schema: Schema, event: RecordEvent, index: number, group: TopicGroup): Promise<void> {
    const { audience, messages, visibility } = this.#parts;
    const { topic } = group;
    const point: ResumePoint = { after: this.#done, change: index, key: topic.key };
    const deliveries = new Map<string, Delivery>();
    for (const viewerClass of audience.classesOf(group, schema, event.record.collection)) {
      if (this.#pacer.isDue) await this.#pacer.rest();
      if (!(await visibility.isVisible(event, schema, viewerClass))) continue;
      let delivery = deliveries.get(viewerClass.look);
      if (delivery === undefined) {
        const message = await messages.write(event, topic, schema, viewerClass);
        delivery = { message, connections: [], ids: new Map() };
        deliveries.set(viewerClass.look, delivery);
      }
      for (const client of viewerClass.clients) {
        if (client.isReplaying || event.entry.position <= client.liveAfter) continue;
        delivery.connections.push(client.connection);
        const id = client.hasPositions ? frame(`id:${eventIdAt(client.id, point)}\n`) : client.idFrame;
        delivery.ids.set(client.connection, id);
      }
    }
    for (const { message, connections, ids } of deliveries.values()) {
      await this.#parts.group.broadcast(connections, message, (connection) => ids.get(connection));
    }
  }

  /** Keeps clients signed in as what their record is now; with a new token key or without the record they are guests. */
  #rebind(collection: Collection, change: LoggedChange): void {
    const { clients } = this.#parts;
    const signedIn = clients.signedInAs(collection.id, change.id);
    if (signedIn.length === 0) return;
    const data = codecOf(collection).decodeRow(change.row);
    for (const client of signedIn) {
      const before = client.viewer.auth!;
      if (change.action === 'delete' || data.tokenKey !== before.data.tokenKey) clients.setViewer(client, guest, '');
      else {
        const auth = { collection, id: change.id, version: change.version, data };
        clients.setViewer(client, { auth, isSuperuser: client.viewer.isSuperuser }, client.authSecret);
      }
    }
  }

  /** After a change of collections: without its collection, or with another secret for its tokens, a sign-in has ended. */
  #dropEndedSignIns(schema: Schema): void {
    const { clients } = this.#parts;
    for (const client of clients.signedIn()) {
      const collection = schema.find(client.viewer.auth!.collection.id);
      if (collection?.auth?.authToken.secret !== client.authSecret) clients.setViewer(client, guest, '');
    }
  }
}
