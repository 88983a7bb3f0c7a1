// The thread of JsonWorker.
import { parentPort } from 'node:worker_threads';
import { ApiError } from '../model/errors.ts';
import { parseFirstValue } from './body-json.ts';
import { readUtf8 } from './utf8.ts';
import type { ParseAnswer, ParseRequest } from './json-worker.ts';

parentPort?.on('message', (request: ParseRequest) => {
  parentPort?.postMessage(answer(request));
});

function answer({ bytes, depthMax }: ParseRequest): ParseAnswer {
  try {
    return { value: parseFirstValue(readUtf8(bytes), depthMax) };
  } catch (error) {
    if (error instanceof ApiError) return { refused: error.status === 413 ? 'large' : 'malformed' };
    throw error;
  }
}
