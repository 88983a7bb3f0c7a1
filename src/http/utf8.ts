import { isUtf8 } from 'node:buffer';
import { badRequest } from '../model/errors.ts';

/**
 * The text of bytes from outside. Throws 400 for what is not UTF-8 (broken or overlong sequences, halves of surrogate pairs): a decoder that
 * mends it would store another text than the one that was sent.
 */
export function readUtf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw badRequest();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
