// What PostgreSQL makes of single values, against the functions that rules use in memory.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { array, assert as assertProperty, asyncProperty, constantFrom, double, oneof, string, tuple } from 'fast-check';
import type { DatabaseDriver } from '../../../src/engines/database/driver.ts';
import { openPostgres } from '../../../src/engines/database/postgres/postgres.ts';
import type { ColumnValue } from '../../../src/model/commit.ts';
import type { SqlOperand } from '../../../src/rules/dialect.ts';
import { distanceKm } from '../../../src/rules/geo.ts';
import { createLike } from '../../../src/rules/like.ts';
import { formatTime } from '../../../src/rules/strftime.ts';
import { bind, joinSql, raw, type Sql, sql } from '../../../src/rules/sql.ts';
import {
  compareText,
  compareValues,
  lowerAscii,
  numberOf,
  plainText,
  realText,
  type SqlValue,
} from '../../../src/rules/values.ts';
import { type PostgresUnderTest, startPostgres } from '../../../src/testing/postgres.ts';

let server: PostgresUnderTest;
let driver: DatabaseDriver;
before(async () => {
  server = await startPostgres();
  driver = await openPostgres(await server.createDatabase());
});
after(async () => {
  await driver?.close();
  await server?.[Symbol.asyncDispose]();
});

const seed = Number(process.env['PANDO_PROPERTY_SEED'] ?? 20_240_508);

/** Asks for many values at once. */
async function ask(pieces: readonly Sql[]): Promise<ColumnValue[]> {
  const { text, params } = joinSql(pieces, ', ');
  const rows = await driver.read({ sql: `SELECT ${text}`, params, tables: [], purpose: 'show' });
  return rows[0]!;
}

function given(value: SqlValue, type: SqlOperand['type'], affinity: SqlOperand['affinity'] = 'none'): SqlOperand {
  return { sql: bind(value), type, affinity, nullable: value === null };
}

const texts = oneof(
  string({ unit: 'binary', maxLength: 6 }).filter((text) => !text.includes('\0') && text.isWellFormed()),
  string({ unit: constantFrom(...'aAbBzé😀\uffee%_\\ .5-+eE[]"'), maxLength: 7 }),
);
const numbers = oneof(
  double({ noNaN: true, noDefaultInfinity: true }),
  constantFrom(0, -0, 1, 5, 0.1, 1e15, 1e16, 1e17, 1e20, 1e21, 0.0001, 0.00001, 2 ** 53 + 2, 2 ** 63, 1e-300),
);
const numberTexts = oneof(texts, string({ unit: constantFrom(...' +-.0123456789eE\t\n'), maxLength: 9 }));
const many = { minLength: 40, maxLength: 60 } as const;

test('numbers become the same text', async () => {
  await assertProperty(
    asyncProperty(array(numbers, many), async (values) => {
      const asText = (value: number): Sql =>
        driver.dialect.compare('equal', given(value, 'number'), {
          ...given(realText(value), 'text'),
          affinity: 'text',
        });
      assert.deepEqual(
        await ask(values.map((value) => driver.dialect.text(given(value, 'number')))),
        values.map(plainText),
      );
      assert.deepEqual(
        await ask(values.map(asText)),
        values.map(() => 1),
        values.join(' '),
      );
    }),
    { seed, numRuns: 40 },
  );
});

test('the same texts are numbers, and the same numbers', async () => {
  await assertProperty(
    asyncProperty(array(numberTexts, many), array(numbers, many), async (values, others) => {
      const pairs = values.map((text, i) => [text, others[i % others.length]!] as const);
      const pieces = pairs.map(([text, number]) =>
        driver.dialect.compare('<', given(text, 'text'), { ...given(number, 'number'), affinity: 'number' }),
      );
      const expected = pairs.map(([text, number]) => (compareValues(numberOf(text) ?? text, number) < 0 ? 1 : 0));
      assert.deepEqual(await ask(pieces), expected, JSON.stringify(pairs));
      const equal = values.map((text) =>
        driver.dialect.compare('equal', given(text, 'text'), {
          ...given(numberOf(text) ?? 12_345, 'number'),
          affinity: 'number',
        }),
      );
      assert.deepEqual(
        await ask(equal),
        values.map((text) => (numberOf(text) === null ? 0 : 1)),
        JSON.stringify(values),
      );
    }),
    { seed, numRuns: 40 },
  );
});

test('texts have the same order and the same lower case', async () => {
  await assertProperty(
    asyncProperty(array(tuple(texts, texts), many), async (pairs) => {
      const pieces = pairs.map(([a, b]) => driver.dialect.compare('<', given(a, 'text'), given(b, 'text')));
      assert.deepEqual(
        await ask(pieces),
        pairs.map(([a, b]) => (compareText(a, b) < 0 ? 1 : 0)),
        JSON.stringify(pairs),
      );
      const lowered = pairs.map(([a]) => driver.dialect.lower(bind(a)));
      assert.deepEqual(
        await ask(lowered),
        pairs.map(([a]) => lowerAscii(a)),
      );
    }),
    { seed, numRuns: 40 },
  );
});

