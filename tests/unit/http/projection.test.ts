import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProjection } from '../../../src/http/projection.ts';

const record = {
  id: 'r1',
  title: '<p>Hi <b>there</b></p><p>you</p>',
  n: 0,
  data: { a: { b: 1, c: [{ d: 1, e: 2 }, { d: 3 }] } },
  tags: ['x', 'y'],
};

function pick(fields: string, value: unknown = record): unknown {
  const projection = parseProjection(fields);
  if (projection === 'malformed') return projection;
  return projection === undefined ? 'all' : JSON.parse(JSON.stringify(projection.apply(value)));
}

test('paths', () => {
  assert.deepEqual(pick('id'), { id: 'r1' });
  assert.deepEqual(pick(' id , tags '), { id: 'r1', tags: ['x', 'y'] });
  assert.deepEqual(pick('id,title.x,data.a.c.d'), {
    id: 'r1',
    title: record.title,
    data: { a: { c: [{ d: 1 }, { d: 3 }] } },
  });
  assert.deepEqual(pick('id,zzz.a,data.a.zz'), { id: 'r1', data: { a: {} } });
  assert.deepEqual(pick('data.a.b.c'), { data: { a: { b: 1 } } });
  assert.deepEqual(pick('data,data.a.b'), { data: record.data });
  assert.deepEqual(pick('data.a.b,data'), { data: record.data });
  assert.equal(pick(''), 'all');
  assert.equal(pick(' , '), 'all');
  assert.deepEqual(pick('a(b)'), {});
});

test('a star stands for the keys of its level that nothing else names', () => {
  assert.deepEqual(pick('*'), record);
  assert.deepEqual(pick('*,data.a.b'), { ...record, data: { a: { b: 1 } } });
  assert.deepEqual(pick('title.*,data.*'), { title: record.title, data: record.data });
  assert.deepEqual(pick('data.*.b'), { data: {} });
  assert.deepEqual(pick('*,title:excerpt(2)'), { ...record, title: 'Hi' });
});

test('excerpts are of texts only', () => {
  assert.deepEqual(pick('title:excerpt(5)'), { title: 'Hi th' });
  assert.deepEqual(pick('title:excerpt(5,true),n:excerpt(1)'), { title: 'Hi th...', n: 0 });
  assert.deepEqual(pick('title:excerpt(4, 1)'), { title: 'Hi t...' });
  assert.deepEqual(pick('title:excerpt(4,false)'), { title: 'Hi t' });
  assert.deepEqual(pick('*:excerpt(1)'), { id: 'r', title: 'H', n: 0, data: record.data, tags: ['x', 'y'] });
  assert.deepEqual(pick('id,id:excerpt(1)'), { id: 'r' });
});

test('malformed ones', () => {
  const wrong = [
    'title:nope',
    'title:excerpt',
    'title:excerpt()',
    'title:excerpt(0)',
    'title:excerpt(-1)',
    'title:excerpt(a)',
    'title:excerpt("4")',
    'title:excerpt(4',
    'title:excerpt(3):excerpt(4)',
    'id"',
    "id,'",
    'a)',
  ];
  for (const fields of wrong) assert.equal(pick(fields), 'malformed', fields);
});

test('lists keep their page, arrays are picked from one by one', () => {
  const page = { page: 1, perPage: 30, totalItems: 1, totalPages: 1 };
  assert.deepEqual(pick('id,page', { items: [record], ...page }), { items: [{ id: 'r1' }], ...page });
  assert.deepEqual(pick('items.id', { items: [record], ...page }), { items: [{}], ...page });
  assert.deepEqual(pick('id', [record, record]), [{ id: 'r1' }, { id: 'r1' }]);
  assert.deepEqual(pick('items.id', { items: [record] }), { items: [{ id: 'r1' }] });
});

test('names that mean something to JavaScript, many names, many levels', () => {
  const hostile = JSON.parse('{"__proto__":{"x":1},"constructor":1,"id":2}') as object;
  assert.deepEqual(Object.keys(pick('__proto__.x,toString', hostile) as object), ['__proto__']);
  assert.deepEqual(pick('constructor', record), {});
  const many = Array.from({ length: 10_000 }, (_, index) => `f${index}.a.b`).join(',');
  assert.deepEqual(pick(`${many},id`), { id: 'r1' });
  assert.deepEqual(pick(`${'data.'.repeat(5_000)}x`), { data: {} });
});
