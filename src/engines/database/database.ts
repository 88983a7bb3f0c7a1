import type { ColumnValue, Commit, CommitOutcome, LogEntry, Position } from '../../model/commit.ts';
import type { Dialect } from '../../rules/dialect.ts';
import { assert } from '../../util/assert.ts';
import { sleep } from '../../util/sleep.ts';
import { DatabaseError, type DatabaseDriver, type DurableListener, type Query } from './driver.ts';

export { DatabaseError, type DatabaseDriver, type DurableListener, type Query } from './driver.ts';

/** Changes (and, separately, expectations) that one commit may hold. */
export const commitChangesMax = 20_000;
/** Commits that may be queued or in flight at once; one more is answered with `DatabaseError` (`unavailable`). */
export const commitsPendingMax = 20_000;
/** Log entries that one call of `readLog` gives at most. */
export const logPageMax = 1000;
const keyLengthMax = 512;
const resolveAttemptsMax = 3;
const resolvePauseMs = 200;

/** What a database has done since it was opened. */
export interface DatabaseStats {
  readonly reads: number;
  readonly commitsDone: number;
  readonly commitsRefused: number;
  readonly commitsUnknown: number;
  /** Queued or in flight now. */
  readonly commitsPending: number;
}

/**
 * The database as everyone uses it: a driver, with bounds, checks and counts around it that are the same for every engine.
 *
 * @example
 * const rows = await database.read({ sql: 'SELECT "title" FROM "posts" WHERE "id" = ?', params: [id], tables: ['posts'], purpose: 'show' });
 */
export class Database implements AsyncDisposable {
  readonly #driver: DatabaseDriver;
  #isFailed = false;
  #reads = 0;
  #done = 0;
  #refused = 0;
  #unknown = 0;
  #pending = 0;

  constructor(driver: DatabaseDriver) {
    this.#driver = driver;
    void this.#watch();
  }

  get dialect(): Dialect {
    return this.#driver.dialect;
  }

  /**
   * Resolves (never rejects) with the cause when the store has lost the right to acknowledge. The process must then end at once
   * without closing the store in the ordinary way (a signal that cannot be caught is right), and recover by starting again.
   */
  get failed(): Promise<Error> {
    return this.#driver.failed;
  }

  get stats(): DatabaseStats {
    return {
      reads: this.#reads,
      commitsDone: this.#done,
      commitsRefused: this.#refused,
      commitsUnknown: this.#unknown,
      commitsPending: this.#pending,
    };
  }

  /** Rows as arrays in column order. Rejects with `DatabaseError`. */
  read(query: Query): Promise<ColumnValue[][]> {
    this.#reads++;
    return this.#driver.read(query);
  }

  /**
   * Commits. Every failure of the store is an outcome; `unknown` has already been looked up by the commit's key where that was
   * possible. Rejects only before anything was tried: `DatabaseError` (`unavailable`) when too many commits are pending,
   * `AssertionError` when the commit itself is malformed.
   */
  async commit(commit: Commit): Promise<CommitOutcome> {
    assertCommit(commit);
    if (this.#pending >= commitsPendingMax) throw new DatabaseError('unavailable', 'Too many commits are pending.');
    this.#pending++;
    try {
      const first = await this.#driver.commit(commit);
      const outcome = first.kind === 'unknown' && commit.key !== null ? await this.#resolve(commit.key, first) : first;
      if (outcome.kind === 'done') this.#done++;
      else if (outcome.kind === 'refused') this.#refused++;
      else this.#unknown++;
      return outcome;
    } finally {
      this.#pending--;
    }
  }

  /** The outcome of the commit with this key, or null when there was none. Rejects with `DatabaseError`. */
  outcomeOf(key: string): Promise<CommitOutcome | null> {
    return this.#driver.outcomeOf(key);
  }

  /** Hears the entries of every durable group, in log order, before their commits are answered. Answers how to stop. */
  onDurable(listener: DurableListener): () => void {
    return this.#driver.onDurable(listener);
  }

  /** Durable entries above `after`, oldest first, at most `limitMax` (1 to 1000). */
  readLog(after: Position, limitMax: number): Promise<LogEntry[]> {
    assert(limitMax >= 1 && limitMax <= logPageMax, 'readLog: limitMax out of bounds');
    return this.#driver.readLog(after, limitMax);
  }

  /** The position of the newest durable entry, or `''`. */
  headPosition(): Promise<Position> {
    return this.#driver.headPosition();
  }

  /** The oldest position from which the log is complete. */
  tailPosition(): Promise<Position> {
    return this.#driver.tailPosition();
  }

  /** How many entries the log holds. May be an estimate. */
  logLength(): Promise<number> {
    return this.#driver.logLength();
  }

  /** Forgets log entries at or below a position; bounded work per call. Answers how many went. */
  trimLog(upTo: Position): Promise<number> {
    return this.#driver.trimLog(upTo);
  }

  /** Waits for commits in flight and releases everything. A second call does nothing. */
  close(): Promise<void> {
    return this.#driver.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Whether an unknown commit happened. It is never tried again here: that is for whoever decided it. */
  async #resolve(key: string, outcome: CommitOutcome): Promise<CommitOutcome> {
    for (let attempt = 0; attempt < resolveAttemptsMax && !this.#isFailed; attempt++) {
      if (attempt > 0) await sleep(resolvePauseMs);
      try {
        // "None" proves nothing yet: the commit may still be on its way. Only "done" ends the doubt.
        const found = await this.#driver.outcomeOf(key);
        if (found !== null) return found;
      } catch {
        // The store does not answer; the next attempt, or the caller, finds out.
      }
    }
    return outcome;
  }

  async #watch(): Promise<void> {
    await this.#driver.failed;
    this.#isFailed = true;
  }
}

function assertCommit(commit: Commit): void {
  const { key, changes, expects } = commit;
  assert(changes.length > 0, 'commit: no changes');
  assert(changes.length <= commitChangesMax, `commit: more than ${commitChangesMax} changes`);
  assert(expects.length <= commitChangesMax, `commit: more than ${commitChangesMax} expectations`);
  assert(key === null || (key.length > 0 && key.length <= keyLengthMax), 'commit: bad key');
  for (const change of changes) {
    if (change.kind === 'schema') continue;
    assert(change.id !== '' && change.table !== '', 'commit: a change without table or id');
    assert(
      change.kind === 'insert' || change.version >= 1,
      'commit: a change without the version it was computed from',
    );
    assert(change.row['id'] === change.id, `commit: the row of ${change.table}/${change.id} has another id`);
    const values = change.kind === 'update' ? change.set : change.row;
    for (const name in values) {
      const value = values[name];
      assert(
        value === null || typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value)),
        `commit: ${change.table}.${name} is no column value`,
      );
    }
  }
}
