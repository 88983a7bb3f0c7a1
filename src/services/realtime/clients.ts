import { frame, type SseConnection } from '../../http/sse.ts';
import type { Position } from '../../model/commit.ts';
import { guest, type Viewer } from '../../model/record.ts';
import type { ResumePoint } from './resume-point.ts';
import { type CollectionNames, type TopicGroup, TopicIndex } from './topic-index.ts';
import type { Topic } from './topics.ts';

/** One open event stream and what it listens to. */
export class RealtimeClient {
  readonly id: string;
  readonly connection: SseConnection;
  /** The address that opened it; only from there may it be told what to listen to. */
  readonly remoteIp: string;
  /** Where the stream that it goes on from broke off; null for one that starts anew, and once it has been taken up. */
  resumesFrom: ResumePoint | null;
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
  /** Entries up to here it has been given by itself; with the others it hears of later ones. */
  liveAfter: Position = '';

  constructor(options: {
    readonly id: string;
    readonly connection: SseConnection;
    readonly remoteIp: string;
    readonly resumesFrom: ResumePoint | null;
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

/** Letters of all topics together, and of those of one address; they take three to four bytes each. */
export const topicLettersMax = 32 * 1024 * 1024;
export const topicLettersPerIpMax = topicLettersMax / 2;

/** What one address holds. */
interface Holdings {
  streams: number;
  letters: number;
}

/** The event streams that are open on this node, found by id, by what they listen to and by who they are. */
export class RealtimeClients {
  readonly #byId = new Map<string, RealtimeClient>();
  readonly #byIp = new Map<string, Holdings>();
  #letters = 0;
  readonly #topics = new TopicIndex();
  readonly #positioned = new Set<RealtimeClient>();
  /** By `<collection id>/<record id>` of the viewer. */
  readonly #byAuth = new Map<string, Set<RealtimeClient>>();

  get size(): number {
    return this.#byId.size;
  }

  /** Open streams from one address. */
  countFrom(remoteIp: string): number {
    return this.#byIp.get(remoteIp)?.streams ?? 0;
  }

  /** True when a client may listen to these topics instead of its present ones. */
  hasRoomFor(client: RealtimeClient, topics: readonly Topic[]): boolean {
    const more = lettersOf(topics) - lettersOf(client.topics.values());
    const held = this.#byIp.get(client.remoteIp)?.letters ?? 0;
    return more <= 0 || (this.#letters + more <= topicLettersMax && held + more <= topicLettersPerIpMax);
  }

  find(id: string): RealtimeClient | undefined {
    return this.#byId.get(id);
  }

  add(client: RealtimeClient): void {
    this.#byId.set(client.id, client);
    const holdings = this.#byIp.get(client.remoteIp) ?? { streams: 0, letters: 0 };
    holdings.streams += 1;
    this.#byIp.set(client.remoteIp, holdings);
    if (client.hasPositions) this.#positioned.add(client);
  }

  remove(client: RealtimeClient): void {
    if (!this.#byId.delete(client.id)) return;
    this.#positioned.delete(client);
    this.#leaveAll(client);
    const holdings = this.#byIp.get(client.remoteIp)!;
    holdings.streams -= 1;
    if (holdings.streams === 0) this.#byIp.delete(client.remoteIp);
    this.#forgetAuth(client);
  }

  /** Replaces everything that a client listens to. */
  setTopics(client: RealtimeClient, topics: readonly Topic[]): void {
    this.#leaveAll(client);
    client.topics = new Map(topics.map((topic) => [topic.text, topic]));
    this.#hold(client, lettersOf(client.topics.values()));
    for (const topic of client.topics.values()) this.#topics.join(client, topic);
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
    for (const topic of client.topics.values()) this.#topics.touch(topic);
  }

  /** The groups of topics that hear of a record of a collection, by id or by name, in the order of their keys. */
  groupsOf(collection: CollectionNames, recordId: string): readonly TopicGroup[] {
    return this.#topics.groupsOf(collection, recordId);
  }

  /** True when somebody listens to something of this collection. */
  isHeard(collection: CollectionNames): boolean {
    return this.#topics.isHeard(collection);
  }

  /** The clients whose events carry positions. */
  get positioned(): ReadonlySet<RealtimeClient> {
    return this.#positioned;
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

  #leaveAll(client: RealtimeClient): void {
    this.#hold(client, -lettersOf(client.topics.values()));
    for (const topic of client.topics.values()) this.#topics.leave(client, topic);
    client.topics = new Map();
  }

  /** Clients that are not added hold nothing. */
  #hold(client: RealtimeClient, letters: number): void {
    this.#letters += letters;
    const holdings = this.#byIp.get(client.remoteIp);
    if (holdings !== undefined) holdings.letters += letters;
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

function lettersOf(topics: Iterable<Topic>): number {
  let letters = 0;
  for (const { text } of topics) letters += text.length;
  return letters;
}
