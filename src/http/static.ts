import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { respondWithFile } from './file-response.ts';
import { mediaTypeOf } from './media-types.ts';
import type { Fallback } from './server-options.ts';
import type { ApiRequest, ApiResponse } from './types.ts';

/** How a folder is served. */
export interface StaticOptions {
  /** Answer paths that are no file with the folder's own index.html, for pages that route by themselves. */
  readonly indexFallback: boolean;
}

/**
 * Serves the files of a folder: `index.html` for folders, 301 from a folder without a slash and from `/x/index.html` to `/x/`,
 * ranges, and `ETag` with `no-cache`, so that browsers ask every time and mostly hear 304. Names that begin with a dot (but
 * `.well-known`) and links that lead out of the folder are not there.
 *
 * @param folder absolute
 */
export function createStaticFiles(folder: string, options: StaticOptions): Fallback {
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    const segments = decodeSegments(request.path);
    const found = segments === undefined ? undefined : await serve(request, folder, segments);
    if (found !== undefined || !options.indexFallback || segments === undefined) return found;
    return sendFile(request, folder, path.join(folder, 'index.html'));
  };
}

/** The decoded parts of a path, `''` last when it ends in a slash; `undefined` for a path that names nothing in a folder. */
function decodeSegments(urlPath: string): string[] | undefined {
  const segments = urlPath.split('/').slice(1);
  const decoded: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const name = decode(segment);
    if (name === undefined || /[/\\\0]/.test(name) || (name.startsWith('.') && name !== '.well-known'))
      return undefined;
    // An empty part in the middle would make `//host` of a redirect.
    if (name === '' && index < segments.length - 1) return undefined;
    decoded.push(name);
  }
  return decoded;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

async function serve(
  request: ApiRequest,
  folder: string,
  segments: readonly string[],
): Promise<ApiResponse | undefined> {
  const last = segments.at(-1)!;
  const target = path.join(folder, ...segments);
  if (last === '') return sendFile(request, folder, path.join(target, 'index.html'));
  if (last === 'index.html') return redirect(request, request.path.slice(0, request.path.lastIndexOf('/') + 1));
  const facts = await statOrNone(target);
  if (facts?.isDirectory() === true) return redirect(request, `${request.path}/`);
  return sendFile(request, folder, target);
}

function redirect(request: ApiRequest, location: string): ApiResponse {
  const query = request.url.slice(request.path.length);
  return { kind: 'empty', status: 301, headers: { location: `${location}${query}` } };
}

async function sendFile(request: ApiRequest, folder: string, file: string): Promise<ApiResponse | undefined> {
  const facts = await statOrNone(file);
  if (facts === undefined || !facts.isFile() || !(await isWithin(folder, file))) return undefined;
  const { size, mtimeMs } = facts;
  return respondWithFile(request, {
    size,
    modifiedAt: mtimeMs,
    etag: `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`,
    contentType: mediaTypeOf(file),
    headers: { 'cache-control': 'no-cache' },
    open: async (range) => createReadStream(file, range),
  });
}

async function statOrNone(file: string) {
  try {
    return await stat(file);
  } catch {
    // Missing, not readable or too long a name: all the same to a visitor.
    return undefined;
  }
}

async function isWithin(folder: string, file: string): Promise<boolean> {
  const [root, target] = await Promise.all([realpath(folder), realpath(file)]);
  return target.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
}
