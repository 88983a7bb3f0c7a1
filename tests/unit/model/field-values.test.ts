import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorLeaf } from '../../../src/model/errors.ts';
import { createField } from '../../../src/model/fields/field-codec.ts';
import type { Field } from '../../../src/model/fields/field.ts';
import { PlainPassword } from '../../../src/model/fields/password-value.ts';
import { isEmail } from '../../../src/model/fields/email.ts';
import { isUrl } from '../../../src/model/fields/url.ts';
import {
  fieldTypes,
  modifyValue,
  normaliseValue,
  validateValue,
  valueFromColumn,
  valueToColumn,
  zeroValue,
} from '../../../src/model/fields/registry.ts';
import type { JsonValue } from '../../../src/util/json.ts';

type Options = { readonly type: Field['type']; readonly [option: string]: unknown };

function make(options: Options): Field {
  return createField<Field>({ name: 'v', ...options } as never);
}

/** The value as it is stored and shown again, after a trip through its column. */
function roundTrip(field: Field, input: JsonValue): JsonValue {
  return valueFromColumn(field, valueToColumn(field, normaliseValue(field, input)));
}

function check(field: Field, input: JsonValue, stored?: JsonValue): ErrorLeaf | null {
  return validateValue(field, normaliseValue(field, input), { stored });
}

const letters = ['a', 'b', 'c', '1', 'true', '[x'];

test('input of any kind becomes a value of the type', () => {
  const cases: [Options, [JsonValue, JsonValue][]][] = [
    [
      { type: 'text' },
      [
        ['a', 'a'],
        [' a ', ' a '],
        [1.5, '1.5'],
        [1e21, '1000000000000000000000'],
        [-2.5e-8, '-0.000000025'],
        [true, 'true'],
        [null, ''],
        [['a'], ''],
        [{ a: 1 }, ''],
      ],
    ],
    [
      { type: 'number' },
      [
        ['1', 1],
        ['1e3', 1000],
        ['1_000', 1000],
        ['+.5', 0.5],
        ['5.', 5],
        ['010', 10],
        [' 1', 0],
        ['abc', 0],
        ['0x10', 0],
        ['1e400', 0],
        ['', 0],
        [true, 1],
        [null, 0],
        [[1], 0],
      ],
    ],
    [
      { type: 'bool' },
      [
        ['true', true],
        ['T', true],
        ['1', true],
        [0.5, true],
        [-1, true],
        ['tRue', false],
        ['2', false],
        ['yes', false],
        [null, false],
        [[true], false],
      ],
    ],
    [
      { type: 'select', values: letters, maxSelect: 1 },
      [
        ['a', 'a'],
        [['a', 'b'], 'b'],
        ['["a","b"]', 'b'],
        [' ["a"]', 'a'],
        ['[x', '[x'],
        [['', 'a', null], 'a'],
        [['a', {}], ''],
        [1, '1'],
        [[], ''],
        [null, ''],
      ],
    ],
    [
      { type: 'select', values: letters, maxSelect: 3 },
      [
        ['a', ['a']],
        [
          ['a', 'a', 'b'],
          ['a', 'b'],
        ],
        ['[null,"a"]', ['a']],
        [
          ['a', 1],
          ['a', '1'],
        ],
        [['a', ['b']], []],
        [{}, []],
        ['', []],
      ],
    ],
    [
      { type: 'json' },
      [
        ['', ''],
        ['null', null],
        ['true', true],
        ['123', 123],
        ['1.50', 1.5],
        ['"abc"', 'abc'],
        ['[1,2]', [1, 2]],
        ['{"a":1} ', { a: 1 }],
        [' 1', ' 1'],
        ['01', '01'],
        ['-x', '-x'],
        ['nullx', 'nullx'],
        ['1e400', '1e400'],
        [{ a: '{"b":1}' }, { a: '{"b":1}' }],
        [0, 0],
      ],
    ],
    [
      { type: 'geoPoint' },
      [
        [
          { lon: 1, lat: 2, x: 3 },
          { lon: 1, lat: 2 },
        ],
        ['{"lon":1,"lat":2}', { lon: 1, lat: 2 }],
        [{ lon: '1' }, { lon: 0, lat: 0 }],
        [{ lat: 1 }, { lon: 0, lat: 1 }],
        ['abc', { lon: 0, lat: 0 }],
        [[1, 2], { lon: 0, lat: 0 }],
        [null, { lon: 0, lat: 0 }],
      ],
    ],
    [
      { type: 'date' },
      [
        ['2024-01-02T03:04:05+02:00', '2024-01-02 01:04:05.000Z'],
        ['nope', ''],
        [1_704_164_645, ''],
      ],
    ],
  ];
  for (const [options, pairs] of cases) {
    const field = make(options);
    for (const [input, expected] of pairs) {
      assert.equal(JSON.stringify(roundTrip(field, input)), JSON.stringify(expected), JSON.stringify([options, input]));
    }
  }
});

