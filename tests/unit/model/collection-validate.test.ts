import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/util/json.ts';
import { change, codes, create, schemaOf } from './collections.ts';

const users = { collectionId: '_pb_users_auth_' };

/** What is wrong with one field `x`, without the path to it. */
function fieldCodes(options: JsonObject): string {
  const { errors } = create({ fields: [{ name: 'x', ...options }] });
  return codes(errors)
    .map((line) => line.replace('fields.1.', ''))
    .join('; ');
}

test('options of fields', () => {
  const low = 'validation_min_greater_equal_than_required';
  const high = 'validation_max_less_equal_than_required';
  const cases: [JsonObject, string][] = [
    [{ type: 'text', min: -1 }, `min ${low}`],
    [{ type: 'text', max: -1 }, `max ${low}`],
    [{ type: 'text', min: 5, max: 4 }, `max ${low}`],
    [{ type: 'text', min: 3, max: 3 }, ''],
    [{ type: 'text', min: 9_007_199_254_740_992 }, `min ${high}`],
    [{ type: 'text', pattern: '[a' }, 'pattern validation_invalid_regex'],
    [{ type: 'text', autogeneratePattern: '[a' }, 'autogeneratePattern validation_invalid_regex'],
    [{ type: 'text', autogeneratePattern: '^a$' }, 'autogeneratePattern validation_invalid_autogenerate_pattern'],
    [
      { type: 'text', autogeneratePattern: 'a{3}', max: 2 },
      'autogeneratePattern validation_invalid_autogenerate_pattern_value',
    ],
    [{ type: 'text', help: 'é'.repeat(160) }, 'help validation_length_out_of_range'],
    [{ type: 'number', min: 5, max: 4 }, 'max validation_min_number_constraint'],
    [
      { type: 'number', min: 1.5, max: 2.5, onlyInt: true },
      'max validation_only_int_constraint; min validation_only_int_constraint',
    ],
    [{ type: 'editor', maxSize: -1 }, `maxSize ${low}`],
    [
      { type: 'email', onlyDomains: ['a.co'], exceptDomains: ['b.co'] },
      'exceptDomains validation_empty; onlyDomains validation_empty',
    ],
    [{ type: 'email', onlyDomains: ['', 'a.co', 'a'] }, 'onlyDomains.2 validation_is_domain'],
    [
      { type: 'url', exceptDomains: ['localhost', '1.2.3.4', 'a.co:80'] },
      [0, 1, 2].map((index) => `exceptDomains.${index} validation_is_domain`).join('; '),
    ],
    [{ type: 'date', min: '2021-01-01', max: '2020-01-01' }, ''],
    [{ type: 'autodate' }, 'onCreate validation_required; onUpdate validation_required'],
    [{ type: 'select' }, 'values validation_required'],
    [{ type: 'select', values: ['a'], maxSelect: 2 }, `maxSelect ${high}`],
    [{ type: 'relation' }, 'collectionId validation_required'],
    [{ type: 'relation', collectionId: 'users' }, 'collectionId validation_field_relation_missing_collection'],
    [{ type: 'relation', ...users, minSelect: 1 }, 'maxSelect validation_required'],
    [{ type: 'relation', ...users, minSelect: 5, maxSelect: 2 }, `maxSelect ${low}`],
    [{ type: 'relation', ...users, minSelect: -1, maxSelect: -1 }, `minSelect ${low}`],
    [{ type: 'file', maxSelect: -1, maxSize: -1 }, `maxSelect ${low}; maxSize ${low}`],
    [
      { type: 'file', thumbs: ['1x1', '0x0', 'ax', '100x0t', ''] },
      'thumbs.1 validation_not_in_invalid; thumbs.2 validation_match_invalid',
    ],
    [{ type: 'json', maxSize: -1 }, `maxSize ${low}`],
    [{ type: 'geoPoint' }, ''],
    [{ type: 'password', min: 72, max: 72, cost: 3 }, `cost ${low}; max ${high}; min ${high}`],
    [{ type: 'password', pattern: '(' }, 'pattern validation_invalid_regex'],
  ];
  for (const [options, expected] of cases)
    assert.equal(fieldCodes(options), expected, JSON.stringify(options).slice(0, 100));
});

