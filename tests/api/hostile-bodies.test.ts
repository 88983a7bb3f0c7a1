// Hostile requests: bodies, numbers, text, queries. Numbers in the titles are those of the list of hostile inputs.
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { absent, Check, exactly } from '../../src/testing/match.ts';
import { exchangeRaw } from '../../src/testing/raw-socket.ts';
import { apiSuite, type Json, type Scenario } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const records = '/api/collections/notes/records';
// A refused body may leave bytes on the connection: nothing else may be sent on it.
const headers = { Connection: 'close' };

async function setUp(world: World): Promise<void> {
  await world.createCollection({
    name: 'notes',
    listRule: '',
    viewRule: '',
    createRule: '',
    fields: [
      { name: 'title', type: 'text', max: 20 },
      { name: 'long', type: 'text', max: 2_000_000 },
      { name: 'number', type: 'number' },
      { name: 'data', type: 'json' },
      { name: 'next', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 },
    ],
  });
}

/** A line that creates a record with a body as it stands. */
function creates(name: string, bytes: string | Uint8Array, status: number, more: Partial<Scenario> = {}): Scenario {
  return { name, method: 'POST', path: records, headers, raw: { type: 'application/json', bytes }, status, ...more };
}

const nested = (depth: number): string => `{"data":${'['.repeat(depth)}${']'.repeat(depth)}}`;
const manyKeys = (count: number, key: (index: number) => string): string =>
  `{${Array.from({ length: count }, (_, index) => `"${key(index)}":1`).join()}}`;
const lists = (name: string, query: string, status: number, body?: Json): Scenario => ({
  name,
  path: `${records}?${query}`,
  status,
  body,
});

const emptyObjects = new Check(
  'empty objects',
  (list) => Array.isArray(list) && list.every((each) => JSON.stringify(each) === '{}'),
);
const zero = new Check('zero', (value) => value === 0);

