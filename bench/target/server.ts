import type { Address } from '../load/messages.ts';
import { requestText } from '../load/request-text.ts';
import { benchmarkCollections, MARK_COLLECTION_ID } from './schema.ts';
import type { Credentials } from './spawn.ts';
import { readUsage, type Usage } from './usage.ts';

const RECORDS_PER_PAGE = 1000;
const COLLECTIONS_MAX = 1000;

type Json = Record<string, unknown>;

/** A server under test: its address, and what the benchmark asks of it outside the measured times. */
export class Server {
  readonly label: string;
  readonly address: Address;
  readonly #url: string;
  readonly #pid: number | undefined;
  readonly #isOneShot: boolean;
  #token = '';

  /**
   * @param url such as http://127.0.0.1:8090; only plain http
   * @param options.pid the server's process on this machine, for CPU and memory figures
   * @param options.isOneShot requests ask the server to close their connection
   */
  constructor(label: string, url: string, options: { pid: number | undefined; isOneShot: boolean }) {
    const parsed = new URL(url);
    if (parsed.protocol !== 'http:') throw new Error(`only http:// addresses can be measured, not ${url}`);
    this.label = label;
    this.#url = parsed.origin;
    this.address = { host: parsed.hostname, port: Number(parsed.port === '' ? 80 : parsed.port) };
    this.#pid = options.pid;
    this.#isOneShot = options.isOneShot;
  }

  /** A request as text for the load generator. */
  request(method: string, path: string, options: { token?: string; body?: string } = {}): string {
    return requestText(method, path, { host: this.address.host, isOneShot: this.#isOneShot, ...options });
  }

  /** CPU and memory of the server's processes; undefined when its pid is not known. */
  async usage(): Promise<Usage | undefined> {
    return this.#pid === undefined ? undefined : await readUsage(this.#pid);
  }

  /** Signs in as superuser and turns the request log off, as the original benchmark does. */
  async signIn(credentials: Credentials): Promise<void> {
    const answer = await this.call('POST', '/api/collections/_superusers/auth-with-password', {
      identity: credentials.email,
      password: credentials.password,
    });
    this.#token = String(answer['token']);
    await this.call('PATCH', '/api/settings', { logs: { maxDays: 0 } });
  }

  /**
   * Deletes the benchmark's collections and creates them anew.
   * Errors: refuses when the server has collections or users that no benchmark made, unless `isWiping`.
   */
  async resetCollections(isWiping: boolean): Promise<void> {
    const existing = await this.#collections();
    if (!isWiping) await this.#refuseForeign(existing);
    const names = benchmarkCollections().map(({ name }) => name);
    for (const name of names.toReversed()) {
      if (existing.some((collection) => collection['name'] === name))
        await this.call('DELETE', `/api/collections/${name}`);
    }
    for (const collection of benchmarkCollections()) await this.call('POST', '/api/collections', { ...collection });
  }

  /** True when a benchmark has already made its collections here. */
  async hasCollections(): Promise<boolean> {
    const existing = await this.#collections();
    return existing.some((collection) => collection['id'] === MARK_COLLECTION_ID);
  }

  /** Changes rules or indexes of a collection. */
  async configure(collection: string, changes: Readonly<Json>): Promise<void> {
    await this.call('PATCH', `/api/collections/${collection}`, changes);
  }

  async countRecords(collection: string): Promise<number> {
    const answer = await this.call('GET', `/api/collections/${collection}/records?perPage=1&fields=id`);
    return Number(answer['totalItems']);
  }

  /** Ids of up to `count` records that match `filter`: in the order of `sort` (a field's name), or random ones (`@random`, at most 1,000). */
  async recordIds(collection: string, count: number, sort: string, filter = ''): Promise<string[]> {
    const ids: string[] = [];
    for (let page = 1; ids.length < count; page += 1) {
      const perPage = Math.min(RECORDS_PER_PAGE, count);
      const query = `perPage=${perPage}&page=${page}&fields=id&skipTotal=1&sort=${sort}&filter=${encodeURIComponent(filter)}`;
      const answer = await this.call('GET', `/api/collections/${collection}/records?${query}`);
      const items = Array.isArray(answer['items']) ? answer['items'] : [];
      ids.push(...items.map((item: Json) => String(item['id'])));
      // Random pages overlap, so that more than one page of random ids cannot be asked for.
      if (items.length < perPage || sort === '@random') break;
    }
    return ids.slice(0, count);
  }

  /** Signs a seeded user in with its password. */
  async userToken(index: number): Promise<{ id: string; token: string }> {
    const answer = await this.call('POST', '/api/collections/users/auth-with-password', {
      identity: `users${index}@example.com`,
      password: '1234567890',
    });
    const record = answer['record'] as Json;
    return { id: String(record['id']), token: String(answer['token']) };
  }

  /** A token of a user without its password, which would cost a slow hash. */
  async impersonate(userId: string): Promise<string> {
    const answer = await this.call('POST', `/api/collections/users/impersonate/${userId}`, { duration: 3600 });
    return String(answer['token']);
  }

  /**
   * One request outside the measured times, by the superuser unless a token is given ('' for a guest).
   * Errors: throws with status and body for a status of 400 or above, and with the cause when no answer came.
   */
  async call(method: string, path: string, body?: Readonly<Json>, token: string = this.#token): Promise<Json> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (token !== '') headers['authorization'] = token;
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    }).catch((error: unknown) => {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new Error(`${this.label}: ${method} ${path} got no answer: ${cause}`);
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${this.label}: ${method} ${path} answered ${response.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Json);
  }

  async #collections(): Promise<Json[]> {
    const answer = await this.call('GET', `/api/collections?perPage=${COLLECTIONS_MAX}&fields=id,name,system`);
    return Array.isArray(answer['items']) ? answer['items'] : [];
  }

  async #refuseForeign(existing: readonly Json[]): Promise<void> {
    const own = new Set(benchmarkCollections().map(({ name }) => name));
    const foreign = existing.filter(({ name, system }) => system !== true && !own.has(String(name)));
    const isOurs = existing.some(({ id }) => id === MARK_COLLECTION_ID);
    const names = foreign.map(({ name }) => String(name));
    if (!isOurs && existing.some(({ name }) => name === 'users') && (await this.countRecords('users')) > 0) {
      names.push('users (with records)');
    }
    if (names.length === 0) return;
    throw new Error(
      `${this.label} holds other data: ${names.join(', ')}. The benchmark deletes users; --wipe allows it.`,
    );
  }
}
