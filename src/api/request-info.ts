import type { ApiRequest } from '../http/types.ts';
import { headerKey } from '../rules/rules.ts';
import type { RequestInfo } from '../services/records/request-info.ts';

type Values = { readonly [name: string]: string };

const noValues: Values = Object.freeze(Object.create(null) as Values);

/**
 * A request as rules and use cases see it; `context` is the word that rules know the kind of request by. Headers and query are read only
 * by the few rules that ask for them, so they are made on demand.
 */
export function requestInfoOf(request: ApiRequest, context: RequestInfo['context'] = 'default'): RequestInfo {
  let headers: Values | null = null;
  let query: Values | null = null;
  return {
    context,
    viewer: request.viewer,
    method: request.method,
    remoteIp: request.remoteIp,
    get headers() {
      headers ??= readHeaders(request);
      return headers;
    },
    get query() {
      query ??= readQuery(request);
      return query;
    },
  };
}

/** Header names as rules write them: `X-Token` is `x_token`. */
function readHeaders(request: ApiRequest): Values {
  const values = Object.create(null) as { [name: string]: string };
  for (const [name, value] of Object.entries(request.headers)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) values[headerKey(name)] = first;
  }
  return values;
}

function readQuery(request: ApiRequest): Values {
  if (!request.url.includes('?')) return noValues;
  const values = Object.create(null) as { [name: string]: string };
  for (const [name, value] of request.query) values[name] ??= value;
  return values;
}
