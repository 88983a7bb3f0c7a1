/** Answers "may pages of this origin read our answers?". Everything is public or needs a token, never a cookie. */
export interface CorsPolicy {
  /** Headers for an ordinary response to a request with this `Origin`, or the value for `Access-Control-Allow-Origin`: `''` for none. */
  allowOrigin(origin: string | undefined): string;
}

/** What may be sent back to the client: nothing that could not stand in a header. */
const printable = /^[\x21-\x7e]+$/;
const headerNames = /^[\w!#$%&'*+.^`|~, -]+$/;

const methods = 'GET,HEAD,PUT,PATCH,POST,DELETE';

/**
 * Makes the policy for a list of origins. `*` alone allows all; a pattern may hold `*` (any text) and `?` (one character).
 *
 * @example createCors(['https://*.example.com']).allowOrigin('https://app.example.com') // the origin itself
 */
export function createCors(origins: readonly string[]): CorsPolicy {
  if (origins.includes('*')) return { allowOrigin: (origin) => (origin === undefined ? '' : '*') };
  return {
    allowOrigin: (origin) =>
      origin !== undefined && printable.test(origin) && origins.some((pattern) => matchesPattern(pattern, origin))
        ? origin
        : '',
  };
}

/** The headers of the answer to a preflight. */
export function preflightHeaders(
  policy: CorsPolicy,
  origin: string | undefined,
  requestedHeaders: string | undefined,
): { [name: string]: string } {
  const headers: { [name: string]: string } = { vary: 'Origin' };
  if (origin === undefined) return headers;
  headers['vary'] = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers';
  const allowed = policy.allowOrigin(origin);
  if (allowed === '') return headers;
  headers['access-control-allow-origin'] = allowed;
  headers['access-control-allow-methods'] = methods;
  if (requestedHeaders !== undefined && headerNames.test(requestedHeaders)) {
    headers['access-control-allow-headers'] = requestedHeaders;
  }
  return headers;
}

/** Matches `*` and `?` without backtracking over more than the last `*`: at most pattern times text steps. */
export function matchesPattern(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (p < pattern.length && (pattern[p] === '?' || (pattern[p] === text[t] && pattern[p] !== '*'))) {
      p += 1;
      t += 1;
    } else if (pattern[p] === '*') {
      star = p;
      resume = t;
      p += 1;
    } else if (star >= 0) {
      resume += 1;
      p = star + 1;
      t = resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}
