import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** Which headers of a proxy in front are believed. With no headers nobody is. */
export interface TrustedProxy {
  /** Header names in the order they are tried. */
  readonly headers: readonly string[];
  /** Take the first address of the header instead of the last. Only for proxies that remove what clients send. */
  readonly useLeftmostIP: boolean;
}

/** Believes nobody. */
export const noProxy: TrustedProxy = Object.freeze({ headers: [], useLeftmostIP: false });

/**
 * The client's address. For each trusted header in order: its last line, split at commas, searched from the right (or the
 * left) for the first address; else the other end of the connection. IPv6 is written out in full, IPv4 in IPv6 as IPv4.
 *
 * @example resolveClientIp(request, { headers: ['X-Forwarded-For'], useLeftmostIP: false }) // '203.0.113.7'
 */
export function resolveClientIp(request: IncomingMessage, proxy: TrustedProxy): string {
  for (const name of proxy.headers) {
    const found = findAddress(lastLine(request, name), proxy.useLeftmostIP);
    if (found !== '') return found;
  }
  return peerAddress(request);
}

/** The address at the other end of the connection, normalised; `''` once the connection is gone. */
export function peerAddress(request: IncomingMessage): string {
  return normalizeIp(request.socket.remoteAddress ?? '');
}

/** One spelling per address: IPv6 with all eight groups of four digits, IPv4-mapped IPv6 as IPv4, `''` for anything else. */
export function normalizeIp(text: string): string {
  if (isIP(text) === 4) return text;
  const zone = text.indexOf('%');
  const address = zone < 0 ? text : text.slice(0, zone);
  if (isIP(address) !== 6) return '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped === null ? expandIpv6(address) : mapped[1]!;
}

function lastLine(request: IncomingMessage, name: string): string {
  return request.headersDistinct[name.toLowerCase()]?.at(-1) ?? '';
}

function findAddress(line: string, fromLeft: boolean): string {
  const parts = line.split(',');
  if (!fromLeft) parts.reverse();
  for (const part of parts) {
    const address = normalizeIp(part.trim());
    if (address !== '') return address;
  }
  return '';
}

function expandIpv6(address: string): string {
  const [left = '', right] = withoutDottedTail(address).split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const missing = right === undefined ? [] : Array<string>(8 - head.length - tail.length).fill('0');
  return [...head, ...missing, ...tail].map((group) => group.toLowerCase().padStart(4, '0')).join(':');
}

/** `64:ff9b::1.2.3.4` to `64:ff9b::102:304`. */
function withoutDottedTail(address: string): string {
  const start = address.lastIndexOf(':') + 1;
  const tail = address.slice(start);
  if (!tail.includes('.')) return address;
  const [a = 0, b = 0, c = 0, d = 0] = tail.split('.').map(Number);
  return `${address.slice(0, start)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
