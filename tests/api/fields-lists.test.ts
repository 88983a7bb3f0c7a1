// Fields that hold one or several choices: select and relation; and the limits of file fields. Contract part 1, section 3.
import { exactly } from '../../src/testing/match.ts';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const records = '/api/collections/lists/records';
const first = `${records}/list00000000001`;
const [a, b, c] = ['target000000001', 'target000000002', 'target000000003'];

function stores(field: string, value: unknown, stored: unknown): Scenario {
  const name = `${field}: ${JSON.stringify(value) ?? 'nothing'}`;
  return {
    name,
    method: 'POST',
    path: records,
    as: 'superuser',
    json: { [field]: value },
    status: 200,
    body: { [field]: exactly(stored) },
  };
}

function refuses(field: string, value: unknown, error: object): Scenario {
  return {
    name: `${field} refuses ${JSON.stringify(value)}`,
    method: 'POST',
    path: records,
    as: 'superuser',
    json: { [field]: value },
    status: 400,
    body: { message: 'Failed to create record.', data: exactly({ [field]: error }) },
  };
}

/** A line that changes the first record. */
function changes(json: object, body: object, name = JSON.stringify(json)): Scenario {
  return { name, method: 'PATCH', path: first, as: 'superuser', json, status: 200, body };
}

/** A line that uploads in vain. */
function refusesUpload(name: string, parts: NonNullable<Scenario['multipart']>, data: object): Scenario {
  return {
    name,
    method: 'POST',
    path: records,
    as: 'superuser',
    multipart: parts,
    status: 400,
    body: { message: 'Failed to create record.', data },
  };
}

async function setUp(world: World): Promise<void> {
  const targets = await world.createCollection({ name: 'targets', fields: [{ name: 'label', type: 'text' }] });
  for (const id of [a, b, c]) await world.createRecord('targets', { id });
  const values = ['a', 'b', 'c', 'd'];
  const relation = { type: 'relation', collectionId: targets['id'] };
  await world.createCollection({
    name: 'lists',
    fields: [
      { name: 'one', type: 'select', maxSelect: 1, values },
      { name: 'many', type: 'select', maxSelect: 3, values },
      { name: 'rel', ...relation, maxSelect: 1 },
      { name: 'rels', ...relation, maxSelect: 3, minSelect: 2 },
      { name: 'doc', type: 'file', maxSelect: 1, maxSize: 10, mimeTypes: ['text/plain; charset=utf-8', 'text/plain'] },
      { name: 'docs', type: 'file', maxSelect: 2, maxSize: 100 },
    ],
  });
  await world.createCollection({
    name: 'needed',
    fields: [
      { name: 'one', type: 'select', maxSelect: 1, values, required: true },
      { name: 'many', type: 'select', maxSelect: 2, values, required: true },
      { name: 'rel', ...relation, maxSelect: 1, required: true },
      { name: 'doc', type: 'file', maxSelect: 1, required: true },
    ],
  });
  await world.createRecord('lists', { id: 'list00000000001', one: 'a', many: ['a', 'b'], rels: [a, b] });
}

