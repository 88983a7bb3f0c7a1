import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import type { Answer, HttpClient, OutgoingRequest } from '../../src/testing/http-client.ts';
import type { World } from '../../src/testing/world.ts';
import { Beliefs } from './http-beliefs.ts';

const itemsPath = '/api/collections/items/records';
const uploadsPath = '/api/collections/uploads/records';
const talliesPath = '/api/collections/tallies/records';
const talliesCount = 32;
const uploadBytesMax = 20_000;
const batchRows = 3;

/** Makes the collections that the clients write to, open to everybody. */
export async function createCollections(world: World, beliefs: Beliefs): Promise<void> {
  const open = { type: 'base', listRule: '', createRule: '', updateRule: '', deleteRule: '' };
  const unique = (table: string): string[] => [`CREATE UNIQUE INDEX \`${table}_key\` ON \`${table}\` (\`key\`)`];
  const texts = ['key', 'note'].map((name) => ({ name, type: 'text' }));
  await world.createCollection({ name: 'items', ...open, fields: texts, indexes: unique('items') });
  const file = { name: 'file', type: 'file', maxSelect: 1, required: true };
  await world.createCollection({ name: 'uploads', ...open, fields: [...texts, file], indexes: unique('uploads') });
  await world.createCollection({ name: 'tallies', ...open, fields: [{ name: 'total', type: 'number' }] });
  await world.updateSettings({ batch: { enabled: true, maxRequests: 50, timeout: 10 } });
  for (let i = 0; i < talliesCount; i++) {
    const id = `tally${String(i).padStart(10, '0')}`;
    await world.createRecord('tallies', { id, total: 0 });
    beliefs.addCounter(id);
  }
}

/**
 * One client that writes, one request after the other, until the server is gone, and goes on with the next one. Its name is part of every
 * key it sends, so that nobody else writes the same rows; counters are everybody's.
 */
export class WritingClient {
  readonly #beliefs: Beliefs;
  readonly #random: () => number;
  readonly #name: string;
  readonly #own: { readonly id: string; readonly key: string }[] = [];
  #http: HttpClient | null = null;
  #count = 0;

  /** @param name four letters of `[a-z0-9]` that no other client has */
  constructor(beliefs: Beliefs, random: () => number, name: string) {
    this.#beliefs = beliefs;
    this.#random = random;
    this.#name = name;
  }

  /** Ends when a request gets no answer. Rejects when one gets an answer that it must not get. */
  async run(http: HttpClient, onAcknowledged: () => void): Promise<void> {
    this.#http = http;
    try {
      for (;;) if (await this.#step()) onAcknowledged();
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
    }
  }

  #step(): Promise<boolean> {
    const dice = this.#random();
    const own = this.#own[Math.floor(this.#random() * this.#own.length)];
    if (dice < 0.55 || own === undefined) return this.#create();
    if (dice < 0.62) return this.#repeatId(own.id);
    if (dice < 0.69) return this.#repeatKey(own.key);
    if (dice < 0.79) return this.#raise();
    if (dice < 0.84) return this.#rewrite(own);
    if (dice < 0.88) return this.#remove(own);
    if (dice < 0.95) return this.#batch(dice < 0.91 ? own.key : null);
    return this.#upload();
  }

