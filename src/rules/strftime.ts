import { applyModifier } from './time-modifier.ts';
import { dayMs, isMoment, julianZeroMs, type Moment, readTimeValue, utcMs } from './time-value.ts';
import type { SqlValue } from './values.ts';

function pad(value: number, width: number, filler = '0'): string {
  return String(value).padStart(width, filler);
}

function year(value: number): string {
  return value < 0 ? `-${pad(-value, 3)}` : pad(value, 4);
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - utcMs(date.getUTCFullYear(), 1, 1)) / dayMs);
}

/** The Thursday of the date's week: it lies in the year that the ISO week belongs to. */
function isoThursday(date: Date): Date {
  const sinceMonday = (date.getUTCDay() + 6) % 7;
  return new Date(date.getTime() + (3 - sinceMonday) * dayMs);
}

function hour12(date: Date): number {
  return date.getUTCHours() % 12 || 12;
}

function clock(date: Date): string {
  return `${pad(date.getUTCHours(), 2)}:${pad(date.getUTCMinutes(), 2)}`;
}

type Conversion = (date: Date, moment: Moment) => string;

const conversions: { readonly [letter: string]: Conversion } = {
  d: (date) => pad(date.getUTCDate(), 2),
  e: (date) => pad(date.getUTCDate(), 2, ' '),
  f: (date) => `${pad(date.getUTCSeconds(), 2)}.${pad(date.getUTCMilliseconds(), 3)}`,
  F: (date) => `${year(date.getUTCFullYear())}-${pad(date.getUTCMonth() + 1, 2)}-${pad(date.getUTCDate(), 2)}`,
  g: (date) => pad(isoThursday(date).getUTCFullYear() % 100, 2),
  G: (date) => year(isoThursday(date).getUTCFullYear()),
  H: (date) => pad(date.getUTCHours(), 2),
  I: (date) => pad(hour12(date), 2),
  j: (date) => pad(dayOfYear(date) + 1, 3),
  J: (date) => String(Number(((date.getTime() - julianZeroMs) / dayMs).toPrecision(16))),
  k: (date) => pad(date.getUTCHours(), 2, ' '),
  l: (date) => pad(hour12(date), 2, ' '),
  m: (date) => pad(date.getUTCMonth() + 1, 2),
  M: (date) => pad(date.getUTCMinutes(), 2),
  p: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  P: (date) => (date.getUTCHours() < 12 ? 'am' : 'pm'),
  R: clock,
  s: (date, { subsecond }) =>
    subsecond ? (date.getTime() / 1000).toFixed(3) : String(Math.floor(date.getTime() / 1000)),
  S: (date) => pad(date.getUTCSeconds(), 2),
  T: (date) => `${clock(date)}:${pad(date.getUTCSeconds(), 2)}`,
  u: (date) => String(date.getUTCDay() || 7),
  U: (date) => pad(Math.floor((dayOfYear(date) + 7 - date.getUTCDay()) / 7), 2),
  V: (date) => pad(Math.floor(dayOfYear(isoThursday(date)) / 7) + 1, 2),
  w: (date) => String(date.getUTCDay()),
  W: (date) => pad(Math.floor((dayOfYear(date) + 7 - ((date.getUTCDay() + 6) % 7)) / 7), 2),
  Y: (date) => year(date.getUTCFullYear()),
  '%': () => '%',
};

/**
 * What SQLite's `strftime` answers: null when the time value, a modifier or the format is not valid, or the moment is outside
 * the years -4713 to 9999. `now` (ms since 1970) is the moment that the time value `now` stands for.
 *
 * Source: https://sqlite.org/lang_datefunc.html
 *
 * @example formatTime('%Y-%m', '2024-05-06 07:08:09.000Z', ['start of month'], Date.now()) // '2024-05'
 */
export function formatTime(format: string, time: SqlValue, modifiers: readonly string[], now: number): string | null {
  const moment = readTimeValue(time, now);
  if (moment === null) return null;
  for (const [index, modifier] of modifiers.entries()) {
    if (!applyModifier(moment, modifier, index === 0)) return null;
  }
  if (moment.ms === null || !isMoment(moment.ms)) return null;
  return convert(format, new Date(moment.ms), moment);
}

function convert(format: string, date: Date, moment: Moment): string | null {
  let text = '';
  for (let index = 0; index < format.length; index++) {
    const character = format[index]!;
    if (character !== '%') {
      text += character;
      continue;
    }
    const conversion = conversions[format[++index] ?? ''];
    if (conversion === undefined) return null;
    text += conversion(date, moment);
  }
  return text;
}
