import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { makeContext } from './fixtures.ts';
import { distanceKm } from '../../../src/rules/geo.ts';
import { createLike, patternOf } from '../../../src/rules/like.ts';
import { findMacro } from '../../../src/rules/macros.ts';
import { formatTime } from '../../../src/rules/strftime.ts';
import { compareText, lowerAscii, numberOf, plainText, realText } from '../../../src/rules/values.ts';

/** Asks SQLite for one value. */
function ask(sql: string, ...params: (string | number | null)[]): unknown {
  using database = new DatabaseSync(':memory:');
  return Object.values(database.prepare(sql).get(...params)!)[0];
}

describe('values', () => {
  test('numbers become the text that SQLite gives them', () => {
    for (const value of [
      0, -0, 5, -3, 0.1, 5.5, 1e15, 1e16, 1e17, 1e20, 1.5e300, 0.0001, 0.00001, 1.5e-7, 123456.789,
    ]) {
      assert.equal(realText(value), ask('SELECT CAST(? AS TEXT)', value), String(value));
    }
    assert.deepEqual([5, -3, 5.5, 0.1, 1e15, 1e20, -0].map(plainText), [
      '5',
      '-3',
      '5.5',
      '0.1',
      '1000000000000000',
      '1.0e+20',
      '0',
    ]);
  });

  test('texts that look like numbers are the ones that SQLite converts', () => {
    using database = new DatabaseSync(':memory:');
    database.exec('CREATE TABLE x (n REAL)');
    const insert = database.prepare('INSERT INTO x VALUES (?)');
    for (const text of [
      '5',
      ' 5 ',
      '+5',
      '-5.',
      '.5',
      '5e3',
      '5E-1',
      '',
      ' ',
      '.',
      '5 5',
      '0x5',
      'e5',
      'Infinity',
      'NaN',
      '5\u00a0',
    ]) {
      insert.run(text);
      const stored = database.prepare('SELECT n FROM x ORDER BY rowid DESC').get()!['n'];
      assert.equal(numberOf(text), typeof stored === 'number' ? stored : null, JSON.stringify(text));
    }
  });

  test('texts compare as UTF-8 bytes', () => {
    const texts = ['', 'a', 'A', 'ab', 'b', 'é', '\ud7ff', '\ue000', '\uffee', '😀', '😁', 'a😀', 'a\uffee'];
    for (const left of texts) {
      for (const right of texts) {
        const expected = Buffer.compare(Buffer.from(left), Buffer.from(right));
        assert.equal(Math.sign(compareText(left, right)), expected, `${left} ${right}`);
      }
    }
  });

  test('only A to Z are lowered', () => assert.equal(lowerAscii('AzÉ😀İ'), 'azÉ😀İ'));

  test('macros are UTC moments in the stored layout and parts of the date', () => {
    const { now } = makeContext();
    const values = [
      '@now',
      '@yesterday',
      '@todayEnd',
      '@monthStart',
      '@monthEnd',
      '@yearEnd',
      '@weekday',
      '@month',
      '@second',
    ];
    assert.deepEqual(
      values.map((name) => findMacro(name)!(now)),
      [
        '2024-05-06 07:08:09.123Z',
        '2024-05-05 07:08:09.123Z',
        '2024-05-06 23:59:59.999Z',
        '2024-05-01 00:00:00.000Z',
        '2024-05-31 23:59:59.999Z',
        '2024-12-31 23:59:59.999Z',
        1,
        5,
        9,
      ],
    );
    assert.equal(findMacro('constructor'), undefined);
  });

  test('the distance of a point to itself is nothing, also where rounding would make it null', () => {
    for (const [lon, lat] of [
      [1.5, -1.5],
      [10, 20],
      [23.32, 42.69],
      [-180, 90],
      [7.1, 7.3],
    ] as const) {
      assert.ok(distanceKm(lon, lat, lon, lat)! < 0.001, `${lon} ${lat}`);
    }
    assert.equal(Math.round(distanceKm(23.32, 42.69, 13.4, 52.52)!), 1319);
    assert.equal(distanceKm(null, 1, 1, 1), null);
    assert.equal(distanceKm('x', 1, 1, 1), null);
    assert.equal(distanceKm('1', 1, 1, 1), 0);
  });
});

