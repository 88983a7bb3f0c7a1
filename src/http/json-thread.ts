// The thread of JsonWorker.
import { parentPort } from 'node:worker_threads';
import { ApiError } from '../model/errors.ts';
import { parseFirstValue } from './body-json.ts';
import type { ParseAnswer, ParseRequest } from './json-worker.ts';

parentPort?.on('message', (request: ParseRequest) => {
  parentPort?.postMessage(answer(request));
});

function answer({ bytes, depthMax }: ParseRequest): ParseAnswer {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  try {
    return { value: parseFirstValue(text, depthMax) };
  } catch (error) {
    if (error instanceof ApiError) return { refused: error.status === 413 ? 'large' : 'malformed' };
    throw error;
  }
}