test('columns of other programs are read with patience', () => {
  const cases: [Options, [string | number | null, JsonValue][]][] = [
    [
      { type: 'text' },
      [
        [null, ''],
        [5, '5'],
      ],
    ],
    [
      { type: 'bool' },
      [
        [1, true],
        [0, false],
        ['true', true],
        [null, false],
      ],
    ],
    [
      { type: 'number' },
      [
        ['5', 5],
        [null, 0],
      ],
    ],
    [{ type: 'date' }, [['2024-01-02', '2024-01-02 00:00:00.000Z']]],
    [
      { type: 'relation', maxSelect: 5 },
      [
        ['abc', ['abc']],
        [123, ['123']],
        ['', []],
        [null, []],
        ['["a","b"]', ['a', 'b']],
        ['[broken', ['[broken']],
      ],
    ],
    [{ type: 'relation', maxSelect: 1 }, [['["a","b"]', 'b']]],
    [
      { type: 'json' },
      [
        [null, null],
        ['null', null],
        [1.5, 1.5],
        ['{"a":{"__proto__":1}}', JSON.parse('{"a":{"__proto__":1}}') as JsonValue],
        ['broken', 'broken'],
      ],
    ],
    [{ type: 'geoPoint' }, [['', { lon: 0, lat: 0 }]]],
  ];
  for (const [options, pairs] of cases) {
    for (const [column, expected] of pairs) {
      const value = valueFromColumn(make(options), column);
      assert.equal(JSON.stringify(value), JSON.stringify(expected), JSON.stringify([options, column]));
    }
  }
});

test('columns hold text, numbers or nothing', () => {
  const cases: [Options, JsonValue, string | number | null][] = [
    [{ type: 'bool' }, true, 1],
    [{ type: 'json' }, null, null],
    [{ type: 'json' }, 'a', '"a"'],
    [{ type: 'geoPoint' }, { lat: 2, lon: 1 }, '{"lon":1,"lat":2}'],
    [{ type: 'file', maxSelect: 2 }, ['a', 'b'], '["a","b"]'],
    [{ type: 'number' }, -0, 0],
  ];
  for (const [options, value, column] of cases) assert.equal(valueToColumn(make(options), value), column);
});

