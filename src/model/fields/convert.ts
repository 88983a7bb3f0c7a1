import { isStorableText, type JsonValue } from '../../util/json.ts';
import type { ColumnValue } from '../commit.ts';
import type { DraftValue } from './field-type.ts';
import { UploadedFileValue } from './file-value.ts';
import { PlainPassword } from './password-value.ts';

/**
 * Input as text: numbers in their shortest decimal form without exponent, booleans as `true` and `false`; null, lists and objects
 * are the empty text.
 */
export function toText(input: DraftValue): string {
  switch (typeof input) {
    case 'string':
      return input;
    case 'number':
      return numberToText(input);
    case 'boolean':
      return input ? 'true' : 'false';
    default:
      return '';
  }
}

/** The shortest decimal text that reads back as the number, never with an exponent. */
export function numberToText(value: number): string {
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign, first, rest = '', exponentText] = match;
  const exponent = Number(exponentText);
  const digits = first! + rest;
  // A number has an exponent in JavaScript only above 1e21 or below 1e-6, so all digits are on one side of the point.
  return exponent < 0 ? `${sign}0.${'0'.repeat(-exponent - 1)}${digits}` : `${sign}${digits.padEnd(exponent + 1, '0')}`;
}

/**
 * Input as a list of texts, without empty ones and duplicates, in order. Text that holds a JSON array of texts is that array; a list with
 * a member that is not a scalar is empty.
 */
export function toTextList(input: DraftValue): string[] {
  if (Array.isArray(input)) return toDistinct(membersToText(input as readonly JsonValue[]) ?? []);
  if (typeof input === 'string' && input.includes('[')) return toDistinct(parseTextList(input) ?? [input]);
  return toDistinct([toText(input)]);
}

function membersToText(members: readonly JsonValue[]): string[] | null {
  return members.some((member) => typeof member === 'object' && member !== null) ? null : members.map(toText);
}

/** The texts of a JSON array, or null when it is not one of texts. */
export function parseTextList(text: string): string[] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(parsed)) return null;
  const isText = parsed.every((member) => member === null || typeof member === 'string');
  return isText ? parsed.map((member) => (member === null ? '' : (member as string))) : null;
}

/** Without empty texts and later duplicates. */
export function toDistinct(texts: readonly string[]): string[] {
  if (texts.length < 2) return texts[0] === undefined || texts[0] === '' ? [] : [texts[0]];
  const distinct = new Set(texts);
  distinct.delete('');
  return [...distinct];
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const notANumber = /^(?:nan|[+-]?inf(?:inity)?)$/i;
/** Longer than any sensible number; what is longer is not one. */
const numberLengthMax = 400;

/**
 * Input as a number: booleans are 1 and 0, unreadable text is 0, text that names infinity or NaN is NaN (which then fails the check).
 */
export function toNumber(input: DraftValue): number {
  if (typeof input === 'number') return input === 0 ? 0 : input;
  if (typeof input === 'boolean') return input ? 1 : 0;
  if (typeof input !== 'string' || input.length > numberLengthMax) return 0;
  if (notANumber.test(input)) return Number.NaN;
  const text = input.replace(/(?<=\d)_(?=\d)/g, '');
  if (!decimal.test(text)) return 0;
  const value = Number(text);
  return Number.isFinite(value) && value !== 0 ? value : 0;
}

const trueTexts: readonly string[] = ['1', 't', 'T', 'true', 'TRUE', 'True'];

/** Input as a boolean: numbers other than 0 and the usual texts are true, everything else is false. */
export function toBool(input: DraftValue): boolean {
  if (typeof input === 'string') return trueTexts.includes(input);
  return input === true || (typeof input === 'number' && input !== 0);
}

/** Text from a text column, whatever is in it. */
export function textFromColumn(column: ColumnValue): string {
  return typeof column === 'string' ? column : toText(column);
}

/** Text for a text column. */
export function textToColumn(value: DraftValue): string {
  return toText(value);
}

/** How many characters (code points) a text has. */
export function countCodePoints(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length - 1; index++) {
    if ((text.charCodeAt(index) & 0xfc00) === 0xd800 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) {
      count -= 1;
      index += 1;
    }
  }
  return count;
}

/** False for text with a NUL or half of a surrogate pair: not every database can hold it, so none has to. */
export function isStorable(value: DraftValue): boolean {
  if (typeof value === 'string') return isStorableText(value);
  if (typeof value !== 'object' || value === null || value instanceof PlainPassword) return true;
  if (value instanceof UploadedFileValue) return true;
  if (Array.isArray(value)) return (value as readonly DraftValue[]).every(isStorable);
  return Object.entries(value).every(([key, member]) => isStorableText(key) && isStorable(member));
}
