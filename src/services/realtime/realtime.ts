import type { Bus } from '../../engines/bus/bus.ts';
import { formatEvent, frame, type SseConnection } from '../../http/sse.ts';
import {
  ApiError,
  badRequest,
  type ErrorData,
  type ErrorLeaf,
  forbidden,
  notFound,
  unavailable,
} from '../../model/errors.ts';
import { guest, type Viewer } from '../../model/record.ts';
import { checkLength, createFailure } from '../../model/validation.ts';
import type { JsonObject } from '../../util/json.ts';
import { alphanumeric, randomString } from '../../util/random.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { RealtimeClient, type RealtimeClients } from './clients.ts';
import { eventIdAt, pointAfter, readEventId } from './resume-point.ts';
import { parseTopic } from './topics.ts';

const clientIdLength = 40;
const clientIdBytesMax = 255;
/** Topics of one client, and bytes of one of them. */
export const topicsMax = 1000;
export const topicBytesMax = 2500;
/** How long another node may take to answer for a client of its own. */
const answerTimeoutMs = 5_000;
const busTopic = 'realtime.subscribe';
const submittedMessage = 'An error occurred while validating the submitted data.';

/** Told of a client whose topics were replaced, before anything is sent to it for them; `isFirst` when it listened to nothing before. */
export type OnSubscribed = (client: RealtimeClient, isFirst: boolean) => void;

/** How a stream is opened. */
export interface ConnectRequest {
  readonly remoteIp: string;
  /** True when the client wants the log's position with every event. */
  readonly wantsPositions: boolean;
  /** The `id` of the last event of an earlier stream, or `''`. */
  readonly lastEventId: string;
}

/** Bounds of event streams; see the options of the same names. */
export interface RealtimeBounds {
  readonly clientsMax: number;
  readonly clientsPerIpMax: number;
}

/** A subscription request, on its way to the node that holds the stream. */
interface SubscribeMessage {
  readonly clientId: string;
  readonly topics: readonly string[];
  readonly remoteIp: string;
  readonly token: string;
}

/** Opens event streams and replaces what they listen to, on whichever node the request for it arrives. */
export class Realtime {
  readonly #clients: RealtimeClients;
  readonly #authenticator: Authenticator;
  readonly #bus: Bus;
  readonly #bounds: RealtimeBounds;
  readonly #stop: () => void;
  readonly #onSubscribed = new Set<OnSubscribed>();
  readonly #byConnection = new WeakMap<SseConnection, RealtimeClient>();

  constructor(parts: { clients: RealtimeClients; authenticator: Authenticator; bus: Bus; bounds: RealtimeBounds }) {
    this.#clients = parts.clients;
    this.#authenticator = parts.authenticator;
    this.#bus = parts.bus;
    this.#bounds = parts.bounds;
    this.#stop = parts.bus.respond(busTopic, (payload) => this.#answerBus(payload));
  }

  /** Hears of every client whose topics were replaced. */
  onSubscribed(listener: OnSubscribed): void {
    this.#onSubscribed.add(listener);
  }

  /** Throws 429 when there are as many streams as there may be, in all or from this address. */
  checkRoom(remoteIp: string): void {
    const { clientsMax, clientsPerIpMax } = this.#bounds;
    if (this.#clients.size >= clientsMax || this.#clients.countFrom(remoteIp) >= clientsPerIpMax) {
      throw new ApiError(429, '', {}, { retryAfterS: 5 });
    }
  }

  /** Takes over an open stream and greets it. `head` is the newest position of the log. */
  accept(connection: SseConnection, request: ConnectRequest, head: string): RealtimeClient {
    const client = new RealtimeClient({
      id: randomString(clientIdLength, alphanumeric),
      connection,
      remoteIp: request.remoteIp,
      resumesFrom: readEventId(request.lastEventId),
      hasPositions: request.wantsPositions,
    });
    this.#clients.add(client);
    this.#byConnection.set(connection, client);
    const data = JSON.stringify({ clientId: client.id });
    const greeting = formatEvent({ id: client.id, event: 'PB_CONNECT', data });
    // In one piece: a client that had only the first would have forgotten how far it was.
    const place = client.resumesFrom ?? pointAfter(head);
    connection.send(frame(client.hasPositions ? greeting + formatPosition(eventIdAt(client.id, place)) : greeting));
    return client;
  }

