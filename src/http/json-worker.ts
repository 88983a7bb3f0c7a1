import { Worker } from 'node:worker_threads';
import { ApiError, badRequest } from '../model/errors.ts';
import { Semaphore, createDeferred, type Deferred } from '../util/async.ts';
import { type JsonObject, type JsonValue, createObject } from '../util/json.ts';
import { Pacer } from '../util/pacer.ts';
import { type Timer, after } from '../util/timer.ts';
import { siblingModule } from '../util/module-url.ts';
import type { HttpLimits } from './limits.ts';

/** What the thread is asked. */
export interface ParseRequest {
  readonly bytes: Uint8Array;
  readonly depthMax: number;
}

/** What the thread answers: the value, or why there is none. */
export type ParseAnswer = { readonly value: JsonValue } | { readonly refused: 'malformed' | 'large' };

/** The thread is not needed again soon: its memory is given back. */
const idleMs = 30_000;

/**
 * Parses large JSON in one worker thread, one text at a time, so that a body of 30 MiB does not hold up other requests. What
 * takes too long is stopped together with the thread; the next text gets a new one.
 */
export class JsonWorker {
  readonly #limits: HttpLimits;
  readonly #turns: Semaphore;
  #thread: Worker | undefined;
  #idle: Timer | undefined;

  constructor(limits: HttpLimits) {
    this.#limits = limits;
    this.#turns = new Semaphore('large JSON bodies', { concurrencyMax: 1, queueMax: limits.jsonQueueMax });
  }

  /**
   * Parses the first value of a text. Throws 400 for what is not JSON, 413 for too long a parse; rejects with
   * `QueueFullError` when too many wait.
   *
   * @param bytes UTF-8; not to be used again by the caller
   */
  async parse(bytes: Uint8Array): Promise<JsonValue> {
    const answer = await this.#turns.run(() => this.#ask(bytes));
    if ('value' in answer) return withoutPrototypes(answer.value);
    throw answer.refused === 'large' ? new ApiError(413) : badRequest();
  }

  /** Ends the thread. Texts that are being parsed are refused. */
  async close(): Promise<void> {
    this.#idle?.cancel();
    await this.#thread?.terminate();
  }

  async #ask(bytes: Uint8Array): Promise<ParseAnswer> {
    this.#idle?.cancel();
    const thread = (this.#thread ??= this.#start());
    const answered = createDeferred<ParseAnswer>();
    const timer = after(this.#limits.jsonTimeoutMs, () => void thread.terminate());
    const stop = listen(thread, answered);
    // Bytes that own their memory are handed over instead of copied.
    const isWhole = bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer;
    const request: ParseRequest = { bytes, depthMax: this.#limits.jsonDepthMax };
    thread.postMessage(request, isWhole ? [bytes.buffer as ArrayBuffer] : []);
    try {
      return await answered.promise;
    } finally {
      timer.cancel();
      stop();
      this.#idle = after(idleMs, () => void this.#thread?.terminate());
    }
  }

  #start(): Worker {
    const thread = new Worker(siblingModule(import.meta.url, 'json-thread'), {
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    });
    thread.unref();
    const forget = (): void => {
      if (this.#thread === thread) this.#thread = undefined;
    };
    // Running out of its memory limit is an 'error' of the thread; `ask` hears of it through 'exit'.
    thread.on('error', forget).on('exit', forget);
    return thread;
  }
}

/** Settles `answered` with the thread's next message, or as refused when the thread ends. Gives a function that stops listening. */
function listen(thread: Worker, answered: Deferred<ParseAnswer>): () => void {
  const onMessage = (answer: ParseAnswer): void => answered.resolve(answer);
  const onExit = (): void => answered.resolve({ refused: 'large' });
  thread.on('message', onMessage).on('exit', onExit);
  return () => thread.off('message', onMessage).off('exit', onExit);
}

/** An array or object that is being copied; the keys of an array are its indexes. */
interface Opened {
  readonly from: JsonObject;
  readonly to: { [key: string]: JsonValue };
}

/** Items between two looks at the clock. */
const itemsPerLook = 64;

/**
 * A copy whose objects have no prototypes, as copies between threads have them. Depth and size were bounded before; others have their
 * turns meanwhile.
 */
async function withoutPrototypes(value: JsonValue): Promise<JsonValue> {
  const pacer = new Pacer();
  const open: Opened[] = [];
  const copy = openCopy(value, open);
  let items = 0;
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const { from, to } = pair;
    // The names of an array's items would be as many texts.
    const keys = Array.isArray(from) ? null : Object.keys(from);
    const length = keys?.length ?? (from['length'] as number);
    for (let index = 0; index < length; index++) {
      if (++items % itemsPerLook === 0 && pacer.isDue) await pacer.rest();
      const key = keys === null ? index : keys[index]!;
      to[key] = openCopy(from[key]!, open);
    }
  }
  return copy;
}

/** A scalar as it is; of an array or object an empty copy, which is left to be filled. */
function openCopy(value: JsonValue, open: Opened[]): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  const to = Array.isArray(value) ? [] : createObject();
  open.push({ from: value as JsonObject, to: to as Opened['to'] });
  return to;
}
