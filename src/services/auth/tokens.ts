import { createHmac, timingSafeEqual } from 'node:crypto';

/** What kinds of token there are; each is signed with a secret of its own. */
export type TokenType = 'auth' | 'file' | 'verification' | 'passwordReset' | 'emailChange';

/** The claims of a token. `exp` is in seconds since 1970. */
export interface TokenClaims {
  readonly id: string;
  readonly collectionId: string;
  readonly type: TokenType;
  readonly exp: number;
  /** Only of `auth` tokens: whether a refresh gives a new one. */
  readonly refreshable?: boolean;
  /** Only of mail-driven tokens: the address at the time of signing. */
  readonly email?: string;
  /** Only of `emailChange` tokens. */
  readonly newEmail?: string;
}

/** Longer texts are not looked at: no token of ours comes near. */
const tokenLengthMax = 4096;
const header = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url');
const types: ReadonlySet<string> = new Set<TokenType>(['auth', 'file', 'verification', 'passwordReset', 'emailChange']);

/**
 * Signs claims as a JWT (HS256) with `key`, the record's token key followed by the collection's secret for that type.
 *
 * @example signToken({ id, collectionId, type: 'file', exp: 1795303662 }, record.tokenKey + collection.fileToken.secret)
 */
export function signToken(claims: TokenClaims, key: string): string {
  const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

/** Reads a token's claims without trusting them, or null when it is not a live token of a known type. */
export function readClaims(token: string, nowMs: number): TokenClaims | null {
  if (token.length > tokenLengthMax) return null;
  const parts = token.split('.');
  if (parts.length !== 3 || !isHs256(parts[0]!)) return null;
  const claims = parseObject(parts[1]!);
  if (claims === null) return null;
  const { id, collectionId, type, exp } = claims;
  if (typeof id !== 'string' || id === '' || typeof collectionId !== 'string' || collectionId === '') return null;
  if (typeof type !== 'string' || !types.has(type)) return null;
  if (typeof exp !== 'number' || exp * 1000 <= nowMs) return null;
  return claims as unknown as TokenClaims;
}

/** True when `token` was signed with `key`. The algorithm is fixed, the comparison takes the same time for every input. */
export function isSignedWith(token: string, key: string): boolean {
  const end = token.lastIndexOf('.');
  const given = Buffer.from(token.slice(end + 1), 'base64url');
  const expected = createHmac('sha256', key).update(token.slice(0, end)).digest();
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function isHs256(part: string): boolean {
  return part === header || parseObject(part)?.alg === 'HS256';
}

function parseObject(part: string): { readonly [claim: string]: unknown } | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as { readonly [claim: string]: unknown })
      : null;
  } catch {
    return null;
  }
}
