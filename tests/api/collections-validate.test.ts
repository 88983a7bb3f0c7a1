// Collections: what is refused, with codes and places. Contract part 1, section 2.1 and 1.3.
import { exactly } from '../../src/testing/match.ts';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const collections = '/api/collections';

/** A field list of one field. */
const field = (options: object): object => ({ fields: [{ name: 'x', type: 'text', ...options }] });
const fails = (code: string, rest: object = {}): object => ({ code, ...rest });

/** A line that creates a collection in vain. */
function refusesCreate(name: string, json: object, data: unknown): Scenario {
  return {
    name,
    method: 'POST',
    path: collections,
    as: 'superuser',
    json,
    status: 400,
    body: { data, message: 'Failed to create collection.', status: 400 },
  };
}

/** A line that creates a collection with one field in vain; `error` is what is wrong with that field. */
function refusesField(name: string, options: object, error: unknown): Scenario {
  return refusesCreate(name, { name: 'refused', ...field(options) }, { fields: { 1: error } });
}

/** A line that changes a collection in vain. */
function refusesUpdate(name: string, collection: string, json: object, data: unknown): Scenario {
  return {
    name,
    method: 'PATCH',
    path: `${collections}/${collection}`,
    as: 'superuser',
    json,
    status: 400,
    body: { data, message: 'Failed to update collection.', status: 400 },
  };
}

async function setUp(world: World): Promise<void> {
  await world.createCollection({
    name: 'taken',
    id: 'taken_id',
    fields: [{ name: 'title', type: 'text', id: 'title_id' }],
  });
  await world.createCollection({ name: 'targets' });
  await world.createCollection({
    name: 'linked',
    fields: [{ name: 'rel', id: 'rel_id', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 }],
  });
}

