import { defaultJsonLimits, JsonError, type JsonValue, parseJson } from '../../util/json.ts';
import type { ColumnValue } from '../commit.ts';
import { ErrorCollector } from '../error-data.ts';
import type { ErrorLeaf } from '../errors.ts';
import { checkRange, createFailure } from '../validation.ts';
import type { JsonField } from './field.ts';
import type { FieldType } from './field-type.ts';
import { integerMax } from './text.ts';

/** Bytes of JSON text when the field names no limit: 1 MiB. */
const defaultJsonSize = 1024 * 1024;

/** Nesting of a JSON value inside a text, the same as of a body. */
const depthMax = defaultJsonLimits.depthMax;

/** Any JSON value. Text that reads as JSON is taken for it, so that forms can send numbers, lists and objects too. */
export const jsonType: FieldType<JsonField> = {
  name: 'json',
  options: { maxSize: 'integer', required: 'bool' },
  modifiers: [],
  zero: () => null,
  normalise: (_field, input) => (typeof input === 'string' ? readJsonText(input) : input),
  isEmpty: (_field, value) => isEmptyJson(value as JsonValue),
  toColumn: (_field, value) => (value === null ? null : JSON.stringify(value)),
  fromColumn: (_field, column) => jsonFromColumn(column),
  validate: (field, value) => validateJson(field, value as JsonValue),
  validateOptions: (field) => new ErrorCollector().add('maxSize', checkRange(field.maxSize, 0, integerMax)).data,
  modify: (_field, current) => current,
};

/**
 * Text as JSON: the three words, and text that starts like a number, text, list or object and parses; all other text is itself.
 */
export function readJsonText(text: string): JsonValue {
  if (text === 'null') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  if (!/^[-\d"[{]/.test(text)) return text;
  try {
    return parseJson(text, { depthMax, bytesMax: integerMax });
  } catch (error) {
    // Also what only looks like JSON, or would not survive: the text itself does.
    if (error instanceof JsonError) return text;
    throw error;
  }
}

/**
 * The value of a JSON column. One of another program may hold NULL, the text null, or a number that its database made of the text. The objects
 * are plain ones (giving every one a null prototype takes eight times as long), so who follows a path asks for own keys only.
 */
export function jsonFromColumn(column: ColumnValue): JsonValue {
  if (typeof column !== 'string') return column;
  if (column === '') return null;
  try {
    return JSON.parse(column) as JsonValue;
  } catch {
    return column;
  }
}

function isEmptyJson(value: JsonValue): boolean {
  if (value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function validateJson(field: JsonField, value: JsonValue): ErrorLeaf | null {
  const maxSize = field.maxSize === 0 ? defaultJsonSize : field.maxSize;
  if (Buffer.byteLength(JSON.stringify(value)) > maxSize)
    return createFailure('validation_json_size_limit', { maxSize });
  return field.required && isEmptyJson(value) ? createFailure('validation_required') : null;
}
