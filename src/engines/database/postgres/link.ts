import { DatabaseError } from '../driver.ts';
import { sleep } from '../../../util/sleep.ts';
import { randomInteger } from '../../../util/random.ts';
import { toError } from './failures.ts';
import { Session, type SessionOptions } from './session.ts';

const firstPauseMs = 20;
const pauseMsMax = 1000;

/** A connection that comes back: when it is lost, another one is made, after a pause that grows to a second. */
export class Link {
  readonly #options: SessionOptions;
  #session: Session | null = null;
  #connecting: Promise<Session> | null = null;
  #lastError: Error | null = null;
  #isClosed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** The first connection. Rejects when there is nobody to connect to; afterwards there is no link. */
  async open(): Promise<void> {
    this.#session = await Session.connect(this.#options);
    void this.#mend(this.#session);
  }

  /** The living session, or null while there is none. */
  get current(): Session | null {
    return this.#session !== null && !this.#session.isBroken ? this.#session : null;
  }

  /** The living session, after at most `waitMsMax`. Rejects with `DatabaseError` (`unavailable`). */
  async session(waitMsMax: number): Promise<Session> {
    const { current } = this;
    if (current !== null) return current;
    const cause = (): DatabaseError => {
      const message = this.#isClosed ? 'The database is closed.' : 'There is no connection to the database.';
      return new DatabaseError('unavailable', message, this.#lastError ?? undefined);
    };
    if (this.#isClosed) throw cause();
    const controller = new AbortController();
    const late = sleep(waitMsMax, controller.signal).then(
      () => null,
      () => null,
    );
    try {
      this.#connecting ??= this.#reconnect();
      const session = await Promise.race([this.#connecting.catch(() => null), late]);
      if (session === null || session.isBroken) throw cause();
      return session;
    } finally {
      controller.abort();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#session?.end();
    this.#session = null;
  }

  async #mend(session: Session): Promise<void> {
    await session.ended;
    if (this.#isClosed || this.#session !== session) return;
    this.#connecting ??= this.#reconnect();
    this.#connecting.catch(() => {});
  }

  /** Tries until there is a session or nobody wants one. Rejects only when closed. */
  async #reconnect(): Promise<Session> {
    for (let pauseMs = firstPauseMs; !this.#isClosed; pauseMs = Math.min(pauseMsMax, pauseMs * 2)) {
      try {
        const session = await Session.connect(this.#options);
        if (this.#isClosed) {
          await session.end();
          break;
        }
        this.#session = session;
        this.#connecting = null;
        void this.#mend(session);
        return session;
      } catch (error) {
        this.#lastError = toError(error);
        await sleep(pauseMs / 2 + randomInteger(pauseMs));
      }
    }
    throw new DatabaseError('unavailable', 'The database is closed.');
  }
}
