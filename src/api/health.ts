import type { IncomingHttpHeaders } from 'node:http';
import type { Route } from '../http/types.ts';

/** Headers in which well-known proxies name the client. */
const proxyHeaders = ['CF-Connecting-IP', 'Fly-Client-IP'];

/** `/api/health`: that the server answers; for superusers also what it takes their address for. */
export function healthRoutes(): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/health',
      access: 'public',
      async handle({ viewer, remoteIp, headers }) {
        const data = viewer.isSuperuser
          ? { canBackup: false, possibleProxyHeader: findProxyHeader(headers), realIP: remoteIp }
          : {};
        return { kind: 'json', body: { message: 'API is healthy.', code: 200, data } };
      },
    },
  ];
}

/** The name of a header that a proxy seems to have set, so that people know what to trust; or `''`. */
function findProxyHeader(headers: IncomingHttpHeaders): string {
  return proxyHeaders.find((name) => headers[name.toLowerCase()] !== undefined) ?? '';
}