  /** Half of the records bring their id. */
  async #create(): Promise<boolean> {
    const { id, key } = this.#next();
    const note = `note of ${key}`;
    const json = this.#random() < 0.5 ? { id, key, note } : { key, note };
    const effects = new Map([[key, note]]);
    return this.#beliefs.follow(effects, null, async () => {
      const answer = await this.#ask({ method: 'POST', path: itemsPath, json }, [200]);
      const created = (answer.json as { id: string }).id;
      this.#own.push({ id: created, key });
      return { isDone: true, id: created };
    });
  }

  async #repeatId(id: string): Promise<boolean> {
    const { key } = this.#next();
    this.#beliefs.expectAbsent(key);
    await this.#ask({ method: 'POST', path: itemsPath, json: { id, key, note: 'refused' } }, [400]);
    return false;
  }

  async #repeatKey(key: string): Promise<boolean> {
    await this.#ask({ method: 'POST', path: itemsPath, json: { key, note: 'refused' } }, [400]);
    return false;
  }

  /** Everybody raises the same few counters: no raise may be lost or done twice. */
  async #raise(): Promise<boolean> {
    const id = this.#anyCounter();
    return this.#beliefs.follow(new Map(), id, async () => {
      await this.#ask({ method: 'PATCH', path: `${talliesPath}/${id}`, json: { 'total+': 1 } }, [200]);
      return { isDone: true };
    });
  }

  async #rewrite({ id, key }: { readonly id: string; readonly key: string }): Promise<boolean> {
    const note = `note ${this.#count++} of ${key}`;
    return this.#beliefs.follow(new Map([[key, note]]), null, async () => {
      await this.#ask({ method: 'PATCH', path: `${itemsPath}/${id}`, json: { note } }, [200]);
      return { isDone: true };
    });
  }

  async #remove(own: { readonly id: string; readonly key: string }): Promise<boolean> {
    this.#own.splice(this.#own.indexOf(own), 1);
    return this.#beliefs.follow(new Map([[own.key, null]]), null, async () => {
      await this.#ask({ method: 'DELETE', path: `${itemsPath}/${own.id}` }, [204]);
      return { isDone: true };
    });
  }

  /** Some records and a counter in one request; with a key that is taken among them nothing of it may happen. */
  async #batch(takenKey: string | null): Promise<boolean> {
    const counterId = this.#anyCounter();
    const bodies = Array.from({ length: batchRows }, () => {
      const { id, key } = this.#next();
      return { id, key, note: `note of ${key}` };
    });
    const records = takenKey === null ? bodies : [...bodies, { key: takenKey, note: 'refused' }];
    const requests = [
      ...records.map((body) => ({ method: 'POST', url: itemsPath, body })),
      { method: 'PATCH', url: `${talliesPath}/${counterId}`, body: { 'total+': 1 } },
    ];
    const effects = new Map(bodies.map(({ key, note }) => [key, note]));
    return this.#beliefs.follow(effects, counterId, async () => {
      const isDone = takenKey === null;
      await this.#ask({ method: 'POST', path: '/api/batch', json: { requests } }, [isDone ? 200 : 400]);
      return { isDone };
    });
  }

  /** The key is the SHA-256 of the file, so that the row alone tells what its file must be. */
  async #upload(): Promise<boolean> {
    const bytes = randomBytes(1 + Math.floor(this.#random() * uploadBytesMax));
    const key = createHash('sha256').update(bytes).digest('hex');
    const note = `file of ${this.#name}`;
    return this.#beliefs.follow(new Map([[key, note]]), null, async () => {
      const answer = await this.#ask(
        {
          method: 'POST',
          path: uploadsPath,
          multipart: [
            ['key', key],
            ['note', note],
            ['file', { name: `${this.#name}.bin`, bytes }],
          ],
        },
        [200],
      );
      return { isDone: true, id: (answer.json as { id: string }).id };
    });
  }

  async #ask(outgoing: OutgoingRequest, statuses: readonly number[]): Promise<Answer> {
    const answer = await this.#http!.send(outgoing);
    assert.ok(
      statuses.includes(answer.status),
      `${outgoing.method} ${outgoing.path}: ${answer.status} ${answer.text}, sent ${JSON.stringify(outgoing.json)}`,
    );
    return answer;
  }

  #anyCounter(): string {
    const ids = this.#beliefs.counterIds;
    return ids[Math.floor(this.#random() * ids.length)]!;
  }

  /** A key that was never sent, and an id to go with it. */
  #next(): { readonly id: string; readonly key: string } {
    const key = `${this.#name}-${this.#count++}`;
    const bucket = Math.floor(this.#random() * 1296)
      .toString(36)
      .padStart(2, '0');
    return { id: bucket + this.#name + this.#count.toString(36).padStart(9, '0'), key };
  }
}
