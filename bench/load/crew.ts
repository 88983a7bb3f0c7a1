import { Worker } from 'node:worker_threads';
import { shares } from '../statistics.ts';
import type { Address, Batch, LoadReport, Order, Reply } from './messages.ts';

/** What the whole crew measured in one run of a load. */
export interface LoadResult {
  totalMs: number;
  latenciesMs: Float64Array;
  errors: number;
  errorSamples: string[];
  /** CPU time of the generator threads as a share of the time they had, 0..1: near 1 means that the generator was the bottleneck. */
  generatorCpuShare: number;
}

/** One load as the crew takes it, before it is divided. */
export interface Load {
  main: Batch;
  beside?: Batch;
  warmUpCount?: number;
}

/** The load generator: a fixed number of threads among which a load or the event-stream clients are divided. */
export class Crew implements AsyncDisposable {
  readonly #workers: Worker[];

  /** @param size number of threads, at least 1 */
  constructor(size: number) {
    const script = new URL('./generator.ts', import.meta.url);
    this.#workers = Array.from({ length: size }, () => new Worker(script));
  }

  get size(): number {
    return this.#workers.length;
  }

  /**
   * Runs one load to its end. Rejects when no connection could be made.
   *
   * @param onReady runs after connections and warm-up, right before the clock starts
   */
  async run(
    address: Address,
    load: Load,
    options: { isOneShot: boolean; timeoutMs: number },
    onReady: () => Promise<void> = async () => {},
  ): Promise<LoadResult> {
    const parts = divide(load.main, this.#workers.length);
    const asides = load.beside === undefined ? [] : divide(load.beside, this.#workers.length);
    const used = this.#workers.slice(0, parts.length);
    await Promise.all(
      used.map((worker, index) =>
        ask(worker, {
          kind: 'load',
          ...address,
          main: parts[index] ?? load.main,
          beside: asides[index],
          warmUpCount: Math.ceil((load.warmUpCount ?? 0) / used.length),
          ...options,
        }),
      ),
    );
    await onReady();
    const replies = await Promise.all(used.map((worker) => ask(worker, { kind: 'go' })));
    return merge(replies.filter((reply) => reply.kind === 'report'));
  }

  /** Opens event-stream clients, divided among the threads. Rejects with the first refusal. */
  async listen(
    address: Address,
    count: number,
    topic: string,
    tokens: readonly string[],
    timeoutMs: number,
  ): Promise<void> {
    const counts = shares(count, this.#workers.length);
    await Promise.all(
      this.#workers.map((worker, index) =>
        ask(worker, { kind: 'listen', ...address, count: counts[index] ?? 0, topic, tokens, timeoutMs }),
      ),
    );
  }

  /** When (nanoseconds of `process.hrtime`) each client got the event with that marker; fewer than all after the timeout. */
  async arrivals(marker: string, timeoutMs: number): Promise<bigint[]> {
    const replies = await Promise.all(this.#workers.map((worker) => ask(worker, { kind: 'await', marker, timeoutMs })));
    return replies.flatMap((reply) => (reply.kind === 'arrivals' ? [...reply.arrivedNs] : []));
  }

  /** Closes all event-stream clients. */
  async hangUp(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => ask(worker, { kind: 'hang-up' })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/** Divides a batch among at most `parts` threads; each gets at least one request under way. */
function divide(batch: Batch, parts: number): Batch[] {
  const used = Math.max(1, Math.min(parts, batch.concurrency, batch.count));
  const counts = shares(batch.count, used);
  const concurrencies = shares(batch.concurrency, used);
  return counts.map((count, part) => ({
    requests: batch.requests.length === 1 ? batch.requests : batch.requests.filter((_, index) => index % used === part),
    count,
    concurrency: concurrencies[part] ?? 1,
  }));
}

function merge(reports: readonly LoadReport[]): LoadResult {
  let startedNs = reports[0]?.startedNs ?? 0n;
  let endedNs = reports[0]?.endedNs ?? 0n;
  let cpuMs = 0;
  const latencies: number[][] = [];
  for (const report of reports) {
    if (report.startedNs < startedNs) startedNs = report.startedNs;
    if (report.endedNs > endedNs) endedNs = report.endedNs;
    cpuMs += report.cpuMs;
    latencies.push([...report.latenciesMs]);
  }
  const totalMs = Number(endedNs - startedNs) / 1e6;
  return {
    totalMs,
    latenciesMs: Float64Array.from(latencies.flat()),
    errors: reports.reduce((sum, report) => sum + report.errors, 0),
    errorSamples: reports.flatMap((report) => report.errorSamples),
    generatorCpuShare: cpuMs / (totalMs * reports.length),
  };
}

/** Gives one thread an order and waits for its reply; a thread has at most one order at a time. */
function ask(worker: Worker, order: Order): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
    };
    const onMessage = (reply: Reply): void => {
      settle();
      if (reply.kind === 'failed') reject(new Error(`load generator: ${reply.message}`));
      else resolve(reply);
    };
    const onError = (error: unknown): void => {
      settle();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.postMessage(order);
  });
}
