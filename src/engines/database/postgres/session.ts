import { Client, type CustomTypesConfig } from 'pg';
import type { ColumnValue } from '../../../model/commit.ts';
import { type Timer, after } from '../../../util/timer.ts';
import { isStaleStatement } from './failures.ts';
import { numberPlaceholders } from './placeholders.ts';

const connectMsMax = 3000;
const keepAliveAfterMs = 5000;
const statementsMax = 400;

/** How a session is set up and watched. */
export interface SessionOptions {
  readonly url: string;
  /** Statements that every session begins with. */
  readonly setup: string;
  /** A statement that has no answer after this long takes the connection with it: the network or the server is gone. */
  readonly answerMsMax: number;
  readonly onNotification?: (channel: string, isOwn: boolean) => void;
}

/** Rows as arrays, and how many rows a statement changed. */
export interface Answer {
  readonly rows: ColumnValue[][];
  readonly count: number;
  /** `SELECT`, `COMMIT`, `ROLLBACK` … as the server names it. */
  readonly command: string;
}

/** A prepared statement: its name on this connection, and its text as the server reads it. */
interface Statement {
  readonly name: string;
  readonly text: string;
}

/** The client's record of what it has prepared; no public API forgets a statement. */
interface StatementRecord {
  readonly connection: { readonly parsedStatements: { [name: string]: string } };
}

/**
 * One connection. Statements are sent at once, one behind the other without waiting for answers, and each fails or succeeds by
 * itself. Texts are prepared on their first use and kept, at most 400 of them.
 */
export class Session {
  readonly #client: Client;
  #answerMsMax: number;
  readonly #statements = new Map<string, Statement>();
  readonly #ended = Promise.withResolvers<void>();
  #prepared = 0;
  #pending = 0;
  #isBroken = false;
  #isDoubtful = false;
  #progress = 0;
  #watch: Timer | null = null;

  private constructor(options: SessionOptions) {
    this.#answerMsMax = options.answerMsMax;
    this.#client = new Client({
      connectionString: options.url,
      pipeline: true,
      connectionTimeoutMillis: connectMsMax,
      keepAlive: true,
      keepAliveInitialDelayMillis: keepAliveAfterMs,
      application_name: 'pando',
    });
    // Without a handler an error of an idle connection would end the process.
    this.#client.on('error', () => this.#break());
    this.#client.on('end', () => this.#break());
    this.#client.on('notice', (notice) => {
      // "Cancelled while waiting for the standby": the commit is on one disk only.
      if (notice.code === '01000') this.#isDoubtful = true;
    });
    const { onNotification } = options;
    if (onNotification !== undefined) {
      this.#client.on('notification', ({ channel, processId }) => {
        onNotification(channel, processId === (this.#client as unknown as { processID: number }).processID);
      });
    }
  }

  /** Connects to a server that takes writes. Rejects as the client does, or when the server only follows another one. */
  static async connect(options: SessionOptions): Promise<Session> {
    const session = new Session(options);
    try {
      await session.#client.connect();
      if (options.setup !== '') await session.#client.query(options.setup);
      const { rows } = await session.run('SELECT pg_is_in_recovery()::int');
      if (rows[0]?.[0] !== 0) throw new Error('The server follows another one and takes no writes.');
      return session;
    } catch (error) {
      session.destroy();
      throw error;
    }
  }

  /** Statements without an answer yet. */
  get pending(): number {
    return this.#pending;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Resolves when the connection is gone. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** True once when the server has told that a commit is less durable than it should be. */
  takeDoubt(): boolean {
    const isDoubtful = this.#isDoubtful;
    this.#isDoubtful = false;
    return isDoubtful;
  }

  /** Sends one statement with `?` placeholders. Rejects with what the server or the connection says. */
  async run(sql: string, params: readonly ColumnValue[] = []): Promise<Answer> {
    const { name, text } = this.#statementOf(sql);
    this.#pending++;
    this.#watchAnswers();
    try {
      const result = await this.#client.query({
        text,
        name,
        values: params as ColumnValue[],
        rowMode: 'array',
        types: rawTypes,
      });
      return { rows: result.rows as ColumnValue[][], count: result.rowCount ?? 0, command: result.command };
    } catch (error) {
      if (isStaleStatement(error)) this.#forget(sql);
      throw error;
    } finally {
      this.#pending--;
      this.#progress++;
    }
  }

  /** From now on a statement may take this long. */
  allow(answerMsMax: number): void {
    this.#answerMsMax = answerMsMax;
  }

  /** Was this text prepared before, so that it may be out of date? */
  knows(sql: string): boolean {
    return this.#statements.has(sql);
  }

  /** Runs several statements without values, and answers nothing. */
  async script(sql: string): Promise<void> {
    await this.#client.query(sql);
  }

  /** Says goodbye after the statements in flight. */
  async end(): Promise<void> {
    if (this.#isBroken) return;
    await this.#client.end().catch(() => {});
    this.#break();
  }

  /** Cuts the connection. Whatever runs on the server goes on to its end. */
  destroy(): void {
    (this.#client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    this.#break();
  }

  #statementOf(sql: string): Statement {
    const found = this.#statements.get(sql);
    if (found !== undefined) {
      // Touching costs two map operations; below half the bound nothing can leave, so order does not matter yet.
      if (this.#statements.size * 2 > statementsMax) {
        this.#statements.delete(sql);
        this.#statements.set(sql, found);
      }
      return found;
    }
    const statement = { name: `s${++this.#prepared}`, text: numberPlaceholders(sql) };
    this.#statements.set(sql, statement);
    if (this.#statements.size > statementsMax) this.#forget(this.#statements.keys().next().value!);
    return statement;
  }

  /** Names are never used again, so statements in flight cannot meet another one's text. */
  #forget(sql: string): void {
    const name = this.#statements.get(sql)?.name;
    if (name === undefined) return;
    this.#statements.delete(sql);
    const { parsedStatements } = (this.#client as unknown as StatementRecord).connection;
    if (!Object.hasOwn(parsedStatements, name)) return;
    delete parsedStatements[name];
    this.#client.query(`DEALLOCATE ${name}`).catch(() => {});
  }

  /** One timer for all statements: it runs out when none of them has been answered for too long. */
  #watchAnswers(): void {
    if (this.#watch !== null) return;
    const before = this.#progress;
    this.#watch = after(this.#answerMsMax, () => {
      this.#watch = null;
      if (this.#pending === 0) return;
      if (this.#progress === before) this.destroy();
      else this.#watchAnswers();
    });
  }

  #break(): void {
    this.#isBroken = true;
    this.#watch?.cancel();
    this.#ended.resolve();
  }
}

const numbers: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701, 1700]);
const boolean = 16;
const toNumber = (text: string): number => Number(text);
const toBit = (text: string): number => (text === 't' ? 1 : 0);
const asText = (text: string): string => text;

/** Numbers become numbers, truth 1 and 0; everything else stays the text that the server sent. */
const rawTypes: CustomTypesConfig = {
  getTypeParser: ((oid: number) => (numbers.has(oid) ? toNumber : oid === boolean ? toBit : asText)) as never,
};
