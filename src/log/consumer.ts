import type { LogEntry, Position } from '../model/commit.ts';
import type { Clock } from '../util/clock.ts';
import { randomInteger } from '../util/random.ts';
import { sleep } from '../util/sleep.ts';
import { isPositionsOnly, type PositionsTable, type StoredPosition } from './positions-table.ts';
import type { LogReader } from './reader.ts';

const attemptsMaxDefault = 10;
const storeEveryMsDefault = 1000;
const storeEntriesMax = 1000;
const pauseMsMin = 50;
const pauseMsMax = 10_000;

/** What a consumer does and how. */
export interface ConsumerOptions {
  /**
   * Reacts to entries, in log order. Resolving means: done, never show me these again (as far as can be helped). Called again with the
   * same entries after a failure, a crash or a restart, so its effect must bear repetition: key it by position.
   */
  readonly handle: (entries: readonly LogEntry[], signal: AbortSignal) => Promise<void>;
  /** Tries with the same entries before the consumer gives up. Default 10, with growing pauses up to 10 s. */
  readonly attemptsMax?: number;
  /** How often the position is stored at most. Default 1000 ms. After a crash at most this much is repeated. */
  readonly storeEveryMs?: number;
  /** Hears of every failed try. */
  readonly onFailure?: (error: unknown, attempt: number) => void;
}

/**
 * A reaction to writes that must not miss one: at-least-once, in log order, with a position of its own in the database. Starts where it
 * stopped, or at `start`'s place the first time.
 *
 * @example
 * const consumer = new Consumer('webhooks', { reader, positions, clock }, { handle: send });
 * const ended = consumer.run(); // rejects when it gives up
 * await consumer.stop();
 */
export class Consumer {
  readonly name: string;
  readonly #reader: LogReader;
  readonly #positions: PositionsTable;
  readonly #clock: Clock;
  readonly #options: ConsumerOptions;
  readonly #storeEveryMs: number;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  #stored: StoredPosition = { position: '', version: 0 };
  #handled: Position = '';
  #unstored = 0;
  #storedAt = 0;

  constructor(
    name: string,
    parts: { readonly reader: LogReader; readonly positions: PositionsTable; readonly clock: Clock },
    options: ConsumerOptions,
  ) {
    this.name = name;
    this.#reader = parts.reader;
    this.#positions = parts.positions;
    this.#clock = parts.clock;
    this.#options = options;
    this.#storeEveryMs = options.storeEveryMs ?? storeEveryMsDefault;
  }

  /** The last position whose entries were handled. */
  get position(): Position {
    return this.#handled;
  }

  /**
   * Runs until `stop`. `from`: where to begin when the consumer has no position yet. Rejects with the last error when a batch
   * failed too often, with `PositionGoneError` when the log no longer reaches back to the consumer's position, and with
   * `ConflictError` or `RefusedError` when another process runs the same consumer: of two, one ends.
   */
  run(from: Position = ''): Promise<void> {
    this.#running ??= this.#run(from);
    return this.#running;
  }

  /** Lets the batch in hand end, stores the position, and resolves. Safe to call at any time. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running?.catch(() => undefined);
  }

  async #run(from: Position): Promise<void> {
    const { signal } = this.#stopping;
    await this.#positions.prepare();
    this.#stored = await this.#positions.load(this.name);
    this.#handled = this.#stored.version === 0 ? from : this.#stored.position;
    // Stored at once, so that retention knows that somebody needs the log from here on.
    if (this.#stored.version === 0) this.#stored = await this.#positions.store(this.name, this.#stored, from);
    this.#storedAt = this.#clock.now();
    for await (const entries of this.#reader.read(this.#handled, { signal, idleMs: this.#storeEveryMs })) {
      const relevant = entries.filter((entry) => !isPositionsOnly(entry));
      if (relevant.length > 0 && !(await this.#handle(relevant))) break;
      this.#handled = entries.at(-1)?.position ?? this.#handled;
      this.#unstored += relevant.length;
      await this.#storeWhenDue();
    }
    if (this.#unstored > 0) await this.#store();
  }

  /** True when the entries were handled, false when the consumer was stopped before. */
  async #handle(entries: readonly LogEntry[]): Promise<boolean> {
    const { handle, attemptsMax = attemptsMaxDefault, onFailure } = this.#options;
    const { signal } = this.#stopping;
    for (let attempt = 1; ; attempt++) {
      try {
        await handle(entries, signal);
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        onFailure?.(error, attempt);
        if (attempt >= attemptsMax) throw error;
      }
      const pauseMs = Math.min(pauseMsMin * 2 ** attempt, pauseMsMax);
      await sleep(pauseMs / 2 + randomInteger(pauseMs), signal).catch(() => undefined);
      if (signal.aborted) return false;
    }
  }

  /** Entries that hold only positions are never a reason to store one: consumers would keep each other busy for ever. */
  async #storeWhenDue(): Promise<void> {
    if (this.#unstored === 0) return;
    const isDue = this.#clock.now() - this.#storedAt >= this.#storeEveryMs;
    if (isDue || this.#unstored >= storeEntriesMax) await this.#store();
  }

  async #store(): Promise<void> {
    this.#stored = await this.#positions.store(this.name, this.#stored, this.#handled);
    this.#unstored = 0;
    this.#storedAt = this.#clock.now();
  }
}
