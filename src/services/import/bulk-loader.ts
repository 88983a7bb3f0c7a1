import type { Database } from '../../engines/database/database.ts';
import { Committer, ConflictError, RefusedError } from '../../log/commit.ts';
import type { Change, Refusal } from '../../model/commit.ts';
import { ImportError } from './source.ts';

/** Bounds of one commit. */
const changesMax = 500;
const textMax = 2 * 1024 * 1024;
/** Commits under way at once: the next ones are applied while the last is being made durable. */
const commitsMax = 4;
/** The log of what has been loaded is of no use to anybody: it is forgotten every so many commits, so that the file stays small. */
const trimEvery = 64;

/**
 * Writes many changes to a new database that nobody else uses, in order, in commits of bounded size.
 *
 * @example
 * const loader = new BulkLoader(database);
 * for (const change of changes) await loader.add(change);
 * await loader.flush();
 */
export class BulkLoader {
  readonly #database: Database;
  readonly #committer: Committer;
  #changes: Change[] = [];
  #textLength = 0;
  #commits = 0;
  readonly #running = new Set<Promise<void>>();
  #failure: unknown = null;

  constructor(database: Database) {
    this.#database = database;
    this.#committer = new Committer(database);
  }

  /** Adds a change; waits when enough is under way. Rejects with what an earlier commit failed of. */
  async add(change: Change): Promise<void> {
    this.#changes.push(change);
    if (change.kind !== 'schema') {
      for (const value of Object.values(change.row)) if (typeof value === 'string') this.#textLength += value.length;
    }
    if (this.#changes.length >= changesMax || this.#textLength >= textMax) await this.#send();
  }

  /** Resolves when everything that was added is durable. */
  async flush(): Promise<void> {
    await this.#send();
    await Promise.all(this.#running);
    this.#throwFailure();
  }

  /** One commit, after everything before it. Answers why it was refused, or null. */
  async tryCommit(changes: readonly Change[]): Promise<Refusal | null> {
    await this.flush();
    try {
      await this.#committer.commit(changes, { bucket: null });
      return null;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === null) throw error;
      return refusal;
    }
  }

  /** Forgets the log of everything so far. */
  async trimLog(): Promise<void> {
    const head = await this.#database.headPosition();
    // Each call removes at least one entry, so this ends.
    while ((await this.#database.trimLog(head)) > 0);
  }

  async #send(): Promise<void> {
    this.#throwFailure();
    if (this.#changes.length === 0) return;
    const changes = this.#changes;
    this.#changes = [];
    this.#textLength = 0;
    const commit = this.#commit(changes).catch((error: unknown) => {
      this.#failure ??= error;
    });
    this.#running.add(commit);
    void commit.finally(() => this.#running.delete(commit));
    if (++this.#commits % trimEvery === 0) {
      await Promise.all(this.#running);
      await this.trimLog();
    } else if (this.#running.size >= commitsMax) await Promise.race(this.#running);
  }

  async #commit(changes: readonly Change[]): Promise<void> {
    try {
      await this.#committer.commit(changes, { bucket: null });
    } catch (error) {
      const refusal = refusalOf(error);
      throw refusal === null ? error : new ImportError(describeRefusal(refusal), error);
    }
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}

/** Why a commit was refused; null for an error that is no refusal. */
function refusalOf(error: unknown): Refusal | null {
  if (error instanceof RefusedError) return error.refusal;
  return error instanceof ConflictError ? { kind: 'conflict', table: error.table, id: error.id } : null;
}

/** Why a commit was refused, in a sentence. */
export function describeRefusal(refusal: Refusal): string {
  switch (refusal.kind) {
    case 'conflict':
      return `${refusal.table}/${refusal.id} was changed at the same time.`;
    case 'unique':
      return `Two records of ${refusal.table} have the same ${refusal.columns.join(', ')}.`;
    case 'schema':
      return `The table ${refusal.table} cannot be made: ${refusal.message}`;
  }
}
