import type { LogFields, Logger, LogLevel } from './logger.ts';

/** Counts since the start, by name. */
export interface Counts {
  readonly [name: string]: number;
}

/** A finished request, as it is reported. */
export interface RequestReport {
  readonly id: string;
  readonly method: string;
  /** Without the query, which may hold tokens. */
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  readonly error: unknown;
  /** True when the error is the program's own fault. */
  readonly isFault: boolean;
}

/** What the reporter is told at its making. */
export interface ReporterOptions {
  /** Requests that take longer are reported as slow. */
  readonly slowMs: number;
  /** Report every request. */
  readonly isDev: boolean;
}

/**
 * The one place where something that happened becomes a log line and a count: one function per event. Ids and addresses never
 * become names of counts; secrets, tokens, queries and bodies never come in.
 */
export class Reporter {
  readonly #logger: Logger;
  readonly #options: ReporterOptions;
  readonly #counts = new Map<string, number>();

  constructor(logger: Logger, options: ReporterOptions) {
    this.#logger = logger;
    this.#options = options;
  }

  /** A copy of all counts. */
  get counts(): Counts {
    return Object.fromEntries(this.#counts);
  }

  /** The server accepts requests. */
  started(address: string, elapsedMs: number): void {
    this.#report('info', 'started', 'Listening.', { address, startMs: Math.round(elapsedMs) });
  }

  /** The server was asked to stop. */
  stopping(reason: string): void {
    this.#report('info', 'stopping', 'Stopping.', { reason });
  }

  /** The server has stopped. */
  stopped(elapsedMs: number): void {
    const requests = this.#counts.get('requestDone') ?? 0;
    this.#report('info', 'stopped', 'Stopped.', { stopMs: Math.round(elapsedMs), requests });
  }

  /** What another thread has logged; it was counted there. */
  relayed(thread: number, level: LogLevel, message: string, fields: LogFields): void {
    this.#logger.log(level, message, { thread, ...fields });
  }

  /** Adds what another thread has counted. */
  absorb(counts: Counts): void {
    for (const [name, count] of Object.entries(counts)) this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  /** A thread that answers requests has ended by itself; the others go on. `restartInMs`: null when it is given up. */
  threadDied(thread: number, error: unknown, restartInMs: number | null): void {
    const next = restartInMs === null ? {} : { restartInMs };
    const message = `A thread died and is ${restartInMs === null ? 'given up' : 'started again'}.`;
    this.#report('error', 'threadDied', message, { thread, ...next, ...describe(error) });
  }

  /** A part of the server did not start, drain or stop as it should. */
  partFailed(part: string, step: string, error: unknown): void {
    this.#report('error', 'partFailed', `A part of the server failed to ${step}.`, { part, ...describe(error) });
  }

  /** A request was answered. Ordinary ones are only counted unless every request is reported. */
  requestDone(report: RequestReport): void {
    this.#count('requestDone');
    if (report.status >= 500) this.#count('requestFailed');
    const { id, method, path, status, isFault } = report;
    const isSlow = report.durationMs > this.#options.slowMs;
    if (!isFault && !isSlow && !this.#options.isDev) return;
    const durationMs = Math.round(report.durationMs * 100) / 100;
    const level: LogLevel = isFault ? 'error' : isSlow ? 'warn' : 'info';
    const message = isFault ? 'A request failed.' : isSlow ? 'A request was slow.' : 'Request.';
    const details = report.error === undefined ? {} : describe(report.error, isFault || this.#options.isDev);
    this.#logger.log(level, message, { id, method, path, status, durationMs, ...details });
  }

  /** A finished answer was sent from a cache, before anything else looked at the request. */
  requestAnsweredQuickly(): void {
    this.#count('requestDone');
    this.#count('requestQuick');
  }

  /** The database refused a commit: a conflict or a taken unique value. Ordinary; counted only. */
  commitRefused(kind: string): void {
    this.#report('debug', 'commitRefused', 'A commit was refused.', { kind });
  }

  /** Nobody knows whether a commit happened. */
  commitUnknown(error: unknown): void {
    this.#report('error', 'commitUnknown', 'The outcome of a commit is unknown.', describe(error));
  }

  /** The store cannot be written any more; the process ends and recovers from the log at its next start. */
  storeFailed(error: unknown): void {
    this.#report('error', 'storeFailed', 'The store failed. Nothing more is acknowledged.', describe(error));
  }

  /** A reader of the log fell behind what is kept for it, or threw. */
  consumerFailed(consumer: string, error: unknown): void {
    this.#report('error', 'consumerFailed', 'A consumer of the log failed.', { consumer, ...describe(error) });
  }

  /** A realtime client did not read its messages and was dropped. */
  clientTooSlow(queuedMessages: number, queuedBytes: number): void {
    this.#report('debug', 'clientTooSlow', 'A realtime client was dropped: too slow.', { queuedMessages, queuedBytes });
  }

  /** A mail could not be handed over. The address is personal and stays out. */
  mailFailed(error: unknown): void {
    this.#report('error', 'mailFailed', 'A mail could not be sent.', describe(error));
  }

  /** An image could not be resized; the original was served. */
  thumbFailed(error: unknown): void {
    this.#report('debug', 'thumbFailed', 'An image could not be resized.', describe(error));
  }

  /** An error reached the top of the process. The process goes on. */
  uncaught(error: unknown): void {
    this.#report('error', 'uncaught', 'An error was not handled.', describe(error));
  }

  /** Something else that whoever runs the server should know. */
  notice(message: string, fields: LogFields = {}): void {
    this.#report('info', 'notice', message, fields);
  }

  /** Something else that whoever runs the server should look at. */
  warning(message: string, fields: LogFields = {}): void {
    this.#report('warn', 'warning', message, fields);
  }

  #report(level: LogLevel, event: string, message: string, fields: LogFields): void {
    this.#count(event);
    this.#logger.log(level, message, fields);
  }

  #count(event: string): void {
    this.#counts.set(event, (this.#counts.get(event) ?? 0) + 1);
  }
}

function describe(error: unknown, withStack = true): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const cause = error.cause instanceof Error ? `${error.cause.name}: ${error.cause.message}` : undefined;
  const fields = { error: `${error.name}: ${error.message}`, ...(cause === undefined ? {} : { cause }) };
  return withStack && error.stack !== undefined ? { ...fields, stack: error.stack } : fields;
}
