/**
 * Dates as they are stored and shown: text `YYYY-MM-DD HH:MM:SS.mmmZ` in UTC, which sorts as bytes in time order. The empty text
 * is "no date".
 */

/** The stored text of a moment, given in milliseconds since 1970. */
export function formatDate(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11)}`;
}

/** Milliseconds since 1970 of stored text, or NaN when it is empty or not stored text. */
export function dateToMs(stored: string): number {
  return stored.length === 24 && stored[10] === ' '
    ? Date.parse(`${stored.slice(0, 10)}T${stored.slice(11)}`)
    : Number.NaN;
}

const stored = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z$/;
const date = '(?<year>\\d{4})-(?<month>\\d\\d)-(?<day>\\d\\d)';
const time = '(?<hour>\\d\\d?):(?<minute>\\d\\d):(?<second>\\d\\d)(?:[.,](?<fraction>\\d{1,20}))?';
const clock = '(?<hour>\\d\\d?):(?<minute>\\d\\d)';
const zone = '(?<zone>[+-]\\d\\d:?\\d\\d)';
const zoneOrName = '(?:(?<zone>[+-]\\d{4})|[A-Z]{3,5})';
const monthName = '(?<monthName>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const weekday = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const longWeekday = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day';

/**
 * Every accepted layout besides the stored one. A zone's name says nothing about its distance from UTC, so a time with a name counts
 * as UTC. Two layouts have no year or no date at all: those parts are then 0000 and 01-01.
 */
const layouts: readonly RegExp[] = [
  new RegExp(`^${date}(?:[T ]${time}(?:Z| ?${zone}(?: [A-Z]{3,5})?)?)?$`),
  new RegExp(`^${weekday}, (?<day>\\d\\d) ${monthName} (?<year>\\d{4}) ${time} ${zoneOrName}$`),
  new RegExp(`^(?<day>\\d\\d) ${monthName} (?<shortYear>\\d\\d) ${clock} ${zoneOrName}$`),
  new RegExp(`^${longWeekday}, (?<day>\\d\\d)-${monthName}-(?<shortYear>\\d\\d) ${time} ${zoneOrName}$`),
  new RegExp(`^${weekday} ${monthName} +(?<day>\\d\\d?) ${time} (?:${zoneOrName} )?(?<year>\\d{4})$`),
  new RegExp(`^(?<day>\\d\\d) ${monthName} (?<year>\\d{4})$`),
  new RegExp(`^${monthName} +(?<day>\\d\\d?) ${time}$`),
  new RegExp(`^${clock}(?<half>AM|PM)$`),
];

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** No layout is longer; longer text is not looked at. */
const lengthMax = 64;

/** The value that Go's "no time" has; it counts as no date here too. */
const zeroDate = '0001-01-01 00:00:00.000Z';

/**
 * The stored text of any date text that people and programs write: the stored layout, a date alone, RFC 3339, ISO without zone (taken
 * as UTC), a space for the `T`, RFC 1123, 822 and 850, the layouts of `date` and of C's `asctime`, `02 Jan 2006`. Fractions are cut to
 * milliseconds. Anything else, numbers among it, gives `''`: an unreadable date is no date.
 *
 * @example parseDate('2024-01-02T03:04:05+02:00') // '2024-01-02 01:04:05.000Z'
 */
export function parseDate(input: unknown): string {
  if (input instanceof Date) return Number.isNaN(input.getTime()) ? '' : formatInRange(input.getTime());
  if (typeof input !== 'string' || input.length === 0 || input.length > lengthMax) return '';
  if (stored.test(input)) {
    const ms = dateToMs(input);
    // A day that the month does not have rolls over into the next one instead of failing.
    if (!Number.isNaN(ms) && formatDate(ms) === input) return input === zeroDate ? '' : input;
    return '';
  }
  for (const layout of layouts) {
    const groups = layout.exec(input)?.groups;
    if (groups !== undefined) return fromParts(groups);
  }
  return '';
}

type Parts = { readonly [name: string]: string | undefined };

function fromParts(parts: Parts): string {
  const year = readYear(parts);
  const month =
    parts['monthName'] === undefined ? Number(parts['month'] ?? '1') : months.indexOf(parts['monthName']) + 1;
  const day = Number(parts['day'] ?? '1');
  const hour = readHour(parts);
  const minute = Number(parts['minute'] ?? '0');
  const second = Number(parts['second'] ?? '0');
  const offsetMinutes = readZone(parts['zone']);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return '';
  if (!(hour <= 23) || minute > 59 || second > 59 || offsetMinutes === null) return '';
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, day);
  const milliseconds = Number((parts['fraction'] ?? '0').padEnd(3, '0').slice(0, 3));
  moment.setUTCHours(hour, minute - offsetMinutes, second, milliseconds);
  return formatInRange(moment.getTime());
}

function readYear(parts: Parts): number {
  if (parts['shortYear'] === undefined) return Number(parts['year'] ?? '0');
  const year = Number(parts['shortYear']);
  return year >= 69 ? 1900 + year : 2000 + year;
}

/** The hour of the day, or NaN for `13PM`. */
function readHour(parts: Parts): number {
  const hour = Number(parts['hour'] ?? '0');
  if (parts['half'] === undefined) return hour;
  if (hour < 1 || hour > 12) return Number.NaN;
  return (hour % 12) + (parts['half'] === 'PM' ? 12 : 0);
}

/** Minutes ahead of UTC; null for a zone that cannot be. */
function readZone(text: string | undefined): number | null {
  if (text === undefined) return 0;
  const digits = text.replace(/\D/g, '');
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2));
  if (hours > 24 || minutes > 59) return null;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Years outside four digits have no stored text. */
function formatInRange(ms: number): string {
  const text = formatDate(ms);
  return text.length === 24 && text !== zeroDate ? text : '';
}
