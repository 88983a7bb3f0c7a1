import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface RunningPage extends AsyncDisposable {
  url: string;
}

/**
 * Serves the page by itself, for an API at another address (`--server URL`): the address is written into the
 * page's `grove-server` meta tag. Paths that are no file get `index.html`, as a page with its own routes needs.
 */
export async function servePage(publicDir: string, apiUrl: string, port: number): Promise<RunningPage> {
  const index = (await readFile(join(publicDir, 'index.html'), 'utf8')).replace(
    '<meta name="grove-server" content="">',
    `<meta name="grove-server" content="${new URL(apiUrl).origin}">`,
  );
  const server = createServer(async (request, response) => {
    // A URL's path is absolute and free of `..` once parsed and normalised, so that it stays inside the folder.
    const path = normalize(new URL(request.url ?? '/', 'http://page').pathname);
    const type = types[extname(path)];
    const body =
      type && path !== '/index.html' ? await readFile(join(publicDir, path)).catch(() => undefined) : undefined;
    response.setHeader('Content-Type', body && type ? type : 'text/html; charset=utf-8');
    response.end(body ?? index);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${address.port}`, [Symbol.asyncDispose]: stop };
}
