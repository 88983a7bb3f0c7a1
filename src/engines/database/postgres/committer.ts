import type { Change, ColumnValue, Commit, CommitOutcome, Position } from '../../../model/commit.ts';
import { Semaphore } from '../../../util/async.ts';
import { commitsPendingMax } from '../database.ts';
import { DatabaseError, type Query } from '../driver.ts';
import { isConnectionLoss, serverErrorOf, toError, toReadError } from './failures.ts';
import { Link } from './link.ts';
import { Ordering } from './ordering.ts';
import { type Failure, judge } from './refusals.ts';
import { tableChangeSql } from './schema.ts';
import type { Answer, Session, SessionOptions } from './session.ts';
import {
  expectationSteps,
  lockSteps,
  logStep,
  referenceSteps,
  type RowChange,
  rowStep,
  singleStep,
  type Step,
} from './steps.ts';
import { positionSql } from './store.ts';

const attemptsMax = 3;
/** How long a commit waits for a connection before it gives up without having tried. */
const connectionWaitMsMax = 5000;
/** A commit without an answer: the server may be waiting for its standby; it goes on, but nobody here waits longer. */
const answerMsMax = 15_000;
const schemaAnswerMsMax = 600_000;
const pretendMsMax = 3000;

/**
 * `statement_timeout` ends with a statement, before its commit, so it never cancels a commit that waits for its standby.
 * The keepalives end sessions of nodes that have vanished, and with them their locks.
 */
const setup =
  'SET jit = off; SET client_min_messages = warning; SET lock_timeout = 5000; SET statement_timeout = 10000;' +
  ' SET idle_in_transaction_session_timeout = 10000; SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2;' +
  ' SET tcp_keepalives_count = 3; SET TIME ZONE UTC;' +
  " SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')";

/** The outcome of a commit before others have heard of it. */
export type Written = CommitOutcome;

/**
 * Writes. Commits run side by side on a few connections; those that touch the same row, or have the same key, run in the order of
 * the calls. A commit of one change is one statement; one of several changes is sent at once, from BEGIN to COMMIT.
 */
export class Committer {
  readonly #links: Link[];
  readonly #free: Link[];
  readonly #slots: Semaphore;
  readonly #ordering = new Ordering();

  constructor(url: string, connectionsMax: number) {
    const options: SessionOptions = { url, setup, answerMsMax };
    this.#links = Array.from({ length: connectionsMax }, () => new Link(options));
    this.#free = [...this.#links];
    this.#slots = new Semaphore('commits', { concurrencyMax: connectionsMax, queueMax: 2 * commitsPendingMax });
  }

  /** Makes the first connection. Rejects when there is nobody to connect to. */
  async open(): Promise<Session> {
    const [link] = this.#links;
    await link!.open();
    return link!.session(0);
  }

  /** Never rejects. */
  async commit(commit: Commit): Promise<Written> {
    return this.#ordering.run(keysOf(commit), async () => {
      try {
        return await this.#withSession((session) => attempt(session, commit));
      } catch (error) {
        return { kind: 'unknown', cause: toError(error) };
      }
    });
  }

  /** Reads as if the changes had been committed. Rejects with `DatabaseError`. */
  async pretend(changes: readonly Change[], query: Query): Promise<ColumnValue[][]> {
    const steps = changes.map((change, i): Step => {
      if (change.kind === 'schema') throw new DatabaseError('query', 'A schema change cannot be pending.');
      return rowStep(change, i);
    });
    return this.#withSession(async (session) => {
      const begun = [session.run('BEGIN'), session.run(`SET LOCAL statement_timeout = ${pretendMsMax}`)];
      const applied = steps.map((step) => session.run(step.sql, step.params));
      const read = session.run(query.sql, query.params);
      const results = await Promise.allSettled([...begun, ...applied, read, session.run('ROLLBACK')]);
      const failed = results.findIndex(({ status }) => status === 'rejected');
      if (failed === -1) return (await read).rows;
      const { reason } = results[failed] as PromiseRejectedResult;
      const step = steps[failed - begun.length];
      if (step === undefined || isConnectionLoss(reason)) throw toReadError(reason);
      const message = `A pending change of ${step.table}/${step.id} cannot be applied: ${toError(reason).message}`;
      throw new DatabaseError('query', message, reason);
    });
  }

  /** Resolves when everything that can be seen now is on stable storage, on the standby too. Rejects with `DatabaseError`. */
  async secure(): Promise<void> {
    try {
      await this.#withSession(secure);
    } catch (error) {
      throw toReadError(error);
    }
  }

  /** Runs one statement that changes something else than records. Rejects with `DatabaseError`. */
  async maintain(sql: string, params: readonly ColumnValue[]): Promise<Answer> {
    try {
      return await this.#withSession((session) => session.run(sql, params));
    } catch (error) {
      throw toReadError(error);
    }
  }

  /** Waits for the commits in flight, then closes. */
  async close(): Promise<void> {
    await this.#ordering.idle();
    await Promise.all(this.#links.map((link) => link.close()));
  }

  async #withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#slots.run(async () => {
      const living = this.#free.findLastIndex((link) => link.current !== null);
      const [link] = living === -1 ? [this.#free.pop()!] : this.#free.splice(living, 1);
      try {
        const session = await link!.session(connectionWaitMsMax);
        return await work(session);
      } finally {
        this.#free.push(link!);
      }
    });
  }
}

