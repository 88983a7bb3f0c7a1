import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import PocketBase from 'pocketbase';
import { isEmpty, seedGrove } from '../seed/seed.ts';

const root = join(import.meta.dirname, '..');

/** Puts the client library where the page imports it from: `public/vendor/pocketbase.es.mjs`. */
export async function copyClientLibrary(publicDir: string): Promise<void> {
  const installed = dirname(createRequire(import.meta.url).resolve('pocketbase'));
  await mkdir(join(publicDir, 'vendor'), { recursive: true });
  await copyFile(join(installed, 'pocketbase.es.mjs'), join(publicDir, 'vendor/pocketbase.es.mjs'));
}

export interface SetupOptions {
  superuser: { email: string; password: string };
  photoCount?: number;
  /** A line about what is going on; `done` of `total` where it counts something. */
  onProgress: (what: string, done: number, total: number) => void;
}

/** Imports the app's collections (harmless when they are there) and, when nobody has posted yet, the demo's people and photos. */
export async function setUpGrove(
  serverUrl: string,
  { superuser, photoCount, onProgress }: SetupOptions,
): Promise<void> {
  const admin = new PocketBase(serverUrl);
  await admin.collection('_superusers').authWithPassword(superuser.email, superuser.password);
  const collections: unknown = JSON.parse(await readFile(join(root, 'collections.json'), 'utf8'));
  await admin.send('/api/collections/import', { method: 'PUT', body: { collections, deleteMissing: false } });
  onProgress('collections', 1, 1);
  if (await isEmpty(admin)) await seedGrove(serverUrl, { ...(photoCount ? { photoCount } : {}), onProgress });
}