test('names and ids of fields', () => {
  const cases: [JsonObject[], string[]][] = [
    [[{ type: 'text' }], ['fields.1.name validation_required']],
    [[{ type: 'text', name: 'a b' }], ['fields.1.name validation_match_invalid']],
    [[{ type: 'text', name: 'a_VIA_b' }], ['fields.1.name validation_found_via']],
    [[{ type: 'text', name: 'x'.repeat(101) }], ['fields.1.name validation_length_out_of_range']],
    [[{ type: 'text', name: 'x', id: 'x'.repeat(101) }], ['fields.1.id validation_length_out_of_range']],
    [
      ['expand', 'NULL', 'collectionId', 'rowid'].map((name) => ({ name, type: 'text' })),
      ['fields.1.name validation_not_in_invalid', 'fields.3.name validation_not_in_invalid'],
    ],
    [['x', 'X'].map((name) => ({ name, type: 'text' })), ['fields.2.name validation_duplicated_field_name']],
    [[{ type: 'number', name: 'id' }], ['fields.1.name validation_duplicated_field_name']],
    [['select', 'constructor', '__proto__'].map((name) => ({ name, type: 'text' })), []],
    [
      [{ type: 'text', name: 'x', primaryKey: true }],
      [
        'fields.0.primaryKey validation_unsupported_composite_pk',
        'fields.1.name validation_in_invalid',
        'fields.1.pattern validation_required',
        'fields.1.primaryKey validation_unsupported_composite_pk',
        'fields.1.required validation_required',
      ],
    ],
  ];
  for (const [fields, expected] of cases) assert.deepEqual(codes(create({ fields }).errors), expected);
  const reserved = create({ type: 'auth', fields: [{ type: 'text', name: 'oldPassword' }] });
  assert.deepEqual(codes(reserved.errors), ['fields.1.name validation_reserved_field_name']);
});

test('names, ids, types and rules of collections', () => {
  const cases: [JsonObject, string[]][] = [
    [{}, []],
    [{ type: 'foo' }, ['type validation_in_invalid']],
    [{ name: '' }, ['name validation_required']],
    [{ name: 'USERS' }, ['name validation_collection_name_exists']],
    [{ name: '_pb_users_auth_' }, ['name validation_collection_name_id_duplicate']],
    [{ name: '_collections' }, ['name validation_collection_name_invalid']],
    [{ name: 'a-b' }, ['name validation_match_invalid']],
    [{ name: 'x_via_y' }, ['name validation_found_via']],
    [{ name: 'x'.repeat(256) }, ['name validation_length_out_of_range']],
    [{ id: 'a b' }, ['id validation_match_invalid']],
    [{ id: '_pb_users_auth_' }, ['id validation_invalid_or_existing_id']],
    [{ id: 'x'.repeat(101) }, ['id validation_length_out_of_range']],
    [{ listRule: 'x =', createRule: '' }, ['listRule validation_invalid_rule']],
    [
      { type: 'view', createRule: '', indexes: ['CREATE INDEX i ON things (x)'] },
      ['createRule validation_nil', 'indexes validation_indexes_not_supported'],
    ],
  ];
  for (const [sent, expected] of cases)
    assert.deepEqual(codes(create(sent).errors), expected, JSON.stringify(sent).slice(0, 80));
  const { errors } = create({ listRule: 'x =' });
  assert.deepEqual(errors['listRule'], {
    code: 'validation_invalid_rule',
    message: 'Invalid rule. Raw error: invalid or incomplete filter expression.',
  });
});

test('indexes', () => {
  const fields = ['x', 'y'].map((name) => ({ name, type: 'text' }));
  const bad = 'validation_invalid_index_expression';
  const cases: [string[], string[]][] = [
    [
      [
        'CREATE INDEX i1 ON things (x)',
        "CREATE UNIQUE INDEX i2 ON other (`y` COLLATE NOCASE DESC, lower(x)) WHERE y != ''",
      ],
      [],
    ],
    [['foo'], [`indexes.0 ${bad}`]],
    [['CREATE INDEX i1 ON things (zzz)'], [`indexes.0 ${bad}`]],
    [['CREATE INDEX i1 ON things (x); DROP TABLE things'], [`indexes.0 ${bad}`]],
    [['CREATE INDEX i1 ON things (x) -- y'], [`indexes.0 ${bad}`]],
    [
      ['CREATE INDEX i1 ON things (x)', 'CREATE INDEX I1 ON things (y)'],
      ['indexes.1 validation_duplicated_index_name'],
    ],
    [
      ['CREATE INDEX i1 ON things (x)', 'CREATE INDEX i2 ON things (`x`)'],
      ['indexes.1 validation_duplicated_index_definition'],
    ],
    [['CREATE INDEX IDX_email__pb_users_auth_ ON things (x)'], ['indexes.0 validation_existing_index_name']],
  ];
  for (const [indexes, expected] of cases)
    assert.deepEqual(codes(create({ fields, indexes }).errors), expected, indexes.join());
});

