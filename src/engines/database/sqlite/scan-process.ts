// The body of a helper process that runs statements which may visit many rows. A process and not a thread, because nothing can
// stop a statement inside a thread, while a process can always be killed.
import { flushCompileCache } from 'node:module';
import os from 'node:os';
import { isMainThread, Worker } from 'node:worker_threads';
import type { ColumnValue } from '../../../model/commit.ts';
import { openConnection } from './connection.ts';
import { toQueryError } from './local-reader.ts';
import type { ScanReply, ScanRequest, ScanResult } from './scan-protocol.ts';
import { StatementCache } from './statements.ts';

const statementsMax = 64;
const watchMs = 1000;

function serve(file: string): void {
  if (process.platform === 'linux') os.setPriority(process.pid, 5);
  const connection = openConnection(file, 'scan');
  const statements = new StatementCache(connection, statementsMax, () => undefined);
  const run = ({ sql, params }: ScanRequest): ScanResult => {
    try {
      return { rows: statements.get(sql).statement.all(...params) as unknown as ColumnValue[][] };
    } catch (error) {
      const { kind, message } = toQueryError(error);
      return { error: { kind: kind === 'unavailable' ? kind : 'query', message } };
    }
  };
  const answer = (request: ScanRequest): ScanReply => {
    const before = process.cpuUsage();
    const result = run(request);
    const { user, system } = process.cpuUsage(before);
    return { number: request.number, result, cpuMs: (user + system) / 1000 };
  };
  process.on('message', (request: ScanRequest) => void process.send!(answer(request)));
  // Nothing else keeps this process alive.
  process.on('disconnect', () => connection.close());
  // A parent that was killed cannot end a statement that is running here, so a thread watches for that.
  new Worker(new URL(import.meta.url), { workerData: null }).unref();
  // It may be killed at any moment.
  flushCompileCache();
}

function watchParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  }, watchMs);
}

if (isMainThread) serve(process.argv[2]!);
else watchParent();
