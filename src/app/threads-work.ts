import type { MessagePort } from 'node:worker_threads';
import type { Hashing } from '../services/auth/passwords.ts';
import type { Resizer } from '../services/files/thumb-pool.ts';
import type { ThumbJob } from '../services/files/thumb-process.ts';
import { QueueFullError } from '../util/async.ts';

/** Work of one thread that may be under way; more is refused as if the queue were full. */
const callsMax = 10_000;

type Work =
  | { readonly of: 'hash'; readonly password: string }
  | { readonly of: 'matches'; readonly hash: string; readonly password: string }
  | { readonly of: 'resize'; readonly job: ThumbJob };

/** What a thread asks for, and what it is answered: the result, the queue that was full, or what failed. */
type Call = Work & { readonly number: number };
type Reply = { readonly number: number } & (
  | { readonly result: string | boolean }
  | { readonly fullQueue: string }
  | { readonly failure: string }
);

/** Does the work of another thread, in the same bounded queues as everyone's. A thread that is gone leaves nothing behind. */
export function serveWork(port: MessagePort, workers: { readonly hashing: Hashing; readonly resizer: Resizer }): void {
  const { hashing, resizer } = workers;
  const run = (work: Work): Promise<string | boolean> => {
    if (work.of === 'hash') return hashing.hash(work.password);
    return work.of === 'matches' ? hashing.matches(work.hash, work.password) : resizer.resize(work.job);
  };
  const answer = async (call: Call): Promise<Reply> => {
    const { number } = call;
    try {
      return { number, result: await run(call) };
    } catch (error) {
      if (error instanceof QueueFullError) return { number, fullQueue: error.queue };
      return { number, failure: error instanceof Error ? error.message : String(error) };
    }
  };
  port.on('message', async (call: Call) => port.postMessage(await answer(call)));
  port.unref();
}

/** The bounded work of the process, as a thread asks for it. */
export class RemoteWork implements Hashing, Resizer {
  readonly #port: MessagePort;
  readonly #calls = new Map<number, (reply: Reply) => void>();
  #last = 0;

  /** @param port its other end goes to `serveWork` */
  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (reply: Reply) => {
      this.#calls.get(reply.number)?.(reply);
      this.#calls.delete(reply.number);
    });
    // The main thread ends last; should it be gone all the same, so is the process.
    port.unref();
  }

  async hash(password: string): Promise<string> {
    return (await this.#ask({ of: 'hash', password })) as string;
  }

  async matches(hash: string, password: string): Promise<boolean> {
    return (await this.#ask({ of: 'matches', hash, password })) as boolean;
  }

  async resize(job: ThumbJob): Promise<boolean> {
    return (await this.#ask({ of: 'resize', job })) as boolean;
  }

  async #ask(work: Work): Promise<string | boolean> {
    if (this.#calls.size >= callsMax) throw new QueueFullError(work.of);
    const number = ++this.#last;
    const reply = await new Promise<Reply>((resolve) => {
      this.#calls.set(number, resolve);
      this.#port.postMessage({ number, ...work } satisfies Call);
    });
    if ('fullQueue' in reply) throw new QueueFullError(reply.fullQueue);
    if ('failure' in reply) throw new Error(reply.failure);
    return reply.result;
  }
}
