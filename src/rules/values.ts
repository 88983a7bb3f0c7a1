import type { JsonValue } from '../util/json.ts';

/**
 * A value inside a comparison, in the types that a database knows: booleans are 1 and 0, lists and JSON objects are text.
 * Order: null, then every number, then every text.
 */
export type SqlValue = string | number | null;

/**
 * What a column does to the other side of a comparison: `number` turns a text that looks like a number into that number,
 * `text` turns a number into text, `none` (literals, JSON values, results of functions) leaves it alone.
 */
export type Affinity = 'text' | 'number' | 'none';

/** How a number becomes text: `real` always shows a fraction (`5.0`), `plain` only where there is one (`5`). */
export type NumberForm = 'real' | 'plain';

const numeric = /^[ \t\n\v\f\r]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t\n\v\f\r]*$/;

/** The number that a text spells, or null when it spells none. Spaces around it are allowed, hexadecimal is not. */
export function numberOf(text: string): number | null {
  return numeric.test(text) ? Number(text) : null;
}

/** Digits and exponent of a number, as in `1.5e-07`, or plain decimals where they are short enough. */
function decimals(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e17)) {
    const [digits, exponent] = value.toExponential().split('e') as [string, string];
    const sign = exponent.startsWith('-') ? '-' : '+';
    return `${digits.includes('.') ? digits : `${digits}.0`}e${sign}${exponent.slice(1).padStart(2, '0')}`;
  }
  return String(value);
}

/** A number as the text that it is compared as with a text column: `5` is `5.0`, `0.1` is `0.1`, `1e20` is `1.0e+20`. */
export function realText(value: number): string {
  if (Object.is(value, -0)) return '0.0';
  const text = decimals(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** A number as a person writes it, which is what `~` and `:lower` see: `5` is `5`, `1e20` is `1.0e+20`. */
export function plainText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 63) return BigInt(value).toString();
  return realText(value);
}

/** A JSON value as a comparison sees it: true is 1, lists and objects are their text. */
export function jsonToSql(value: JsonValue | undefined): SqlValue {
  switch (typeof value) {
    case 'string':
    case 'number':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    case 'undefined':
      return null;
    default:
      return value === null ? null : JSON.stringify(value);
  }
}

/** Lowers A to Z only, as databases do without a locale. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Surrogates stand for code points above all others, though their units are not the highest. */
function unitRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

/** The order of two texts by their UTF-8 bytes: negative, 0 or positive. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return unitRank(a) - unitRank(b);
  }
  return left.length - right.length;
}

/** The order of two values that are not null. */
export function compareValues(left: string | number, right: string | number): number {
  if (typeof left === 'number') return typeof right === 'number' ? left - right : -1;
  return typeof right === 'number' ? 1 : compareText(left, right);
}

/** What `value` becomes beside a value of affinity `other`, when its own affinity is `own`. */
export function applyAffinity(value: SqlValue, own: Affinity, other: Affinity, form: NumberForm): SqlValue {
  if (other === 'number' && own !== 'number') return typeof value === 'string' ? (numberOf(value) ?? value) : value;
  if (other === 'text' && own === 'none') {
    return typeof value === 'number' ? (form === 'real' ? realText(value) : plainText(value)) : value;
  }
  return value;
}
