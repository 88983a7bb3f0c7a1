import type { Collection } from '../model/collection.ts';
import { parseIndex } from '../model/index-definition.ts';

/** `full`: no two records share a value; `partial`: so among the records that the index's WHERE selects. */
export type Uniqueness = 'none' | 'partial' | 'full';

/** Whether a unique index on exactly this one field keeps its values apart. */
export function uniquenessOf(collection: Collection, field: string): Uniqueness {
  let found: Uniqueness = 'none';
  for (const text of collection.indexes) {
    const index = parseIndex(text);
    if (index === null || !index.unique || index.columns.length !== 1) continue;
    if (index.columns[0]!.name?.toLowerCase() !== field.toLowerCase()) continue;
    if (index.where === '') return 'full';
    found = 'partial';
  }
  return found;
}
