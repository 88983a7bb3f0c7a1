// The body of the helper thread that copies frames of the write-ahead log into the database file.
import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { openConnection, toError } from './connection.ts';
import type { CheckpointReport } from './wal.ts';

// On Linux this lowers the priority of the calling thread alone.
if (process.platform === 'linux') os.setPriority(0, 10);

const port = parentPort!;
const connection = openConnection((workerData as { readonly file: string }).file, 'checkpoint');
const checkpoint = connection.prepare('PRAGMA wal_checkpoint(PASSIVE)');
checkpoint.setReturnArrays(true);

function run(): CheckpointReport {
  try {
    const [, frames, copied] = checkpoint.get() as unknown as [number, number, number];
    return { ok: true, frames, copied };
  } catch (error) {
    return { ok: false, message: toError(error).message };
  }
}

port.on('message', (message: 'checkpoint' | 'close') => {
  if (message === 'checkpoint') port.postMessage(run());
  else {
    connection.close();
    port.close();
  }
});
