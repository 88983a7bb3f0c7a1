import type { JsonValue } from '../util/json.ts';
import type { Collection } from './collection.ts';

/**
 * The typed values of one record by field name, `id` included, in a null-prototype object: text and dates are strings,
 * numbers numbers, bools booleans, single select/file/relation strings, multiple ones string arrays, json any JSON
 * value, geoPoint `{lon, lat}`, password the hash. Every field of the collection has a value.
 */
export interface RecordData {
  [field: string]: JsonValue;
}

/** A record as it lies in the database. `version` starts at 1 and rises by one with every change of the row. */
export interface StoredRecord {
  readonly collection: Collection;
  readonly id: string;
  readonly version: number;
  readonly data: RecordData;
}

/** Who asks: a signed-in record (of any auth collection) or, with `auth` null, a guest. */
export interface Viewer {
  readonly auth: StoredRecord | null;
  /** True when `auth` is a record of `_superusers`; superusers pass every rule. */
  readonly isSuperuser: boolean;
}

/** A request without a valid token. */
export const guest: Viewer = Object.freeze({ auth: null, isSuperuser: false });
