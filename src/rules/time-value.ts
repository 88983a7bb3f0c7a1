import { numberOf, type SqlValue } from './values.ts';

/** A moment while it is modified: `ms` since 1970, or the bare number that a modifier must still explain. */
export interface Moment {
  ms: number | null;
  bare: number | null;
  subsecond: boolean;
  /** Days by which the last month arithmetic ran over the end of the month. */
  overflowDays: number;
}

export const dayMs = 86_400_000;
/** Julian day 0 in milliseconds since 1970. */
export const julianZeroMs = -210_866_760_000_000;
/** The end of the year 9999. */
const lastMs = 253_402_300_799_999;

const datePattern = /^(-?)(\d{4})-(\d{2})-(\d{2})(.*)$/s;
const timePattern = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?\s*(?:(?:([+-])(\d{2}):(\d{2})|[Zz])\s*)?$/;

/** Is the moment between the first Julian day and the year 9999? */
export function isMoment(ms: number): boolean {
  return ms >= julianZeroMs && ms <= lastMs;
}

/** The moment of a day that may run over its month, as the 31st of February does. */
export function utcMs(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}

/** Milliseconds of a time of day with its offset taken off, or null. `24:00` is allowed. */
export function timeOfDayMs(text: string): number | null {
  const match = timePattern.exec(text);
  if (match === null) return null;
  const [, hour, minute, second = '0', fraction = '', sign, offsetHour = '0', offsetMinute = '0'] = match;
  if (Number(hour) > 24 || Number(minute) > 59 || Number(second) > 59) return null;
  if (Number(offsetHour) > 14 || Number(offsetMinute) > 59) return null;
  const offset = (Number(offsetHour) * 60 + Number(offsetMinute)) * (sign === '-' ? -1 : 1);
  const ms = Math.min(999, Math.floor(Number(`0.${fraction || '0'}`) * 1000 + 0.5));
  return ((Number(hour) * 60 + Number(minute) - offset) * 60 + Number(second)) * 1000 + ms;
}

function moment(ms: number | null): Moment {
  return { ms, bare: null, subsecond: false, overflowDays: 0 };
}

function bareNumber(value: number): Moment {
  const isJulian = value >= 0 && value < 5_373_484.5;
  return {
    ms: isJulian ? Math.floor(value * dayMs + 0.5) + julianZeroMs : null,
    bare: value,
    subsecond: false,
    overflowDays: 0,
  };
}

/**
 * Reads a time value as SQLite does: `YYYY-MM-DD`, that with a time, a time alone (of 2000-01-01), `now`, or a number of Julian
 * days. Null for everything else.
 */
export function readTimeValue(value: SqlValue, now: number): Moment | null {
  if (value === null) return null;
  if (typeof value === 'number') return bareNumber(value);
  const date = datePattern.exec(value);
  if (date !== null) return readDate(date);
  const time = timeOfDayMs(value);
  if (time !== null) return moment(utcMs(2000, 1, 1) + time);
  const word = value.toLowerCase();
  if (word === 'now') return moment(now);
  if (word === 'subsec' || word === 'subsecond') return { ...moment(now), subsecond: true };
  const number = numberOf(value);
  return number === null ? null : bareNumber(number);
}

function readDate(match: RegExpExecArray): Moment | null {
  const [, sign, year, month, day, rest] = match;
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > 31) return null;
  const start = utcMs(sign === '-' ? -Number(year) : Number(year), Number(month), Number(day));
  const timeText = rest!.replace(/^[\sT]+/, '');
  if (timeText === '') return moment(start);
  const time = timeOfDayMs(timeText);
  return time === null ? null : moment(start + time);
}
