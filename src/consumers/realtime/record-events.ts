import type { Collection, Schema } from '../../model/collection.ts';
import type { LogEntry, LoggedChange } from '../../model/commit.ts';
import { codecOf } from '../../model/record-codec.ts';
import type { StoredRecord } from '../../model/record.ts';

/** One change as realtime looks at it. */
export interface RecordEvent {
  readonly action: 'create' | 'update' | 'delete';
  /** The record after the change; of a delete, before it. */
  readonly record: StoredRecord;
  readonly entry: LogEntry;
}

/** The collection of a change, or undefined for rows that are no records (any more). */
export function collectionOf(schema: Schema, change: LoggedChange): Collection | undefined {
  const collection = schema.find(change.collectionId);
  // A name of one collection may be the id of none.
  return collection?.id === change.collectionId ? collection : undefined;
}

/** A change of a record, its row read as the collection is now. */
export function toRecordEvent(collection: Collection, entry: LogEntry, change: LoggedChange): RecordEvent {
  const data = codecOf(collection).decodeRow(change.row);
  return { action: change.action, record: { collection, id: change.id, version: change.version, data }, entry };
}
