import type { Change, ColumnValue, Commit, CommitOutcome, LogEntry, Position } from '../../model/commit.ts';
import type { Dialect } from '../../rules/dialect.ts';

/** One SELECT with its values. */
export interface Query {
  /** Text with `?` placeholders; identifiers quoted through the dialect. Same text = same prepared statement. */
  readonly sql: string;
  readonly params: readonly ColumnValue[];
  /** Every table the statement reads. */
  readonly tables: readonly string[];
  /**
   * What the answer is for. `show`: it leaves the process, so it may hold only what is on stable storage; may come from a
   * replica that has passed the session's last own commit. `decide`: a commit or refusal is computed from it; it is the newest
   * state of the primary and need not be durable yet, because the commit that follows is ordered behind it.
   */
  readonly purpose: 'show' | 'decide';
  /**
   * Answer as if these row changes had been committed already (they are applied, read and rolled back in one step). This is how the later parts of a
   * batch see the earlier ones before any of them is real. Rejects with kind `query` when a change cannot be applied. Schema changes are not allowed here.
   */
  readonly pending?: readonly Change[];
}

/** The entries of one durable group of commits, in log order. Called before any of their commits is answered. */
export type DurableListener = (entries: readonly LogEntry[]) => void;

/**
 * A database engine. Duties:
 *
 * - `read` answers rows as arrays in column order. Rejects with `DatabaseError` (kind `query` = the statement is wrong,
 *   `timeout`, `unavailable`). Never retries.
 * - `commit` is atomic, answers `done` only when the commit is on stable storage, keeps the order of calls that change the same row, have the
 *   same key or change a table's shape (others may run side by side: whoever needs an order waits for the answer), applies every row change and one log entry in one transaction, groups concurrent commits as it likes (one failing does not harm its
 *   neighbours), and never rejects: every failure is an outcome.
 * - Listeners given to `onDurable` hear every entry exactly once, in log order, before the commit's promise resolves.
 * - `readLog` gives entries with a position above `after`, oldest first, at most `limitMax`; only durable ones.
 * - After a write or fsync error the driver stops acknowledging: every commit is `unknown` or rejected, `failed` resolves with
 *   the cause, and the process is expected to exit.
 * - `close` waits for commits in flight, then releases everything; a second call does nothing.
 */
export interface DatabaseDriver {
  readonly dialect: Dialect;
  /** Resolves (never rejects) with the cause when the engine has lost the right to acknowledge. */
  readonly failed: Promise<Error>;
  read(query: Query): Promise<ColumnValue[][]>;
  commit(commit: Commit): Promise<CommitOutcome>;
  /** The outcome of the commit with this key, or null when there was none. Reads the primary. */
  outcomeOf(key: string): Promise<CommitOutcome | null>;
  onDurable(listener: DurableListener): () => void;
  readLog(after: Position, limitMax: number): Promise<LogEntry[]>;
  /** The position of the newest durable entry, or `''`. */
  headPosition(): Promise<Position>;
  /** The oldest position from which the log is complete (everything after it is there). */
  tailPosition(): Promise<Position>;
  /** How many entries the log holds. May be an estimate. */
  logLength(): Promise<number>;
  /** Forgets entries at or below a position. Bounded work per call; answers how many went. */
  trimLog(upTo: Position): Promise<number>;
  close(): Promise<void>;
}

/** An engine's failure to answer a read. */
export class DatabaseError extends Error {
  readonly kind: 'query' | 'timeout' | 'unavailable';
  /** `ERR_DATABASE_QUERY` and so on: for whoever knows errors by their codes. */
  readonly code: string;

  constructor(kind: 'query' | 'timeout' | 'unavailable', message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'DatabaseError';
    this.kind = kind;
    this.code = `ERR_DATABASE_${kind.toUpperCase()}`;
  }
}
