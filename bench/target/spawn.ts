import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 15_000;
const POLL_MS = 25;
const LOG_TAIL_CHARACTERS = 2000;

/** A superuser that the started server has. */
export interface Credentials {
  email: string;
  password: string;
}

/** How a server is started. */
export interface SpawnOptions {
  /** More arguments of `serve`. */
  serveArguments: readonly string[];
  /** A CPU list for `taskset -c`, or undefined for all CPUs. */
  cpus: string | undefined;
  /** The folder in which the fresh data folder is made; the system's folder for temporary files unless said. */
  dataRoot: string | undefined;
}

/** A server that this program started on a fresh data folder; disposing of it stops the server and removes the folder. */
export class SpawnedServer implements AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  readonly #child: ChildProcess;

  private constructor(url: string, folder: string, child: ChildProcess) {
    this.url = url;
    this.folder = folder;
    this.#child = child;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /**
   * Starts `binary superuser upsert` and then `binary serve`, the command lines that Pando and PocketBase have in common.
   * Rejects with the end of the server's output when it does not become healthy in 20 s.
   */
  static async start(binary: string, credentials: Credentials, options: SpawnOptions): Promise<SpawnedServer> {
    const folder = await mkdtemp(path.join(options.dataRoot ?? tmpdir(), 'bench-'));
    try {
      const data = path.join(folder, 'data');
      const { email, password } = credentials;
      await promisify(execFile)(binary, ['superuser', 'upsert', email, password, '--dir', data], {
        timeout: START_TIMEOUT_MS,
      });
      const port = await findFreePort();
      const serve = ['serve', '--http', `127.0.0.1:${port}`, '--dir', data, ...options.serveArguments];
      const command =
        options.cpus === undefined ? [binary, ...serve] : ['taskset', '-c', options.cpus, binary, ...serve];
      const log = await open(path.join(folder, 'output.log'), 'w');
      const child = spawn(command[0] ?? binary, command.slice(1), { stdio: ['ignore', log.fd, log.fd] });
      // A start that fails is reported below, by the health check that finds the process gone.
      child.on('error', () => {});
      // Whatever ends this program, no server outlives it.
      const end = (): void => void child.kill('SIGTERM');
      process.once('exit', end);
      child.once('exit', () => process.off('exit', end));
      await log.close();
      const server = new SpawnedServer(`http://127.0.0.1:${port}`, folder, child);
      await server.#untilHealthy();
      return server;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #untilHealthy(): Promise<void> {
    const startedAt = performance.now();
    while (performance.now() - startedAt < START_TIMEOUT_MS) {
      if (this.#hasEnded()) break;
      const response = await fetch(`${this.url}/api/health`).catch(() => undefined);
      await response?.arrayBuffer();
      if (response?.ok === true) return;
      await sleep(POLL_MS);
    }
    const output = await readFile(path.join(this.folder, 'output.log'), 'utf8');
    await this.#stop();
    throw new Error(`the server did not start:\n${output.slice(-LOG_TAIL_CHARACTERS)}`);
  }

  #hasEnded(): boolean {
    return this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #stop(): Promise<void> {
    if (this.#hasEnded()) return;
    const ended = new Promise<void>((resolve) => {
      this.#child.once('exit', () => resolve());
    });
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no free port'));
        else resolve(address.port);
      });
    });
  });
}
