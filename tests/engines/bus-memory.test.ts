import { once } from 'node:events';
import { Worker, type MessagePort } from 'node:worker_threads';
import { testBusDriver } from '../../src/engines/bus/contract.ts';
import { MemoryBus } from '../../src/engines/bus/memory/memory.ts';
import { openPortBus } from '../../src/engines/bus/memory/port-bus.ts';

testBusDriver('memory, one thread', async () => {
  const bus = new MemoryBus();
  return { first: bus, second: bus, destroy: async () => undefined };
});

testBusDriver('memory, the process and a thread end', async () => {
  const bus = new MemoryBus();
  return { first: bus, second: openPortBus(bus.connect()), destroy: async () => undefined };
});

testBusDriver('memory, two thread ends', async () => {
  const worker = new Worker(new URL('./threads/bus-thread.ts', import.meta.url));
  const [ports] = (await once(worker, 'message')) as [[MessagePort, MessagePort]];
  return {
    first: openPortBus(ports[0]),
    second: openPortBus(ports[1]),
    destroy: async () => {
      const ended = once(worker, 'exit');
      worker.postMessage('close');
      await ended;
    },
  };
});