test('auth options', () => {
  const { collection } = create({ type: 'auth' });
  const cases: [JsonObject, string[]][] = [
    [{ authToken: { duration: 5 } }, ['authToken.duration validation_min_greater_equal_than_required']],
    [{ fileToken: { duration: 94_670_857 } }, ['fileToken.duration validation_max_less_equal_than_required']],
    [
      { authToken: { duration: 0, secret: '' } },
      ['authToken.duration validation_required', 'authToken.secret validation_required'],
    ],
    [{ authToken: { secret: 'x' } }, ['authToken.secret validation_length_out_of_range']],
    [{ manageRule: '' }, ['manageRule validation_nil_or_not_empty_required']],
    [{ authRule: 'x=' }, ['authRule validation_invalid_rule']],
    [{ mfa: { enabled: true } }, ['mfa.enabled validation_mfa_not_enough_auths']],
    [{ mfa: { enabled: true }, otp: { enabled: true } }, []],
    [{ mfa: { duration: 5, rule: 'x=' } }, ['mfa.rule validation_invalid_rule']],
    [
      { otp: { enabled: true, duration: 5, length: 3 } },
      [
        'otp.duration validation_min_greater_equal_than_required',
        'otp.length validation_min_greater_equal_than_required',
      ],
    ],
    [{ otp: { emailTemplate: { subject: '' } } }, ['otp.emailTemplate.subject validation_required']],
    [{ passwordAuth: { identityFields: [] } }, ['passwordAuth.identityFields validation_required']],
    [{ passwordAuth: { identityFields: ['nope'] } }, ['passwordAuth.identityFields validation_missing_field']],
    [
      { passwordAuth: { identityFields: ['verified'] } },
      ['passwordAuth.identityFields validation_missing_unique_constraint'],
    ],
    [{ passwordAuth: { enabled: false, identityFields: [] } }, []],
    [{ verificationTemplate: { body: '' } }, ['verificationTemplate.body validation_required']],
    [{ oauth2: { providers: [{ name: 'foo' }] } }, []],
    [
      { oauth2: { enabled: true, providers: [{ name: 'foo', authURL: 'x' }] } },
      [
        'oauth2.providers.0.authURL validation_is_url',
        'oauth2.providers.0.clientId validation_required',
        'oauth2.providers.0.clientSecret validation_required',
        'oauth2.providers.0.name validation_missing_provider',
      ],
    ],
    [
      {
        oauth2: {
          enabled: true,
          providers: ['a', 'b'].map((clientId) => ({ name: 'google', clientId, clientSecret: 'x' })),
        },
      },
      ['oauth2.providers.1.name validation_duplicated_provider'],
    ],
  ];
  for (const [sent, expected] of cases)
    assert.deepEqual(codes(change(collection, sent).errors), expected, JSON.stringify(sent));
});

test('what may not change', () => {
  const { collection } = create({
    fields: [
      { name: 'x', type: 'text' },
      { name: 'r', type: 'relation', ...users },
      { name: 's', type: 'text', system: true },
    ],
  });
  const [id, x, r, s] = collection.fields.map((field) => ({ ...field })) as unknown as JsonObject[];
  const cases: [JsonObject, string[]][] = [
    [{ name: 'THINGS' }, []],
    [{ id: 'other' }, ['id validation_values_mismatch']],
    [{ type: 'view' }, ['type validation_collection_type_change']],
    [{ system: true }, ['system validation_collection_system_flag_change']],
    [{ fields: [id!, { ...x!, type: 'number' }, r!, s!] }, ['fields.1 validation_field_type_change']],
    [
      { fields: [id!, x!, { ...r!, collectionId: collection.id }, s!] },
      ['fields.2.collectionId validation_field_relation_change'],
    ],
    [{ fields: [id!, x!, r!] }, ['fields validation_system_field_change']],
    [{ fields: [id!, { ...s!, name: 'q' }] }, ['fields validation_system_field_change']],
    [{ fields: [{ ...x!, id: id!['id']! }, s!] }, ['fields validation_missing_primary_key']],
  ];
  for (const [sent, expected] of cases)
    assert.deepEqual(codes(change(collection, sent).errors), expected, JSON.stringify(sent));
});

