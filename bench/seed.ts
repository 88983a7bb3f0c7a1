import type { Crew } from './load/crew.ts';
import { createPicker, scaled } from './statistics.ts';
import { POST_COLLECTIONS } from './target/schema.ts';
import type { Server } from './target/server.ts';

const SEED_CONCURRENCY = 32;
const SEED_TIMEOUT_MS = 300_000;
const POST_TYPES = ['a', 'b', 'c', 'd'] as const;
const IDS_MAX = 1000;

// About the 500 characters of the original's post text, with the words "ipsum dolor" that its search lines look for.
const POST_TEXT =
  'Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua. ' +
  'Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo consequat. Duis aute irure ' +
  'in reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla pariatur. Excepteur sint occaecat cupidatat non ' +
  'proident, sunt in culpa qui officia deserunt mollit anim id est laborum. Sed ut perspiciatis unde omnis iste natus error sit.';

const NOTE_TEXT =
  'A note of some two lines, as people write them: short enough to read at a glance, long enough to be worth it.';

/** How many records a collection has when it is complete, by its name, at the chosen scale. */
export type Sizes = Readonly<Record<string, number>>;

/** The sizes of github.com/pocketbase/benchmarks times `scale`, with floors below which the lines make no sense; `notes` is ours. */
export function sizesAt(scale: number): Sizes {
  const sizes: Record<string, number> = {
    organizations: scaled(100, scale, 10),
    permissions: scaled(50, scale, 10),
    users: scaled(500, scale, 20),
    notes: scaled(10_000, scale, 500),
  };
  for (const { name, size } of POST_COLLECTIONS) sizes[name] = scaled(size, scale, 100);
  return sizes;
}

/** What the lines of one server share: the ids that records point to, and a signed-in user. Looked up when first needed. */
export class Seeder {
  readonly #server: Server;
  readonly #sizes: Sizes;
  readonly #ids = new Map<string, string[]>();
  readonly #filled = new Set<string>();
  #viewer: { id: string; token: string } | undefined;

  constructor(server: Server, sizes: Sizes) {
    this.#server = server;
    this.#sizes = sizes;
  }

  /** Forgets what was looked up, because records were made or deleted. */
  forget(): void {
    this.#ids.clear();
    this.#viewer = undefined;
  }

  /** The seeded user `users0`, signed in. */
  async viewer(): Promise<{ id: string; token: string }> {
    this.#viewer ??= await this.#server.userToken(0);
    return this.#viewer;
  }

  /** All ids of a small collection in the order of its names, the same order on every server. */
  async ids(collection: string): Promise<string[]> {
    let ids = this.#ids.get(collection);
    if (ids === undefined) {
      ids = await this.#server.recordIds(collection, IDS_MAX, collection === 'users' ? 'username' : 'name');
      this.#ids.set(collection, ids);
    }
    return ids;
  }

  /**
   * The JSON bodies of new records of a collection, numbered from `first` on. The same number gives the same record on every server,
   * but for ids.
   */
  async bodies(collection: string, first: number, count: number): Promise<string[]> {
    const make = await this.#bodyMaker(collection);
    return Array.from({ length: count }, (_, offset) => {
      const pick = createPicker(hash(`${collection}${first + offset}`));
      return JSON.stringify(make(first + offset, pick));
    });
  }

  /**
   * Creates, outside the measured times, what a collection lacks to its full size, and first what its records point to. Does so once: what
   * a line deleted stays deleted.
   * Errors: throws when the server refuses a record.
   */
  async fill(collection: string, crew: Crew): Promise<void> {
    if (this.#filled.has(collection)) return;
    this.#filled.add(collection);
    for (const needed of dependenciesOf(collection)) await this.fill(needed, crew);
    const present = await this.#server.countRecords(collection);
    const missing = (this.#sizes[collection] ?? 0) - present;
    if (missing <= 0) return;
    const token = collection === 'notes' ? (await this.viewer()).token : '';
    const path = `/api/collections/${collection}/records`;
    const bodies = await this.bodies(collection, present, missing);
    const requests = bodies.map((body) => this.#server.request('POST', path, { token, body }));
    const main = { requests, count: missing, concurrency: SEED_CONCURRENCY };
    const result = await crew.run(this.#server.address, { main }, { isOneShot: false, timeoutMs: SEED_TIMEOUT_MS });
    if (result.errors > 0) {
      throw new Error(`${this.#server.label}: seeding ${collection} failed: ${result.errorSamples.join('; ')}`);
    }
    this.forget();
  }

  async #bodyMaker(collection: string): Promise<(index: number, pick: () => number) => object> {
    if (collection === 'organizations') return (index) => ({ name: `organizations${index}` });
    if (collection === 'permissions') return (index) => ({ name: `permissions${index}`, active: index % 2 === 0 });
    if (collection === 'users') {
      const organizations = await this.ids('organizations');
      const permissions = await this.ids('permissions');
      return (index, pick) => userBody(index, pick, organizations, permissions);
    }
    const users = await this.ids('users');
    if (collection === 'notes') {
      return (index, pick) => ({
        title: `note ${index}`,
        text: NOTE_TEXT,
        public: index % 2 === 0,
        author: pickFrom(users, pick),
      });
    }
    return (index, pick) => ({
      title: `${collection}${index}`,
      description: POST_TEXT,
      public: index % 2 === 1,
      type: [pickFrom(POST_TYPES, pick), pickFrom(POST_TYPES, pick)],
      author: pickFrom(users, pick),
    });
  }
}

/** The collections whose records must be there before records of this one can be made. */
export function dependenciesOf(collection: string): readonly string[] {
  if (collection === 'organizations' || collection === 'permissions') return [];
  return collection === 'users' ? ['organizations', 'permissions'] : ['users'];
}

function userBody(
  index: number,
  pick: () => number,
  organizations: readonly string[],
  permissions: readonly string[],
): object {
  return {
    email: `users${index}@example.com`,
    username: `users${index}`,
    name: `users${index}`,
    organization: pickFrom(organizations, pick),
    permissions: [pickFrom(permissions, pick), pickFrom(permissions, pick), pickFrom(permissions, pick)],
    password: '1234567890',
    passwordConfirm: '1234567890',
  };
}

function pickFrom(list: readonly string[], pick: () => number): string {
  return list[Math.floor(pick() * list.length)] ?? '';
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
