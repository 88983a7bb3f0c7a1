// Loaded before a server (`--import`): every thread of it that answers requests dies when the file `PANDO_TEST_DIE` comes into being, one thread
// for each time the file is made.
import { rmSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';

const file = process.env['PANDO_TEST_DIE'] ?? '';

// Threads that help with something else (checkpoints, large JSON) are given no options, and live.
if (!isMainThread && workerData?.options !== undefined && file !== '') {
  setInterval(() => {
    try {
      rmSync(file);
    } catch {
      return;
    }
    // In a thread this ends the thread alone, at once, with everything that it has open.
    process.exit(7);
  }, 10).unref();
}