test('the same patterns match', async () => {
  await assertProperty(
    asyncProperty(array(tuple(texts, texts), many), async (pairs) => {
      const expected = pairs.map(([text, pattern]) => (createLike(pattern)(text) ? 1 : 0));
      const bound = pairs.map(([text, pattern]) => driver.dialect.like(bind(text), bind(pattern), false));
      assert.deepEqual(await ask(bound), expected, JSON.stringify(pairs));
      const computed = pairs.map(([text, pattern]) =>
        driver.dialect.like(bind(text), sql`(${bind(pattern)} || '')`, true),
      );
      assert.deepEqual(
        await ask(computed),
        expected.map((found) => 1 - found),
      );
    }),
    { seed, numRuns: 40 },
  );
});

test('distances are the same but for the last digits', async () => {
  const angles = oneof(double({ min: -180, max: 180, noNaN: true }), constantFrom(0, 10, 90, 'x', ' 5 ', null));
  await assertProperty(
    asyncProperty(array(tuple(angles, angles, angles, angles), many), async (places) => {
      const pieces = places.map((place) => {
        const [a, b, c, d] = place.map((angle) => given(angle, typeof angle === 'number' ? 'number' : 'text'));
        return driver.dialect.distanceKm(a!, b!, c!, d!);
      });
      for (const [i, found] of (await ask(pieces)).entries()) {
        const expected = distanceKm(...places[i]!);
        if (expected === null) assert.equal(found, null);
        else assert.ok(Math.abs((found as number) - expected) < 0.001, JSON.stringify([places[i], found, expected]));
      }
    }),
    { seed, numRuns: 20 },
  );
});

describe('strftime', () => {
  const pad = (value: number, width = 2): string => String(value).padStart(width, '0');
  const digit = (max: number): number[] => Array.from({ length: max + 1 }, (_, i) => i);
  const dates = tuple(
    constantFrom('0000', '0001', '1582', '1969', '1970', '2000', '2023', '2024', '2100', '9999', '-0001'),
    constantFrom(...digit(13)),
    constantFrom(...digit(32)),
  ).map(([year, month, day]) => `${year}-${pad(month)}-${pad(day)}`);
  const clocks = tuple(
    constantFrom(0, 7, 12, 23, 24, 25),
    constantFrom(0, 8, 59, 60),
    constantFrom('', ':00', ':59', ':09.5', ':09.9996', ':60'),
    constantFrom('', 'Z', '+05:30', ' -14:00', '+15:00', ' '),
  ).map(([hour, minute, rest, zone]) => `${pad(hour)}:${pad(minute)}${rest}${zone}`);
  const times = oneof(
    dates,
    clocks,
    tuple(dates, constantFrom(' ', 'T', '  '), clocks).map((parts) => parts.join('')),
    constantFrom<string | number | null>('', 'abc', '2460000.5', 2_460_000.25, 1_700_000_000, -5, 0, 1e20, null),
  );
  const formats = constantFrom(
    '%Y-%m-%d %H:%M:%f',
    '%d|%e|%j|%w|%u|%U|%W|%V|%G|%g',
    '%s %S %T %R %F',
    '%I|%l|%k|%p|%P',
    '%J',
    '%%',
    '%x',
    'plain é',
    '',
    '%',
  );
  const modifiers = constantFrom(
    '+1 day',
    '-3 months',
    'start of month',
    'start of year',
    'start of day',
    'weekday 0',
    'weekday 3',
    'weekday 7',
    'unixepoch',
    'auto',
    'julianday',
    '+1.5 days',
    '-1.5 months',
    '+2.5 years',
    '-00:10:05.5',
    '12:00',
    '+0001-02-03 04:05',
    '-0000-11-30',
    'nope',
    '10 seconds',
    'subsec',
    'floor',
    'ceiling',
    '+6000000 days',
    'START OF MONTH',
  );

  test('answers the same for times, formats and modifiers of every kind', async () => {
    const calls = tuple(formats, times, array(modifiers, { maxLength: 3 }));
    await assertProperty(
      asyncProperty(array(calls, many), async (each) => {
        const pieces = each.map(([format, time, list]) =>
          driver.dialect.strftime(format, given(time, typeof time === 'number' ? 'number' : 'text'), list),
        );
        const found = await ask(pieces);
        for (const [i, [format, time, list]] of each.entries()) {
          const expected = formatTime(format, time, list, 0);
          assert.equal(found[i], expected, JSON.stringify(each[i]));
        }
      }),
      { seed, numRuns: 80 },
    );
  });

  test('now is about now', async () => {
    const [found] = await ask([
      driver.dialect.strftime('%s', { ...given('now', 'text'), sql: raw("'now'::text") }, []),
    ]);
    assert.ok(Math.abs(Number(found) - Date.now() / 1000) < 60);
  });
});
