import type { Change, Commit, CommitOutcome, LogEntry, Position } from '../../../model/commit.ts';
import type { Clock } from '../../../util/clock.ts';
import { sleep } from '../../../util/sleep.ts';
import type { DurableListener } from '../driver.ts';
import { Applier } from './apply.ts';
import { type Connection, errorCodeOf, type Statement, toError } from './connection.ts';
import type { DurableGate } from './gate.ts';
import { callListener } from '../listeners.ts';
import { encodeBody, loggedChangesOf } from '../log-body.ts';
import type { LogTable } from './log-table.ts';
import { fromPosition, toPosition } from './positions.ts';
import type { Wal } from './wal.ts';

/** Bounds of one group: how many commits, and how long applying them may hold the event loop. */
const groupCommitsMax = 1024;
const groupApplyMsMax = 15;
const clockEvery = 8;

/** Another program (a shell on the database) may be writing: how often, and with what pause, a group tries to begin. */
const beginAttemptsMax = 50;
const beginPauseMs = 50;
const sqliteBusy = 5;

/** How many log rows one call of `trim` removes at most. */
export const trimRowsMax = 1000;

type Job =
  | { readonly kind: 'commit'; readonly commit: Commit; readonly resolve: (outcome: CommitOutcome) => void }
  | { readonly kind: 'trim'; readonly upTo: Position; readonly resolve: (count: number) => void };

/** What one group did, until it is durable. */
interface Group {
  readonly settle: (() => void)[];
  readonly unsettled: Job[];
  readonly entries: LogEntry[];
  readonly tables: Set<string>;
  isSchema: boolean;
  /** True when something was written, so that a sync is needed. */
  isWritten: boolean;
  /** Row number of the newest log entry, this group's included. */
  position: number;
}

/** What the writer tells the rest of the driver. */
export interface GroupWriterEvents {
  /** A schema change was committed: prepared statements of before are worthless. */
  readonly onSchema: () => void;
  /** The store failed: nothing is acknowledged any more. */
  readonly onFailed: (cause: Error) => void;
}

/**
 * Gated group commit: what arrives while one group is being made durable forms the next one. A group is one transaction; each
 * commit in it succeeds or is refused by itself; none is answered, and no listener hears of it, before the sync has ended.
 */
export class GroupWriter {
  readonly #applier: Applier;
  readonly #log: LogTable;
  readonly #wal: Wal;
  readonly #gate: DurableGate;
  readonly #events: GroupWriterEvents;
  readonly #clock: Clock;
  readonly #begin: Statement;
  readonly #end: Statement;
  readonly #undo: Statement;
  readonly #listeners = new Set<DurableListener>();
  #queue: Job[] = [];
  #isRunning = false;
  #failure: Error | null = null;
  #idle: (() => void)[] = [];
  /** Row number of the newest log entry that is committed; the gate knows which is durable. */
  #last: number;

