import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const program = join(import.meta.dirname, '../../../bin/pando');
const host = '127.0.0.1';
const readyTimeoutMs = 30_000;
const stopTimeoutMs = 40_000;

export interface PandoOptions {
  dataDir: string;
  publicDir: string;
  port: number;
  superuser: { email: string; password: string };
}

export interface RunningPando extends AsyncDisposable {
  url: string;
  /** Resolves with the exit code when the process ends, for whatever reason. */
  ended: Promise<number | null>;
}

/** The first free port from `wanted` up. Throws after fifty taken ones. */
export async function findFreePort(wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + 50; port += 1) {
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port between ${wanted} and ${wanted + 49}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}

/**
 * Starts `bin/pando serve` on a data folder, with a superuser, and waits until it answers.
 * Disposing it sends SIGTERM and waits for the end. Throws if it does not come up within half a minute.
 */
export async function startPando({ dataDir, publicDir, port, superuser }: PandoOptions): Promise<RunningPando> {
  const upsert = spawn(program, ['superuser', 'upsert', superuser.email, superuser.password, '--dir', dataDir], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await endOf(upsert);
  if (code !== 0) throw new Error(`pando superuser upsert ended with ${code}`);
  // In a group of its own: a Ctrl-C in the terminal reaches this program only, which then asks the child to stop, once.
  const child = spawn(
    program,
    ['serve', '--http', `${host}:${port}`, '--dir', dataDir, '--public', publicDir, '--log-level', 'error'],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      detached: true,
    },
  );
  const ended = endOf(child);
  const url = `http://${host}:${port}`;
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    await ended;
    clearTimeout(timer);
  };
  try {
    await waitUntilHealthy(url, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, ended, [Symbol.asyncDispose]: stop };
}

async function endOf(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : null;
}

async function waitUntilHealthy(url: string, child: ChildProcess): Promise<void> {
  for (const start = Date.now(); Date.now() - start < readyTimeoutMs; await delay(60)) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('pando ended while starting');
    const health = await fetch(`${url}/api/health`).catch(() => undefined);
    if (health?.ok) return;
  }
  throw new Error(`pando did not answer at ${url} within ${readyTimeoutMs / 1000} seconds`);
}