test('system collections stay what they are', () => {
  const schema = schemaOf();
  const externalAuths = schema.find('_externalAuths')!;
  const cases: [string, JsonObject, string[]][] = [
    ['_externalAuths', { name: 'x' }, ['name validation_collection_system_name_change']],
    ['_externalAuths', { viewRule: null }, ['viewRule validation_collection_system_rule_change']],
    ['_externalAuths', { fields: [] }, ['fields validation_system_field_change']],
    ['_externalAuths', { indexes: [] }, ['indexes validation_invalid_unique_system_field_index']],
    ['_superusers', { authRule: null }, ['authRule validation_collection_system_rule_change']],
    ['_superusers', { manageRule: 'id != ""' }, ['manageRule validation_collection_system_rule_change']],
  ];
  for (const [name, sent, expected] of cases) {
    assert.deepEqual(codes(change(schema.find(name)!, sent, schema).errors), expected, name);
  }
  const renamed = externalAuths.indexes.map((sql) =>
    sql.replace('idx_', 'zzz_').replace('provider)', 'provider COLLATE NOCASE)'),
  );
  assert.deepEqual(codes(change(externalAuths, { indexes: renamed }, schema).errors), []);
  const superusers = change(
    schema.find('_superusers')!,
    { oauth2: { enabled: true }, passwordAuth: { enabled: false }, otp: { enabled: true } },
    schema,
  );
  assert.deepEqual(codes(superusers.errors), []);
  const { oauth2, passwordAuth, mfa, otp } = superusers.collection.auth!;
  assert.deepEqual([oauth2.enabled, passwordAuth.enabled, mfa.enabled, otp.enabled], [false, true, true, true]);
});

test('a partition names a relation that is always there, and keeps it', () => {
  const fields: JsonObject[] = [
    { name: 'author', type: 'relation', ...users, required: true, maxSelect: 1 },
    { name: 'friend', type: 'relation', ...users, maxSelect: 1 },
    { name: 'all', type: 'relation', ...users, required: true, maxSelect: 5 },
    { name: 'title', type: 'text', required: true },
  ];
  const bad = ['partitionBy validation_invalid_partition'];
  for (const name of ['friend', 'all', 'title', 'nope']) {
    assert.deepEqual(codes(create({ fields, partitionBy: name }).errors), bad, name);
  }
  const { collection, errors } = create({ fields, partitionBy: 'author' });
  assert.deepEqual(codes(errors), []);
  const fixed = ['partitionBy validation_partition_change'];
  assert.deepEqual(codes(change(collection, { partitionBy: '' }).errors), fixed);
  assert.deepEqual(codes(change(collection, { fields: fields.slice(1) }).errors), fixed);
  const renamed = collection.fields.map((field) => ({
    ...field,
    name: field.name === 'author' ? 'owner' : field.name,
  }));
  assert.deepEqual(
    codes(change(collection, { fields: renamed, partitionBy: 'owner' } as unknown as JsonObject).errors),
    [],
  );
  assert.deepEqual(codes(change(create({ fields }).collection, { partitionBy: 'author' }).errors), fixed);
});

test('a collection may relate to itself, and only views to views', () => {
  const self = create({
    id: 'selfmade',
    fields: [{ name: 'parent', type: 'relation', collectionId: 'selfmade', maxSelect: 1 }],
  });
  assert.deepEqual(codes(self.errors), []);
  const view = create({ type: 'view', name: 'seen', viewQuery: 'select id from users' }).collection;
  const toView = create({ fields: [{ name: 'v', type: 'relation', collectionId: view.id }] }, schemaOf(view));
  assert.deepEqual(codes(toView.errors), ['fields.1.collectionId validation_relation_field_non_view_base_collection']);
});