  /** Forgets a stream that has ended. */
  forget(connection: SseConnection): void {
    const client = this.#byConnection.get(connection);
    if (client !== undefined) this.#clients.remove(client);
  }

  /** Replaces everything that a client listens to. Throws 400, 403, 404. */
  async subscribe(body: JsonObject, request: { remoteIp: string; token: string; viewer: Viewer }): Promise<void> {
    const { clientId, topics } = readSubmitted(body);
    const client = this.#clients.find(clientId);
    if (client !== undefined) return this.#apply(client, topics, request.remoteIp, request.viewer);
    const message: SubscribeMessage = { clientId, topics, remoteIp: request.remoteIp, token: request.token };
    const answer = await this.#bus.request(busTopic, JSON.stringify(message), answerTimeoutMs);
    if (answer === null) throw notFound('Missing or invalid client id.');
    const { status, text } = JSON.parse(answer) as { status: number; text: string };
    if (status !== 204) throw new ApiError(status, text);
  }

  close(): void {
    this.#stop();
  }

  #apply(client: RealtimeClient, topics: readonly string[], remoteIp: string, viewer: Viewer): void {
    if (client.remoteIp !== remoteIp) throw badRequest('Invalid realtime client.');
    const before = client.viewer.auth;
    const after = viewer.auth;
    const isSame = before?.id === after?.id && before?.collection.id === after?.collection.id;
    if (before !== null && !isSame) {
      throw forbidden("The current and the previous request authorization don't match.");
    }
    const isFirst = client.topics.size === 0 && topics.length > 0;
    const parsed = topics.map(parseTopic);
    if (!this.#clients.hasRoomFor(client, parsed)) throw unavailable('Too many topics are listened to.', 5);
    this.#clients.setTopics(client, parsed);
    this.#clients.setViewer(client, viewer, after?.collection.auth?.authToken.secret ?? '');
    for (const listener of this.#onSubscribed) listener(client, isFirst);
  }

  /** Another node was asked for a client that may be ours. */
  async #answerBus(payload: string): Promise<string | null> {
    const { clientId, topics, remoteIp, token } = JSON.parse(payload) as SubscribeMessage;
    const client = this.#clients.find(clientId);
    if (client === undefined) return null;
    try {
      const viewer = token === '' ? guest : await this.#authenticator.viewerOf(token);
      this.#apply(client, topics, remoteIp, viewer);
      return JSON.stringify({ status: 204, text: '' });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return JSON.stringify({ status: error.status, text: error.message });
    }
  }
}

/** An event that only says how far the client has been told. */
export function formatPosition(id: string): string {
  return formatEvent({ id, event: 'PB_POSITION', data: '{}' });
}

function readSubmitted(body: JsonObject): { clientId: string; topics: string[] } {
  const errors: { [key: string]: ErrorLeaf | ErrorData } = {};
  const clientId = typeof body.clientId === 'string' ? body.clientId : '';
  const failure = clientId === '' ? createFailure('validation_required') : checkLength(clientId, 1, clientIdBytesMax);
  if (failure !== null) errors.clientId = failure;
  const given = body.subscriptions ?? [];
  if (!Array.isArray(given)) throw badRequest();
  const submitted = given as readonly unknown[];
  const topics = submitted.filter((topic) => typeof topic === 'string' && topic !== '') as string[];
  if (submitted.length > topicsMax) {
    errors.subscriptions = createFailure('validation_length_too_long', { min: 0, max: topicsMax });
  } else {
    const long: { [index: string]: ErrorLeaf } = {};
    topics.forEach((topic, index) => {
      const tooLong = checkLength(topic, 0, topicBytesMax);
      if (tooLong !== null) long[index] = tooLong;
    });
    if (Object.keys(long).length > 0) errors.subscriptions = long;
  }
  if (Object.keys(errors).length > 0) throw badRequest(submittedMessage, errors);
  return { clientId, topics };
}
