import { randomFillSync } from 'node:crypto';
import { assert } from './assert.ts';

/** `[a-z0-9]`: the letters of record ids. */
export const lowerAlphanumeric = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** `[A-Za-z0-9]`: the letters of secrets and tokens. */
export const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** One system call serves a few hundred ids; more would only keep more secrets in memory. */
const poolSize = 4096;
const pool = new Uint8Array(poolSize);
let poolUsed = poolSize;

/** One byte from the operating system's secure source. Spent bytes are wiped. */
function randomByte(): number {
  if (poolUsed === poolSize) {
    randomFillSync(pool);
    poolUsed = 0;
  }
  const byte = pool[poolUsed]!;
  pool[poolUsed] = 0;
  poolUsed += 1;
  return byte;
}

/**
 * A whole number from 0 up to, without, `limit` (1 to 2^32), every one equally likely.
 */
export function randomInteger(limit: number): number {
  assert(Number.isInteger(limit) && limit >= 1 && limit <= 2 ** 32, `randomInteger: bad limit ${limit}`);
  const byteCount = limit <= 256 ? 1 : limit <= 65_536 ? 2 : 4;
  const range = 256 ** byteCount;
  // Numbers above the last whole multiple of the limit are thrown away: taking the remainder of them would favour small results.
  const fair = range - (range % limit);
  for (;;) {
    let number = 0;
    for (let index = 0; index < byteCount; index++) number = number * 256 + randomByte();
    if (number < fair) return number % limit;
  }
}

/**
 * `length` letters drawn evenly and independently from `alphabet` (1 to 256 distinct letters), fit for secrets.
 *
 * @example randomString(15, lowerAlphanumeric) // 'k3v9x0qpl2m8zt1'
 */
export function randomString(length: number, alphabet: string): string {
  const size = alphabet.length;
  assert(size >= 1 && size <= 256, `randomString: bad alphabet size ${size}`);
  const fair = 256 - (256 % size);
  let text = '';
  while (text.length < length) {
    const byte = randomByte();
    if (byte < fair) text += alphabet[byte % size]!;
  }
  return text;
}