test('what is wrong with a value', () => {
  const range = { type: 'date', min: '2020-01-01', max: '2021-01-01 00:00:00.500Z', required: true } as const;
  const cases: [Options, [JsonValue, string | null][]][] = [
    [
      { type: 'text', min: 2, max: 4, pattern: '^a' },
      [
        ['', null],
        ['aaa', null],
        ['😀', 'validation_min_text_constraint Must be at least 2 character(s). {"min":2}'],
        ['bbbbb', 'validation_max_text_constraint Must be no more than 4 character(s). {"max":4}'],
        ['bbb', 'validation_invalid_format Invalid value format.'],
        ['a\0b', 'validation_invalid_text The text holds characters that cannot be stored.'],
        ['a\ud800', 'validation_invalid_text The text holds characters that cannot be stored.'],
      ],
    ],
    [{ type: 'text' }, [['😀'.repeat(5000), null]]],
    [
      { type: 'text' },
      [['x'.repeat(5001), 'validation_max_text_constraint Must be no more than 5000 character(s). {"max":5000}']],
    ],
    [
      { type: 'number', min: 5, max: 7, onlyInt: true },
      [
        [0, null],
        [4, 'validation_min_number_constraint Must be greater or equal than 5. {"min":5}'],
        [8, 'validation_max_number_constraint Must be less or equal than 7. {"max":7}'],
        [4.5, 'validation_only_int_constraint Decimal numbers are not allowed.'],
        ['-Inf', 'validation_not_a_number The submitted number is not properly formatted.'],
        ['NaN', 'validation_not_a_number The submitted number is not properly formatted.'],
      ],
    ],
    [{ type: 'number', required: true }, [[0, 'validation_required Cannot be blank.']]],
    [{ type: 'bool', required: true }, [[false, 'validation_required Cannot be blank.']]],
    [
      { type: 'editor', maxSize: 5 },
      [['é1234', 'validation_content_size_limit The maximum allowed content size is 5 bytes. {"maxSize":5}']],
    ],
    [
      range,
      [
        ['', 'validation_required Cannot be blank.'],
        ['2020-01-01', null],
        [
          '2019-12-31',
          'validation_min_greater_equal_than_required Must be no less than 2020-01-01 00:00:00 +0000 UTC. {"threshold":"2020-01-01T00:00:00Z"}',
        ],
        [
          '2022-01-01',
          'validation_max_less_equal_than_required Must be no greater than 2021-01-01 00:00:00.5 +0000 UTC. {"threshold":"2021-01-01T00:00:00.5Z"}',
        ],
      ],
    ],
    [
      { type: 'select', values: ['a', 'b'], maxSelect: 2, required: true },
      [
        [[], 'validation_required Cannot be blank.'],
        [['a', 'b'], null],
        [['x', 'y', 'z'], 'validation_too_many_values Select no more than 2. {"maxSelect":2}'],
        [['a', 'x'], 'validation_invalid_value Invalid value x. {"value":"x"}'],
      ],
    ],
    [
      { type: 'relation', collectionId: 'c', minSelect: 2, maxSelect: 3 },
      [
        [[], null],
        [['a'], 'validation_not_enough_values Select at least 2. {"minSelect":2}'],
        [['a', 'b', 'c', 'd'], 'validation_too_many_values Select no more than 3. {"maxSelect":3}'],
      ],
    ],
    [
      { type: 'json', maxSize: 10, required: true },
      [
        [{ a: 'ééé' }, 'validation_json_size_limit The maximum allowed JSON size is 10 bytes. {"maxSize":10}'],
        [[], 'validation_required Cannot be blank.'],
        [{}, 'validation_required Cannot be blank.'],
        ['""', 'validation_required Cannot be blank.'],
        [0, null],
        [false, null],
      ],
    ],
    [
      { type: 'geoPoint', required: true },
      [
        [{ lon: 0, lat: 0 }, 'validation_required Cannot be blank.'],
        [{ lon: 181, lat: 0 }, 'validation_invalid_longitude Longitude must be between -180 and 180 degrees.'],
        [{ lon: -181, lat: -91 }, 'validation_invalid_latitude Latitude must be between -90 and 90 degrees.'],
        [{ lon: 180, lat: -90 }, null],
      ],
    ],
    [
      { type: 'password', min: 5, max: 10, pattern: '^a' },
      [
        ['', null],
        ['aé234', null],
        ['abc', 'validation_min_text_constraint Must be at least 5 character(s).'],
        ['abcdefghijkl', 'validation_max_text_constraint Must be less than 10 character(s).'],
        ['bcdef', 'validation_invalid_format Invalid value format.'],
      ],
    ],
    [
      { type: 'password', required: true },
      [
        ['', 'validation_required Cannot be blank.'],
        ['x'.repeat(71), null],
        ['x'.repeat(72), 'validation_max_text_constraint Must be less than 71 character(s).'],
        ['x'.repeat(73), 'validation_invalid_value Invalid value.'],
        ['é'.repeat(37), 'validation_invalid_value Invalid value.'],
      ],
    ],
    [
      { type: 'email', onlyDomains: ['a.co'] },
      [['a@A.co', 'validation_email_domain_not_allowed Email domain is not allowed.']],
    ],
    [
      { type: 'email', exceptDomains: ['a.co'] },
      [['a@a.co', 'validation_email_domain_not_allowed Email domain is not allowed.']],
    ],
    [{ type: 'email' }, [['nobody', 'validation_is_email Must be a valid email address.']]],
    [
      { type: 'url', onlyDomains: ['a.co'] },
      [
        ['http://u:p@a.co/x', null],
        ['http://a.co:80', 'validation_url_domain_not_allowed Url domain is not allowed.'],
        ['a.co', 'validation_url_domain_not_allowed Url domain is not allowed.'],
      ],
    ],
    [{ type: 'url', exceptDomains: ['a.co'] }, [['a.co', null]]],
    [{ type: 'url' }, [['nope', 'validation_invalid_url Must be a valid url.']]],
    [{ type: 'autodate', onCreate: true }, [['', null]]],
  ];
  for (const [options, pairs] of cases) {
    for (const [input, expected] of pairs) {
      const failure = check(make(options), input);
      const params = failure?.params === undefined ? '' : ` ${JSON.stringify(failure.params)}`;
      const told = failure === null ? null : `${failure.code} ${failure.message}${params}`;
      assert.equal(told, expected, JSON.stringify([options, input]).slice(0, 120));
    }
  }
});

