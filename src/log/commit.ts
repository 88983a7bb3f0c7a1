import type { Database } from '../engines/database/database.ts';
import type { Change, Expectation, Position, Refusal } from '../model/commit.ts';
import { bucketOf } from '../model/ids.ts';
import { assert } from '../util/assert.ts';
import { randomInteger } from '../util/random.ts';
import { sleep } from '../util/sleep.ts';

/** A commit was refused because something it was computed from has changed since: read again, decide again. */
export class ConflictError extends Error {
  readonly table: string;
  readonly id: string;

  constructor(table: string, id: string) {
    super(`${table}/${id} was changed at the same time`);
    this.name = 'ConflictError';
    this.table = table;
    this.id = id;
  }
}

/** A commit was refused for a reason that reading again does not mend. */
export class RefusedError extends Error {
  readonly refusal: Exclude<Refusal, { readonly kind: 'conflict' }>;

  constructor(refusal: Exclude<Refusal, { readonly kind: 'conflict' }>) {
    super(`commit refused: ${refusal.kind} (${refusal.table})`);
    this.name = 'RefusedError';
    this.refusal = refusal;
  }
}

/** Whether a commit happened could not be found out. It must not be tried again blindly. */
export class UnknownOutcomeError extends Error {
  constructor(cause: Error) {
    super('it is not known whether the commit happened', { cause });
    this.name = 'UnknownOutcomeError';
  }
}

/** What a commit may carry beside its changes. */
export interface CommitOptions {
  /** Makes the commit repeatable: see `Commit.key`. */
  readonly key?: string | null;
  readonly expects?: readonly Expectation[];
  /** The bucket of all rows; found from the ids when left out. Tables whose ids are no record ids say `null`. */
  readonly bucket?: number | null;
}

/**
 * The only way to write. Whoever holds one may change data; the position it answers is on stable storage and in the log.
 *
 * @example
 * const position = await committer.commit([{ kind: 'insert', table: 'posts', collectionId, id, row }]);
 */
export class Committer {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Does all changes or none. Rejects with `ConflictError`, `RefusedError`, `UnknownOutcomeError`, or, when nothing was
   * tried because too much is pending, `DatabaseError` (`unavailable`).
   */
  async commit(changes: readonly Change[], options: CommitOptions = {}): Promise<Position> {
    const outcome = await this.#database.commit({
      key: options.key ?? null,
      bucket: options.bucket === undefined ? commonBucket(changes) : options.bucket,
      expects: options.expects ?? [],
      changes,
    });
    if (outcome.kind === 'done') return outcome.position;
    if (outcome.kind === 'unknown') throw new UnknownOutcomeError(outcome.cause);
    const { refusal } = outcome;
    throw refusal.kind === 'conflict' ? new ConflictError(refusal.table, refusal.id) : new RefusedError(refusal);
  }
}

/** The bucket that all changed rows live in, or null when they live in several or when a change has none. */
function commonBucket(changes: readonly Change[]): number | null {
  let common: number | null = null;
  for (const [i, change] of changes.entries()) {
    if (change.kind === 'schema') return null;
    const bucket = bucketOf(change.id);
    if (i > 0 && bucket !== common) return null;
    common = bucket;
  }
  return common;
}

const conflictPauseMsMax = 10;

/**
 * Runs `decide` (which reads, decides and commits) again as long as it ends in a `ConflictError`, at most `attemptsMax` times in
 * all; then that error is its own. Between two turns it waits for a random moment, so that rivals do not meet again.
 *
 * @example
 * await retryOnConflict(async () => {
 *   const post = await find(id);
 *   await committer.commit([{ kind: 'update', ...raise(post), version: post.version }]);
 * }, 5);
 */
export async function retryOnConflict<T>(decide: () => Promise<T>, attemptsMax: number): Promise<T> {
  assert(attemptsMax >= 1, 'retryOnConflict: attemptsMax must be at least 1');
  for (let attempt = 1; ; attempt++) {
    try {
      return await decide();
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt >= attemptsMax) throw error;
    }
    if (attempt > 1) await sleep(randomInteger(conflictPauseMsMax * attempt) + 1);
  }
}
