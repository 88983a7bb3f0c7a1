import type { Cache } from '../../engines/cache/cache.ts';
import type { Database } from '../../engines/database/database.ts';

/**
 * Tells the cache what every commit has changed, before the commit is acknowledged: whoever hears of a write can no longer be
 * given what was read before it. The tag of a change is its collection's id. Answers how to stop.
 */
export function startInvalidation(database: Database, cache: Cache): () => void {
  return database.onDurable((entries) => {
    const tags = new Set(entries.flatMap((entry) => entry.changes.map((change) => change.collectionId)));
    for (const tag of tags) cache.bump(tag);
  });
}
