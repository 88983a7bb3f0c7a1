import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blankCollection, createUsersCollection } from '../../../src/model/collection-defaults.ts';
import { completeCollection } from '../../../src/model/collection-complete.ts';
import { decodeFields } from '../../../src/model/collection-merge.ts';
import type { Collection } from '../../../src/model/collection.ts';
import { codecOf, columnsOf, serialiseRecord } from '../../../src/model/record-codec.ts';
import type { StoredRecord } from '../../../src/model/record.ts';
import type { JsonValue } from '../../../src/util/json.ts';

function collectionOf(fields: JsonValue): Collection {
  return completeCollection(
    { ...blankCollection('base'), id: 'c1', name: 'things', fields: decodeFields(fields) },
    null,
    [],
  );
}

const things = collectionOf([
  { name: 'title', type: 'text' },
  { name: 'count', type: 'number' },
  { name: 'done', type: 'bool' },
  { name: 'tags', type: 'select', values: ['a', 'b'], maxSelect: 2 },
  { name: 'owner', type: 'relation', collectionId: 'c1', maxSelect: 1 },
  { name: 'meta', type: 'json' },
  { name: 'place', type: 'geoPoint' },
  { name: 'secret', type: 'text', hidden: true },
  { name: 'pin', type: 'password' },
  { name: '__proto__', type: 'text' },
  { name: 'constructor', type: 'text' },
]);

const row = ['id1', 'Hi', 5, 1, '["a"]', 'id2', '{"x":[1]}', '{"lon":1,"lat":2}', 's', 'hash', 'p', 'c'];

test('a row becomes typed values and the same row again', () => {
  const codec = codecOf(things);
  assert.equal(codecOf(things), codec);
  assert.deepEqual(
    codec.columns,
    things.fields.map((field) => field.name),
  );
  const data = codec.decode([7, ...row], 1);
  assert.equal(
    JSON.stringify(data),
    '{"id":"id1","title":"Hi","count":5,"done":true,"tags":["a"],"owner":"id2","meta":{"x":[1]},' +
      '"place":{"lon":1,"lat":2},"secret":"s","pin":"hash","__proto__":"p","constructor":"c"}',
  );
  assert.equal('toString' in data, false, 'nothing is inherited');
  const encoded = codec.encode(data);
  assert.deepEqual(
    codec.columns.map((name) => encoded[name]),
    row,
  );
  assert.equal(JSON.stringify(codec.decodeRow(encoded)), JSON.stringify(data));
  assert.equal(({} as { p?: unknown }).p, undefined);
});

test('what a row lacks is the zero value', () => {
  const data = codecOf(things).decodeRow({ id: 'x' });
  assert.equal(
    JSON.stringify(data),
    '{"id":"x","title":"","count":0,"done":false,"tags":[],"owner":"","meta":null,"place":{"lon":0,"lat":0},' +
      '"secret":"","pin":"","__proto__":"","constructor":""}',
  );
});

test('columns have the types of their fields', () => {
  assert.equal(
    columnsOf(things)
      .map((column) => column.type)
      .join(' '),
    'text text number bool list text json point text text text text',
  );
});

test('a record shows hidden fields to who may see them, and never a hash', () => {
  const record: StoredRecord = { collection: things, id: 'id1', version: 1, data: codecOf(things).decode(row) };
  assert.equal(
    JSON.stringify(serialiseRecord(record, { showHidden: false, showEmail: true, expand: { owner: { id: 'id2' } } })),
    '{"collectionId":"c1","collectionName":"things","id":"id1","title":"Hi","count":5,"done":true,"tags":["a"],' +
      '"owner":"id2","meta":{"x":[1]},"place":{"lon":1,"lat":2},"__proto__":"p","constructor":"c","pin":"",' +
      '"expand":{"owner":{"id":"id2"}}}',
  );
  const shown = serialiseRecord(record, { showHidden: true, showEmail: true, expand: null });
  assert.equal(shown['secret'], 's');
  assert.equal(shown['pin'], '');
  assert.ok(!('expand' in shown));
});

test('an auth record keeps its password and token key to itself, and its address when asked to', () => {
  const users = createUsersCollection('2024-01-01 00:00:00.000Z');
  const data = codecOf(users).decodeRow({ id: 'u1', password: 'hash', tokenKey: 'key', email: 'a@b.co', verified: 1 });
  const record: StoredRecord = { collection: users, id: 'u1', version: 1, data };
  for (const showHidden of [false, true]) {
    const shown = serialiseRecord(record, { showHidden, showEmail: true });
    assert.equal(shown['email'], 'a@b.co');
    assert.ok(!('password' in shown) && !('tokenKey' in shown));
    assert.ok(!('email' in serialiseRecord(record, { showHidden, showEmail: false })));
  }
});