describe('searching', () => {
  test('a text is searched for as it stands unless it has a wildcard', () => {
    const patterns = ['abc', 'a_b', 'a%', String.raw`a\%`, String.raw`a\_b`, String.raw`a\b`, String.raw`\\`, ''];
    assert.deepEqual(patterns.map(patternOf), [
      '%abc%',
      String.raw`%a\_b%`,
      'a%',
      String.raw`%a\%%`,
      String.raw`%a\_b%`,
      String.raw`%a\\b%`,
      String.raw`%\\%`,
      '%%',
    ]);
  });

  test('patterns match what LIKE of SQLite matches', () => {
    const texts = ['', 'a', 'ab', 'aB', 'abc', 'a%b', 'a_b', 'a\\b', 'é', 'É', '😀', 'a😀b', 'aab', 'ba'];
    const patterns = [
      '',
      '%',
      '_',
      '__',
      'a%',
      '%b',
      '%a%b%',
      'A_',
      'a\\%b',
      'a\\_b',
      '%\\\\%',
      '%\\',
      'a_b',
      '%_%',
      '%%',
      'é',
      '_b%',
      '%a_',
    ];
    using database = new DatabaseSync(':memory:');
    const like = database.prepare("SELECT ? LIKE ? ESCAPE '\\' AS x");
    for (const pattern of patterns) {
      const isMatch = createLike(pattern);
      for (const text of texts)
        assert.equal(isMatch(text), like.get(text, pattern)!['x'] === 1, `${text} ~ ${pattern}`);
    }
  });

  test('a hostile pattern takes steps in proportion to pattern and text, not in their powers', () => {
    const pattern = `${'%a'.repeat(5000)}%b`;
    assert.equal(createLike(pattern)('a'.repeat(6000)), false);
  });

  test('a pattern that an engine would refuse is refused', () => {
    assert.throws(() => createLike(`%${'x'.repeat(50_000)}%`), { name: 'RuleError' });
    assert.throws(() => createLike(`%${'é'.repeat(25_000)}%`), { name: 'RuleError' });
  });
});

describe('strftime', () => {
  const formats = [
    '%Y-%m-%d %H:%M:%f',
    '%d|%e|%j|%w|%u|%U|%W|%V|%G|%g',
    '%s %S %T %R %F',
    '%I|%l|%k|%p|%P',
    '%J',
    '%%',
    '%x',
    'plain',
    '',
    '%',
  ];
  const times = [
    '2024-05-06 07:08:09.123Z',
    '2024-12-30',
    '2021-01-01 23:59:59.999Z',
    '2000-02-29T12:34',
    '2024-01-01T10:20+05:30',
    '12:30',
    '',
    'abc',
    '2024-13-01',
    '2460000.5',
    2_460_000.25,
    1_700_000_000,
    -5,
    null,
  ];
  const modifiers: readonly (readonly string[])[] = [
    [],
    ['+1 day'],
    ['-3 months'],
    ['start of month', '+1 month', '-1 day'],
    ['start of year'],
    ['weekday 0'],
    ['unixepoch'],
    ['auto'],
    ['julianday'],
    ['+1.5 days', 'start of day'],
    ['-00:10:05.5'],
    ['+0001-02-03 04:05'],
    ['nope'],
    ['weekday 7'],
    ['10 seconds', 'subsec'],
  ];

  test('answers what SQLite answers', () => {
    for (const time of times) {
      for (const each of modifiers) {
        for (const format of formats) {
          const places = ['?', '?', ...each.map(() => '?')].join(', ');
          const expected = ask(`SELECT strftime(${places})`, format, time, ...each);
          assert.equal(formatTime(format, time, each, 0), expected, JSON.stringify([format, time, each]));
        }
      }
    }
  });

  test('now is the moment of the request', () => {
    assert.equal(formatTime('%Y-%m-%d %H:%M', 'NOW', [], makeContext().now), '2024-05-06 07:08');
  });
});
