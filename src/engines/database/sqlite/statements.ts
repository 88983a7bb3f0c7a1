import type { Connection, Statement } from './connection.ts';

/** Prepared statements by text, at most `countMax`; the one used longest ago leaves first. */
export class StatementCache<Extra = undefined> {
  readonly #connection: Connection;
  readonly #countMax: number;
  readonly #makeExtra: (sql: string) => Extra;
  readonly #entries = new Map<string, { readonly statement: Statement; readonly extra: Extra }>();

  /** `makeExtra` computes what is kept beside a statement; it runs once per preparation. */
  constructor(connection: Connection, countMax: number, makeExtra: (sql: string) => Extra) {
    this.#connection = connection;
    this.#countMax = countMax;
    this.#makeExtra = makeExtra;
  }

  /** The statement of a text; rows come as arrays. Throws what `prepare` throws. */
  get(sql: string): { readonly statement: Statement; readonly extra: Extra } {
    const found = this.#entries.get(sql);
    if (found !== undefined) {
      // Touching costs two map operations; below half the bound nothing can leave, so order does not matter yet.
      if (this.#entries.size * 2 > this.#countMax) {
        this.#entries.delete(sql);
        this.#entries.set(sql, found);
      }
      return found;
    }
    const statement = this.#connection.prepare(sql);
    statement.setReturnArrays(true);
    const entry = { statement, extra: this.#makeExtra(sql) };
    if (this.#entries.size >= this.#countMax) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(sql, entry);
    return entry;
  }

  /** Forgets everything, because the schema has changed. */
  clear(): void {
    this.#entries.clear();
  }
}
