import { formatEvent, frame, type SseConnection, type SseGroup } from '../../http/sse.ts';
import { parseProjection } from '../../http/projection.ts';
import type { LogReader } from '../../log/reader.ts';
import { PositionGoneError } from '../../log/reader.ts';
import type { Collection, Schema } from '../../model/collection.ts';
import type { LogEntry, LoggedChange, Position } from '../../model/commit.ts';
import { codecOf } from '../../model/record-codec.ts';
import { guest, type StoredRecord } from '../../model/record.ts';
import type { Catalogue } from '../../services/collections/catalogue.ts';
import { type Expander, parseExpand } from '../../services/records/expand.ts';
import type { RealtimeClient, RealtimeClients } from '../../services/realtime/clients.ts';
import { eventId } from '../../services/realtime/realtime.ts';
import type { Topic } from '../../services/realtime/topics.ts';
import type { Audience, ViewerClass } from './audience.ts';
import type { RecordEvent, Visibility } from './visibility.ts';

/** Entries that a client that comes back is given at most; further back it has to read anew. */
export const replayEntriesMax = 10_000;
const replayPause = 50;

/** What realtime stands on. */
export interface FanOutParts {
  readonly reader: LogReader;
  readonly catalogue: Catalogue;
  readonly clients: RealtimeClients;
  readonly group: SseGroup;
  readonly audience: Audience;
  readonly visibility: Visibility;
  readonly expander: Expander;
}

/**
 * Carries the log to the clients that listen: each change, in log order, to everyone who may see it and nobody else. Each rule is asked
 * once per class of viewers, each message is written once per look.
 */
export class FanOut {
  readonly #parts: FanOutParts;
  readonly #stop = new AbortController();
  #position: Position;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: FanOutParts) {
    this.#parts = parts;
    this.#position = parts.reader.head;
  }

  /** The position up to which clients have been told. */
  get position(): Position {
    return this.#position;
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

  /** Gives a client that came back what it missed, then lets it join the others. Without anything to resume it has joined already. */
  resume(client: RealtimeClient, onFailure: (error: unknown) => void): void {
    if (client.resumesFrom === null || client.isReplaying || client.topics.size === 0) return;
    client.isReplaying = true;
    this.#replay(client, client.resumesFrom).catch((error: unknown) => {
      // What cannot be given again must not be kept quiet: the client reads anew.
      const data = JSON.stringify({ reason: 'The missed messages are no longer kept.' });
      client.connection.send(frame(formatEvent({ id: client.id, event: 'PB_RESUME_FAILED', data })));
      client.isReplaying = false;
      if (!(error instanceof PositionGoneError)) onFailure(error);
    });
  }

  async #run(onFailure: (error: unknown) => void): Promise<void> {
    const { signal } = this.#stop;
    for await (const entries of this.#parts.reader.read(this.#position, { signal })) {
      for (const entry of entries) {
        try {
          await this.#handle(entry, null);
        } catch (error) {
          onFailure(error);
        }
        this.#position = entry.position;
      }
      if (signal.aborted) return;
    }
  }

  async #replay(client: RealtimeClient, from: Position): Promise<void> {
    let position = from;
    let count = 0;
    // The last step and the joining happen in one turn of the loop: nothing can come between.
    while (position < this.#position) {
      for await (const entries of this.#parts.reader.read(position, { signal: this.#stop.signal })) {
        for (const entry of entries) {
          if (entry.position > this.#position) break;
          if (++count > replayEntriesMax) throw new PositionGoneError(from, this.#position);
          await this.#handle(entry, client);
          position = entry.position;
          if (count % replayPause === 0) await new Promise((resolve) => setImmediate(resolve));
          if (client.connection.end !== undefined) return;
        }
        break;
      }
    }
    client.isReplaying = false;
  }

  /** Tells everyone (or only `one`) of an entry's changes, in their order. */
  async #handle(entry: LogEntry, one: RealtimeClient | null): Promise<void> {
    const { catalogue, clients } = this.#parts;
    if (clients.size === 0) return;
    const schema = await catalogue.schema();
    for (const change of entry.changes) {
      const collection = schema.find(change.collectionId);
      if (collection === undefined || collection.id !== change.collectionId) continue;
      const isAuth = collection.type === 'auth' && one === null;
      // A changed record is who its client is now; a deleted one may still hear of its own end.
      if (isAuth && change.action !== 'delete') this.#rebind(collection, change);
      if (clients.isHeard(collection)) await this.#tell(schema, collection, change, entry, one);
      if (isAuth && change.action === 'delete') this.#rebind(collection, change);
    }
    if (entry.schema && one === null) this.#dropEndedSignIns(schema);
  }

  async #tell(
    schema: Schema,
    collection: Collection,
    change: LoggedChange,
    entry: LogEntry,
    one: RealtimeClient | null,
  ): Promise<void> {
    const data = codecOf(collection).decodeRow(change.row);
    const record: StoredRecord = { collection, id: change.id, version: change.version, data };
    const event: RecordEvent = { action: change.action, record, entry };
    for (const group of this.#parts.clients.groupsOf(collection)) {
      const { topic } = group;
      if (topic.record !== '*' && topic.record !== change.id) continue;
      if (one !== null && !group.clients.has(one)) continue;
      const classes =
        one === null
          ? this.#parts.audience.classesOf(group, schema, collection)
          : [this.#parts.audience.classOf(one, topic, schema, collection)].filter((found) => found !== null);
      const looks = new Map<
        string,
        { message: Buffer; connections: SseConnection[]; ids: Map<SseConnection, Buffer> }
      >();
      for (const viewerClass of classes) {
        if (!(await this.#parts.visibility.isVisible(event, schema, viewerClass))) continue;
        let look = looks.get(viewerClass.look);
        if (look === undefined) {
          look = { message: await this.#write(event, topic, schema, viewerClass), connections: [], ids: new Map() };
          looks.set(viewerClass.look, look);
        }
        for (const client of viewerClass.clients) {
          if (client.isReplaying && one === null) continue;
          look.connections.push(client.connection);
          const id = client.hasPositions ? frame(`id:${eventId(client, entry.position)}\n`) : client.idFrame;
          look.ids.set(client.connection, id);
        }
      }
      for (const { message, connections, ids } of looks.values()) {
        await this.#parts.group.broadcast(connections, message, (connection) => ids.get(connection));
      }
    }
  }

  /** The event without its `id` line, as this class sees the record. */
  async #write(event: RecordEvent, topic: Topic, schema: Schema, viewerClass: ViewerClass): Promise<Buffer> {
    const tree = parseExpand(topic.query.expand ?? '');
    const options = { purpose: 'show' } as const;
    const [record] = await this.#parts.expander.present(schema, [event.record], tree, viewerClass.info, options);
    const fields = topic.query.fields ?? '';
    const projection = fields === '' ? undefined : parseProjection(fields);
    const shown = projection === undefined || projection === 'malformed' ? record : projection.apply(record);
    const data = JSON.stringify({ action: event.action, record: shown });
    // The name is the client's own text; a line break in it would begin a line of its own.
    const name = topic.text.replace(/[\r\n\0]/g, ' ');
    return frame(`event:${name}\ndata:${data}\n\n`);
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
