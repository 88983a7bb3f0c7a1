import { execFile, type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

const run = promisify(execFile);
/** Where Debian keeps the programs of its PostgreSQL. */
const programs = '/usr/lib/postgresql/15/bin';
const startMsMax = 30_000;

/** How to start a server. */
export interface StartPostgresOptions {
  /** Whether commits wait for the disk. Off makes tests fast; one that speaks of durability needs it on. Default false. */
  readonly fsync?: boolean;
  /** More settings, as in `postgresql.conf`. */
  readonly settings?: { readonly [name: string]: string };
}

/**
 * A PostgreSQL server of its own: an empty data folder, a free loopback port, trusted connections.
 *
 * @example
 * await using server = await startPostgres();
 * const url = await server.createDatabase();
 */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<PostgresUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'pando-postgres-'));
  const server = new PostgresUnderTest(folder, await ownerOf(folder), options);
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}

interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** The server refuses to run as root: then another user gets the folder. */
async function ownerOf(folder: string): Promise<Owner> {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)),
  );
  await chown(folder, uid!, gid!);
  return { uid: uid!, gid: gid! };
}

export class PostgresUnderTest implements AsyncDisposable {
  readonly #folder: string;
  readonly #owner: Owner;
  readonly #options: StartPostgresOptions;
  #process: ChildProcess | null = null;
  #port = 0;
  #databases = 0;

  constructor(folder: string, owner: Owner, options: StartPostgresOptions) {
    this.#folder = folder;
    this.#owner = owner;
    this.#options = options;
  }

  get port(): number {
    return this.#port;
  }

  /** The process id of the server; 0 while it is down. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async initialise(): Promise<void> {
    const args = ['-D', join(this.#folder, 'data'), '-U', 'pando', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'];
    await run(join(programs, 'initdb'), [...args, '--no-sync'], { ...this.#owner, cwd: this.#folder });
    this.#port = await findFreePort();
  }

  /** Starts the server (again) on its port and waits until it answers. */
  async start(): Promise<void> {
    const settings = {
      listen_addresses: '127.0.0.1',
      port: String(this.#port),
      unix_socket_directories: '',
      fsync: this.#options.fsync === true ? 'on' : 'off',
      shared_buffers: '32MB',
      max_wal_size: '256MB',
      log_min_messages: 'fatal',
      ...this.#options.settings,
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    this.#process = spawn(join(programs, 'postgres'), ['-D', join(this.#folder, 'data'), ...flags], {
      ...this.#owner,
      cwd: this.#folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let output = '';
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4000);
    });
    const deadline = Date.now() + startMsMax;
    while (!(await this.#answers())) {
      if (this.#process.exitCode !== null || Date.now() > deadline) {
        throw new Error(`PostgreSQL did not start:\n${output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  /** Stops the server in the ordinary way (SIGINT: it ends all connections), or at once as a crash (SIGQUIT). */
  async stop(signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /** Creates a database, ordered as bytes unless told otherwise, and answers its URL. */
  async createDatabase(collation = 'C'): Promise<string> {
    const name = `pando_${process.pid}_${++this.#databases}`;
    await this.query(
      `CREATE DATABASE "${name}" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE '${collation}' LC_CTYPE 'C.UTF-8'`,
    );
    return this.urlOf(name);
  }

  async dropDatabase(url: string): Promise<void> {
    await this.query(`DROP DATABASE IF EXISTS "${new URL(url).pathname.slice(1)}" WITH (FORCE)`);
  }

  urlOf(database: string): string {
    return `postgres://pando@127.0.0.1:${this.#port}/${database}`;
  }

  /** Runs SQL as the superuser and answers the rows. */
  async query(sql: string, database = 'postgres'): Promise<{ readonly [column: string]: unknown }[]> {
    const client = new Client({ connectionString: this.urlOf(database) });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(sql)).rows as { readonly [column: string]: unknown }[];
    } finally {
      await client.end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGQUIT');
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #answers(): Promise<boolean> {
    try {
      await this.query('SELECT 1');
      return true;
    } catch {
      return false;
    }
  }
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