  constructor(
    connection: Connection,
    log: LogTable,
    wal: Wal,
    gate: DurableGate,
    events: GroupWriterEvents,
    clock: Clock,
  ) {
    this.#applier = new Applier(connection, log);
    this.#log = log;
    this.#wal = wal;
    this.#gate = gate;
    this.#events = events;
    this.#clock = clock;
    this.#begin = connection.prepare('BEGIN IMMEDIATE');
    this.#end = connection.prepare('COMMIT');
    this.#undo = connection.prepare('ROLLBACK');
    this.#last = log.ends().last;
    gate.settle(this.#last);
  }

  get failure(): Error | null {
    return this.#failure;
  }

  /** Runs a read as if changes had been committed; nothing of them stays. */
  pretend<T>(changes: readonly Change[], work: () => T): T {
    return this.#applier.pretend(changes, work);
  }

  commit(commit: Commit): Promise<CommitOutcome> {
    if (this.#failure !== null) return Promise.resolve({ kind: 'unknown', cause: this.#failure });
    return new Promise((resolve) => this.#enqueue({ kind: 'commit', commit, resolve }));
  }

  trim(upTo: Position): Promise<number> {
    if (this.#failure !== null) return Promise.resolve(0);
    return new Promise((resolve) => this.#enqueue({ kind: 'trim', upTo, resolve }));
  }

  onDurable(listener: DurableListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves when nothing is queued or in flight. */
  drained(): Promise<void> {
    if (!this.#isRunning) return Promise.resolve();
    return new Promise((resolve) => void this.#idle.push(resolve));
  }

  #enqueue(job: Job): void {
    this.#queue.push(job);
    if (this.#isRunning) return;
    this.#isRunning = true;
    // Everything that arrives in this turn of the loop joins the first group.
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0 && this.#failure === null) {
      let group: Group | null = null;
      try {
        await this.#beginTransaction();
        group = this.#apply();
        if (group.isWritten) await this.#wal.sync();
        this.#publish(group);
        const pause = group.isWritten ? this.#wal.relieve() : null;
        group = null;
        if (pause !== null) await pause;
      } catch (error) {
        this.#fail(toError(error), group);
      }
      if (this.#queue.length > 0) await new Promise((resolve) => setImmediate(resolve));
    }
    this.#isRunning = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #beginTransaction(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#begin.run();
        return;
      } catch (error) {
        if ((errorCodeOf(error) & 0xff) !== sqliteBusy || attempt >= beginAttemptsMax) throw error;
      }
      await sleep(beginPauseMs);
    }
  }

  /** Takes jobs from the queue's front, applies them, and commits the transaction. */
  #apply(): Group {
    const group: Group = {
      settle: [],
      unsettled: [],
      entries: [],
      tables: new Set(),
      isSchema: false,
      isWritten: false,
      position: this.#last,
    };
    const started = performance.now();
    let taken = 0;
    try {
      for (const job of this.#queue) {
        taken++;
        group.unsettled.push(job);
        if (job.kind === 'commit') this.#applyCommit(job, group);
        else this.#applyTrim(job, group);
        if (taken >= groupCommitsMax) break;
        if (taken % clockEvery === 0 && performance.now() - started > groupApplyMsMax) break;
      }
      if (group.isWritten) {
        this.#gate.begin(group.isSchema ? null : group.tables);
        this.#end.run();
      } else this.#undo.run();
    } catch (error) {
      this.#queue.splice(0, taken);
      this.#fail(toError(error), group);
      throw error;
    }
    this.#queue.splice(0, taken);
    this.#last = group.position;
    if (group.isSchema) this.#events.onSchema();
    return group;
  }

  #applyCommit(job: Extract<Job, { kind: 'commit' }>, group: Group): void {
    const { commit, resolve } = job;
    if (commit.key !== null) {
      const earlier = this.#log.findKey(commit.key);
      if (earlier > 0) {
        const outcome: CommitOutcome = { kind: 'done', position: toPosition(earlier) };
        group.settle.push(() => resolve(outcome));
        return;
      }
    }
    const changes = loggedChangesOf(commit);
    const schema = changes.length < commit.changes.length;
    const body = encodeBody(changes, schema);
    const refusal = this.#applier.apply(commit);
    if (refusal !== null) {
      group.settle.push(() => resolve({ kind: 'refused', refusal }));
      return;
    }
    const number = ++group.position;
    const at = this.#clock.now();
    this.#log.append(number, at, commit.key, body);
    group.isWritten = true;
    if (schema) group.isSchema = true;
    for (const change of changes) group.tables.add(change.table);
    group.tables.add('_log');
    const position = toPosition(number);
    group.entries.push({ position, at, key: commit.key, changes, schema });
    group.settle.push(() => resolve({ kind: 'done', position }));
  }

  #applyTrim(job: Extract<Job, { kind: 'trim' }>, group: Group): void {
    const count = this.#log.trim(fromPosition(job.upTo), trimRowsMax);
    if (count > 0) group.isWritten = true;
    group.settle.push(() => job.resolve(count));
  }

  #publish(group: Group): void {
    this.#gate.settle(this.#last);
    if (group.entries.length > 0) for (const listener of this.#listeners) callListener(listener, group.entries);
    for (const settle of group.settle) settle();
  }

  /** Stops acknowledging, for good: what is in flight or queued may or may not have happened. */
  #fail(cause: Error, group: Group | null): void {
    if (this.#failure === null) {
      this.#failure = cause;
      this.#gate.fail();
      this.#events.onFailed(cause);
    }
    const jobs = [...(group?.unsettled ?? []), ...this.#queue.splice(0)];
    for (const job of jobs) {
      if (job.kind === 'commit') job.resolve({ kind: 'unknown', cause });
      else job.resolve(0);
    }
  }
}
