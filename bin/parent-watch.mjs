// Loaded before a program that runs as the child of `bin/pando` (see runtime.mjs): ends it when the parent is gone.
import { Socket } from 'node:net';

const PARENT_PIPE = 3;

const pipe = new Socket({ fd: PARENT_PIPE, readable: true, writable: false });
pipe.on('error', () => process.kill(process.pid, 'SIGKILL'));
pipe.on('close', () => process.kill(process.pid, 'SIGKILL'));
pipe.resume();
// The pipe alone must not keep the program running.
pipe.unref();