apiSuite('collections: validation', setUp, (suite) => {
  suite.scenarios('name, id and type', [
    refusesCreate('no name', {}, { name: exactly({ code: 'validation_required', message: 'Cannot be blank.' }) }),
    refusesCreate('a blank name', { name: '' }, { name: fails('validation_required') }),
    refusesCreate(
      'characters',
      { name: 'a b' },
      { name: exactly({ code: 'validation_match_invalid', message: 'Must be in a valid format.' }) },
    ),
    refusesCreate('a dash', { name: 'a-b' }, { name: fails('validation_match_invalid') }),
    refusesCreate('quotes', { name: "a'b" }, { name: fails('validation_match_invalid') }),
    refusesCreate(
      '256 bytes',
      { name: 'a'.repeat(256) },
      {
        name: exactly({
          code: 'validation_length_out_of_range',
          message: 'The length must be between 1 and 255.',
          params: { min: 1, max: 255 },
        }),
      },
    ),
    refusesCreate('_via_', { name: 'a_via_b' }, { name: fails('validation_found_via') }),
    refusesCreate('_VIA_', { name: 'a_VIA_b' }, { name: fails('validation_found_via') }),
    refusesCreate(
      'a taken name',
      { name: 'taken' },
      {
        name: exactly({
          code: 'validation_collection_name_exists',
          message: 'Collection name must be unique (case insensitive).',
        }),
      },
    ),
    refusesCreate(
      'a taken name in another case',
      { name: 'TAKEN' },
      { name: fails('validation_collection_name_exists') },
    ),
    refusesCreate(
      'the id of another',
      { name: 'taken_id' },
      { name: fails('validation_collection_name_id_duplicate') },
    ),
    refusesCreate('an internal table', { name: '_params' }, { name: fails('validation_collection_name_invalid') }),
    refusesCreate(
      'a taken id',
      { id: 'taken_id', name: 'other' },
      {
        id: exactly({
          code: 'validation_invalid_or_existing_id',
          message: 'The model id is invalid or already exists.',
        }),
      },
    ),
    refusesCreate('characters of the id', { id: 'a b', name: 'other' }, { id: fails('validation_match_invalid') }),
    refusesCreate(
      'an id of 101',
      { id: 'a'.repeat(101), name: 'other' },
      { id: fails('validation_length_out_of_range', { params: { min: 1, max: 100 } }) },
    ),
    {
      name: 'an unknown type',
      method: 'POST',
      path: collections,
      as: 'superuser',
      json: { name: 'other', type: 'nothing' },
      status: 400,
    },
    {
      name: 'the id cannot change',
      method: 'PATCH',
      path: `${collections}/taken`,
      as: 'superuser',
      json: { id: 'other_id' },
      status: 400,
    },
    refusesUpdate(
      'the type cannot change',
      'taken',
      { type: 'auth' },
      { type: fails('validation_collection_type_change') },
    ),
    refusesUpdate(
      'the system flag cannot change',
      'taken',
      { system: true },
      { system: fails('validation_collection_system_flag_change') },
    ),
    refusesUpdate(
      'a rename to a taken name',
      'targets',
      { name: 'taken' },
      { name: fails('validation_collection_name_exists') },
    ),
    refusesUpdate('a rename to nothing', 'targets', { name: '' }, { name: fails('validation_required') }),
  ]);

  suite.scenarios('rules', [
    refusesCreate(
      'an unknown field',
      { name: 'refused', listRule: 'nothing = 1' },
      { listRule: fails('validation_invalid_rule', { message: /^Invalid rule/ }) },
    ),
    refusesCreate(
      'broken syntax',
      { name: 'refused', viewRule: 'id =' },
      { viewRule: fails('validation_invalid_rule') },
    ),
    refusesCreate(
      'several',
      { name: 'refused', createRule: '(', updateRule: ')', deleteRule: '&&' },
      {
        createRule: fails('validation_invalid_rule'),
        updateRule: fails('validation_invalid_rule'),
        deleteRule: fails('validation_invalid_rule'),
      },
    ),
    refusesCreate(
      'an unknown collection',
      { name: 'refused', listRule: '@collection.nothing.id = 1' },
      { listRule: fails('validation_invalid_rule') },
    ),
    refusesCreate(
      'an unknown modifier',
      { name: 'refused', listRule: '@request.body.id:nothing = 1' },
      { listRule: fails('validation_invalid_rule') },
    ),
    refusesCreate(
      'only a comment',
      { name: 'refused', listRule: '// nothing' },
      { listRule: fails('validation_invalid_rule') },
    ),
    refusesCreate(
      '201 comparisons',
      { name: 'refused', listRule: Array.from({ length: 201 }, () => "id='a'").join('||') },
      { listRule: fails('validation_invalid_rule') },
    ),
    refusesCreate(
      'a removed field is still named',
      { name: 'refused', listRule: "gone = ''", fields: [{ name: 'left', type: 'text' }] },
      { listRule: fails('validation_invalid_rule') },
    ),
    {
      name: 'paths below @request.auth are not checked',
      method: 'POST',
      path: collections,
      as: 'superuser',
      json: { name: 'lenient', listRule: '@request.auth.nothing.at.all = 1' },
      status: 200,
    },
    {
      name: 'a rule may name a field of the same request',
      method: 'POST',
      path: collections,
      as: 'superuser',
      json: {
        name: 'fresh',
        listRule: 'title = "a" && @request.body.title:isset = false',
        fields: [{ name: 'title', type: 'text' }],
      },
      status: 200,
    },
  ]);

  suite.scenarios('fields', [
    refusesField('no name', { name: '' }, { name: fails('validation_required') }),
    refusesField('characters', { name: 'a b' }, { name: fails('validation_match_invalid') }),
    refusesField(
      '101 characters',
      { name: 'a'.repeat(101) },
      { name: fails('validation_length_out_of_range', { params: { min: 1, max: 100 } }) },
    ),
    ...['null', 'true', 'false', '_rowid_', 'collectionId', 'collectionName', 'expand'].map((name) =>
      refusesField(
        `the name ${name}`,
        { name },
        { name: exactly({ code: 'validation_not_in_invalid', message: 'Must not be in list.' }) },
      ),
    ),
    refusesField('_via_', { name: 'a_via_b' }, { name: fails('validation_found_via') }),
    refusesField('an id of 101', { id: 'a'.repeat(101) }, { id: fails('validation_length_out_of_range') }),
    refusesField('a help of 301', { help: 'a'.repeat(301) }, { help: fails('validation_length_out_of_range') }),
    refusesCreate(
      'the same name twice',
      {
        name: 'refused',
        fields: [
          { name: 'a', type: 'text' },
          { name: 'A', type: 'number' },
        ],
      },
      { fields: { 2: { name: fails('validation_duplicated_field_name', { message: /A/ }) } } },
    ),
    {
      name: 'an unknown type',
      method: 'POST',
      path: collections,
      as: 'superuser',
      json: { name: 'refused', ...field({ type: 'nothing' }) },
      status: 400,
      body: { data: exactly({}) },
    },
    {
      name: 'no type',
      method: 'POST',
      path: collections,
      as: 'superuser',
      json: { name: 'refused', fields: [{ name: 'x' }] },
      status: 400,
    },
    refusesCreate(
      'reserved in auth collections',
      {
        name: 'refused',
        type: 'auth',
        fields: [
          { name: 'passwordConfirm', type: 'text' },
          { name: 'oldPassword', type: 'text' },
        ],
      },
      {
        fields: {
          1: {
            name: exactly({
              code: 'validation_reserved_field_name',
              message: 'The field name is reserved and cannot be used.',
            }),
          },
          2: { name: fails('validation_reserved_field_name') },
        },
      },
    ),
    refusesUpdate(
      'the type of a field cannot change',
      'taken',
      { fields: [{ name: 'title', type: 'number', id: 'title_id' }] },
      { fields: { 1: fails('validation_field_type_change') } },
    ),
    refusesUpdate(
      'the id field cannot be another type',
      'taken',
      { fields: [{ name: 'id', type: 'number', id: 'text3208210256' }] },
      { fields: {} },
    ),
  ]);

  suite.scenarios('options of fields', [
    refusesField(
      'text: max below min',
      { min: 10, max: 5 },
      { max: fails('validation_min_greater_equal_than_required', { params: { threshold: 10 } }) },
    ),
    refusesField(
      'text: a negative min',
      { min: -1 },
      { min: fails('validation_min_greater_equal_than_required', { params: { threshold: 0 } }) },
    ),
    refusesField('text: a broken pattern', { pattern: '(' }, { pattern: fails('validation_invalid_regex') }),
    refusesField(
      'text: a broken autogenerate pattern',
      { autogeneratePattern: '(' },
      { autogeneratePattern: fails('validation_invalid_regex') },
    ),
    refusesField(
      'text: autogenerated values against the own rules',
      { autogeneratePattern: '[a-z]{5}', min: 10 },
      { autogeneratePattern: fails('validation_invalid_autogenerate_pattern_value') },
    ),
    refusesField(
      'text: a second primary key',
      { primaryKey: true, required: true },
      { primaryKey: fails('validation_unsupported_composite_pk'), name: fails('validation_in_invalid') },
    ),
    refusesField(
      'number: max below min',
      { type: 'number', min: 10, max: 5 },
      { max: fails('validation_min_number_constraint', { params: { min: 10 } }) },
    ),
    refusesField(
      'number: decimal bounds of integers',
      { type: 'number', onlyInt: true, min: 1.5 },
      { min: fails('validation_only_int_constraint') },
    ),
    refusesField(
      'email: both domain lists',
      { type: 'email', onlyDomains: ['a.com'], exceptDomains: ['b.com'] },
      { onlyDomains: fails('validation_empty'), exceptDomains: fails('validation_empty') },
    ),
    refusesField(
      'email: a broken domain',
      { type: 'email', onlyDomains: ['not a domain'] },
      { onlyDomains: { 0: fails('validation_is_domain') } },
    ),
    refusesField(
      'url: a broken domain',
      { type: 'url', exceptDomains: ['a b'] },
      { exceptDomains: { 0: fails('validation_is_domain') } },
    ),
    refusesField(
      'editor: a negative size',
      { type: 'editor', maxSize: -1 },
      { maxSize: fails('validation_min_greater_equal_than_required') },
    ),
    {
      name: 'date: max before min is not noticed',
      method: 'POST',
      path: collections,
      as: 'superuser',
      json: { name: 'dates', ...field({ type: 'date', min: '2024-01-02 00:00:00.000Z', max: '2024-01-01' }) },
      status: 200,
      body: { fields: [{}, { min: '2024-01-02 00:00:00.000Z', max: '2024-01-01 00:00:00.000Z' }] },
    },
    refusesField(
      'autodate: never set',
      { type: 'autodate' },
      { onCreate: fails('validation_required'), onUpdate: fails('validation_required') },
    ),
    refusesField('select: no values', { type: 'select' }, { values: fails('validation_required') }),
    refusesField(
      'select: more than there are',
      { type: 'select', values: ['a'], maxSelect: 2 },
      { maxSelect: fails('validation_max_less_equal_than_required', { params: { threshold: 1 } }) },
    ),
    refusesField('relation: no collection', { type: 'relation' }, { collectionId: fails('validation_required') }),
    refusesField(
      'relation: an unknown collection',
      { type: 'relation', collectionId: 'nothing' },
      { collectionId: fails('validation_field_relation_missing_collection') },
    ),
    refusesField(
      'relation: a name is no id',
      { type: 'relation', collectionId: 'targets' },
      { collectionId: fails('validation_field_relation_missing_collection') },
    ),
    refusesField(
      'relation: min over max',
      { type: 'relation', collectionId: '_pb_users_auth_', minSelect: 3, maxSelect: 2 },
      { maxSelect: fails('validation_min_greater_equal_than_required', { params: { threshold: 3 } }) },
    ),
    refusesField(
      'file: a broken thumb',
      { type: 'file', thumbs: ['100x100', 'abc'] },
      { thumbs: { 1: fails('validation_match_invalid') } },
    ),
    refusesField(
      'file: a thumb of nothing',
      { type: 'file', thumbs: ['0x0'] },
      { thumbs: { 0: fails('validation_not_in_invalid') } },
    ),
    refusesField(
      'file: a negative size',
      { type: 'file', maxSize: -1 },
      { maxSize: fails('validation_min_greater_equal_than_required') },
    ),
    refusesField(
      'json: a negative size',
      { type: 'json', maxSize: -1 },
      { maxSize: fails('validation_min_greater_equal_than_required') },
    ),
    refusesField(
      'password: min over 71',
      { type: 'password', min: 72 },
      { min: fails('validation_max_less_equal_than_required') },
    ),
    refusesField(
      'password: a cost of 3',
      { type: 'password', cost: 3 },
      { cost: fails('validation_min_greater_equal_than_required') },
    ),
    refusesField(
      'password: a cost of 32',
      { type: 'password', cost: 32 },
      { cost: fails('validation_max_less_equal_than_required') },
    ),
    refusesUpdate(
      'relation: another collection',
      'linked',
      { fields: [{ name: 'rel', id: 'rel_id', type: 'relation', collectionId: 'taken_id', maxSelect: 1 }] },
      { fields: { 1: { collectionId: fails('validation_field_relation_change') } } },
    ),
  ]);

  suite.scenarios('system collections', [
    refusesUpdate(
      'rename',
      '_superusers',
      { name: 'others' },
      { name: fails('validation_collection_system_name_change') },
    ),
    refusesUpdate(
      'rules',
      '_superusers',
      { listRule: '' },
      { listRule: fails('validation_collection_system_rule_change') },
    ),
    refusesUpdate(
      'the system flag',
      '_mfas',
      { system: false },
      { system: fails('validation_collection_system_flag_change') },
    ),
    refusesUpdate(
      'a renamed system field',
      '_otps',
      { fields: [{ name: 'renamed', id: 'text455797646', type: 'text', required: true }] },
      { fields: fails('validation_system_field_change') },
    ),
    {
      name: 'more fields are allowed',
      method: 'PATCH',
      path: `${collections}/_superusers`,
      as: 'superuser',
      before: async (world) => {
        const { fields } = await world.expect({ path: `${collections}/_superusers`, as: 'superuser' });
        world.values.set('fields', JSON.stringify([...(fields as object[]), { name: 'nick', type: 'text' }]));
      },
      json: (world) => ({ fields: JSON.parse(world.valueOf('fields')) as unknown }),
      status: 200,
      contains: ['"nick"'],
    },
  ]);
});
