import { hash } from 'node:crypto';
import { parseJson, isJsonObject, type JsonValue } from '../../util/json.ts';
import { headerKey } from '../../rules/rules.ts';

type Values = { readonly [name: string]: string };

/** One subscription as submitted. */
export interface Topic {
  /** The text, options included: the name of the events that the client listens for. */
  readonly text: string;
  /** Short for the text. One client's messages about one change go in the order of their topics' keys. */
  readonly key: string;
  /** Id or name of a collection (exactly), or the whole name of an app's own topic. */
  readonly collection: string;
  /** A record's id, `*` for all records of the collection, `''` for an app's own topic. */
  readonly record: string;
  /** What rules see as `@request.query`. */
  readonly query: Values;
  /** What rules see as `@request.headers`. */
  readonly headers: Values;
}

/** Options are small; more of them is no subscription that anybody wrote. */
const optionsLimits = { depthMax: 4, bytesMax: 2500 };
/** 48 bits: no client has two topics with the same one but by its own effort. */
const keyLength = 12;
const noValues: Values = Object.freeze(Object.create(null) as Values);

/**
 * Reads `collection/*`, `collection/RECORD_ID`, `collection` (all records, as older clients say it) or an app's own topic, with
 * `?options={"query":{…},"headers":{…}}` behind it. Options that cannot be read count as none.
 */
export function parseTopic(text: string): Topic {
  const mark = text.indexOf('?');
  const path = mark < 0 ? text : text.slice(0, mark);
  const { query, headers } = mark < 0 ? { query: noValues, headers: noValues } : readOptions(text.slice(mark + 1));
  const key = hash('sha256', text, 'hex').slice(0, keyLength);
  const slash = path.indexOf('/');
  if (slash < 0) return { text, key, collection: path, record: path.startsWith('@') ? '' : '*', query, headers };
  return { text, key, collection: path.slice(0, slash), record: path.slice(slash + 1), query, headers };
}

function readOptions(search: string): { query: Values; headers: Values } {
  const text = new URLSearchParams(search).get('options') ?? '';
  let options: JsonValue;
  try {
    options = parseJson(text, optionsLimits);
  } catch {
    return { query: noValues, headers: noValues };
  }
  if (!isJsonObject(options)) return { query: noValues, headers: noValues };
  return { query: readValues(options.query, (name) => name), headers: readValues(options.headers, headerKey) };
}

function readValues(value: JsonValue | undefined, nameOf: (name: string) => string): Values {
  if (!isJsonObject(value)) return noValues;
  const values = Object.create(null) as { [name: string]: string };
  for (const [name, each] of Object.entries(value)) {
    values[nameOf(name)] = typeof each === 'string' ? each : each === null ? '' : JSON.stringify(each);
  }
  return values;
}
