// The process's bus on a thread of its own; the test holds two thread ends of it.
import { parentPort } from 'node:worker_threads';
import { MemoryBus } from '../../../src/engines/bus/memory/memory.ts';

const bus = new MemoryBus();
const ports = [bus.connect(), bus.connect()];
parentPort!.on('message', async () => {
  await bus.close();
  parentPort!.close();
});
parentPort!.postMessage(ports, ports);
