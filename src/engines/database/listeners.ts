import type { LogEntry } from '../../model/commit.ts';
import type { DurableListener } from './driver.ts';

/** A listener that throws must not keep others, or the commits, from their news; its error surfaces as uncaught. */
export function callListener(listener: DurableListener, entries: readonly LogEntry[]): void {
  try {
    listener(entries);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
