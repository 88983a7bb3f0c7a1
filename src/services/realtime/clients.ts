import { frame, type SseConnection } from '../../http/sse.ts';
import { guest, type Viewer } from '../../model/record.ts';
import type { Topic } from './topics.ts';

/** One open event stream and what it listens to. */
export class RealtimeClient {
  readonly id: string;
  readonly connection: SseConnection;
  /** The address that opened it; only from there may it be told what to listen to. */
  readonly remoteIp: string;
  /** Where the stream that it goes on from broke off, or null for one that starts anew. */
  readonly resumesFrom: string | null;
  /** True when its events carry the position of the log, so that it can be resumed. */
  readonly hasPositions: boolean;
  /** The framed `id` line of its events, when they carry no position. */
  readonly idFrame: Buffer;
  viewer: Viewer = guest;
  /** The secret of the viewer's tokens when it signed in: with another one it is a guest. */
  authSecret = '';
  topics: ReadonlyMap<string, Topic> = new Map();
  /** True while it is being given what it missed: what comes now waits in the log. */
  isReplaying = false;

  constructor(options: {
    readonly id: string;
    readonly connection: SseConnection;
    readonly remoteIp: string;
    readonly resumesFrom: string | null;
    readonly hasPositions: boolean;
  }) {
    this.id = options.id;
    this.connection = options.connection;
    this.remoteIp = options.remoteIp;
    this.resumesFrom = options.resumesFrom;
    this.hasPositions = options.hasPositions;
    this.idFrame = frame(`id:${options.id}\n`);
  }
}

/** Clients that listen to the same topic text. */
export interface TopicGroup {
  readonly topic: Topic;
  readonly clients: Set<RealtimeClient>;
  /** Rises with every change of the members or of who they are. */
  revision: number;
}

/** The event streams that are open on this node, found by id, by what they listen to and by who they are. */
export class RealtimeClients {
  readonly #byId = new Map<string, RealtimeClient>();
  readonly #byIp = new Map<string, number>();
  /** By collection id or name, then by topic text. */
  readonly #groups = new Map<string, Map<string, TopicGroup>>();
  /** By `<collection id>/<record id>` of the viewer. */
  readonly #byAuth = new Map<string, Set<RealtimeClient>>();

  get size(): number {
    return this.#byId.size;
  }

  /** Open streams from one address. */
  countFrom(remoteIp: string): number {
    return this.#byIp.get(remoteIp) ?? 0;
  }

  find(id: string): RealtimeClient | undefined {
    return this.#byId.get(id);
  }

  add(client: RealtimeClient): void {
    this.#byId.set(client.id, client);
    this.#byIp.set(client.remoteIp, this.countFrom(client.remoteIp) + 1);
  }

  remove(client: RealtimeClient): void {
    if (!this.#byId.delete(client.id)) return;
    const left = this.countFrom(client.remoteIp) - 1;
    if (left > 0) this.#byIp.set(client.remoteIp, left);
    else this.#byIp.delete(client.remoteIp);
    this.#leaveAll(client);
    this.#forgetAuth(client);
  }

  /** Replaces everything that a client listens to. */
  setTopics(client: RealtimeClient, topics: readonly Topic[]): void {
    this.#leaveAll(client);
    client.topics = new Map(topics.map((topic) => [topic.text, topic]));
    for (const topic of client.topics.values()) this.#join(client, topic);
  }

  /** Says who a client is from now on. */
  setViewer(client: RealtimeClient, viewer: Viewer, authSecret: string): void {
    this.#forgetAuth(client);
    client.viewer = viewer;
    client.authSecret = authSecret;
    if (viewer.auth !== null) {
      const key = authKey(viewer.auth.collection.id, viewer.auth.id);
      const known = this.#byAuth.get(key);
      if (known === undefined) this.#byAuth.set(key, new Set([client]));
      else known.add(client);
    }
    for (const topic of client.topics.values()) {
      const group = this.#groups.get(topic.collection)?.get(topic.text);
      if (group !== undefined) group.revision += 1;
    }
  }

  /** All groups of topics about a collection, whether they name it by id or by name. */
  *groupsOf(collection: { readonly id: string; readonly name: string }): Iterable<TopicGroup> {
    yield* this.#groups.get(collection.id)?.values() ?? [];
    if (collection.name !== collection.id) yield* this.#groups.get(collection.name)?.values() ?? [];
  }

  /** True when somebody listens to something of this collection. */
  isHeard(collection: { readonly id: string; readonly name: string }): boolean {
    return this.#groups.has(collection.id) || this.#groups.has(collection.name);
  }

  /** The clients that are signed in as a record. */
  signedInAs(collectionId: string, recordId: string): readonly RealtimeClient[] {
    return [...(this.#byAuth.get(authKey(collectionId, recordId)) ?? [])];
  }

  /** All clients that are signed in. */
  *signedIn(): Iterable<RealtimeClient> {
    const all = [...this.#byAuth.values()];
    for (const clients of all) yield* new Set(clients);
  }

  #join(client: RealtimeClient, topic: Topic): void {
    let groups = this.#groups.get(topic.collection);
    if (groups === undefined) {
      groups = new Map();
      this.#groups.set(topic.collection, groups);
    }
    const group = groups.get(topic.text);
    if (group === undefined) groups.set(topic.text, { topic, clients: new Set([client]), revision: 0 });
    else {
      group.clients.add(client);
      group.revision += 1;
    }
  }

  #leaveAll(client: RealtimeClient): void {
    for (const topic of client.topics.values()) {
      const groups = this.#groups.get(topic.collection);
      const group = groups?.get(topic.text);
      if (groups === undefined || group === undefined) continue;
      group.clients.delete(client);
      group.revision += 1;
      if (group.clients.size === 0) groups.delete(topic.text);
      if (groups.size === 0) this.#groups.delete(topic.collection);
    }
    client.topics = new Map();
  }

  #forgetAuth(client: RealtimeClient): void {
    const { auth } = client.viewer;
    if (auth === null) return;
    const key = authKey(auth.collection.id, auth.id);
    const known = this.#byAuth.get(key);
    known?.delete(client);
    if (known?.size === 0) this.#byAuth.delete(key);
  }
}

function authKey(collectionId: string, recordId: string): string {
  return `${collectionId}/${recordId}`;
}
