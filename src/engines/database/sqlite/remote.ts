import type { MessagePort } from 'node:worker_threads';
import type { ColumnValue, Commit, CommitOutcome, LogEntry, Position } from '../../../model/commit.ts';
import { DatabaseError, type DatabaseDriver, type DurableListener, type Query } from '../driver.ts';
import { type Connection, openConnection, toError } from './connection.ts';
import { sqliteDialect } from './dialect.ts';
import { DurableGate } from './gate.ts';
import { callListener } from '../listeners.ts';
import { LocalReader } from './local-reader.ts';
import { LogTable } from './log-table.ts';
import { toPosition } from './positions.ts';
import type { FromWriter, RemoteConnection, ToWriter } from './remote-protocol.ts';

/** Commits of one thread that may be unanswered. */
const commitsMax = 20_000;
/** Reads and other questions of one thread that may be unanswered. */
const questionsMax = 1000;

interface Question {
  readonly resolve: (answer: Extract<FromWriter, { readonly number: number }>) => void;
  readonly reject: (error: DatabaseError) => void;
}

/**
 * Opens the database in a thread that does not write: it reads through a connection of its own and sends its commits to the thread that
 * opened the folder (`SqliteDatabase.connect`).
 *
 * @example
 * const driver = openRemoteSqlite(workerData.database as RemoteConnection);
 */
export function openRemoteSqlite(remote: RemoteConnection): RemoteSqlite {
  return new RemoteSqlite(remote);
}

/** The database as a thread sees it that does not write. */
export class RemoteSqlite implements DatabaseDriver, AsyncDisposable {
  readonly dialect = sqliteDialect;
  readonly failed: Promise<Error>;
  readonly #port: MessagePort;
  readonly #gate: DurableGate;
  readonly #connection: Connection;
  readonly #log: LogTable;
  readonly #reader: LocalReader;
  readonly #listeners = new Set<DurableListener>();
  readonly #commits = new Map<number, (outcome: CommitOutcome) => void>();
  readonly #questions = new Map<number, Question>();
  readonly #fail: (cause: Error) => void;
  #outgoing: Commit[] = [];
  #lastCommit = 0;
  #held = 0;
  #lastQuestion = 0;
  #drained: (() => void)[] = [];
  #failure: Error | null = null;
  #isCut = false;
  #closing: Promise<void> | null = null;

  constructor(remote: RemoteConnection) {
    this.#port = remote.port;
    this.#gate = new DurableGate(remote.gate);
    this.#connection = openConnection(remote.file, 'remote');
    this.#log = new LogTable(this.#connection, false);
    this.#reader = new LocalReader(this.#connection, (query) => this.#readThere(query));
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.failed = promise;
    this.#fail = resolve;
    this.#port.on('message', (message: FromWriter) => this.#hear(message));
    this.#port.once('close', () => this.#cut());
    this.#port.unref();
  }

  async read(query: Query): Promise<ColumnValue[][]> {
    this.#assertOpen();
    if (query.pending !== undefined && query.pending.length > 0) return this.#readThere(query);
    const result = this.#reader.read(query);
    const rows = Array.isArray(result) ? result : await result;
    if (query.purpose === 'show') {
      const sync = this.#gate.pending(query.tables, false);
      if (sync !== null) await this.#hold(sync);
    }
    return rows;
  }

