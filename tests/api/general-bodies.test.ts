// Request bodies: content types, form values and their inference, @jsonPayload, limits. Contract part 1, section 1.6.
import { exactly } from '../../src/testing/match.ts';
import { apiSuite } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const records = '/api/collections/notes/records';
const note = `${records}/note00000000001`;
const refused = { status: 400, data: exactly({}) };

async function setUp(world: World): Promise<void> {
  await world.createCollection({
    name: 'notes',
    createRule: '',
    updateRule: '',
    viewRule: '',
    fields: [
      { name: 'title', type: 'text', max: 200 },
      { name: 'amount', type: 'number' },
      { name: 'done', type: 'bool' },
      { name: 'data', type: 'json', maxSize: 2000 },
      { name: 'tags', type: 'select', maxSelect: 3, values: ['a', 'b', 'c'] },
      { name: 'file', type: 'file', maxSelect: 1, maxSize: 100 },
    ],
  });
  await world.createRecord('notes', { id: 'note00000000001', title: 'One' });
}

apiSuite('general: bodies', setUp, (suite) => {
  suite.scenarios('content types', [
    { name: 'JSON', method: 'PATCH', path: note, json: { title: 'json' }, status: 200, body: { title: 'json' } },
    {
      name: 'JSON with a charset',
      method: 'PATCH',
      path: note,
      raw: { type: 'application/json; charset=utf-8', bytes: '{"title":"charset"}' },
      status: 200,
      body: { title: 'charset' },
    },
    { name: 'no body and no content type', method: 'PATCH', path: note, status: 200, body: { title: 'charset' } },
    {
      name: 'no body with a content type',
      method: 'PATCH',
      path: note,
      raw: { type: 'application/json', bytes: '' },
      status: 200,
      body: { title: 'charset' },
    },
    {
      name: 'a body without a content type',
      method: 'PATCH',
      path: note,
      raw: { bytes: '{"title":"x"}' },
      status: 400,
      body: refused,
    },
    {
      name: 'text/plain',
      method: 'PATCH',
      path: note,
      raw: { type: 'text/plain', bytes: '{"title":"x"}' },
      status: 400,
      body: refused,
    },
    { name: 'an array', method: 'PATCH', path: note, json: ['x'], status: 400, body: refused },
    { name: 'a string', method: 'PATCH', path: note, json: 'x', status: 400, body: refused },
    { name: 'a number', method: 'PATCH', path: note, json: 1, status: 400, body: refused },
    {
      name: 'null changes nothing',
      method: 'PATCH',
      path: note,
      raw: { type: 'application/json', bytes: 'null' },
      status: 200,
      body: { title: 'charset' },
    },
    {
      name: 'broken JSON',
      method: 'PATCH',
      path: note,
      raw: { type: 'application/json', bytes: '{"title":' },
      status: 400,
      body: refused,
    },
    {
      name: 'bytes after the first value are not read',
      method: 'PATCH',
      path: note,
      raw: { type: 'application/json', bytes: '{"title":"first"} {"title":"second"' },
      status: 200,
      body: { title: 'first' },
    },
    {
      name: 'unknown keys are ignored',
      method: 'PATCH',
      path: note,
      json: { nothing: 1, title: 'known' },
      status: 200,
      body: { title: 'known' },
      excludes: ['nothing'],
    },
  ]);

  suite.scenarios('form values', [
    {
      name: 'URL-encoded',
      method: 'PATCH',
      path: note,
      form: { title: 'form', amount: '12.5', done: 'true' },
      status: 200,
      body: { title: 'form', amount: 12.5, done: true },
    },
    {
      name: 'a repeated key is a list',
      method: 'PATCH',
      path: note,
      form: { tags: ['a', 'c'] },
      status: 200,
      body: { tags: ['a', 'c'] },
    },
    {
      name: 'one value of a list',
      method: 'PATCH',
      path: note,
      form: { tags: 'b' },
      status: 200,
      body: { tags: ['b'] },
    },
    {
      name: 'an empty value empties a list',
      method: 'PATCH',
      path: note,
      form: { tags: '' },
      status: 200,
      body: { tags: [] },
    },
    { name: 'true', method: 'PATCH', path: note, form: { data: 'true' }, status: 200, body: { data: true } },
    { name: 'false', method: 'PATCH', path: note, form: { data: 'false' }, status: 200, body: { data: false } },
    { name: 'null', method: 'PATCH', path: note, form: { data: 'null' }, status: 200, body: { data: null } },
    { name: 'an integer', method: 'PATCH', path: note, form: { data: '12' }, status: 200, body: { data: 12 } },
    {
      name: 'a negative decimal',
      method: 'PATCH',
      path: note,
      form: { data: '-12.5' },
      status: 200,
      body: { data: -12.5 },
    },
    { name: 'text stays text', method: 'PATCH', path: note, form: { data: 'abc' }, status: 200, body: { data: 'abc' } },
    {
      name: 'a number for a text field keeps its digits',
      method: 'PATCH',
      path: note,
      form: { title: '12.5' },
      status: 200,
      body: { title: '12.5' },
    },
    {
      name: 'leading zeros stay text',
      method: 'PATCH',
      path: note,
      form: { title: '0001' },
      status: 200,
      body: { title: '0001' },
    },
    {
      name: 'a trailing zero stays text',
      method: 'PATCH',
      path: note,
      form: { title: '1.0' },
      status: 200,
      body: { title: '1.0' },
    },
    {
      name: 'true for a text field',
      method: 'PATCH',
      path: note,
      form: { title: 'true' },
      status: 200,
      body: { title: 'true' },
    },
    {
      name: 'query parameters join the body of a form',
      method: 'PATCH',
      path: `${note}?title=fromQuery`,
      form: { amount: '3' },
      status: 200,
      body: { title: 'fromQuery', amount: 3 },
    },
    {
      name: 'query parameters do not join a JSON body',
      method: 'PATCH',
      path: `${note}?title=again`,
      json: { amount: 4 },
      status: 200,
      body: { title: 'fromQuery', amount: 4 },
    },
  ]);

  suite.scenarios('@jsonPayload', [
    {
      name: 'is merged over the other values without inference',
      method: 'PATCH',
      path: note,
      multipart: [
        ['title', 'plain'],
        ['@jsonPayload', '{"data":"12","amount":7}'],
        ['@jsonPayload', '{"title":"payload","tags":["a","b"]}'],
      ],
      status: 200,
      body: { title: 'payload', amount: 7, data: 12, tags: ['a', 'b'] },
    },
    {
      name: 'in an URL-encoded form',
      method: 'PATCH',
      path: note,
      form: { '@jsonPayload': '{"data":{"a":[1,2]}}' },
      status: 200,
      body: { data: { a: [1, 2] } },
    },
    {
      name: 'broken JSON',
      method: 'PATCH',
      path: note,
      form: { '@jsonPayload': '{"data":' },
      status: 400,
      body: refused,
    },
    {
      name: 'is an ordinary key of a JSON body',
      method: 'PATCH',
      path: note,
      json: { '@jsonPayload': '{"title":"no"}' },
      status: 200,
      body: { title: 'payload' },
    },
  ]);

  suite.scenarios('multipart', [
    {
      name: 'values and a file',
      method: 'PATCH',
      path: note,
      multipart: [
        ['title', 'multipart'],
        ['tags', 'a'],
        ['tags', 'b'],
        ['file', { name: 'notes.txt', bytes: 'hello', type: 'text/plain' }],
      ],
      status: 200,
      body: { title: 'multipart', tags: ['a', 'b'], file: /^notes_\w{10}\.txt$/ },
    },
    {
      name: 'without a boundary',
      method: 'PATCH',
      path: note,
      raw: { type: 'multipart/form-data', bytes: 'abc' },
      status: 400,
      body: refused,
    },
    {
      name: 'cut off in the middle',
      method: 'PATCH',
      path: note,
      raw: {
        type: 'multipart/form-data; boundary=b',
        bytes: '--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nabc',
      },
      status: 400,
      body: refused,
    },
    {
      name: 'a file part for a field that holds no files is ignored',
      method: 'PATCH',
      path: note,
      multipart: [['title', { name: 'a.txt', bytes: 'hello' }]],
      status: 200,
      body: { title: 'multipart' },
    },
  ]);

  suite.scenarios('limits', [
    {
      name: 'a body over 32 MiB and what the fields allow',
      method: 'PATCH',
      path: note,
      raw: { type: 'application/json', bytes: `{"title":"${'x'.repeat(34 * 1024 * 1024)}"}` },
      status: 413,
      body: exactly({ data: {}, message: 'Request entity too large.', status: 413 }),
    },
    {
      name: 'a body over 32 MiB where nothing allows more',
      method: 'POST',
      path: '/api/collections/users/auth-with-password',
      raw: { type: 'application/json', bytes: `{"identity":"${'x'.repeat(33 * 1024 * 1024)}"}` },
      status: 413,
    },
  ]);
});
