import { createHmac } from 'node:crypto';
import type { JsonObject } from './world.ts';

/** The claims of a token, unverified. Fails when it is no token. */
export function readClaims(token: string): JsonObject {
  const [, payload = ''] = token.split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as JsonObject;
}

/** The header of a token, unverified. */
export function readHeader(token: string): JsonObject {
  const [header = ''] = token.split('.');
  return JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as JsonObject;
}

/**
 * Signs a token with HS256, as a server would: `key` is the record's token key followed by the collection's secret.
 * `header` replaces the ordinary one, for tokens that must be refused.
 */
export function signToken(claims: JsonObject, key: string, header: JsonObject = { alg: 'HS256', typ: 'JWT' }): string {
  const encode = (part: JsonObject): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

/** A time from now in the unit of a token's `exp`. */
export function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}
