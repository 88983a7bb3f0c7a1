import { BlockList, isIP } from 'node:net';

/** Entries of one list. */
export const ipRangesMax = 1000;

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** An address, or the first bits of one: `10.0.0.0/8`, `2001:db8::/32`. */
interface IpRange {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  /** Leading bits that count; all of them for a single address. */
  readonly bits: number;
}

/** True for an address (IPv4 or IPv6) and for an address with `/` and a number of leading bits. */
export function isIpRange(text: string): boolean {
  return parseRange(text) !== null;
}

/**
 * A set of addresses.
 *
 * @example
 * const office = new IpRanges(['203.0.113.7', '10.0.0.0/8']);
 * office.has('10.1.2.3'); // true
 */
export class IpRanges {
  readonly #list = new BlockList();
  /** How many of the entries could be read. */
  readonly size: number;

  /** Entries that are neither address nor range are left out. */
  constructor(entries: readonly string[]) {
    const ranges = entries
      .slice(0, ipRangesMax)
      .map(parseRange)
      .filter((range) => range !== null);
    for (const { address, bits, family } of ranges) this.#list.addSubnet(address, bits, family);
    this.size = ranges.length;
  }

  /** True when the address is in one of the ranges. IPv4 in IPv6 counts as IPv4. */
  has(address: string): boolean {
    const plain = mapped.exec(address)?.[1] ?? address;
    const family = isIP(plain);
    return family !== 0 && this.#list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
  }
}

function parseRange(text: string): IpRange | null {
  const slash = text.indexOf('/');
  const written = slash < 0 ? text : text.slice(0, slash);
  const zone = written.indexOf('%');
  const address = zone < 0 || slash >= 0 ? written : written.slice(0, zone);
  const version = isIP(address);
  if (version === 0) return null;
  const bitsMax = version === 4 ? 32 : 128;
  const bits = slash < 0 ? bitsMax : parseBits(text.slice(slash + 1), bitsMax);
  if (bits === null) return null;
  const inner = version === 6 ? mapped.exec(address)?.[1] : undefined;
  if (inner !== undefined && bits >= 96) return { address: inner, family: 'ipv4', bits: bits - 96 };
  return { address, family: version === 4 ? 'ipv4' : 'ipv6', bits };
}

function parseBits(text: string, bitsMax: number): number | null {
  if (!/^\d{1,3}$/.test(text)) return null;
  const bits = Number(text);
  return bits <= bitsMax ? bits : null;
}
