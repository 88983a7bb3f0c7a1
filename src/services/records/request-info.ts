import type { Viewer } from '../../model/record.ts';
import type { RequestContextName } from '../../rules/rules.ts';

/** What rules and use cases know of a request, free of HTTP's own objects. */
export interface RequestInfo {
  readonly viewer: Viewer;
  /** Upper case. */
  readonly method: string;
  /** First values, names lower-cased with `_` for `-`: `x_token`. */
  readonly headers: { readonly [name: string]: string };
  /** First values. */
  readonly query: { readonly [name: string]: string };
  /** Why the rules are asked, as `@request.context` tells it. */
  readonly context: RequestContextName;
  /** The client's address. */
  readonly remoteIp: string;
}
