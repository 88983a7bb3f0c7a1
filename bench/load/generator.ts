/** The thread that makes load: takes one order at a time from the main thread and replies when it is carried out. */
import { parentPort } from 'node:worker_threads';
import { ClosedLoop } from './closed-loop.ts';
import { Listeners } from './listeners.ts';
import type { LoadOrder, LoadReport, Order, Reply } from './messages.ts';

const DONE: Reply = { kind: 'done', errors: 0, errorSamples: [] };

/** What the thread holds between two orders: the load that waits for its start, and the open event streams. */
class Generator {
  readonly #listeners = new Listeners();
  #order: LoadOrder | undefined;
  #main: ClosedLoop | undefined;
  #beside: ClosedLoop | undefined;

  carryOut(order: Order): Promise<Reply> {
    if (order.kind === 'load') return this.#prepare(order);
    if (order.kind === 'go') return this.#measure();
    if (order.kind === 'await') return this.#listeners.arrivals(order.marker, order.timeoutMs);
    if (order.kind === 'listen') return this.#listeners.open(order).then(() => DONE);
    this.#listeners.close();
    return Promise.resolve(DONE);
  }

  async #prepare(order: LoadOrder): Promise<Reply> {
    this.#order = order;
    this.#main = new ClosedLoop(order, order.main, order);
    this.#beside = order.beside === undefined ? undefined : new ClosedLoop(order, order.beside, order);
    await this.#main.open();
    await this.#beside?.open();
    const { errors, errorSamples } = await this.#main.run(Math.min(order.warmUpCount, order.main.count));
    return { kind: 'done', errors, errorSamples };
  }

  async #measure(): Promise<LoadReport> {
    if (this.#order === undefined || this.#main === undefined) throw new Error('there is no load to start');
    const cpuBefore = process.threadCpuUsage();
    const startedNs = process.hrtime.bigint();
    const besideResult = this.#beside?.run();
    const result = await this.#main.run();
    const endedNs = process.hrtime.bigint();
    const cpu = process.threadCpuUsage(cpuBefore);
    const aside = await besideResult;
    this.#main.close();
    this.#beside?.close();
    return {
      kind: 'report',
      startedNs,
      endedNs,
      latenciesMs: result.latenciesMs,
      errors: result.errors + (aside?.errors ?? 0),
      errorSamples: [...result.errorSamples, ...(aside?.errorSamples ?? [])],
      cpuMs: (cpu.user + cpu.system) / 1000,
    };
  }
}

const port = parentPort;
if (port !== null) {
  const generator = new Generator();
  port.on('message', (order: Order) => {
    generator.carryOut(order).then(
      (reply) => port.postMessage(reply),
      (error: unknown) => {
        const reply: Reply = { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
        port.postMessage(reply);
      },
    );
  });
}
