import assert from 'node:assert/strict';
import { type Answer, HttpClient, type OutgoingRequest } from './http-client.ts';
import type { ServerUnderTest } from './start-server.ts';

/** A JSON object as it comes over the wire. */
export type JsonObject = Record<string, unknown>;

/** A request in the name of somebody: `as` is `guest` (the default), `superuser` or a name that signed in. */
export type WorldRequest = OutgoingRequest & { as?: string };

/**
 * One server and the people who talk to it: who is signed in, and short forms for making fixtures over the API.
 *
 * @example
 * const world = new World(server);
 * await world.signInSuperuser();
 * await world.createCollection({ name: 'posts', listRule: '', fields: [{ name: 'title', type: 'text' }] });
 * await world.createRecord('posts', { id: 'post00000000001', title: 'Hello' });
 * const answer = await world.send({ path: '/api/collections/posts/records' });
 */
export class World {
  readonly server: ServerUnderTest;
  readonly client: HttpClient;
  /** Things that later steps of a test need, by names of the test's choosing. */
  readonly values = new Map<string, string>();
  readonly #tokens = new Map<string, string>();
  readonly #closers: Array<() => Promise<void>> = [];

  constructor(server: ServerUnderTest) {
    this.server = server;
    this.client = new HttpClient(server.baseUrl);
  }

  /** Has something closed when the suite ends. */
  defer(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  /** Runs what was deferred, last first, and ends the connections. The server itself is its starter's to stop. */
  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).toReversed()) await close();
    this.client.close();
  }

  /** Sends a request with the token of `as`. */
  async send(outgoing: WorldRequest): Promise<Answer> {
    const { as = 'guest', ...rest } = outgoing;
    if (as === 'guest') return this.client.send(rest);
    return this.client.send({ ...rest, headers: { Authorization: this.tokenOf(as), ...rest.headers } });
  }

  /** Sends a request that must succeed, and gives its JSON body (`{}` when it has none). */
  async expect(outgoing: WorldRequest): Promise<JsonObject> {
    const answer = await this.send(outgoing);
    assert.ok(
      answer.status >= 200 && answer.status < 300,
      `${outgoing.method ?? 'GET'} ${outgoing.path}: ${answer.status} ${answer.text}\n${this.server.output()}`,
    );
    return (answer.json ?? {}) as JsonObject;
  }

  /** The token of a signed-in name. Fails for an unknown name. */
  tokenOf(name: string): string {
    const token = this.#tokens.get(name);
    assert.ok(token !== undefined, `nobody signed in as ${name}`);
    return token;
  }

  /** Remembers a token under a name, for `as`. */
  setToken(name: string, token: string): void {
    this.#tokens.set(name, token);
  }

  /** A value that an earlier step left in `values`. Fails when there is none. */
  valueOf(name: string): string {
    const value = this.values.get(name);
    assert.ok(value !== undefined, `no value named ${name}`);
    return value;
  }

  async signInSuperuser(): Promise<void> {
    await this.signIn('superuser', '_superusers', this.server.email, this.server.password);
  }

  /** Signs in with a password and keeps the token under `name`; gives the auth answer. */
  async signIn(name: string, collection: string, identity: string, password: string): Promise<JsonObject> {
    const path = `/api/collections/${collection}/auth-with-password`;
    const answer = await this.expect({ method: 'POST', path, json: { identity, password } });
    this.setToken(name, String(answer['token']));
    return answer;
  }

  /** Creates a collection as superuser; gives its serialised form. */
  async createCollection(collection: JsonObject): Promise<JsonObject> {
    return this.expect({ method: 'POST', path: '/api/collections', as: 'superuser', json: collection });
  }

  async updateCollection(nameOrId: string, changes: JsonObject): Promise<JsonObject> {
    return this.expect({ method: 'PATCH', path: `/api/collections/${nameOrId}`, as: 'superuser', json: changes });
  }

  /** Creates a record as superuser; gives its serialised form. */
  async createRecord(collection: string, record: JsonObject): Promise<JsonObject> {
    const path = `/api/collections/${collection}/records`;
    return this.expect({ method: 'POST', path, as: 'superuser', json: record });
  }

  async updateRecord(collection: string, id: string, changes: JsonObject): Promise<JsonObject> {
    const path = `/api/collections/${collection}/records/${id}`;
    return this.expect({ method: 'PATCH', path, as: 'superuser', json: changes });
  }

  /** Reads a record as superuser. */
  async readRecord(collection: string, id: string): Promise<JsonObject> {
    return this.expect({ path: `/api/collections/${collection}/records/${id}`, as: 'superuser' });
  }

  /** Creates an auth record with the password `password123` and signs it in under `name`. */
  async createUser(name: string, record: JsonObject, collection = 'users'): Promise<JsonObject> {
    const email = String(record['email'] ?? `${name}@example.com`);
    const password = userPassword;
    await this.createRecord(collection, { email, password, passwordConfirm: password, ...record });
    return this.signIn(name, collection, email, password);
  }

  /** Changes settings as superuser. */
  async updateSettings(changes: JsonObject): Promise<JsonObject> {
    return this.expect({ method: 'PATCH', path: '/api/settings', as: 'superuser', json: changes });
  }
}

/** The password of everybody made by `createUser`. */
export const userPassword = 'password123';
