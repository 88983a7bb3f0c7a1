import type { RecordData } from '../model/record.ts';

/** Synchronous access to the other records that a condition may speak of. */
export interface RecordSource {
  get(collectionId: string, id: string): RecordData | undefined;
  /** The records of a collection whose relation `field` holds `id`, in insertion order. */
  referencing(collectionId: string, field: string, id: string): readonly RecordData[];
  /** All records of a collection, in insertion order. */
  all(collectionId: string): readonly RecordData[];
}
