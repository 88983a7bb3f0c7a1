import { type JsonObject, type JsonValue, isJsonObject } from '../../util/json.ts';
import { parseDate } from '../../util/date.ts';
import { FormatError } from '../format-error.ts';
import { checksumId } from '../ids.ts';
import type { Field } from './field.ts';
import type { FieldType, OptionKind } from './field-type.ts';
import { fieldTypeOf, findFieldType } from './registry.ts';

/** The keys that fields of every type have, as kinds of options. */
const commonKinds: { readonly [key: string]: OptionKind } = {
  hidden: 'bool',
  id: 'text',
  name: 'text',
  presentable: 'bool',
  system: 'bool',
  help: 'text',
};

/** Zero values by kind: what an absent or null option is. */
function zeroOf(kind: OptionKind): JsonValue {
  switch (kind) {
    case 'bool':
      return false;
    case 'integer':
      return 0;
    case 'numberOrNull':
    case 'textsOrNull':
      return null;
    default:
      return '';
  }
}

/** One option from JSON; a value of another kind is a format error, as it would be for any typed reader. */
function readOption(kind: OptionKind, value: JsonValue | undefined, key: string): JsonValue {
  if (value === undefined || value === null) return zeroOf(kind);
  switch (kind) {
    case 'bool':
      if (typeof value === 'boolean') return value;
      break;
    case 'integer':
      if (Number.isInteger(value)) return value;
      break;
    case 'numberOrNull':
      if (typeof value === 'number') return value;
      break;
    case 'date':
      return parseDate(value);
    case 'textsOrNull':
      if (Array.isArray(value)) return value.map((member) => readText(member, key));
      break;
    case 'text':
      if (typeof value === 'string') return value;
      break;
  }
  throw new FormatError(`fields: ${key}`);
}

function readText(value: JsonValue, key: string): string {
  if (value === null) return '';
  if (typeof value !== 'string') throw new FormatError(`fields: ${key}`);
  return value;
}

/**
 * A field from its JSON. Absent and null options have their zero values; unknown keys are ignored.
 *
 * @throws FormatError when it is no object, has no known type, or an option is of another kind
 */
export function decodeField(value: JsonValue): Field {
  if (!isJsonObject(value)) throw new FormatError('fields');
  const type = typeof value['type'] === 'string' ? findFieldType(value['type']) : undefined;
  if (type === undefined) throw new FormatError('fields: type');
  const field: { [key: string]: JsonValue } = { type: type.name };
  for (const [key, kind] of Object.entries(kindsOf(type))) field[key] = readOption(kind, value[key], key);
  return field as unknown as Field;
}

function kindsOf(type: FieldType): { readonly [key: string]: OptionKind } {
  return { ...commonKinds, ...(type.options as { readonly [key: string]: OptionKind }) };
}

/** A field of a type with zero options but for the given ones; its id follows from type and name unless given. */
export function createField<F extends Field>(
  options: Partial<F> & { readonly type: F['type']; readonly name: string },
): F {
  const field = decodeField(options as unknown as JsonObject) as F;
  return field.id === '' ? { ...field, id: checksumId(field.type, field.name) } : field;
}

/** A field as JSON: all keys of its type, sorted. Autodate fields have no `help`. */
export function serialiseField(field: Field): JsonObject {
  const kinds = kindsOf(fieldTypeOf(field));
  const keys = [...Object.keys(kinds), 'type'].filter((key) => key !== 'help' || field.type !== 'autodate').sort();
  const source = field as unknown as { readonly [key: string]: JsonValue };
  const json: { [key: string]: JsonValue } = {};
  for (const key of keys) json[key] = source[key] ?? null;
  return json;
}
