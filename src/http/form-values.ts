import { badRequest } from '../model/errors.ts';
import { type JsonObject, type JsonValue, createObject, isStorableText } from '../util/json.ts';

/** Name and value of one form value, in the order they came. */
export type FormPair = readonly [name: string, value: string];

/** Values under this key are JSON objects that are merged over the others as they are. */
export const jsonPayloadKey = '@jsonPayload';

/**
 * Makes data of form values: a key that came once has a scalar, a key that came several times an array; strings become booleans
 * and numbers where they look like them. The objects of `payloads` go over that, later ones over earlier.
 *
 * @example toFormData([['done', 'true'], ['tags', 'a'], ['tags', 'b']], []) // { done: true, tags: ['a', 'b'] }
 */
export function toFormData(pairs: readonly FormPair[], payloads: readonly JsonObject[]): JsonObject {
  const byName = new Map<string, JsonValue[]>();
  for (const [name, value] of pairs) {
    if (!isStorableText(name) || !isStorableText(value)) throw badRequest();
    if (name === jsonPayloadKey) continue;
    const values = byName.get(name);
    if (values === undefined) byName.set(name, [inferValue(value)]);
    else values.push(inferValue(value));
  }
  const data = createObject();
  for (const [name, values] of byName) data[name] = values.length === 1 ? values[0]! : values;
  for (const payload of payloads) {
    for (const key of Object.keys(payload)) data[key] = payload[key]!;
  }
  return data;
}

/** `true`, `false` and decimal numbers that are written as a program would write them; every other text stays text. */
export function inferValue(text: string): JsonValue {
  if (text === 'true') return true;
  if (text === 'false') return false;
  if (/^-?\d[\d.]*$/.test(text)) {
    const number = Number(text);
    // `0001`, `1.0` and numbers that a double cannot hold are somebody's text, not numbers.
    if (Number.isFinite(number) && String(number) === text) return number;
  }
  return text;
}

/** Reads an URL-encoded body. Throws 400 for broken escapes and for more than `fieldsMax` values. */
export function parseUrlEncoded(text: string, fieldsMax: number): FormPair[] {
  const pairs: FormPair[] = [];
  for (const part of text.split('&', fieldsMax + 1)) {
    if (part === '') continue;
    if (pairs.length === fieldsMax) throw badRequest();
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? '' : part.slice(equals + 1);
    pairs.push([decodePart(name), decodePart(value)]);
  }
  return pairs;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part.includes('+') ? part.replaceAll('+', ' ') : part);
  } catch {
    throw badRequest();
  }
}
