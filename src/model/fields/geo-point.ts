import { isJsonObject, type JsonObject, type JsonValue } from '../../util/json.ts';
import type { ErrorLeaf } from '../errors.ts';
import { createFailure } from '../validation.ts';
import type { GeoPointField } from './field.ts';
import type { DraftValue, FieldType } from './field-type.ts';
import { jsonFromColumn, readJsonText } from './json.ts';

/** A point on the earth in degrees. 0/0, in the sea off Africa, is "none". */
export interface GeoPoint extends JsonObject {
  readonly lon: number;
  readonly lat: number;
}

/** Longitude and latitude. */
export const geoPointType: FieldType<GeoPointField> = {
  name: 'geoPoint',
  options: { required: 'bool' },
  modifiers: [],
  zero: () => createPoint(0, 0),
  normalise: (_field, input) => readPoint(input),
  isEmpty: (_field, value) => isNone(value as GeoPoint),
  toColumn: (_field, value) => pointToColumn(value as GeoPoint),
  fromColumn: (_field, column) => readPoint(jsonFromColumn(column)),
  validate: (field, value) => validatePoint(field, value as GeoPoint),
  validateOptions: () => ({}),
  modify: (_field, current) => current,
};

function createPoint(lon: number, lat: number): GeoPoint {
  return { lon, lat };
}

function readPoint(input: DraftValue): GeoPoint {
  const value = typeof input === 'string' ? readJsonText(input) : (input as JsonValue);
  return isJsonObject(value) ? createPoint(coordinate(value['lon']), coordinate(value['lat'])) : createPoint(0, 0);
}

function coordinate(value: JsonValue | undefined): number {
  return typeof value === 'number' && Number.isFinite(value) && value !== 0 ? value : 0;
}

/** The keys in their stored order. */
function pointToColumn(point: GeoPoint): string {
  return `{"lon":${JSON.stringify(point.lon)},"lat":${JSON.stringify(point.lat)}}`;
}

function isNone(point: GeoPoint): boolean {
  return point.lon === 0 && point.lat === 0;
}

function validatePoint(field: GeoPointField, point: GeoPoint): ErrorLeaf | null {
  if (isNone(point)) return field.required ? createFailure('validation_required') : null;
  if (point.lat < -90 || point.lat > 90) return createFailure('validation_invalid_latitude');
  return point.lon < -180 || point.lon > 180 ? createFailure('validation_invalid_longitude') : null;
}
