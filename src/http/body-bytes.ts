import type { IncomingMessage } from 'node:http';
import { ApiError } from '../model/errors.ts';
import type { ByteBudget } from './byte-budget.ts';

/** The client went away before its body was complete. Nobody is left to answer. */
export class ClientGoneError extends Error {
  constructor() {
    super('The client closed the connection before the body was complete.');
    this.name = 'ClientGoneError';
  }
}

/** True when the request has a body at all. `Content-Length: 0` counts as none. */
export function hasBody(request: IncomingMessage): boolean {
  if (request.headers['transfer-encoding'] !== undefined) return true;
  const length = request.headers['content-length'];
  return length !== undefined && Number(length) > 0;
}

/** Throws 413 when the client itself says that the body is too large. */
export function checkDeclaredLength(request: IncomingMessage, limit: number): void {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw new ApiError(413);
}

/**
 * Calls `onChunk` for every chunk of the body and resolves at its end. Rejects with 413 as soon as more than `limit` bytes
 * came, whatever was declared, with what `onChunk` throws, and with `ClientGoneError`. The rest of a refused body is left
 * unread in the request.
 */
export function readChunks(request: IncomingMessage, limit: number, onChunk: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let size = 0;
    const settle = (error?: unknown): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      request.pause();
      if (error === undefined) resolve();
      else reject(error);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limit) return settle(new ApiError(413));
      try {
        onChunk(chunk);
      } catch (error) {
        settle(error);
      }
    };
    const onEnd = (): void => settle();
    const onClose = (): void => settle(new ClientGoneError());
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

/**
 * The whole body in one buffer. The bytes count against `budget` while they arrive.
 *
 * @param look sees every chunk; what it throws ends the reading
 */
export async function readBytes(
  request: IncomingMessage,
  limit: number,
  budget: ByteBudget,
  look?: (chunk: Buffer) => void,
): Promise<Buffer> {
  checkDeclaredLength(request, limit);
  const chunks: Buffer[] = [];
  let taken = 0;
  try {
    await readChunks(request, limit, (chunk) => {
      look?.(chunk);
      budget.take(chunk.length);
      taken += chunk.length;
      chunks.push(chunk);
    });
  } finally {
    budget.give(taken);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
