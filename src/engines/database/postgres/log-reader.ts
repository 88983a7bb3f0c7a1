import type { ColumnValue, LogEntry, Position } from '../../../model/commit.ts';
import { type Deferred, createDeferred } from '../../../util/async.ts';
import { after } from '../../../util/timer.ts';
import type { DurableListener } from '../driver.ts';
import { callListener } from '../listeners.ts';
import { decodeEntry } from '../log-body.ts';
import { toError } from './failures.ts';
import { Link } from './link.ts';
import type { Session, SessionOptions } from './session.ts';
import { positionSql } from './store.ts';

const channel = 'pando_log';
const pageMax = 500;
/** Notices are hints and may be lost: the log is looked at this often anyway. */
const pollMs = 250;
/** While a commit waits for older ones to end: the first pause, which doubles, and the longest. */
const stallMs = 1;
const stallMsMax = 32;
const connectionWaitMsMax = 2000;

const setup = `SET statement_timeout = 5000; SET default_transaction_read_only = on; SET jit = off; LISTEN ${channel}`;

/** Entries whose order is settled: every older transaction has ended, so nothing can come before them any more. */
export const settledSql = '"xid" < pg_snapshot_xmin(pg_current_snapshot())';

/** The entries behind a position in log order; placeholders: transaction, sequence, how many. */
export const pageSql =
  `SELECT ${positionSql}, "at", "key", "body" FROM "_log" WHERE ("xid", "seq") > (?::xid8, ?::bigint)` +
  ` AND ${settledSql} ORDER BY "xid", "seq" LIMIT ?`;

/** The newest settled position. */
export const headSql = `SELECT ${positionSql} FROM "_log" WHERE ${settledSql} ORDER BY "xid" DESC, "seq" DESC LIMIT 1`;

/** Transaction and sequence of a position. Throws `RangeError` for text that no driver of this kind made. */
export function splitPosition(position: Position): [string, string] {
  if (position === '') return ['0', '0'];
  if (!/^[0-9a-f]{32}$/.test(position)) throw new RangeError('not a log position');
  return [String(BigInt(`0x${position.slice(0, 16)}`)), String(BigInt(`0x${position.slice(16)}`))];
}

/** The entry of a row of `pageSql`. */
export function entryOf([position, at, key, body]: readonly ColumnValue[]): LogEntry {
  return decodeEntry(position as string, at as number, key as string | null, body as string);
}

interface Waiter {
  readonly position: Position;
  readonly resolve: (isHeard: boolean) => void;
}

/**
 * Reads the log behind its end for as long as the database is open, and tells listeners every entry, of all nodes, in log order.
 * The truth is the log; a notice from another node only says when to look.
 */
export class LogReader {
  readonly #link: Link;
  readonly #listeners = new Set<DurableListener>();
  readonly #onFailed: (cause: Error) => void;
  #waiters: Waiter[] = [];
  #heard: Position = '';
  #wake: Deferred<void> = createDeferred();
  #isClosed = false;
  #loop: Promise<void> = Promise.resolve();

  /** `onFailed`: an entry cannot be read, so nothing may be acknowledged any more. */
  constructor(url: string, onFailed: (cause: Error) => void) {
    this.#onFailed = onFailed;
    const options: SessionOptions = {
      url,
      setup,
      answerMsMax: 8000,
      onNotification: (_channel, isOwn) => {
        if (!isOwn) this.#wake.resolve();
      },
    };
    this.#link = new Link(options);
  }

  /** Starts behind the newest entry. */
  async open(): Promise<void> {
    await this.#link.open();
    const session = await this.#link.session(0);
    const { rows } = await session.run(headSql);
    this.#heard = (rows[0]?.[0] as Position | undefined) ?? '';
    this.#loop = this.#run();
  }

  onDurable(listener: DurableListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves with true when listeners have heard everything up to the position; with false after `waitMsMax`. */
  heard(position: Position, waitMsMax: number): Promise<boolean> {
    if (position <= this.#heard) return Promise.resolve(true);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter: Waiter = {
      position,
      resolve: (isHeard) => {
        timer.cancel();
        resolve(isHeard);
      },
    };
    const timer = after(waitMsMax, () => {
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
      resolve(false);
    });
    this.#waiters.push(waiter);
    this.#wake.resolve();
    return promise;
  }

  /** Resolves when nobody waits any more, at the latest after `waitMsMax`. */
  async settle(waitMsMax: number): Promise<void> {
    // Whoever has just written joins the waiting in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    const newest = this.#waiters.reduce(
      (position, waiter) => (waiter.position > position ? waiter.position : position),
      '',
    );
    if (newest !== '') await this.heard(newest, waitMsMax);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake.resolve();
    await this.#loop;
    await this.#link.close();
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(false);
  }

  async #run(): Promise<void> {
    let pauseMs = stallMs;
    while (!this.#isClosed) {
      this.#wake = createDeferred();
      let count = 0;
      try {
        const session = await this.#link.session(connectionWaitMsMax);
        const { rows } = await session.run(pageSql, [...splitPosition(this.#heard), pageMax]);
        count = rows.length;
        if (count > 0) this.#tell(rows, session);
      } catch (error) {
        if (error instanceof UnreadableError) return this.#onFailed(error);
      }
      if (count > 0) {
        pauseMs = stallMs;
        if (count === pageMax || this.#waiters.length === 0) continue;
      }
      await this.#pause(this.#waiters.length > 0 ? pauseMs : pollMs);
      pauseMs = this.#waiters.length > 0 ? Math.min(stallMsMax, pauseMs * 2) : stallMs;
    }
  }

  #tell(rows: readonly ColumnValue[][], session: Session): void {
    let entries: LogEntry[];
    try {
      entries = rows.map(entryOf);
    } catch (error) {
      throw new UnreadableError(toError(error).message, { cause: error });
    }
    for (const listener of this.#listeners) callListener(listener, entries);
    this.#heard = entries.at(-1)!.position;
    const waiting = this.#waiters;
    this.#waiters = waiting.filter(({ position }) => position > this.#heard);
    if (waiting.length === this.#waiters.length) return;
    for (const waiter of waiting) if (waiter.position <= this.#heard) waiter.resolve(true);
    // Told outside of the commits: inside, the server would let no two of them end at the same time.
    session.run(`NOTIFY ${channel}`).catch(() => {});
  }

  /** Until somebody wants to know, or the time is over. */
  async #pause(durationMs: number): Promise<void> {
    const timer = after(durationMs, () => this.#wake.resolve());
    await this.#wake.promise;
    timer.cancel();
  }
}

class UnreadableError extends Error {}