test('ids are checked more closely, and never change', () => {
  const id = make({ type: 'text', primaryKey: true, required: true, pattern: '^(?s).+$' });
  const codes = (input: string): string | undefined => check(id, input)?.code;
  for (const good of ['a', 'é', 'a#b', '-', 'a(b', 'comma,']) assert.equal(codes(good), undefined, good);
  for (const bad of './\\|"\'`<>:?*%$\t\n\r ') assert.equal(codes(`a${bad}`), 'validation_forbidden_pk_character', bad);
  for (const reserved of ['con', 'CON', 'prn', 'aux', 'nul', 'com1', 'LPT9']) {
    assert.equal(codes(reserved), 'validation_reserved_pk', reserved);
  }
  assert.equal(check(id, 'con')?.message, "The primary key 'CON' is reserved and cannot be used.");
  assert.equal(check(id, 'a.b')?.message, "'.' is not a valid primary key character.");
  assert.equal(check(id, 'b', 'a')?.code, 'validation_pk_change');
  assert.equal(check(id, 'a.b', 'a.b'), null);
  assert.equal(check(id, '')?.code, 'validation_required');
});

test('mail addresses', () => {
  const good =
    'a@b.co|a.b@c.de|a@b.c|a@b_c.co|ä@ö.de|a@b.co.|A@B.CO|a+b@c.de|a@xn--p1ai.xn--p1ai|a@b.мк|a@b.c-d|日本@例え.jp|' +
    "test@example.c0m|a@1.co|a@1.2.co|a!#$%&'*+-/=?^_`{|}~@c.de|a@a~b.co|a@b.c~d".replace('{|}', '{}');
  const bad =
    'a@b|.a@b.co|a.@b.co|a..b@c.de|a b@c.de|"a b"@c.de|a@b.c1|a@b.1c|a@-b.co|a@b-.co|a@[127.0.0.1]|a@127.0.0.1| a@b.co|' +
    'a@b.co |a@b@c.de|a,b@c.de|a@b..co|<a@b.co>|a(c)@b.co|a"b@c.de|""@b.co|a@.b.co|@b.co|a@|a@a!b.co|a@b.1|😀@b.co|a@b~.co';
  for (const text of good.split('|')) assert.ok(isEmail(text), text);
  for (const text of [...bad.split('|'), 'a@b.co\n', 'a@b\n.co', '']) assert.ok(!isEmail(text), text);
});

