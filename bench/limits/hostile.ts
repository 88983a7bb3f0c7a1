import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Server } from '../target/server.ts';
import { type HostileInput, hostileInputs } from './hostile-inputs.ts';
import { credentials, RunningProgram } from './program.ts';

const HELD_MS_MAX = 50;
const ANSWER_TIMEOUT_MS = 60_000;
const PROBE_EVERY_MS = 5;
const thumb = '100x100';

/** Sends every hostile input to a server on the filled folder, and prints what came back and how long it held the loop. */
export async function measureHostile(folder: string, only: string, cpus: string | undefined): Promise<void> {
  await using running = await RunningProgram.start(folder, { isProbed: true, cpus });
  const server = new Server('pando', running.url, { pid: running.pid, isOneShot: false });
  await server.signIn(credentials);
  await prepare(server);
  const sender = new Sender(running.port);
  // What every request needs once is not what one request costs.
  for (let i = 0; i < 20; i += 1) await sender.send(get('/api/collections/things/records?perPage=30'));
  console.log('answer | held (CPU ms) | held (clock ms) | probe (ms) | answered in (ms) | RSS (MB) | input');
  for (const input of hostileInputs().filter(({ name }) => name.includes(only))) {
    await measureOne(running, sender, input);
    if (!input.name.startsWith('4 ')) continue;
    const path = `/api/files/things/${sender.last.id}/${sender.last.file}?thumb=${thumb}`;
    await measureOne(running, sender, { ...get(path), name: `${input.name}: its thumb` });
  }
  sender.close();
}

function get(path: string): HostileInput {
  return { name: '', method: 'GET', path, type: '', body: '' };
}

async function prepare(server: Server): Promise<void> {
  await server.call('PATCH', '/api/settings', { batch: { enabled: true, maxRequests: 50, timeout: 10 } });
  // Half of all rows under one key: an index that finds much.
  const { indexes } = await server.call('GET', '/api/collections/things');
  const halves = 'CREATE INDEX `things_public` ON `things` (`public`)';
  await server.call('PATCH', '/api/collections/things', { indexes: [...new Set([...(indexes as string[]), halves])] });
  await server.call('DELETE', '/api/collections/patterns').catch(() => undefined);
  const fields = [{ name: 'text', type: 'text', pattern: '^(a+)+$' }];
  await server.call('POST', '/api/collections', { name: 'patterns', type: 'base', createRule: '', fields });
}

async function measureOne(running: RunningProgram, sender: Sender, input: HostileInput): Promise<void> {
  await sleep(200);
  const probe = new HealthProbe(running.port);
  await probe.start();
  await running.loop();
  const startedAt = performance.now();
  const status = await sender.send(input);
  const answerMs = performance.now() - startedAt;
  const loop = await running.loop();
  const longestMs = await probe.stop();
  const mark = loop.cpuMs > HELD_MS_MAX ? '!' : ' ';
  const columns = [
    String(status).padEnd(6),
    `${mark}${loop.cpuMs.toFixed(1).padStart(7)}`,
    loop.wallMs.toFixed(1).padStart(7),
    longestMs.toFixed(1).padStart(7),
    answerMs.toFixed(0).padStart(6),
    (loop.rssBytes / 1e6).toFixed(0).padStart(4),
    input.name,
  ];
  console.log(columns.join(' | '));
}

/** Sends one request after the other and remembers the record that came back last. */
class Sender {
  readonly last = { id: '', file: '' };
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  /** The status, or 0 when the connection ended without one. */
  send({ method, path, type, body }: HostileInput): Promise<number> {
    return new Promise((resolve) => {
      const headers: Record<string, string | number> = type === '' ? {} : { 'content-type': type };
      if (method !== 'GET') headers['content-length'] = Buffer.byteLength(body);
      const options = { port: this.#port, host: '127.0.0.1', method, path, headers, agent: this.#agent };
      const sent = request({ ...options, timeout: ANSWER_TIMEOUT_MS }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', () => resolve(0));
        answer.on('end', () => {
          this.#remember(Buffer.concat(chunks).toString('utf8'));
          resolve(answer.statusCode ?? 0);
        });
      });
      sent.on('timeout', () => sent.destroy());
      sent.on('error', () => resolve(0));
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #remember(text: string): void {
    const [, id] = /"id":"([^"]+)"/.exec(text) ?? [];
    const [, file] = /"file":"([^"]+)"/.exec(text) ?? [];
    if (id !== undefined && file !== undefined) Object.assign(this.last, { id, file });
  }
}

/** Asks for the health of the server every few milliseconds on a connection of its own: what another client notices. */
class HealthProbe {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;
  #longestMs = 0;
  #isRunning = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(port: number) {
    this.#port = port;
  }

  async start(): Promise<void> {
    await this.#ask();
    this.#isRunning = true;
    this.#ended = this.#run();
  }

  /** The longest that an answer took, in milliseconds. */
  async stop(): Promise<number> {
    this.#isRunning = false;
    await this.#ended;
    this.#agent.destroy();
    return this.#longestMs;
  }

  async #run(): Promise<void> {
    while (this.#isRunning) {
      const startedAt = performance.now();
      await this.#ask();
      this.#longestMs = Math.max(this.#longestMs, performance.now() - startedAt);
      await sleep(PROBE_EVERY_MS);
    }
  }

  #ask(): Promise<void> {
    return new Promise((resolve) => {
      const options = { port: this.#port, host: '127.0.0.1', path: '/api/health', agent: this.#agent };
      const sent = request(options, (answer) => {
        answer.resume();
        answer.on('end', resolve);
      });
      sent.on('error', () => resolve());
      sent.end();
    });
  }
}
