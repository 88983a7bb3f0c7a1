import type { Collection } from '../model/collection.ts';
import { type IndexDefinition, parseIndex } from '../model/index-definition.ts';

/** `full`: no two records share a value; `partial`: so among the records that the index's WHERE selects. */
export type Uniqueness = 'none' | 'partial' | 'full';

/**
 * What looking a value up in a column costs. `scan`: every row is read. `index`: the rows that have it. `few`: the same, and
 * there are few of them, as a rule: it is an id, a relation, or unique.
 */
export type Lookup = 'scan' | 'index' | 'few';

function indexesLedBy(collection: Collection, field: string): IndexDefinition[] {
  const name = field.toLowerCase();
  return collection.indexes
    .map(parseIndex)
    .filter((index): index is IndexDefinition => index?.columns[0]?.name?.toLowerCase() === name);
}

/** Whether a unique index on exactly this one field keeps its values apart. */
export function uniquenessOf(collection: Collection, field: string): Uniqueness {
  const unique = indexesLedBy(collection, field).filter((index) => index.unique && index.columns.length === 1);
  if (unique.length === 0) return 'none';
  return unique.some((index) => index.where === '') ? 'full' : 'partial';
}

/** How records are found by a value of one field. */
export function lookupOf(collection: Collection, field: string): Lookup {
  if (field === 'id') return 'few';
  const usable = indexesLedBy(collection, field).filter((index) => index.where === '' && isBinary(index));
  if (usable.length === 0) return 'scan';
  const isRelation = collection.fields.some((each) => each.name === field && each.type === 'relation');
  return isRelation || usable.some((index) => index.unique && index.columns.length === 1) ? 'few' : 'index';
}

function isBinary(index: IndexDefinition): boolean {
  const { collate } = index.columns[0]!;
  return collate === '' || collate.toUpperCase() === 'BINARY';
}
