import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { LoopReport } from './loop-probe.ts';

export const program = path.join(import.meta.dirname, '..', '..', 'bin', 'pando');
export const credentials = { email: 'limits@example.com', password: 'limits and promises' };

const START_TIMEOUT_MS = 30_000;
const POLL_MS = 3;
const REPORT_TIMEOUT_MS = 120_000;

/** How to start the program. */
export interface RunOptions {
  /** Measure the event loop from inside. */
  isProbed?: boolean;
  /** A CPU list for `taskset -c`. */
  cpus?: string;
  /** More arguments of `serve`. */
  serveArguments?: readonly string[];
}

/** `bin/pando serve` on an existing data folder; disposing of it stops it with SIGTERM. */
export class RunningProgram implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  /** From the start of the process to the answer of `/api/health`. */
  readonly startMs: number;
  readonly #child: ChildProcess;
  readonly #probeFile: string;

  private constructor(folder: string, port: number, startMs: number, child: ChildProcess, probeFile: string) {
    this.folder = folder;
    this.port = port;
    this.startMs = startMs;
    this.#child = child;
    this.#probeFile = probeFile;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Starts the program; rejects when it does not answer within 30 s. */
  static async start(folder: string, options: RunOptions = {}): Promise<RunningProgram> {
    const port = await findFreePort();
    const probeFile = `${folder}.probe-${port}`;
    const probe = path.join(import.meta.dirname, 'loop-probe.ts');
    const nodeOptions = `${process.env['NODE_OPTIONS'] ?? ''} --import file://${probe}`;
    const env =
      options.isProbed === true
        ? { ...process.env, NODE_OPTIONS: nodeOptions, LOOP_PROBE_FILE: probeFile }
        : process.env;
    const more = ['--log-level', 'error', ...(options.serveArguments ?? [])];
    const serve = [program, 'serve', '--http', `127.0.0.1:${port}`, '--dir', folder, ...more];
    const command = options.cpus === undefined ? serve : ['taskset', '-c', options.cpus, ...serve];
    const startedAt = performance.now();
    const child = spawn(command[0] ?? program, command.slice(1), { stdio: ['ignore', 'ignore', 'inherit'], env });
    const end = (): void => void child.kill('SIGTERM');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    while (!(await isHealthy(port))) {
      if (child.exitCode !== null || performance.now() - startedAt > START_TIMEOUT_MS) {
        child.kill('SIGKILL');
        throw new Error(`the server did not start (exit code ${child.exitCode})`);
      }
      await sleep(POLL_MS);
    }
    return new RunningProgram(folder, port, performance.now() - startedAt, child, probeFile);
  }

  /** What the probe inside saw since the last call. Rejects when the server does not tell within two minutes. */
  async loop(): Promise<LoopReport> {
    await rm(this.#probeFile, { force: true });
    process.kill(this.pid, 'SIGUSR2');
    for (const startedAt = performance.now(); performance.now() - startedAt < REPORT_TIMEOUT_MS; ) {
      const text = await readFile(this.#probeFile, 'utf8').catch(() => undefined);
      if (text !== undefined) return JSON.parse(text) as LoopReport;
      await sleep(POLL_MS);
    }
    throw new Error('the probe in the server does not answer');
  }

  /** Resident memory in bytes, as `ps` tells it: all of it, and what is the process's own rather than mapped from files. */
  async memory(): Promise<{ rssBytes: number; anonymousBytes: number }> {
    const text = await readFile(`/proc/${this.pid}/status`, 'utf8');
    const bytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)?.[1] ?? 0) * 1024;
    return { rssBytes: bytes('VmRSS'), anonymousBytes: bytes('RssAnon') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
    await rm(this.#probeFile, { force: true });
  }
}

/** Makes the superuser in `credentials`; makes the folder where there is none. */
export async function upsertSuperuser(folder: string): Promise<void> {
  const { email, password } = credentials;
  await promisify(execFile)(program, ['superuser', 'upsert', email, password, '--dir', folder]);
}

function isHealthy(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.write('GET /api/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    });
    socket.once('data', (bytes) => {
      socket.destroy();
      resolve(bytes.toString('latin1').startsWith('HTTP/1.1 200'));
    });
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
  });
}

async function findFreePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
