import { mkdir, readdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { tempFilePrefix } from './body-multipart.ts';

/**
 * Makes the folder of temporary files and removes what an earlier process left there. Files of running uploads, which another
 * server on the same folder may have, are younger than `before`.
 *
 * @param before milliseconds since 1970
 */
export async function sweepTempDir(folder: string, before: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    if (!name.startsWith(tempFilePrefix)) continue;
    const file = path.join(folder, name);
    try {
      if ((await stat(file)).mtimeMs < before) await unlink(file);
    } catch {
      // Gone meanwhile, or not ours to remove: it costs space, nothing else.
    }
  }
}