/** What must not be overtaken: the rows, and the key. */
function keysOf(commit: Commit): readonly string[] | 'all' {
  const keys = new Set<string>();
  for (const change of commit.changes) {
    if (change.kind === 'schema') return 'all';
    keys.add(`${change.table}\0${change.id}`);
  }
  for (const expectation of commit.expects) {
    if (expectation.kind !== 'unreferenced') keys.add(`${expectation.table}\0${expectation.id}`);
  }
  if (commit.key !== null) keys.add(`\0${commit.key}`);
  return [...keys];
}

/** One commit, from the first attempt to an outcome. Rejects only with what the connection says. */
async function attempt(session: Session, commit: Commit): Promise<Written> {
  for (let round = 1; ; round++) {
    session.takeDoubt();
    const { position, failed } = await send(session, commit);
    if (session.takeDoubt()) {
      return { kind: 'unknown', cause: new Error(standbyLost) };
    }
    if (position !== null) return { kind: 'done', position };
    const [step, error] = failed!;
    if (error !== null && isConnectionLoss(error)) return { kind: 'unknown', cause: toError(error) };
    const conflict: Failure = { kind: 'refused', refusal: { kind: 'conflict', table: step.table, id: step.id } };
    const failure = error === null ? conflict : await judge(session, step, commit.changes[step.change], error);
    if (failure === null) return { kind: 'unknown', cause: toError(error) };
    if (commit.key !== null) {
      const first = await findKey(session, commit.key);
      if (first !== null) {
        await secure(session);
        return { kind: 'done', position: first };
      }
    }
    if (failure.kind === 'refused') return failure;
    if (round === attemptsMax) return conflict as Written;
  }
}

const standbyLost = 'The server gave up waiting for its standby.';

/** A commit waits until everything before it is on the standby: an empty one says that what is visible is also safe. */
async function secure(session: Session): Promise<void> {
  session.takeDoubt();
  await session.run("SELECT pg_logical_emit_message(true, 'pando', '')");
  if (session.takeDoubt()) throw new DatabaseError('unavailable', standbyLost);
}

/** The position of a commit by its key, or null. */
async function findKey(session: Session, key: string): Promise<Position | null> {
  const { rows } = await session.run(`SELECT ${positionSql} FROM "_log" WHERE "key" = ?`, [key]);
  return rows.length === 0 ? null : (rows[0]![0] as Position);
}

/** The position, or the step that went wrong with its error (null: it changed nothing). */
interface Sent {
  readonly position: Position | null;
  readonly failed: readonly [Step, unknown] | null;
}

async function send(session: Session, commit: Commit): Promise<Sent> {
  const { changes, expects } = commit;
  if (changes.some(({ kind }) => kind === 'schema')) return sendSchema(session, commit);
  if (changes.length === 1 && expects.length === 0) return sendSingle(session, commit, changes[0] as RowChange);
  const log = logStep(commit);
  const steps = [
    ...expectationSteps(commit),
    ...lockSteps(changes),
    ...changes.map((change, i) => rowStep(change as RowChange, i)),
    ...referenceSteps(commit),
    log,
  ];
  const results = await Promise.allSettled([
    session.run('BEGIN'),
    ...steps.map((step) => session.run(step.sql, step.params)),
    session.run('COMMIT'),
  ]);
  const failed = results.findIndex(({ status }) => status === 'rejected');
  if (failed !== -1) {
    const { reason } = results[failed] as PromiseRejectedResult;
    return { position: null, failed: [steps[failed - 1] ?? log, lossAmong(results) ?? reason] };
  }
  const answer = (results.at(-2) as PromiseFulfilledResult<Answer>).value;
  return { position: answer.rows[0]![0] as Position, failed: null };
}

/** The first error is the cause, unless the connection went on the way: then nobody knows what became of the rest. */
function lossAmong(results: readonly PromiseSettledResult<Answer>[]): unknown {
  const last = results.at(-1)!;
  return last.status === 'rejected' && serverErrorOf(last.reason) === null ? last.reason : null;
}

async function sendSingle(session: Session, commit: Commit, change: RowChange): Promise<Sent> {
  const step = singleStep(commit, change);
  try {
    const { rows } = await session.run(step.sql, step.params);
    return rows.length === 0
      ? { position: null, failed: [step, null] }
      : { position: rows[0]![0] as Position, failed: null };
  } catch (error) {
    return { position: null, failed: [step, error] };
  }
}

/** Changes of tables are rare and slow: one statement after the other. */
async function sendSchema(session: Session, commit: Commit): Promise<Sent> {
  let step = logStep(commit);
  const log = step;
  session.allow(schemaAnswerMsMax);
  try {
    await session.run('BEGIN');
    await session.run('SET LOCAL statement_timeout = 0');
    for (step of expectationSteps(commit)) await session.run(step.sql, step.params);
    for (const [i, change] of commit.changes.entries()) {
      for (step of stepsOf(change, i)) await session.run(step.sql, step.params);
    }
    for (step of referenceSteps(commit)) await session.run(step.sql, step.params);
    step = log;
    const { rows } = await session.run(log.sql, log.params);
    await session.run('COMMIT');
    return { position: rows[0]![0] as Position, failed: null };
  } catch (error) {
    if (!session.isBroken) await session.run('ROLLBACK').catch(() => {});
    return { position: null, failed: [step, error] };
  } finally {
    session.allow(answerMsMax);
  }
}

function stepsOf(change: Change, index: number): Step[] {
  if (change.kind !== 'schema') return [rowStep(change, index)];
  const { change: shape } = change;
  const table = shape.kind === 'dropIndex' ? '' : shape.table;
  return tableChangeSql(shape).map((sql) => ({ sql, params: [], table, id: '', change: index }));
}
