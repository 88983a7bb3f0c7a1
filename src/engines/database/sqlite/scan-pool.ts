import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ColumnValue } from '../../../model/commit.ts';
import { compileCacheEnvironment } from '../../../util/compile-cache.ts';
import { LruMap } from '../../../util/lru-map.ts';
import { DatabaseError, type Query } from '../driver.ts';
import { siblingModule } from '../../../util/module-url.ts';
import type { ScanReply, ScanRequest } from './scan-protocol.ts';

/** A statement that waits and runs longer than this is cancelled. */
export const scanMsMaxDefault = 3000;
/** How many statements may wait for a free process; one more is refused. */
export const scanQueueMax = 1000;
/** A text whose last run took longer than this counts as slow. */
const slowMs = 250;
const slowTextsMax = 1000;
const idleMsMax = 60_000;

interface Task {
  readonly query: Query;
  readonly resolve: (rows: ColumnValue[][]) => void;
  readonly reject: (error: DatabaseError) => void;
  readonly timer: NodeJS.Timeout;
  startedMs: number;
  isOver: boolean;
}

/**
 * Runs statements that may visit many rows in helper processes: started when first needed, at most `processesMax`, ended
 * after a minute without work. A statement that takes longer than `msMax`, waiting included, is cancelled by killing its process.
 *
 * Texts that were slow the last time wait in a queue of their own and never hold the last process, so that those who ask for little
 * are not kept waiting by those who ask for much.
 */
export class ScanPool {
  readonly #file: string;
  readonly #processesMax: number;
  readonly #msMax: number;
  readonly #members = new Set<Member>();
  readonly #quick: Task[] = [];
  readonly #slow: Task[] = [];
  readonly #slowTexts = new LruMap<string, true>(slowTextsMax);
  #isClosed = false;

  constructor(file: string, options: { readonly processesMax: number; readonly msMax: number }) {
    this.#file = file;
    this.#processesMax = options.processesMax;
    this.#msMax = options.msMax;
  }

  /** Rejects with `DatabaseError`: `query`, `timeout` after `msMax` in all, `unavailable` when too many wait or on closing. */
  run(query: Query): Promise<ColumnValue[][]> {
    if (this.#isClosed) return Promise.reject(new DatabaseError('unavailable', 'The database is closed.'));
    if (this.#quick.length + this.#slow.length >= scanQueueMax) {
      return Promise.reject(new DatabaseError('unavailable', 'Too many slow statements are waiting.'));
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#cancel(task), this.#msMax);
      const task: Task = { query, resolve, reject, timer, startedMs: 0, isOver: false };
      (this.#isSlow(task) ? this.#slow : this.#quick).push(task);
      this.#assign();
    });
  }

  /** Kills every process; statements in flight are rejected. Resolves when they are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const task of [...this.#quick.splice(0), ...this.#slow.splice(0)])
      finish(task, new DatabaseError('unavailable', 'The database is closed.'));
    await Promise.all([...this.#members].map((member) => member.kill()));
  }

  #assign(): void {
    for (const member of this.#members) if (!member.isBusy && !this.#startNext(member)) return;
    while (this.#members.size < this.#processesMax) {
      if (this.#quick.length === 0 && !this.#maySlowRun()) return;
      const member = new Member(this.#file, {
        onEnd: (task, cpuMs) => this.#remember(task, cpuMs),
        onFree: () => this.#assign(),
        onGone: () => {
          this.#members.delete(member);
          if (!this.#isClosed) this.#assign();
        },
      });
      this.#members.add(member);
      this.#startNext(member);
    }
  }

  /** False when there is nothing that this process may do now. */
  #startNext(member: Member): boolean {
    const task = this.#quick.shift() ?? (this.#maySlowRun() ? this.#slow.shift() : undefined);
    if (task === undefined) return false;
    task.startedMs = performance.now();
    member.start(task);
    return true;
  }

  #maySlowRun(): boolean {
    if (this.#slow.length === 0) return false;
    let running = 0;
    for (const { task } of this.#members) if (task !== null && this.#isSlow(task)) running++;
    return running < Math.max(1, this.#processesMax - 1);
  }

  #isSlow(task: Task): boolean {
    return this.#slowTexts.get(task.query.sql) !== undefined;
  }

  #remember(task: Task, tookMs: number): void {
    if (tookMs > slowMs) this.#slowTexts.set(task.query.sql, true);
    else this.#slowTexts.delete(task.query.sql);
  }

  #cancel(task: Task): void {
    for (const queue of [this.#quick, this.#slow]) {
      const place = queue.indexOf(task);
      if (place >= 0) queue.splice(place, 1);
    }
    for (const member of this.#members) {
      if (member.task !== task) continue;
      this.#remember(task, performance.now() - task.startedMs);
      void member.kill();
    }
    finish(task, new DatabaseError('timeout', 'The statement took too long.'));
  }
}

interface MemberEvents {
  /** A statement was answered. */
  readonly onEnd: (task: Task, cpuMs: number) => void;
  readonly onFree: () => void;
  readonly onGone: () => void;
}

/** One helper process with at most one statement. */
class Member {
  readonly #child: ChildProcess;
  readonly #events: MemberEvents;
  readonly #gone: Promise<void>;
  #idleTimer: NodeJS.Timeout | null = null;
  #number = 0;
  task: Task | null = null;

  constructor(file: string, events: MemberEvents) {
    this.#events = events;
    this.#child = fork(fileURLToPath(siblingModule(import.meta.url, 'scan-process')), [file], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // Rows are all it holds, and they are gone when they were sent.
      execArgv: ['--max-semi-space-size=2', '--heap-growing-percent=20'],
      env: compileCacheEnvironment(),
    });
    this.#child.unref();
    this.#child.channel?.unref();
    this.#child.on('message', (reply: ScanReply) => this.#answer(reply));
    this.#gone = new Promise((resolve) => {
      const end = (): void => {
        if (this.task !== null) finish(this.task, new DatabaseError('unavailable', 'The helper process ended.'));
        this.task = null;
        this.#stopIdleTimer();
        events.onGone();
        resolve();
      };
      this.#child.once('exit', end);
      this.#child.once('error', end);
    });
  }

  get isBusy(): boolean {
    return this.task !== null;
  }

  start(task: Task): void {
    this.task = task;
    this.#stopIdleTimer();
    const request: ScanRequest = { number: ++this.#number, sql: task.query.sql, params: task.query.params };
    // A failing send is followed by 'exit', which answers the task.
    this.#child.send(request, () => undefined);
  }

  kill(): Promise<void> {
    // Whoever waits for the end must be able to: an unreferenced child would let this process go first.
    this.#child.ref();
    this.#child.kill('SIGKILL');
    return this.#gone;
  }

  #answer(reply: ScanReply): void {
    const { task } = this;
    if (task === null || reply.number !== this.#number) return;
    this.task = null;
    this.#events.onEnd(task, reply.cpuMs);
    const { result } = reply;
    finish(task, 'rows' in result ? result.rows : new DatabaseError(result.error.kind, result.error.message));
    this.#idleTimer = setTimeout(() => void this.kill(), idleMsMax);
    this.#idleTimer.unref();
    this.#events.onFree();
  }

  #stopIdleTimer(): void {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#idleTimer = null;
  }
}

function finish(task: Task, result: ColumnValue[][] | DatabaseError): void {
  if (task.isOver) return;
  task.isOver = true;
  clearTimeout(task.timer);
  if (result instanceof DatabaseError) task.reject(result);
  else task.resolve(result);
}
