import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ColumnValue } from '../../../model/commit.ts';
import { DatabaseError, type Query } from '../driver.ts';
import { siblingModule } from '../../../util/module-url.ts';
import type { ScanReply, ScanRequest } from './scan-protocol.ts';

/** A statement that waits and runs longer than this is cancelled. */
export const scanMsMax = 3000;
/** How many statements may wait for a free process; one more is refused. */
const queueMax = 128;
const idleMsMax = 60_000;

interface Task {
  readonly query: Query;
  readonly resolve: (rows: ColumnValue[][]) => void;
  readonly reject: (error: DatabaseError) => void;
  readonly timer: NodeJS.Timeout;
  isOver: boolean;
}

/**
 * Runs statements that may visit many rows in helper processes: started when first needed, at most `processesMax`, ended
 * after a minute without work. A statement that takes longer than 3 s is cancelled by killing its process.
 */
export class ScanPool {
  readonly #file: string;
  readonly #processesMax: number;
  readonly #members = new Set<Member>();
  readonly #queue: Task[] = [];
  #isClosed = false;

  constructor(file: string, processesMax: number) {
    this.#file = file;
    this.#processesMax = processesMax;
  }

  /** Rejects with `DatabaseError`: `query`, `timeout` after 3 s in all, `unavailable` when too many wait or on closing. */
  run(query: Query): Promise<ColumnValue[][]> {
    if (this.#isClosed) return Promise.reject(new DatabaseError('unavailable', 'The database is closed.'));
    if (this.#queue.length >= queueMax) {
      return Promise.reject(new DatabaseError('unavailable', 'Too many slow statements are waiting.'));
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#cancel(task), scanMsMax);
      const task: Task = { query, resolve, reject, timer, isOver: false };
      this.#queue.push(task);
      this.#assign();
    });
  }

  /** Kills every process; statements in flight are rejected. Resolves when they are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const task of this.#queue.splice(0)) finish(task, new DatabaseError('unavailable', 'The database is closed.'));
    await Promise.all([...this.#members].map((member) => member.kill()));
  }

  #assign(): void {
    for (const member of this.#members) {
      if (this.#queue.length === 0) return;
      if (!member.isBusy) member.start(this.#queue.shift()!);
    }
    if (this.#queue.length === 0 || this.#members.size >= this.#processesMax) return;
    const member = new Member(this.#file, {
      onFree: () => this.#assign(),
      onGone: () => {
        this.#members.delete(member);
        if (!this.#isClosed) this.#assign();
      },
    });
    this.#members.add(member);
    member.start(this.#queue.shift()!);
  }

  #cancel(task: Task): void {
    const waiting = this.#queue.indexOf(task);
    if (waiting >= 0) this.#queue.splice(waiting, 1);
    for (const member of this.#members) if (member.task === task) void member.kill();
    finish(task, new DatabaseError('timeout', 'The statement took too long.'));
  }
}

/** One helper process with at most one statement. */
class Member {
  readonly #child: ChildProcess;
  readonly #onFree: () => void;
  readonly #gone: Promise<void>;
  #idleTimer: NodeJS.Timeout | null = null;
  #number = 0;
  task: Task | null = null;

  constructor(file: string, events: { readonly onFree: () => void; readonly onGone: () => void }) {
    this.#onFree = events.onFree;
    this.#child = fork(fileURLToPath(siblingModule(import.meta.url, 'scan-process')), [file], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
      env: {},
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
    finish(task, 'rows' in reply ? reply.rows : new DatabaseError(reply.error.kind, reply.error.message));
    this.#idleTimer = setTimeout(() => void this.kill(), idleMsMax);
    this.#idleTimer.unref();
    this.#onFree();
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
