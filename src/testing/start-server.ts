import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The superuser that exists on every server under test. */
export const superuserEmail = 'admin@example.com';
export const superuserPassword = 'a long enough password';

const startTimeoutMs = 20_000;
const stopTimeoutMs = 15_000;
const outputTailCharsMax = 8_000;
const startAttemptsMax = 3;

/** A server that a test talks to. Over HTTP only: what it is made of is not the test's business. */
export type ServerUnderTest = AsyncDisposable & {
  /** Origin without a trailing slash, as `http://127.0.0.1:41234`. */
  readonly baseUrl: string;
  readonly email: string;
  readonly password: string;
  /** The data folder; `''` for a server that runs elsewhere. */
  readonly dataDir: string;
  /** The server's process; 0 for a server that runs elsewhere. Changes with `restart()`. */
  readonly pid: number;
  /** True for another product that speaks the same API: scenarios marked `pandoOnly` are skipped on it. */
  readonly isPeer: boolean;
  /** The last lines the process printed, for failure messages. */
  output(): string;
  /** Asks the process to end (SIGTERM) and removes the data folder. A second call does nothing. */
  stop(): Promise<void>;
  /** Ends the process at once (SIGKILL); the data folder stays, for `restart()`. */
  kill(): Promise<void>;
  /** Starts a new process on the same data folder and the same address. */
  restart(): Promise<void>;
};

export type StartServerOptions = {
  /** More arguments for `serve`, as `['--threads', '2']`. */
  args?: readonly string[];
  /** More environment variables of the process. */
  environment?: Readonly<Record<string, string>>;
};

/**
 * Starts a server for one test file, on a free port and an empty data folder, with one superuser.
 *
 * What is started is `bin/pando` of this clone, unless one of these variables is set:
 * - `PANDO_TEST_SERVER=/path/to/program`: that program with the same command lines
 *   (`superuser upsert EMAIL PASSWORD --dir DIR` and `serve --http HOST:PORT --dir DIR`). A program not named `pando` counts as a peer.
 * - `PANDO_TEST_TARGET=http://host:port`: nothing is started; that server is used as it is. It must know the superuser
 *   `superuserEmail` / `superuserPassword`. With `PANDO_TEST_PEER=1` it counts as a peer.
 *
 * Fails with the program's own output when it exits or does not answer `GET /api/health` within 20 s.
 *
 * @example
 * await using server = await startServer();
 * const answer = await fetch(`${server.baseUrl}/api/health`);
 */
export async function startServer(options: StartServerOptions = {}): Promise<ServerUnderTest> {
  const target = process.env['PANDO_TEST_TARGET'];
  if (target !== undefined && target !== '') return useRunningServer(target);
  const program = process.env['PANDO_TEST_SERVER'] || fileURLToPath(new URL('../../bin/pando', import.meta.url));
  const parent = await mkdtemp(join(tmpdir(), 'pando-test-'));
  const server = new StartedServer(program, parent, options);
  try {
    await server.open();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

function useRunningServer(target: string): ServerUnderTest {
  const refuse = async (): Promise<void> => {
    throw new Error('a server given by PANDO_TEST_TARGET is not ours to stop');
  };
  return {
    baseUrl: target.replace(/\/+$/, ''),
    email: superuserEmail,
    password: superuserPassword,
    dataDir: '',
    pid: 0,
    isPeer: process.env['PANDO_TEST_PEER'] === '1',
    output: () => '',
    stop: async () => {},
    kill: refuse,
    restart: refuse,
    [Symbol.asyncDispose]: async () => {},
  };
}

class StartedServer implements ServerUnderTest {
  readonly email = superuserEmail;
  readonly password = superuserPassword;
  readonly dataDir: string;
  readonly isPeer: boolean;
  readonly #program: string;
  readonly #parent: string;
  readonly #options: StartServerOptions;
  #port = 0;
  #process: ChildProcess | undefined;
  #output = '';
  #isStopped = false;

  constructor(program: string, parent: string, options: StartServerOptions) {
    this.#program = program;
    this.#parent = parent;
    this.#options = options;
    this.dataDir = join(parent, 'data');
    this.isPeer = basename(program) !== 'pando';
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  output(): string {
    return this.#output;
  }

  async open(): Promise<void> {
    await mkdir(this.dataDir);
    const upsert = this.#spawn(['superuser', 'upsert', this.email, this.password, '--dir', this.dataDir]);
    const [exitCode] = (await once(upsert, 'close')) as [number | null];
    if (exitCode !== 0) throw new Error(`superuser upsert ended with ${exitCode}:\n${this.#output}`);
    // Between finding a free port and listening on it somebody else may take it.
    for (let attempt = 1; ; attempt += 1) {
      this.#port = await findFreePort();
      try {
        return await this.restart();
      } catch (error) {
        if (attempt === startAttemptsMax || !/EADDRINUSE|address already in use/i.test(this.#output)) throw error;
      }
    }
  }

  async restart(): Promise<void> {
    await this.kill();
    const address = `127.0.0.1:${this.#port}`;
    const child = this.#spawn(['serve', '--http', address, '--dir', this.dataDir, ...(this.#options.args ?? [])]);
    this.#process = child;
    const deadline = Date.now() + startTimeoutMs;
    while (!(await isHealthy(this.baseUrl))) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`the server ended with ${child.exitCode ?? child.signalCode}:\n${this.#output}`);
      }
      if (Date.now() > deadline) {
        await this.kill();
        throw new Error(`the server did not answer within ${startTimeoutMs} ms:\n${this.#output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.#end('SIGTERM');
    await rm(this.#parent, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #spawn(args: readonly string[]): ChildProcess {
    const environment = { ...process.env, ...this.#options.environment };
    const child = spawn(this.#program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString('utf8')).slice(-outputTailCharsMax);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('error', (error) => keep(Buffer.from(`${error.message}\n`)));
    return child;
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    await ended;
    clearTimeout(timer);
  }
}

async function isHealthy(baseUrl: string): Promise<boolean> {
  try {
    const answer = await fetch(`${baseUrl}/api/health`, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false;
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
