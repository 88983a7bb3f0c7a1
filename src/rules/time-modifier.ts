import { dayMs, isMoment, type Moment, timeOfDayMs, utcMs } from './time-value.ts';

/** Milliseconds of a unit, and the highest count of it that a modifier may add. */
const units: { readonly [name: string]: readonly [unitMs: number, limit: number] } = {
  second: [1000, 4.6427e14],
  minute: [60_000, 7.7379e12],
  hour: [3_600_000, 1.2897e11],
  day: [dayMs, 5_373_485],
  month: [2_592_000_000, 176_546],
  year: [31_536_000_000, 14_713],
};

const countPattern = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]{3,10})$/;
const datePattern = /^([+-])(\d{4,5})-(\d{2})-(\d{2})(?:\s(\d{2}:\d{2}.*))?$/;

/** Applies one modifier in place; false when it is none, which makes the whole result null. */
export function applyModifier(moment: Moment, text: string, isFirst: boolean): boolean {
  const modifier = text.toLowerCase();
  if (modifier === 'auto' || modifier === 'unixepoch' || modifier === 'julianday') {
    return isFirst && explain(moment, modifier);
  }
  if (modifier === 'subsec' || modifier === 'subsecond') {
    moment.subsecond = true;
    return true;
  }
  if (moment.ms === null) return false;
  moment.bare = null;
  switch (modifier) {
    case 'ceiling':
      moment.overflowDays = 0;
      return true;
    case 'floor':
      moment.ms -= moment.overflowDays * dayMs;
      moment.overflowDays = 0;
      return true;
    case 'localtime':
      moment.ms -= new Date(moment.ms).getTimezoneOffset() * 60_000;
      return true;
    case 'utc':
      moment.ms += new Date(moment.ms).getTimezoneOffset() * 60_000;
      return true;
  }
  if (modifier.startsWith('weekday ')) return toWeekday(moment, Number(modifier.slice(8)));
  if (modifier.startsWith('start of ')) return toStart(moment, modifier.slice(9));
  return addOffset(moment, modifier);
}

/** Says what the bare number is: seconds since 1970, a Julian day, or whichever of them it can be. */
function explain(moment: Moment, modifier: 'auto' | 'unixepoch' | 'julianday'): boolean {
  const { bare } = moment;
  if (modifier === 'julianday') {
    moment.bare = null;
    return moment.ms !== null && bare !== null;
  }
  if (modifier === 'auto' && (bare === null || moment.ms !== null)) {
    moment.bare = null;
    return moment.ms !== null;
  }
  if (bare === null) return false;
  const ms = Math.floor(bare * 1000 + 0.5);
  if (!isMoment(ms)) return false;
  moment.ms = ms;
  moment.bare = null;
  return true;
}

function toWeekday(moment: Moment, weekday: number): boolean {
  if (!Number.isInteger(weekday) || weekday < 0 || weekday > 6) return false;
  const today = new Date(moment.ms!).getUTCDay();
  moment.ms! += ((weekday - today + 7) % 7) * dayMs;
  return true;
}

function toStart(moment: Moment, unit: string): boolean {
  const date = new Date(moment.ms!);
  const year = date.getUTCFullYear();
  switch (unit) {
    case 'month':
      moment.ms = utcMs(year, date.getUTCMonth() + 1, 1);
      return true;
    case 'year':
      moment.ms = utcMs(year, 1, 1);
      return true;
    case 'day':
      moment.ms = Math.floor(moment.ms! / dayMs) * dayMs;
      return true;
    default:
      return false;
  }
}

function addOffset(moment: Moment, modifier: string): boolean {
  const date = datePattern.exec(modifier);
  if (date !== null) return addDate(moment, date);
  const count = countPattern.exec(modifier);
  if (count !== null) return addUnits(moment, Number(count[1]), count[2]!);
  return addTime(moment, modifier.startsWith('-') ? -1 : 1, modifier.replace(/^[+-]/, ''));
}

function addTime(moment: Moment, sign: number, text: string): boolean {
  const time = timeOfDayMs(text);
  if (time === null) return false;
  moment.ms! += sign * (((time % dayMs) + dayMs) % dayMs);
  return true;
}

function addDate(moment: Moment, match: RegExpExecArray): boolean {
  const sign = match[1] === '-' ? -1 : 1;
  const [years, months, days] = [Number(match[2]), Number(match[3]), Number(match[4])];
  if (months > 11 || days > 30) return false;
  addMonths(moment, sign * (years * 12 + months));
  moment.ms! += sign * days * dayMs;
  return match[5] === undefined || addTime(moment, sign, match[5]);
}

function addUnits(moment: Moment, amount: number, name: string): boolean {
  const unitName = name.endsWith('s') ? name.slice(0, -1) : name;
  const unit = Object.hasOwn(units, unitName) ? units[unitName]! : null;
  if (unit === null || Math.abs(amount) >= unit[1]) return false;
  const whole = unitName === 'month' || unitName === 'year' ? Math.trunc(amount) : 0;
  if (whole !== 0 || unitName === 'month' || unitName === 'year') {
    addMonths(moment, unitName === 'year' ? whole * 12 : whole);
  }
  moment.ms! += Math.trunc((amount - whole) * unit[0] + (amount < 0 ? -0.5 : 0.5));
  return true;
}

function addMonths(moment: Moment, months: number): void {
  const date = new Date(moment.ms!);
  const time = moment.ms! - Math.floor(moment.ms! / dayMs) * dayMs;
  const day = date.getUTCDate();
  const target = date.getUTCFullYear() * 12 + date.getUTCMonth() + months;
  const year = Math.floor(target / 12);
  const month = target - year * 12 + 1;
  const daysInMonth = new Date(utcMs(year, month + 1, 0)).getUTCDate();
  moment.overflowDays = Math.max(0, day - daysInMonth);
  moment.ms = utcMs(year, month, day) + time;
}
