import { IpRanges } from '../settings/ip-ranges.ts';
import type { RateLimitRule, Settings } from '../settings/settings.ts';

/** What rate limits know of a request. */
export interface LimitedRequest {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly isSignedIn: boolean;
  /** What is counted by itself: a route of a collection. Null for all other requests. */
  readonly scope: LimitScope | null;
}

/** A route of a collection. */
export interface LimitScope {
  readonly collectionId: string;
  readonly collectionName: string;
  /** `/api/collections/:collection/records` with its method: routes count apart. */
  readonly route: string;
  /** Most specific first. */
  readonly tags: readonly string[];
}

/** The rule that a request counts under, and the name of its counter without the client's address. */
export interface FoundLimit {
  readonly rule: RateLimitRule;
  readonly counter: string;
}

/** The rate limits of one snapshot of the settings, made ready for looking up. */
export class RateLimitRules {
  readonly excluded: IpRanges;
  readonly #byLabel = new Map<string, RateLimitRule[]>();
  readonly #prefixes: RateLimitRule[] = [];

  constructor({ rules, excludedIPs }: Settings['rateLimits']) {
    this.excluded = new IpRanges(excludedIPs);
    for (const rule of rules) {
      this.#byLabel.set(rule.label, [...(this.#byLabel.get(rule.label) ?? []), rule]);
      if (rule.label.endsWith('/')) this.#prefixes.push(rule);
    }
  }

  /**
   * The one rule for a request: of its labels, most specific first, the first that a rule names, or that starts with the label of a rule
   * that ends in a slash; undefined when there is none.
   */
  find(request: LimitedRequest): FoundLimit | undefined {
    const audience = request.isSignedIn ? '@auth' : '@guest';
    const isMeant = (rule: RateLimitRule): boolean => rule.audience === '' || rule.audience === audience;
    for (const label of labelsOf(request)) {
      const rule =
        this.#byLabel.get(label)?.find(isMeant) ??
        this.#prefixes.find((prefix) => isMeant(prefix) && `${label}/`.startsWith(prefix.label));
      if (rule !== undefined) return { rule, counter: counterOf(rule, request.scope) };
    }
    return undefined;
  }
}

function labelsOf({ method, path, scope }: LimitedRequest): string[] {
  const own = scope?.tags.map((tag) => `${scope.collectionName}:${tag}`) ?? [];
  const common = scope?.tags.map((tag) => `*:${tag}`) ?? [];
  return [...own, ...common, `${method} ${path}`, path];
}

function counterOf({ label, audience }: RateLimitRule, scope: LimitScope | null): string {
  const what = scope === null ? label : `${scope.collectionId} ${scope.route} ${scope.tags.join(' ')}`;
  return `${what} ${audience}`;
}
