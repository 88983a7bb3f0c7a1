import { closeStatement, type Connection, type Statement } from './connection.ts';

/** Letters of all texts of one cache together: what is prepared of a text takes some twenty times the memory. */
const lettersMax = 2_000_000;

/** Prepared statements by text, at most `countMax` and two million letters; the one used longest ago leaves first. */
export class StatementCache<Extra = undefined> {
  readonly #connection: Connection;
  readonly #countMax: number;
  readonly #makeExtra: (sql: string) => Extra;
  readonly #entries = new Map<string, { readonly statement: Statement; readonly extra: Extra }>();
  #letters = 0;

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
      // Touching costs two map operations; below half the bounds nothing can leave, so order does not matter yet.
      if (this.#entries.size * 2 > this.#countMax || this.#letters * 2 > lettersMax) {
        this.#entries.delete(sql);
        this.#entries.set(sql, found);
      }
      return found;
    }
    const statement = this.#connection.prepare(sql);
    statement.setReturnArrays(true);
    const entry = { statement, extra: this.#makeExtra(sql) };
    this.#letters += sql.length;
    while (this.#entries.size >= this.#countMax || (this.#letters > lettersMax && this.#entries.size > 0)) this.#drop();
    this.#entries.set(sql, entry);
    return entry;
  }

  /** Forgets everything, because the schema has changed. */
  clear(): void {
    while (this.#entries.size > 0) this.#drop();
  }

  /** Lets go of the statement used longest ago, at once: its memory is none that the garbage collector knows of. */
  #drop(): void {
    const [sql, { statement }] = this.#entries.entries().next().value!;
    this.#entries.delete(sql);
    this.#letters -= sql.length;
    closeStatement(statement);
  }
}
