import type { SqlValue } from './values.ts';

const dayMs = 86_400_000;

function stamp(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ');
}

function startOfDay(now: number): number {
  return Math.floor(now / dayMs) * dayMs;
}

/** The first moment of the month `months` after the one of `now`, or of a year for multiples of twelve from January. */
function startOfMonth(now: number, months: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
}

function startOfYear(now: number, years: number): number {
  return Date.UTC(new Date(now).getUTCFullYear() + years, 0, 1);
}

const macros = new Map<string, (now: number) => SqlValue>([
  ['@now', stamp],
  ['@yesterday', (now) => stamp(now - dayMs)],
  ['@tomorrow', (now) => stamp(now + dayMs)],
  ['@todayStart', (now) => stamp(startOfDay(now))],
  ['@todayEnd', (now) => stamp(startOfDay(now) + dayMs - 1)],
  ['@monthStart', (now) => stamp(startOfMonth(now, 0))],
  ['@monthEnd', (now) => stamp(startOfMonth(now, 1) - 1)],
  ['@yearStart', (now) => stamp(startOfYear(now, 0))],
  ['@yearEnd', (now) => stamp(startOfYear(now, 1) - 1)],
  ['@second', (now) => new Date(now).getUTCSeconds()],
  ['@minute', (now) => new Date(now).getUTCMinutes()],
  ['@hour', (now) => new Date(now).getUTCHours()],
  ['@day', (now) => new Date(now).getUTCDate()],
  ['@month', (now) => new Date(now).getUTCMonth() + 1],
  ['@weekday', (now) => new Date(now).getUTCDay()],
  ['@year', (now) => new Date(now).getUTCFullYear()],
]);

/**
 * The moments and their parts that a rule can name, all in UTC: texts in the stored date layout, or whole numbers.
 * `undefined` for any other name.
 */
export function findMacro(name: string): ((now: number) => SqlValue) | undefined {
  return macros.get(name);
}
