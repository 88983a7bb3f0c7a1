// Loaded before a program that runs as the child of `bin/pando` (see runtime.mjs): ends it when the parent is gone.
import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

const PARENT_PIPE = 3;

// Workers and forked processes inherit this preload, but not the pipe: only the launcher's own child has that.
const isLaunched = isMainThread && Number(process.env.PANDO_LAUNCHER_PID) === process.ppid;
if (isMainThread) delete process.env.PANDO_LAUNCHER_PID;

if (isLaunched) {
  const pipe = new Socket({ fd: PARENT_PIPE, readable: true, writable: false });
  pipe.on('error', () => process.kill(process.pid, 'SIGKILL'));
  pipe.on('close', () => process.kill(process.pid, 'SIGKILL'));
  pipe.resume();
  // The pipe alone must not keep the program running.
  pipe.unref();
}
