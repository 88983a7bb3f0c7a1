import type { CollectionFinder } from '../../http/access.ts';
import type { Guard } from '../../http/server-options.ts';
import type { ApiRequest, Route } from '../../http/types.ts';
import { ApiError } from '../../model/errors.ts';
import type { Viewer } from '../../model/record.ts';
import { type Clock, systemClock } from '../../util/clock.ts';
import type { SettingsStore } from '../settings/settings-store.ts';
import type { Settings } from '../settings/settings.ts';
import { type LimitedRequest, type LimitScope, RateLimitRules } from './rate-limit-rules.ts';
import { WindowCounters } from './window-counters.ts';

/** One request inside a batch. */
export interface BatchedRequest {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly viewer: Viewer;
  readonly remoteIp: string;
}

/** What a rate limiter stands on. */
export interface RateLimiterParts {
  readonly settings: SettingsStore;
  readonly findCollection: CollectionFinder;
  /** Shared by all threads. Default: its own. */
  readonly counters?: WindowCounters;
  readonly clock?: Clock;
}

/**
 * Holds clients to the rate limits of the settings: one rule per request, counted per address in fixed windows, and per collection and
 * route where there is a collection. Superusers and excluded addresses are not counted. A change of the settings starts all counters anew.
 */
export class RateLimiter {
  readonly #settings: SettingsStore;
  readonly #findCollection: CollectionFinder;
  readonly #counters: WindowCounters;
  readonly #clock: Clock;
  #snapshot: Settings | null = null;
  #rules: RateLimitRules | null = null;

  constructor({ settings, findCollection, counters = new WindowCounters(), clock = systemClock }: RateLimiterParts) {
    this.#settings = settings;
    this.#findCollection = findCollection;
    this.#counters = counters;
    this.#clock = clock;
  }

  /** The check in front of every route. Throws 429 with `Retry-After`. */
  readonly guard: Guard = (request, route) => {
    const settings = this.#settings.peek();
    if (settings === null) return this.#readAndCheck(request, route);
    this.#checkRequest(settings, request, route);
  };

  /** The check of one request inside a batch, which counts as if it had come by itself; an upsert counts as a create. Throws 429. */
  readonly checkBatched = ({ method, path, viewer, remoteIp }: BatchedRequest): void => {
    const settings = this.#settings.latest;
    if (!settings.rateLimits.enabled || viewer.isSuperuser) return;
    const isSignedIn = viewer.auth !== null;
    const scope = this.#batchedScope(method, path);
    this.#check(settings, { method, path: decodePath(path), isSignedIn, scope }, remoteIp);
  };

  async #readAndCheck(request: ApiRequest, route: Route | undefined): Promise<void> {
    this.#checkRequest(await this.#settings.read(), request, route);
  }

  #checkRequest(settings: Settings, request: ApiRequest, route: Route | undefined): void {
    const { method, path, viewer } = request;
    if (!settings.rateLimits.enabled || viewer.isSuperuser) return;
    const scope = route === undefined ? null : this.#scopeOf(route, request.params['collection']);
    if (scope === undefined) return;
    const isSignedIn = viewer.auth !== null;
    this.#check(settings, { method, path: decodePath(path), isSignedIn, scope }, request.remoteIp);
  }

  #check(settings: Settings, request: LimitedRequest, remoteIp: string): void {
    const rules = this.#rulesOf(settings);
    const found = rules.find(request);
    if (found === undefined || rules.excluded.has(remoteIp)) return;
    const { maxRequests, duration } = found.rule;
    const key = `${this.#settings.version} ${found.counter} ${remoteIp}`;
    const leftMs = this.#counters.take(key, maxRequests, duration * 1000, this.#clock.now());
    if (leftMs > 0) throw new ApiError(429, '', {}, { retryAfterS: Math.ceil(leftMs / 1000) });
  }

  #rulesOf(settings: Settings): RateLimitRules {
    if (this.#rules === null || this.#snapshot !== settings) {
      this.#rules = new RateLimitRules(settings.rateLimits);
      this.#snapshot = settings;
    }
    return this.#rules;
  }

  /** Null for a route that counts as an ordinary path; undefined for one that is not counted: the collection does not exist. */
  #scopeOf(route: Route, nameOrId: string | undefined): LimitScope | null | undefined {
    const { tags } = route;
    if (tags === undefined || nameOrId === undefined) return null;
    const collection = this.#findCollection(nameOrId);
    if (collection === undefined) return undefined;
    const { id, name } = collection;
    return { collectionId: id, collectionName: name, route: `${route.method} ${route.path}`, tags };
  }

  #batchedScope(method: string, path: string): LimitScope | null {
    const match = /^\/api\/collections\/([^/]+)\/records(\/[^/]+)?$/.exec(path);
    const collection = match === null ? undefined : this.#findCollection(decodePath(match[1]!));
    const action = batchedActions[method];
    if (match === null || collection === undefined || action === undefined) return null;
    const { id, name } = collection;
    return { collectionId: id, collectionName: name, route: action.route, tags: [action.tag] };
  }
}

/** Rules name paths as they read, however a client has escaped them. What cannot be read finds no route either. */
function decodePath(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const recordsPath = '/api/collections/:collection/records';

/** The routes that the requests of a batch stand for. */
const batchedActions: { readonly [method: string]: { readonly route: string; readonly tag: string } } = {
  POST: { route: `POST ${recordsPath}`, tag: 'create' },
  PUT: { route: `POST ${recordsPath}`, tag: 'create' },
  PATCH: { route: `PATCH ${recordsPath}/:id`, tag: 'update' },
  DELETE: { route: `DELETE ${recordsPath}/:id`, tag: 'delete' },
};
