import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findFirstValueEnd } from '../../../src/http/body-json.ts';
import { normalizeIp } from '../../../src/http/client-ip.ts';
import { matchesPattern } from '../../../src/http/cors.ts';
import { inferValue } from '../../../src/http/form-values.ts';
import { readToken } from '../../../src/http/request.ts';

test('one spelling per address', () => {
  const cases: [string, string][] = [
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::1', '0000:0000:0000:0000:0000:0000:0000:0001'],
    ['2001:DB8::5', '2001:0db8:0000:0000:0000:0000:0000:0005'],
    ['2001:db8:1:2:3:4:5:6', '2001:0db8:0001:0002:0003:0004:0005:0006'],
    ['::', '0000:0000:0000:0000:0000:0000:0000:0000'],
    ['fe80::', 'fe80:0000:0000:0000:0000:0000:0000:0000'],
    ['fe80::1%eth0', 'fe80:0000:0000:0000:0000:0000:0000:0001'],
    ['64:ff9b::1.2.3.4', '0064:ff9b:0000:0000:0000:0000:0102:0304'],
    ['1.2.3', ''],
    ['1.2.3.4:80', ''],
    ['unknown', ''],
    ['', ''],
  ];
  for (const [written, normal] of cases) assert.equal(normalizeIp(written), normal, written);
});

test('patterns of origins', () => {
  assert.equal(matchesPattern('https://*.a.example', 'https://x.y.a.example'), true);
  assert.equal(matchesPattern('https://*.a.example', 'https://a.example'), false);
  assert.equal(matchesPattern('a?c', 'abc'), true);
  assert.equal(matchesPattern('a?c', 'ac'), false);
  assert.equal(matchesPattern('*', ''), true);
  assert.equal(matchesPattern('*a*b', 'xxaxxb'), true);
  assert.equal(matchesPattern('.', 'x'), false);
  assert.equal(matchesPattern('a*', 'b*'), false);
  assert.equal(matchesPattern(`${'*a'.repeat(20)}`, 'a'.repeat(16_000) + 'b'), false);
});

test('form values that look like booleans or numbers become them', () => {
  const same = [
    '',
    'null',
    'TRUE',
    '0001',
    '1.0',
    '1e3',
    '.5',
    '5.',
    '-',
    '--1',
    '1.2.3',
    '+1',
    '9007199254740993',
    'Infinity',
    'NaN',
  ];
  for (const text of same) assert.equal(inferValue(text), text);
  const numbers = [0, 1, -1, 12.5, -0.25, 9007199254740991, 1234567890123];
  for (const number of numbers) assert.equal(inferValue(String(number)), number);
  assert.equal(inferValue('true'), true);
  assert.equal(inferValue('false'), false);
  assert.equal(inferValue('1'.repeat(100_000)), '1'.repeat(100_000));
});

test('the end of the first JSON value', () => {
  const first = (text: string): string => text.slice(0, findFirstValueEnd(text));
  assert.equal(first('{"a":[1,{"b":"}"}]} {"c"'), '{"a":[1,{"b":"}"}]}');
  assert.equal(first(' [1] 2'), ' [1]');
  assert.equal(first('"a\\"b" c'), '"a\\"b"');
  assert.equal(first('null}'), 'null');
  assert.equal(first('12 13'), '12');
  assert.equal(first('{"a":1'), '{"a":1');
  assert.equal(first('"a'), '"a');
  assert.equal(first(''), '');
});

test('tokens of the Authorization header', () => {
  assert.equal(readToken(undefined), '');
  assert.equal(readToken('abc'), 'abc');
  assert.equal(readToken('bEaReR  abc'), 'abc');
  assert.equal(readToken('Basic abc'), '');
});