apiSuite('fields: lists', setUp, (suite) => {
  suite.scenarios('select', [
    stores('one', 'b', 'b'),
    stores('one', '', ''),
    stores('one', null, ''),
    stores('one', undefined, ''),
    stores('one', ['a', 'b'], 'b'),
    stores('one', '["a","c"]', 'c'),
    refuses('one', 'x', { code: 'validation_invalid_value', message: 'Invalid value x.', params: { value: 'x' } }),
    refuses('one', 'A', { code: 'validation_invalid_value', message: 'Invalid value A.', params: { value: 'A' } }),
    refuses('one', 5, { code: 'validation_invalid_value', message: 'Invalid value 5.', params: { value: '5' } }),
    stores('many', ['c', 'a'], ['c', 'a']),
    stores('many', 'b', ['b']),
    stores('many', ['a', 'b', 'a', ''], ['a', 'b']),
    stores('many', null, []),
    stores('many', undefined, []),
    stores('many', '', []),
    stores('many', [], []),
    stores('many', '["a","b"]', ['a', 'b']),
    stores('many', { a: 1 }, []),
    refuses('many', ['a', 'b', 'c', 'd'], {
      code: 'validation_too_many_values',
      message: 'Select no more than 3.',
      params: { maxSelect: 3 },
    }),
    refuses('many', ['a', 'x'], {
      code: 'validation_invalid_value',
      message: 'Invalid value x.',
      params: { value: 'x' },
    }),
  ]);

  suite.scenarios('modifiers of a select', [
    changes({ 'many+': 'c' }, { many: ['a', 'b', 'c'] }),
    changes({ 'many+': 'a' }, { many: ['a', 'b', 'c'] }, 'a value that is there already'),
    changes({ 'many-': ['a', 'b'] }, { many: ['c'] }),
    changes({ '+many': ['a', 'b'] }, { many: ['a', 'b', 'c'] }),
    changes({ 'many-': 'x' }, { many: ['a', 'b', 'c'] }, 'a value that is not there'),
    changes({ many: ['d'], 'many+': 'a', '+many': 'b' }, { many: ['b', 'd', 'a'] }),
    {
      name: 'over the limit',
      method: 'PATCH',
      path: first,
      as: 'superuser',
      json: { 'many+': 'c' },
      status: 400,
      body: { data: { many: { code: 'validation_too_many_values' } } },
    },
    changes({ 'one+': 'b' }, { one: 'b' }, 'append to a single value'),
    changes({ '+one': 'c' }, { one: 'b' }, 'prepend to a single value'),
    changes({ 'one-': 'b' }, { one: '' }, 'remove the single value'),
    changes({ 'many-': ['b', 'd', 'a'] }, { many: exactly([]) }),
  ]);

  suite.scenarios('relation', [
    stores('rel', a, a),
    stores('rel', null, ''),
    stores('rel', [a, b], b),
    refuses('rel', 'missing', {
      code: 'validation_missing_rel_records',
      message: 'Failed to find all relation records with the provided ids.',
    }),
    stores('rels', [b, a], [b, a]),
    stores('rels', [a, b, a], [a, b]),
    stores('rels', [], []),
    stores('rels', null, []),
    refuses('rels', [a], {
      code: 'validation_not_enough_values',
      message: 'Select at least 2.',
      params: { minSelect: 2 },
    }),
    refuses('rels', [a, a], {
      code: 'validation_not_enough_values',
      message: 'Select at least 2.',
      params: { minSelect: 2 },
    }),
    refuses('rels', [a, b, c, 'missing'], {
      code: 'validation_too_many_values',
      message: 'Select no more than 3.',
      params: { maxSelect: 3 },
    }),
    refuses('rels', [a, 'missing'], {
      code: 'validation_missing_rel_records',
      message: 'Failed to find all relation records with the provided ids.',
    }),
    changes({ 'rels+': c }, { rels: [a, b, c] }),
    changes({ 'rels-': [a] }, { rels: [b, c] }),
    changes({ '+rels': a }, { rels: [a, b, c] }),
    changes({ 'rel+': b }, { rel: b }),
  ]);

  const upload = (name: string, bytes: string): { name: string; bytes: string } => ({ name, bytes });
  suite.scenarios('limits of files', [
    refusesUpload(
      'too large',
      [['doc', upload('large.txt', 'x'.repeat(11))]],
      exactly({
        doc: {
          code: 'validation_file_size_limit',
          message: 'Failed to upload large.txt - the maximum allowed file size is 10 bytes.',
          params: { file: 'large.txt', maxSize: 10 },
        },
      }),
    ),
    refusesUpload('of another type', [['doc', upload('page.txt', '<html></html>'.slice(0, 6))]], {
      doc: {
        code: 'validation_invalid_mime_type',
        message: /^"page_\w{10}\.txt" mime type must be one of: text\/plain; charset=utf-8, text\/plain\.$/,
      },
    }),
    {
      name: 'of the right type under any name',
      method: 'POST',
      path: records,
      as: 'superuser',
      multipart: [['doc', upload('notes.html', 'plain')]],
      status: 200,
      body: { doc: /^notes_\w{10}\.html$/ },
    },
    refusesUpload(
      'too many',
      [
        ['docs', upload('a.txt', '1')],
        ['docs', upload('b.txt', '2')],
        ['docs', upload('c.txt', '3')],
      ],
      exactly({
        docs: {
          code: 'validation_too_many_files',
          message: 'The maximum allowed files is 2.',
          params: { maxSelect: 2 },
        },
      }),
    ),
    refuses('doc', 'invented.txt', {
      code: 'validation_invalid_file',
      message: 'Invalid new files: [invented.txt].',
      params: { invalidFiles: ['invented.txt'] },
    }),
    refuses('docs', ['../../x', 'b'], {
      code: 'validation_invalid_file',
      message: 'Invalid new files: [../../x b].',
      params: { invalidFiles: ['../../x', 'b'] },
    }),
    {
      name: 'an empty file',
      method: 'POST',
      path: records,
      as: 'superuser',
      multipart: [['docs', upload('empty.txt', '')]],
      status: 200,
      body: { docs: [/^empty_\w{10}\.txt$/] },
    },
  ]);

  suite.scenarios('required', [
    {
      name: 'nothing given',
      method: 'POST',
      path: '/api/collections/needed/records',
      as: 'superuser',
      json: { one: '', many: [], rel: '', doc: '' },
      status: 400,
      body: {
        data: exactly(
          Object.fromEntries(
            ['one', 'many', 'rel', 'doc'].map((name) => [
              name,
              { code: 'validation_required', message: 'Cannot be blank.' },
            ]),
          ),
        ),
      },
    },
  ]);
});
