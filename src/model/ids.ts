import { crc32 } from 'node:zlib';
import { lowerAlphanumeric, randomString } from '../util/random.ts';

/** How many buckets there are: two letters of base 36. */
export const bucketCount = 1296;

/** Length of the ids that Pando makes. */
export const idLength = 15;

/** Length of the part of an id that names its bucket. */
export const bucketPrefixLength = 2;

/**
 * A new random record id: 15 letters of `[a-z0-9]`, the first two of which are its bucket.
 *
 * @param bucketPrefix the first two letters of the record whose bucket the new one shares; without it the bucket is random
 */
export function createId(bucketPrefix = ''): string {
  return bucketPrefix + randomString(idLength - bucketPrefix.length, lowerAlphanumeric);
}

/**
 * The bucket (0 to 1295) that a record lives in, from its id alone: the first two letters read in base 36. An id of another
 * shape (capitals, other signs, one letter) cannot name a bucket, so it gets one by the CRC-32 of its first two characters; thus here too, ids
 * that start alike live together.
 */
export function bucketOf(id: string): number {
  const high = digitOf(id.charCodeAt(0));
  const low = digitOf(id.charCodeAt(1));
  if (high >= 0 && low >= 0) return high * 36 + low;
  return crc32(bucketPrefixOf(id)) % bucketCount;
}

/** The part of an id that decides its bucket: what the ids of its children start with. */
export function bucketPrefixOf(id: string): string {
  const prefix = id.slice(0, bucketPrefixLength);
  return prefix.isWellFormed() ? prefix : [...id].slice(0, bucketPrefixLength).join('');
}

/** The value of a base 36 digit's code unit; -1 for anything else. */
function digitOf(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  if (unit >= 0x61 && unit <= 0x7a) return unit - 0x61 + 10;
  return -1;
}

/**
 * An id that follows from a text: the prefix and the decimal CRC-32 of it. Collections and fields get theirs so, which makes the same schema have the
 * same ids everywhere.
 *
 * @example checksumId('text', 'title')          // a field's: 'text724990059'
 * @example checksumId('pbc_', 'base' + 'posts') // a collection's
 */
export function checksumId(prefix: string, text: string): string {
  return prefix + crc32(text);
}

/** A {@link checksumId} that is not taken: with 2, 3, … behind it when it is. */
export function freeChecksumId(prefix: string, text: string, isTaken: (id: string) => boolean): string {
  const first = checksumId(prefix, text);
  let id = first;
  for (let suffix = 2; isTaken(id); suffix++) id = first + suffix;
  return id;
}
