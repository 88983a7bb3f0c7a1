import type { Dir } from 'node:fs';
import { opendir } from 'node:fs/promises';
import path from 'node:path';
import { attributesEnding } from './attributes.ts';

const pageMax = 1000;
/** Names that are read from a folder at once. */
const bufferSize = 256;

/**
 * The keys of all files below `root`, whose name does not begin with a dot, in pages; links are not followed. Folders are read piece by piece, so that
 * one with a million names costs neither memory nor a pause.
 */
export async function* walkFiles(root: string, depthMax: number): AsyncGenerator<readonly string[], void, void> {
  let page: string[] = [];
  for await (const key of keysBelow(root, '', depthMax)) {
    page.push(key);
    if (page.length < pageMax) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

async function* keysBelow(root: string, prefix: string, depthLeft: number): AsyncGenerator<string, void, void> {
  const folder = await openFolder(path.join(root, prefix));
  if (folder === null) return;
  for await (const entry of folder) {
    if (entry.name.startsWith('.')) continue;
    const key = prefix + entry.name;
    if (entry.isDirectory() && depthLeft > 0) yield* keysBelow(root, `${key}/`, depthLeft - 1);
    // No key ends so: what does is what is stored beside a blob.
    else if (entry.isFile() && !entry.name.toLowerCase().endsWith(attributesEnding)) yield key;
  }
}

/** Null for a folder that has gone in the meantime. */
async function openFolder(folder: string): Promise<Dir | null> {
  try {
    return await opendir(folder, { bufferSize });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}