  commit(commit: Commit): Promise<CommitOutcome> {
    const cause = this.#closing !== null || this.#isCut ? closedError() : this.#failure;
    if (cause !== null) return Promise.resolve({ kind: 'unknown', cause });
    if (this.#commits.size >= commitsMax) {
      return Promise.resolve({ kind: 'unknown', cause: new DatabaseError('unavailable', 'Too many commits.') });
    }
    // Everything that arrives in this turn of the loop goes in one message.
    if (this.#outgoing.length === 0) setImmediate(() => this.#send());
    this.#outgoing.push(commit);
    const number = ++this.#lastCommit;
    this.#port.ref();
    return new Promise((resolve) => void this.#commits.set(number, resolve));
  }

  async outcomeOf(key: string): Promise<CommitOutcome | null> {
    this.#assertOpen();
    const number = this.#log.findKey(key);
    if (number === 0) return null;
    const sync = this.#gate.pending(['_log'], false);
    if (number > this.#gate.head && sync !== null) await this.#hold(sync);
    return { kind: 'done', position: toPosition(number) };
  }

  onDurable(listener: DurableListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async readLog(after: Position, limitMax: number): Promise<LogEntry[]> {
    this.#assertOpen();
    return this.#log.page(after, this.#gate.head, limitMax);
  }

  async headPosition(): Promise<Position> {
    const { head } = this.#gate;
    return head === 0 ? '' : toPosition(head);
  }

  async tailPosition(): Promise<Position> {
    this.#assertOpen();
    const { first } = this.#log.ends();
    return first <= 1 ? '' : toPosition(first - 1);
  }

  async logLength(): Promise<number> {
    this.#assertOpen();
    const { first } = this.#log.ends();
    return first === 0 ? 0 : this.#gate.head - first + 1;
  }

  async trimLog(upTo: Position): Promise<number> {
    this.#assertOpen();
    const answer = await this.#ask((number) => ({ kind: 'trim', number, upTo }));
    return answer.kind === 'trimmed' ? answer.count : 0;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    if (this.#commits.size > 0) await new Promise<void>((resolve) => void this.#drained.push(resolve));
    this.#connection.close();
    if (this.#isCut) return;
    const closed = new Promise<void>((resolve) => void this.#port.once('close', () => resolve()));
    this.#port.ref();
    this.#tell({ kind: 'close' });
    await closed;
  }

  async #readThere(query: Query): Promise<ColumnValue[][]> {
    const answer = await this.#ask((number) => ({ kind: 'read', number, query }));
    return answer.kind === 'rows' ? answer.rows : [];
  }

  #ask(
    question: (number: number) => Exclude<ToWriter, { readonly kind: 'commits' }>,
  ): Promise<Extract<FromWriter, { readonly number: number }>> {
    if (this.#questions.size >= questionsMax) {
      return Promise.reject(new DatabaseError('unavailable', 'Too many questions to the writing thread.'));
    }
    const number = ++this.#lastQuestion;
    this.#port.ref();
    return new Promise((resolve, reject) => {
      this.#questions.set(number, { resolve, reject });
      this.#tell(question(number));
    });
  }

  /** Waits for a sync; meanwhile the thread must not end for want of work, which waiting on shared memory does not prevent. */
  async #hold(sync: Promise<void>): Promise<void> {
    this.#held++;
    this.#port.ref();
    try {
      await sync;
    } finally {
      this.#held--;
      this.#settle();
    }
  }

  #send(): void {
    const commits = this.#outgoing;
    this.#outgoing = [];
    if (!this.#isCut) this.#tell({ kind: 'commits', first: this.#lastCommit - commits.length + 1, commits });
  }

  #tell(message: ToWriter): void {
    this.#port.postMessage(message);
  }

  #hear(message: FromWriter): void {
    switch (message.kind) {
      case 'durable': {
        const entries = JSON.parse(message.entries) as LogEntry[];
        if (entries.some((entry) => entry.schema)) this.#reader.forgetStatements();
        for (const listener of this.#listeners) callListener(listener, entries);
        return;
      }
      case 'outcomes':
        for (const [number, outcome] of message.outcomes) {
          this.#commits.get(number)?.(outcome);
          this.#commits.delete(number);
        }
        break;
      case 'failed':
        this.#failure = new Error(message.message);
        this.#fail(this.#failure);
        return;
      case 'error':
        this.#questions.get(message.number)?.reject(new DatabaseError(message.error.kind, message.error.message));
        this.#questions.delete(message.number);
        break;
      default:
        this.#questions.get(message.number)?.resolve(message);
        this.#questions.delete(message.number);
    }
    this.#settle();
  }

  /** Lets the thread end, and who waits for closing go on, when nothing is unanswered. */
  #settle(): void {
    if (this.#commits.size === 0) for (const resolve of this.#drained.splice(0)) resolve();
    const waiting = this.#commits.size + this.#questions.size + this.#held;
    if (waiting === 0 && this.#closing === null) this.#port.unref();
  }

  /** The writing thread is gone: what is unanswered may or may not have happened. */
  #cut(): void {
    this.#isCut = true;
    const cause = closedError();
    for (const resolve of this.#commits.values()) resolve({ kind: 'unknown', cause });
    for (const { reject } of this.#questions.values()) reject(closedError());
    this.#commits.clear();
    this.#questions.clear();
    this.#settle();
    if (this.#closing === null) this.#fail(toError(cause));
  }

  #assertOpen(): void {
    if (this.#closing !== null || this.#isCut) throw closedError();
    if (this.#failure !== null) throw new DatabaseError('unavailable', 'The store has failed.', this.#failure);
  }
}

function closedError(): DatabaseError {
  return new DatabaseError('unavailable', 'The database is closed.');
}
