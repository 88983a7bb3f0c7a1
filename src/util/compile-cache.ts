import { getCompileCacheDir } from 'node:module';

/**
 * The environment variable that gives a helper process this process's folder of compiled code: it starts sooner, and stays 30 MB smaller where
 * the sources are TypeScript. Nothing when there is no such folder.
 */
export function compileCacheEnvironment(): { readonly NODE_COMPILE_CACHE?: string } {
  const folder = getCompileCacheDir();
  // Node makes a folder of its own version and flags below the one it is given.
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? folder };
}
