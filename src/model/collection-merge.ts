import { type JsonObject, type JsonValue } from '../util/json.ts';
import { mergeAuthOptions } from './auth-options.ts';
import type { Collection, CollectionType } from './collection.ts';
import { blankCollection } from './collection-defaults.ts';
import { decodeField } from './fields/field-codec.ts';
import type { Field } from './fields/field.ts';
import { FormatError } from './format-error.ts';
import { freeChecksumId } from './ids.ts';
import { bool, list, mergeShape, object, text, textOrNull } from './shape.ts';

/** Fields of one collection, and how long the list of its indexes may be. */
export const fieldsMax = 1000;
const indexesMax = 200;

/** What is merged key by key; `created` and `updated` are the server's. */
const ownShape = object({
  id: text,
  name: text,
  type: text,
  system: bool,
  indexes: list(text),
  listRule: textOrNull,
  viewRule: textOrNull,
  createRule: textOrNull,
  updateRule: textOrNull,
  deleteRule: textOrNull,
  viewQuery: text,
  partitionBy: text,
});

/**
 * A collection with a change from outside merged onto it: absent keys stay, objects merge key by key, lists of objects by position, null
 * clears rules and lists and changes nothing else. `fields` is replaced as a whole: each field starts from its type's zero options, and one
 * without id gets the id of an earlier field of the same name, else the one that follows from type and name.
 *
 * @throws FormatError when a value is of another kind than its key demands
 */
export function mergeCollection(present: Collection, change: JsonObject): Collection {
  const merged = mergeShape(ownShape, present as unknown as JsonObject, change, '') as unknown as Collection;
  if (merged.indexes.length > indexesMax) throw new FormatError('indexes');
  const auth = merged.type === 'auth' || present.auth !== null ? mergeAuth(present, change) : null;
  return {
    ...merged,
    created: present.created,
    updated: present.updated,
    fields: Object.hasOwn(change, 'fields') ? decodeFields(change['fields']!) : present.fields,
    auth,
  };
}

function mergeAuth(present: Collection, change: JsonObject): Collection['auth'] {
  return mergeAuthOptions(present.auth ?? blankCollection('auth').auth!, change);
}

/**
 * A new collection as it was sent, on top of the defaults of its type (`base` when it names none).
 *
 * @throws FormatError when a value is of another kind than its key demands
 */
export function createCollectionFrom(sent: JsonObject): Collection {
  const type = sent['type'] ?? 'base';
  if (typeof type !== 'string') throw new FormatError('type');
  return mergeCollection(blankCollection(toKnownType(type)), { ...sent, type: type === '' ? 'base' : type });
}

/** A type that is none is refused by the validation, by name. */
function toKnownType(type: string): CollectionType {
  return type === 'auth' || type === 'view' ? type : 'base';
}

/**
 * A list of fields from JSON, with ids. A later field with the id of an earlier one takes its place.
 *
 * @throws FormatError when it is no list of fields
 */
export function decodeFields(value: JsonValue): Field[] {
  if (value === null) return [];
  if (!Array.isArray(value) || value.length > fieldsMax) throw new FormatError('fields');
  const fields: Field[] = [];
  for (const member of value as readonly JsonValue[]) addField(fields, decodeField(member));
  return fields;
}

function addField(fields: Field[], field: Field): void {
  const id = field.id === '' ? idFor(fields, field) : field.id;
  const index = fields.findIndex((other) => other.id === id);
  if (index < 0) fields.push({ ...field, id });
  else fields[index] = { ...field, id };
}

function idFor(fields: readonly Field[], field: Field): string {
  const sameName = fields.find((other) => other.name === field.name);
  if (sameName !== undefined) return sameName.id;
  return freeChecksumId(field.type, field.name, (id) => fields.some((other) => other.id === id));
}
