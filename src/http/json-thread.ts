// The thread of JsonWorker.
import { parentPort } from 'node:worker_threads';
import { ApiError } from '../model/errors.ts';
import type { JsonValue } from '../util/json.ts';
import { parseFirstValue } from './body-json.ts';
import type { ParseAnswer, ParseRequest } from './json-worker.ts';

parentPort?.on('message', (request: ParseRequest) => {
  parentPort?.postMessage(answer(request));
});

function answer({ bytes, depthMax, valuesMax }: ParseRequest): ParseAnswer {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  // Copying the result back costs the main thread time for every value, so their number is bounded, before anything is built.
  if (countValues(text, valuesMax) > valuesMax) return { refused: 'large' };
  try {
    return { value: parseFirstValue(text, depthMax) as JsonValue };
  } catch (error) {
    if (error instanceof ApiError) return { refused: error.status === 413 ? 'large' : 'malformed' };
    throw error;
  }
}

/** Counts commas, colons and opening brackets outside strings: at least as many as there are values. Stops above `max`. */
function countValues(text: string, max: number): number {
  let count = 1;
  for (let index = 0; index < text.length && count <= max; index++) {
    const unit = text.charCodeAt(index);
    if (unit === 0x22) {
      for (index += 1; index < text.length && text.charCodeAt(index) !== 0x22; index++) {
        if (text.charCodeAt(index) === 0x5c) index += 1;
      }
    } else if (unit === 0x2c || unit === 0x7b || unit === 0x5b) {
      count += 1;
    }
  }
  return count;
}
