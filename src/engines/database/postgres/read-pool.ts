import type { ColumnValue } from '../../../model/commit.ts';
import { DatabaseError } from '../driver.ts';
import { isStaleStatement, toReadError } from './failures.ts';
import { Link } from './link.ts';
import type { Answer, Session } from './session.ts';

const connectionWaitMsMax = 3000;
/** Statements that may wait for an answer on all connections together; one more is refused. */
const pendingMax = 4000;
/** Beyond the statement's own time: the way there and back, and statements in front of it. */
const answerExtraMs = 2000;

/** A few connections that only read, each with many statements in flight. */
export class ReadPool {
  readonly #links: Link[];

  constructor(url: string, connectionsMax: number, statementMsMax: number) {
    const setup =
      `SET default_transaction_read_only = on; SET statement_timeout = ${statementMsMax}; SET jit = off;` +
      ' SET client_min_messages = warning; SET TIME ZONE UTC';
    const options = { url, setup, answerMsMax: statementMsMax + answerExtraMs };
    this.#links = Array.from({ length: connectionsMax }, () => new Link(options));
  }

  /** Runs a statement. Rejects with `DatabaseError`. */
  async run(sql: string, params: readonly ColumnValue[]): Promise<ColumnValue[][]> {
    const link = this.#leastBusy();
    const session = await link.session(connectionWaitMsMax);
    try {
      return (await runFresh(session, sql, params)).rows;
    } catch (error) {
      throw toReadError(error);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.close()));
  }

  /** The one with the fewest statements in flight; one without a connection only when all others are at work. */
  #leastBusy(): Link {
    let best = this.#links[0]!;
    let fewest = Infinity;
    let total = 0;
    for (const link of this.#links) {
      const pending = link.current?.pending ?? 1;
      total += link.current?.pending ?? 0;
      if (pending < fewest) [best, fewest] = [link, pending];
    }
    if (total >= pendingMax) throw new DatabaseError('unavailable', 'Too many reads are pending.');
    return best;
  }
}

/** A statement that was prepared before a table changed its shape is prepared anew. */
async function runFresh(session: Session, sql: string, params: readonly ColumnValue[]): Promise<Answer> {
  const isOld = session.knows(sql);
  try {
    return await session.run(sql, params);
  } catch (error) {
    if (!isOld || !isStaleStatement(error)) throw error;
    return session.run(sql, params);
  }
}
