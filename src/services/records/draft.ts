import type { RequestBody } from '../../http/types.ts';
import type { Collection } from '../../model/collection.ts';
import type { DraftData, DraftValue, Modifier } from '../../model/fields/field-type.ts';
import type { Field, FileField } from '../../model/fields/field.ts';
import type { UploadedFileValue } from '../../model/fields/file-value.ts';
import { fieldTypeOf, modifyValue, normaliseValue, zeroValue } from '../../model/fields/registry.ts';
import type { RecordData, Viewer } from '../../model/record.ts';
import { createObject, type JsonObject, type JsonValue } from '../../util/json.ts';
import { type SubmittedBody, submittedBody } from './rule-context.ts';

/** Files of one request that have been given the names they will be stored under, by body key. */
export type NamedUploads = ReadonlyMap<string, readonly UploadedFileValue[]>;

/** A record that is being written: its values to be, and what the client sent. */
export interface Draft {
  /** Every field's value: typed, with new files and new passwords still as such. */
  readonly data: DraftData;
  /** What rules see as `@request.body`: known fields under their base names with values as they will be, everything else as sent. */
  readonly body: SubmittedBody;
  /** `passwordConfirm`, `oldPassword` and the like: read by the checks of auth records. */
  readonly sent: JsonObject;
}

/** A body key taken apart. */
interface Key {
  readonly field: Field;
  readonly modifier: Modifier | null;
}

/**
 * Reads a body onto a record. Keys are applied one after the other, shorter ones first, so that a plain value comes before what is added
 * to it; unknown keys change nothing. Fields that the viewer may not see are left alone, but for an auth record's password.
 *
 * @param stored the record's present values, or the zero values of a new one
 */
export function readDraft(
  collection: Collection,
  stored: RecordData,
  sent: JsonObject,
  uploads: NamedUploads,
  viewer: Viewer,
): Draft {
  const data: DraftData = Object.assign(createDraftData(), stored);
  const body = createDraftData();
  const keys = new Set([...Object.keys(sent), ...uploads.keys()]);
  for (const key of [...keys].sort((a, b) => a.length - b.length)) {
    const known = readKey(collection, key);
    if (known === null) {
      body[key] = sent[key] ?? null;
      continue;
    }
    const { field, modifier } = known;
    if (field.hidden && !viewer.isSuperuser && !isOwnPassword(collection, field)) continue;
    const operand = operandOf(field, sent, key, uploads.get(key));
    data[field.name] =
      modifier === null ? normaliseValue(field, operand) : modifyValue(field, data[field.name]!, modifier, operand);
    body[field.name] = data[field.name]!;
  }
  return { data, body: submittedBody(body), sent };
}

function createDraftData(): DraftData {
  return Object.create(null) as DraftData;
}

/** The zero values of a new record. */
export function blankRecord(collection: Collection): RecordData {
  const data = createObject();
  for (const field of collection.fields) data[field.name] = zeroValue(field);
  return data;
}

/** The field and modifier that a body key means, or null when it is none of the collection's. */
function readKey(collection: Collection, key: string): Key | null {
  const plain = findField(collection, key);
  if (plain !== null) return plain.type === 'autodate' ? null : { field: plain, modifier: null };
  const parsed = parseModifier(key);
  const field = parsed === null ? null : findField(collection, parsed.name);
  if (parsed === null || field === null || !fieldTypeOf(field).modifiers.includes(parsed.modifier)) return null;
  return { field, modifier: parsed.modifier };
}

/** The file field that a body key of an upload means, or null. */
export function fileFieldOf(collection: Collection, key: string): FileField | null {
  const known = readKey(collection, key);
  return known?.field.type === 'file' && known.modifier !== 'remove' ? known.field : null;
}

function parseModifier(key: string): { name: string; modifier: Modifier } | null {
  if (key.startsWith('+')) return { name: key.slice(1), modifier: 'prepend' };
  if (key.endsWith('+')) return { name: key.slice(0, -1), modifier: 'append' };
  if (key.endsWith('-')) return { name: key.slice(0, -1), modifier: 'remove' };
  if (key.endsWith(':autogenerate')) return { name: key.slice(0, -':autogenerate'.length), modifier: 'autogenerate' };
  return null;
}

function findField(collection: Collection, name: string): Field | null {
  return collection.fields.find((field) => field.name === name) ?? null;
}

function isOwnPassword(collection: Collection, field: Field): boolean {
  return collection.type === 'auth' && field.name === 'password';
}

/** Text values and files that came under one key form one list: names that stay, then what is new. */
function operandOf(
  field: Field,
  sent: JsonObject,
  key: string,
  files: readonly UploadedFileValue[] | undefined,
): DraftValue {
  const value: JsonValue = Object.hasOwn(sent, key) ? sent[key]! : null;
  if (files === undefined || field.type !== 'file') return value;
  const kept = Array.isArray(value) ? (value as readonly JsonValue[]) : value === null || value === '' ? [] : [value];
  return [...kept, ...files];
}

/** The request's files under file fields of this collection, each given its final name once, however often the write is tried. */
export function nameUploads(
  collection: Collection,
  files: RequestBody['files'],
  createValue: (file: RequestBody['files'][number]) => UploadedFileValue,
): NamedUploads {
  const named = new Map<string, UploadedFileValue[]>();
  for (const file of files) {
    if (fileFieldOf(collection, file.key) === null) continue;
    const list = named.get(file.key) ?? [];
    list.push(createValue(file));
    named.set(file.key, list);
  }
  return named;
}
