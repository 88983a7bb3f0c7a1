import { createHash } from 'node:crypto';

/** PostgreSQL cuts names off behind this many bytes, silently. */
const nameBytesMax = 63;
const keptCharacters = 12;

/**
 * Quotes an identifier. A name that PostgreSQL would cut off is replaced by its start and a hash of the whole, so that two long
 * names never become one.
 */
export function quoteIdentifier(name: string): string {
  return `"${shortName(name).replaceAll('"', '""')}"`;
}

/** The name under which the server knows it. */
export function shortName(name: string): string {
  // No character has more than three bytes per unit, so most names need no counting.
  if (name.length <= nameBytesMax / 3 || Buffer.byteLength(name) <= nameBytesMax) return name;
  return `${name.slice(0, keptCharacters)}~${createHash('sha256').update(name).digest('hex').slice(0, 24)}`;
}
