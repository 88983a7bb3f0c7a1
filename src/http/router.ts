import createFindMyWay from 'find-my-way';
import { assert } from '../util/assert.ts';
import type { Access, Route } from './types.ts';

/** A route and the path parameters of one request. */
export interface RouteMatch {
  readonly route: Route;
  readonly params: { readonly [name: string]: string };
}

/** Finds the route of a request. Paths match exactly: no trailing slash, no other case; `GET` routes also serve `HEAD`. */
export interface Router {
  /** `undefined` when no route has this method and path; `malformed` when the path holds a broken percent escape. */
  find(method: string, path: string): RouteMatch | 'malformed' | undefined;
}

const accesses: readonly Access[] = ['public', 'auth', 'superuser', 'sameCollection'];
type Method = Route['method'];
const methods: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Registers the routes. A route that does not say who may call it stops the start of the program.
 *
 * @throws AssertionError for a route without a known `access`, a duplicate, or `sameCollection` without `:collection`
 */
export function createRouter(routes: readonly Route[]): Router {
  // The header limit bounds the path; a bound per parameter would answer long file names with "not found".
  const tree = createFindMyWay({ caseSensitive: true, ignoreTrailingSlash: false, maxParamLength: 16_384 });
  for (const route of routes) {
    const name = `${route.method} ${route.path}`;
    assert(accesses.includes(route.access), `Route ${name} does not say who may call it.`);
    assert(
      route.access !== 'sameCollection' || route.path.includes('/:collection'),
      `Route ${name} has no :collection.`,
    );
    assert(!tree.hasRoute(route.method, route.path), `Route ${name} is registered twice.`);
    tree.on(route.method, route.path, () => {}, route);
  }
  tree.compile();
  return { find: (method, path) => findRoute(tree, method, path) };
}

type Tree = ReturnType<typeof createFindMyWay>;

function findRoute(tree: Tree, method: string, path: string): RouteMatch | 'malformed' | undefined {
  const known = (method === 'HEAD' ? 'GET' : method) as Method;
  if (!methods.includes(known)) return undefined;
  if (path.includes('%') && !isDecodable(path)) return 'malformed';
  const found = tree.find(known, path);
  if (found === null) return undefined;
  const params = found.params as { [name: string]: string };
  // The tree lets a parameter be empty, which would make `/things/` the same as `/things/:id`.
  for (const name in params) if (params[name] === '') return undefined;
  return { route: found.store as Route, params };
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
