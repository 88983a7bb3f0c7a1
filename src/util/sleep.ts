import { setTimeout as wait } from 'node:timers/promises';

/** Resolves after `durationMs`; rejects with an `AbortError` when the signal is aborted first. Does not keep the process alive. */
export async function sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
  await wait(durationMs, undefined, { ref: false, signal });
}