test('addresses of pages', () => {
  const good =
    'http://a.co|https://a.co|a.co|http://a|http://localhost:8090|localhost:8090|ftp://a.co|tcp://a.co|udp://a.co|ws://a.co|' +
    'wss://a.co|http://a.co:0|http://u:p@a.co|http://a.co/?q=1#f|http://127.0.0.1|http://[::1]:80|[::1]|http://a_b.co|' +
    'http://ä.co|http://a.co.|a.b/c|http://a.co/ä|http://a.co/<x>|http://user:pa:ss@a.co|a:b@c.de|http://a.co/?%zz|' +
    'http://[::ffff:1.2.3.4]|1.2.3.4:80|http://1|http://a.co/%20|http://x.notatldzzz';
  const bad =
    'a|localhost|javascript:alert(1)|//a.co|/a|http://|http:/a.co|http://a.co/p a|http://256.1.1.1|http://.a.co|.a.co|' +
    'http://a..co|http://-a.co|http://a-.co|http://a.co | http://a.co|HTTP://A.CO|a/b|http://a.co/%zz|irc://a.co|abc|abcd|' +
    'http://1.2|http://a.co:|http://a.b_c|a.b.c-|a:b|http://a.co:80a|http://[::1|http://[1.2.3.4]|http://[::g]|http://0.0.0.0|' +
    'http://a.co:123456|http://a.co/#%zz|a.co:80:90|http:///a.co';
  for (const text of good.split('|')) assert.ok(isUrl(text), text);
  for (const text of [...bad.split('|'), 'http://a.co\t', `http://a.co/${'x'.repeat(2100)}`])
    assert.ok(!isUrl(text), text);
});

test('modifiers', () => {
  const many = make({ type: 'select', values: letters, maxSelect: 3 });
  const one = make({ type: 'relation', maxSelect: 1 });
  const number = make({ type: 'number' });
  const text = make({ type: 'text', autogeneratePattern: '[a-c]{4}' });
  assert.deepEqual(modifyValue(many, ['a'], 'append', ['b', 'a']), ['a', 'b']);
  assert.deepEqual(modifyValue(many, ['a'], 'prepend', 'b'), ['b', 'a']);
  assert.deepEqual(modifyValue(many, ['a', 'b'], 'remove', '["a"]'), ['b']);
  assert.equal(modifyValue(one, 'a', 'append', 'b'), 'b');
  assert.equal(modifyValue(one, 'a', 'prepend', 'b'), 'a');
  assert.equal(modifyValue(one, 'a', 'remove', 'a'), '');
  assert.equal(modifyValue(number, 10, 'append', '5'), 15);
  assert.equal(modifyValue(number, 10, 'remove', 3), 7);
  assert.match(modifyValue(text, 'old', 'autogenerate', 'x_') as string, /^x_[a-c]{4}$/);
  assert.equal(modifyValue(make({ type: 'text' }), 'old', 'autogenerate', 'new'), 'new');
  assert.equal(modifyValue(make({ type: 'bool' }), true, 'append', false), true);
});

test('a new password is never shown and never stored as it is', () => {
  const field = make({ type: 'password' });
  const value = normaliseValue(field, 'secret123');
  assert.ok(value instanceof PlainPassword);
  assert.equal(value.reveal(), 'secret123');
  for (const text of [String(value), JSON.stringify({ value }), `${JSON.stringify(Object.entries(value))}`]) {
    assert.ok(!text.includes('secret123'));
  }
  assert.throws(() => valueToColumn(field, value));
  assert.equal(normaliseValue(field, value), value);
  assert.equal(valueToColumn(field, '$argon2id$x'), '$argon2id$x');
});

test('every type has a zero value that survives its column', () => {
  for (const { name } of fieldTypes) {
    for (const maxSelect of [1, 2]) {
      const field = make({ type: name, ...(['select', 'relation', 'file'].includes(name) ? { maxSelect } : {}) });
      const zero = zeroValue(field);
      assert.equal(JSON.stringify(roundTrip(field, zero)), JSON.stringify(zero), name);
      assert.equal(check(field, zero), null, name);
    }
  }
});
