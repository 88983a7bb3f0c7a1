import type { Database } from '../engines/database/database.ts';
import type { LogEntry, Position } from '../model/commit.ts';
import type { Clock } from '../util/clock.ts';
import { earlierPosition, startOfLog } from './position.ts';
import type { PositionsTable } from './positions-table.ts';

const pageMax = 200;
const pagesPerSweepMax = 50;

/** What the log keeps. */
export interface RetentionOptions {
  /**
   * Milliseconds that every entry is kept, whoever has handled it: as long as a client may come back with its last position, and a
   * commit may be repeated under its key. Default 24 hours.
   */
  readonly keepMs?: number;
  /** Milliseconds that an entry is kept at most for a consumer that has not handled it. Default 7 days. */
  readonly unhandledMsMax?: number;
  /** Entries kept at most, whatever their age and whoever needs them. Default 5 million. */
  readonly entriesMax?: number;
  /** Hears when entries go that a consumer has not handled. */
  readonly onForced?: (consumers: readonly string[], upTo: Position) => void;
}

const hourMs = 3_600_000;

/**
 * Keeps the log from growing for ever: forgets entries that are old enough and that every consumer has handled, and, past stated
 * bounds, also those that one has not.
 */
export class Retention {
  readonly #database: Database;
  readonly #positions: PositionsTable;
  readonly #clock: Clock;
  readonly #options: RetentionOptions;

  constructor(
    parts: { readonly database: Database; readonly positions: PositionsTable; readonly clock: Clock },
    options: RetentionOptions = {},
  ) {
    this.#database = parts.database;
    this.#positions = parts.positions;
    this.#clock = parts.clock;
    this.#options = options;
  }

  /**
   * One round of bounded work: at most 10,000 entries go. Answers how many went; call it every minute or so, and again at once while
   * it answers 10,000.
   */
  async sweep(): Promise<number> {
    const positions = await this.#positions.all();
    let removed = 0;
    for (let page = 0; page < pagesPerSweepMax; page++) {
      const upTo = await this.#findCut(positions);
      if (upTo === startOfLog) return removed;
      this.#reportForced(positions, upTo);
      const count = await this.#trim(upTo);
      removed += count;
      if (count < pageMax) return removed;
    }
    return removed;
  }

  /** The last position, among the oldest entries of the log, that may go; the start when none may. */
  async #findCut(positions: ReadonlyMap<string, Position>): Promise<Position> {
    const { keepMs = 24 * hourMs, unhandledMsMax = 7 * 24 * hourMs, entriesMax = 5_000_000 } = this.#options;
    const now = this.#clock.now();
    let handled: Position | null = null;
    for (const position of positions.values())
      handled = handled === null ? position : earlierPosition(handled, position);
    const oldest = await this.#database.readLog(await this.#database.tailPosition(), pageMax);
    const surplus = (await this.#database.logLength()) - entriesMax;
    const mayGo = (entry: LogEntry, i: number): boolean => {
      const age = now - entry.at;
      const isHandled = handled === null || entry.position <= handled;
      return i < surplus || age > Math.max(unhandledMsMax, keepMs) || (isHandled && age > keepMs);
    };
    const stop = oldest.findIndex((entry, i) => !mayGo(entry, i));
    const last = stop < 0 ? oldest.at(-1) : oldest[stop - 1];
    return last?.position ?? startOfLog;
  }

  /** A driver may take several steps for a page. */
  async #trim(upTo: Position): Promise<number> {
    let removed = 0;
    for (let step = 0; step < pageMax; step++) {
      const count = await this.#database.trimLog(upTo);
      removed += count;
      if (count === 0 || removed >= pageMax) break;
    }
    return removed;
  }

  #reportForced(positions: ReadonlyMap<string, Position>, upTo: Position): void {
    const behind = [...positions].filter(([, position]) => position < upTo).map(([name]) => name);
    if (behind.length > 0) this.#options.onForced?.(behind, upTo);
  }
}
