// A thread that speaks as `threads-protocol.ts` says and does nothing, until it is told what to die of.
import { parentPort, workerData } from 'node:worker_threads';
import type { FromThread, ToThread } from '../../src/app/threads-protocol.ts';

const { life } = workerData as { readonly life: 'long' | 'short' | 'deaf' | 'none' };
const tell = (message: FromThread): void => parentPort!.postMessage(message);

if (life === 'none') throw new Error('born dead');
parentPort!.on('message', ({ kind }: ToThread) => {
  if (kind === 'listen') {
    tell({ kind: 'listening', address: { address: '127.0.0.1', family: 'IPv4', port: 1 } });
    if (life === 'short') setImmediate(() => fail());
  } else if (life !== 'deaf') tell({ kind: 'stopped', counts: { requestDone: 3 } });
});
tell({ kind: 'ready' });

function fail(): void {
  throw new TypeError('a short life');
}
