import type { Database } from '../engines/database/database.ts';
import type { LogEntry, Position } from '../model/commit.ts';
import { sleep } from '../util/sleep.ts';
import { RecentEntries } from './recent-entries.ts';

const recentEntriesMaxDefault = 20_000;
const recentBytesMaxDefault = 16 * 1024 * 1024;
const pageMax = 500;

/** A reader asked for a position that the log no longer reaches back to: entries between are lost to it. */
export class PositionGoneError extends Error {
  readonly position: Position;
  /** The oldest position from which the log is complete. */
  readonly tail: Position;

  constructor(position: Position, tail: Position) {
    super(`the log no longer reaches back to position ${JSON.stringify(position)}`);
    this.name = 'PositionGoneError';
    this.position = position;
    this.tail = tail;
  }
}

/** A reader that had caught up has fallen further behind than it may. */
export class SlowConsumerError extends Error {
  /** The last position it was given. */
  readonly position: Position;

  constructor(position: Position) {
    super(`a log reader fell too far behind, after position ${JSON.stringify(position)}`);
    this.name = 'SlowConsumerError';
    this.position = position;
  }
}

/** How to read the log. */
export interface ReadOptions {
  /** Ends the reading quietly. */
  readonly signal?: AbortSignal;
  /**
   * How many entries a reader that has caught up once may fall behind before it gets a `SlowConsumerError`. Without it a slow
   * reader goes on from the database.
   */
  readonly lagEntriesMax?: number;
  /** Gives an empty batch after so long without entries, so that the reader can do what is due. Without it: never. */
  readonly idleMs?: number;
}

/**
 * The log as a stream: what was before is read from the database (backfill), then what comes is taken from memory (stream); the
 * seam between them has neither gap nor double, because every reader goes by position. All readers share one bounded list of
 * recent entries; a slow one costs nothing but its place.
 *
 * @example
 * const reader = await LogReader.open(database);
 * for await (const entries of reader.read(position)) for (const entry of entries) apply(entry);
 */
export class LogReader {
  readonly #database: Database;
  readonly #stop: () => void;
  #recent!: RecentEntries;
  #early: (readonly LogEntry[])[] | null = [];
  #wake: PromiseWithResolvers<void> = Promise.withResolvers();
  #isClosed = false;

  private constructor(database: Database) {
    this.#database = database;
    this.#stop = database.onDurable((entries) => this.#hear(entries));
  }

  /** `recentEntriesMax` (20,000) and `recentBytesMax` (16 MiB, estimated) bound what is kept in memory. */
  static async open(
    database: Database,
    options: { readonly recentEntriesMax?: number; readonly recentBytesMax?: number } = {},
  ): Promise<LogReader> {
    const reader = new LogReader(database);
    try {
      // Listening began before, so everything after this position is heard.
      const head = await database.headPosition();
      reader.#recent = new RecentEntries(head, {
        entriesMax: options.recentEntriesMax ?? recentEntriesMaxDefault,
        bytesMax: options.recentBytesMax ?? recentBytesMaxDefault,
      });
    } catch (error) {
      reader.close();
      throw error;
    }
    const early = reader.#early!;
    reader.#early = null;
    for (const entries of early) reader.#hear(entries);
    return reader;
  }

  /** The newest durable position heard of. */
  get head(): Position {
    return this.#recent.last;
  }

  /**
   * Everything after a position, in log order, each entry once, for ever: batches of 1 to 500 entries (0 when idle). Ends when the signal is
   * aborted or the reader is closed. Throws `PositionGoneError`, `SlowConsumerError`, `DatabaseError`.
   */
  async *read(after: Position, options: ReadOptions = {}): AsyncGenerator<readonly LogEntry[], void, void> {
    const { signal, lagEntriesMax = Number.POSITIVE_INFINITY } = options;
    let position = after;
    let hasCaughtUp = false;
    while (!this.#isClosed && signal?.aborted !== true) {
      // Taken before looking, so that what comes between looking and waiting wakes.
      const wake = this.#wake.promise;
      const isCovered = this.#recent.covers(position);
      if (hasCaughtUp && (!isCovered || this.#recent.countAfter(position) > lagEntriesMax)) {
        if (lagEntriesMax !== Number.POSITIVE_INFINITY) throw new SlowConsumerError(position);
      }
      const batch = isCovered ? this.#recent.after(position, pageMax) : await this.#page(position);
      if (batch.length > 0) {
        position = batch.at(-1)!.position;
        yield batch;
      } else if (isCovered) {
        hasCaughtUp = true;
        if (!(await untilWoken(wake, signal, options.idleMs))) yield [];
      }
    }
  }

  /** Ends every stream. A second call does nothing. */
  close(): void {
    this.#isClosed = true;
    this.#stop();
    this.#wake.resolve();
  }

  async #page(position: Position): Promise<LogEntry[]> {
    const entries = await this.#database.readLog(position, pageMax);
    // Asked after reading: if the log was trimmed meanwhile, the page may have a gap before it.
    const tail = await this.#database.tailPosition();
    if (tail > position) throw new PositionGoneError(position, tail);
    return entries;
  }

  #hear(entries: readonly LogEntry[]): void {
    if (this.#early !== null) {
      this.#early.push(entries);
      return;
    }
    this.#recent.push(entries);
    const wake = this.#wake;
    this.#wake = Promise.withResolvers();
    wake.resolve();
  }
}

/** Waits for the promise, the signal or the time, and leaves nothing behind. False when the time was up. */
async function untilWoken(
  wake: Promise<void>,
  signal: AbortSignal | undefined,
  idleMs: number | undefined,
): Promise<boolean> {
  const over = new AbortController();
  const end = (): void => over.abort();
  signal?.addEventListener('abort', end);
  const woken = wake.then(() => true);
  const aborted = new Promise<boolean>((resolve) => over.signal.addEventListener('abort', () => resolve(true)));
  const idle =
    idleMs === undefined
      ? aborted
      : sleep(idleMs, over.signal).then(
          () => false,
          () => true,
        );
  try {
    return await Promise.race([woken, aborted, idle]);
  } finally {
    signal?.removeEventListener('abort', end);
    end();
  }
}
