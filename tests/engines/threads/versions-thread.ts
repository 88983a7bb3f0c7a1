// Changes a tag many times, beside the thread that started this one.
import { workerData } from 'node:worker_threads';
import { Versions } from '../../../src/engines/cache/cache.ts';

const { buffer, tag, times } = workerData as { buffer: SharedArrayBuffer; tag: string; times: number };
const versions = new Versions(buffer);
for (let i = 0; i < times; i++) versions.bump(tag);