apiSuite('hostile: bodies and queries', setUp, (suite) => {
  suite.scenarios('6: compressed bodies', [
    creates('gzip', gzipSync('{"title":"x"}'), 415, {
      headers: { ...headers, 'Content-Encoding': 'gzip' },
      pandoOnly: 'a peer reads the compressed bytes as JSON',
    }),
    creates('a bomb', gzipSync(Buffer.alloc(10 * 1024 * 1024)), 415, {
      headers: { ...headers, 'Content-Encoding': 'gzip' },
      pandoOnly: 'a peer reads the compressed bytes as JSON',
    }),
    creates('identity is no compression', '{"title":"x"}', 200, {
      headers: { ...headers, 'Content-Encoding': 'identity' },
    }),
  ]);

  suite.scenarios('7: deep JSON', [
    creates('60 levels', nested(60), 200),
    creates('65 levels', nested(65), 400, { pandoOnly: 'JSON deeper than 64 levels is refused' }),
    creates('100,000 levels', nested(100_000), 400),
    creates('400,000 levels', nested(400_000), 400),
    creates('deep and never closed', `{"data":${'['.repeat(100_000)}`, 400),
    creates('deep objects', `{"data":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`, 400),
    creates('brackets inside a text are no levels', `{"data":"x${'['.repeat(500)}"}`, 200),
  ]);

  suite.scenarios('8: large JSON', [
    creates(
      '10 MB of keys',
      manyKeys(800_000, (index) => `key${index}`),
      413,
      { pandoOnly: 'JSON over 1 MiB is refused' },
    ),
    creates(
      '2 MB of keys like integers',
      manyKeys(200_000, (index) => String(index * 65_536)),
      413,
      { pandoOnly: 'JSON over 1 MiB is refused' },
    ),
    creates(
      '900 KB of keys like integers',
      manyKeys(70_000, (index) => String(index * 65_536)),
      413,
      { pandoOnly: 'JSON that is too much work is refused before it is built' },
    ),
    creates(
      '70 KB of keys like integers',
      manyKeys(6_000, (index) => String(index * 65_536)),
      413,
      { pandoOnly: 'a body of more than 5,000 keys is refused before it is built' },
    ),
    creates(
      '50 KB of keys like integers',
      manyKeys(4_900, (index) => String(index * 65_536)),
      200,
    ),
    creates('30,000 of them further inside', `{"data":${manyKeys(30_000, (index) => String(index * 65_536))}}`, 200),
  ]);

  suite.test('9: a body without an end is cut off', async (world) => {
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, 'a'), Buffer.from('\r\n')]);
    const head = `POST ${records} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const { statuses, isClosed } = await exchangeRaw(
      world.server.baseUrl,
      [head, '8\r\n{"data":\r\n', '1\r\n"\r\n', ...Array.from({ length: 900 }, () => chunk)],
      15_000,
    );
    assert.ok(isClosed, 'the connection is still open');
    // The answer may be lost when the server closes while the client still writes.
    assert.ok(statuses.length === 0 || statuses[0] === 413 || statuses[0] === 400, String(statuses));
  });

  suite.test('9: a declared length over the limit is refused before the body', async (world) => {
    const head = `POST ${records} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{`;
    const { statuses } = await exchangeRaw(world.server.baseUrl, [head]);
    assert.deepEqual(statuses, [413]);
  });

  suite.test('9: a length that is too short leaves the rest to the next request', async (world) => {
    const head = `POST ${records} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
    const { statuses } = await exchangeRaw(world.server.baseUrl, [`${head}GARBAGE\r\n\r\n`]);
    // A server that reads ahead may drop the first answer with the connection.
    assert.equal(statuses.at(-1), 400);
    assert.ok(statuses.length <= 2, String(statuses));
  });

  suite.scenarios('10: names of the language', [
    creates(
      '__proto__ and constructor in the body',
      '{"__proto__":{"polluted":1,"title":"p"},"constructor":{"prototype":{"polluted":1}},"title":"x"}',
      200,
      { body: { title: 'x' }, excludes: ['polluted'] },
    ),
    creates('__proto__ in a JSON value is data', '{"data":{"__proto__":{"a":1},"b":2}}', 200, {
      contains: ['"__proto__":{"a":1}'],
    }),
    lists('__proto__ as a parameter', '__proto__=1&a[__proto__]=1&constructor=1', 200),
    { name: '__proto__ as a header', path: records, headers: { __proto__x: '1', ['__proto__']: '1' }, status: 200 },
    lists('as a field of a filter', 'filter=__proto__%20=%201', 400),
    lists('as a sort', 'sort=constructor', 400),
    lists('in fields', 'fields=__proto__,constructor,toString', 200, { items: emptyObjects }),
    lists('in expand', 'expand=__proto__.constructor,toString', 200),
    {
      name: 'in a multipart body',
      method: 'POST',
      path: records,
      multipart: [
        ['__proto__', 'x'],
        ['title', 'm'],
        ['constructor', 'y'],
      ],
      status: 200,
      body: { title: 'm' },
    },
    { name: 'as a collection', path: '/api/collections/__proto__/records', status: 404 },
    { name: 'as a record', path: `${records}/__proto__`, status: 404 },
    { name: 'nothing is polluted', path: `${records}?perPage=1`, status: 200, body: { polluted: absent } },
  ]);

  suite.scenarios('11: the same twice', [
    creates('the last of two keys is checked', '{"title":"short","title":"much too long for this field"}', 400),
    creates('and stored', '{"title":"much too long for this field","title":"short"}', 200, {
      body: { title: 'short' },
    }),
    {
      name: 'in a form and in @jsonPayload',
      method: 'POST',
      path: records,
      multipart: [
        ['@jsonPayload', '{"title":"much too long for this field"}'],
        ['title', 'short'],
      ],
      status: 400,
    },
  ]);

  suite.scenarios('12: numbers', [
    ...['1e400', '-1e400', '1e309', '1'.repeat(10_000)].flatMap((number) => [
      creates(`number ${number.slice(0, 10)}`, `{"number":${number}}`, 400),
      creates(`json ${number.slice(0, 10)}`, `{"data":{"a":[${number}]}}`, 400),
    ]),
    ...['NaN', 'Infinity', '-Infinity', '+Inf'].map((text) =>
      creates(`"${text}"`, `{"number":"${text}"}`, 400, {
        body: { data: { number: { code: 'validation_not_a_number' } } },
      }),
    ),
    creates('a bare NaN', '{"number":NaN}', 400),
    creates('1e-400', '{"number":1e-400}', 200, { body: { number: 0 } }),
    creates('-0', '{"number":-0}', 200, { body: { number: zero } }),
    creates('2^53', '{"number":9007199254740992}', 200, { body: { number: 9_007_199_254_740_992 } }),
    creates('1e300', '{"number":1e300}', 200, { body: { number: 1e300 } }),
  ]);

  suite.scenarios('13: text', [
    creates('NUL', '{"title":"a\\u0000b"}', 400, { pandoOnly: 'NUL is refused: PostgreSQL cannot store it' }),
    creates('NUL in JSON', '{"data":{"a":"\\u0000"}}', 400, {
      pandoOnly: 'NUL is refused: PostgreSQL cannot store it',
    }),
    creates('a lone surrogate', '{"title":"a\\ud800b"}', 400, { pandoOnly: 'what is not Unicode is refused' }),
    creates(
      'overlong UTF-8',
      Buffer.concat([Buffer.from('{"title":"a'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
      400,
      { pandoOnly: 'what is not UTF-8 is refused' },
    ),
    creates('300,000 combining marks', `{"title":"${'\u0301'.repeat(300_000)}"}`, 400, {
      body: { data: { title: { code: 'validation_max_text_constraint' } } },
    }),
    creates('right-to-left marks are text', '{"title":"\u202eabc"}', 200, { body: { title: '\u202eabc' } }),
    creates('a byte order mark', '\ufeff{"title":"x"}', 400),
    creates('an endless key', `{"${'a'.repeat(500_000)}":1}`, 200),
  ]);

  const injected = [
    "id='x' || (select 1)",
    "id='x') || (1=1",
    '(select count(*) from users) > 0',
    '`title` = 1',
    '"title" = 1 --',
    "data.a'b = 1",
    'data."a" = 1',
    "data.a') = 1 --",
    'title = char(39)',
    "title/**/= '1'",
    'id = 1; select 1',
    'id IN (1)',
    "title = 'a' UNION SELECT 1",
  ];
  suite.scenarios('14: SQL in filters and sorts', [
    ...injected.map((filter) =>
      lists(`filter ${filter}`, `filter=${encodeURIComponent(filter)}`, 400, { data: exactly({}) }),
    ),
    ...[
      '-data.x);--',
      '(select 1)',
      "title' collate",
      'title desc',
      'title;',
      '`title`',
      'random()',
      '1',
      "data.a'b",
    ].map((sort) => lists(`sort ${sort}`, `sort=${encodeURIComponent(sort)}`, 400, { data: exactly({}) })),
    lists('a quote in a value', `filter=${encodeURIComponent(`title = "' or 1=1 --"`)}`, 200, { totalItems: 0 }),
    lists('a backslash in a value', `filter=${encodeURIComponent("title = '\\\\' || title = ' or 1=1 --'")}`, 200, {
      totalItems: 0,
    }),
    lists('NUL', 'filter=%00&sort=%00', 400),
    lists('broken UTF-8', 'filter=%ff%fe', 400),
  ]);

  suite.scenarios('16: large filters', [
    lists('3501 bytes', `filter=${encodeURIComponent(`title='${'x'.repeat(3493)}'`)}`, 400),
    lists(
      '201 comparisons',
      `filter=${encodeURIComponent(Array.from({ length: 201 }, () => "id=''").join('||'))}`,
      400,
    ),
    lists('3,400 parentheses', `filter=${'('.repeat(3400)}id=''${')'.repeat(3400)}`, 400),
    lists('3,400 open parentheses', `filter=${'('.repeat(3400)}`, 400),
    lists('3,000 ands', `filter=${encodeURIComponent('&'.repeat(3000))}`, 400),
    lists('9 sort keys', `sort=${Array.from({ length: 9 }, () => 'title').join()}`, 400),
    lists(
      '7 relations',
      `filter=${encodeURIComponent(`${Array.from({ length: 8 }, () => 'next').join('.')}.id = 1`)}`,
      400,
    ),
  ]);

  suite.scenarios('19: pages', [
    lists('perPage=1000000000', 'perPage=1000000000', 200, { perPage: 1000 }),
    lists('page=-1', 'page=-1', 200, { page: 1 }),
    lists('page=9000000000000000', 'page=9000000000000000', 200, { items: exactly([]) }),
    lists('perPage=abc', 'perPage=abc', 400),
    lists('page=1e3', 'page=1e3', 400),
    lists('page=NaN', 'page=NaN', 400),
  ]);

  suite.scenarios('20: expand and fields', [
    lists('1,000 names', `expand=${Array.from({ length: 1000 }, (_, index) => `n${index}`).join()}&perPage=1`, 200, {
      items: [{ expand: absent }],
    }),
    lists('100 steps', `expand=${Array.from({ length: 100 }, () => 'next').join('.')}&perPage=1`, 200),
    lists('1,000 fields', `fields=${Array.from({ length: 1000 }, (_, index) => `f${index}`).join()}&perPage=1`, 200, {
      items: exactly([{}]),
    }),
    lists('fields of 500 steps', `fields=${Array.from({ length: 500 }, () => 'a').join('.')}&perPage=1`, 200, {
      items: exactly([{}]),
    }),
  ]);

  suite.test('the server is as well as before', async (world) => {
    await world.expect({ path: '/api/health' });
    if (world.server.pid > 0) process.kill(world.server.pid, 0);
  });
});
