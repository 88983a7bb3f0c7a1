import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCollectionFrom, decodeFields, fieldsMax, mergeCollection } from '../../../src/model/collection-merge.ts';
import { FormatError } from '../../../src/model/format-error.ts';
import type { JsonObject, JsonValue } from '../../../src/util/json.ts';
import { change, codes, create } from './collections.ts';

const provider = { name: 'google', clientId: 'a', clientSecret: 'b', extra: { a: 1 }, pkce: true };

test('objects merge key by key, lists of objects by position, null clears what can be empty', () => {
  let { collection } = create({ type: 'auth', oauth2: { enabled: true, providers: [provider] } });
  const apply = (sent: JsonObject): void => {
    collection = mergeCollection(collection, sent);
  };
  apply({ oauth2: { providers: [{ extra: { b: 2 } }] } });
  assert.deepEqual(collection.auth?.oauth2.providers[0], {
    pkce: true,
    name: 'google',
    clientId: 'a',
    clientSecret: 'b',
    authURL: '',
    tokenURL: '',
    userInfoURL: '',
    displayName: '',
    extra: { a: 1, b: 2 },
  });
  apply({ oauth2: { providers: [{ extra: null, pkce: null }, { name: 'other' }] } });
  assert.deepEqual(
    collection.auth?.oauth2.providers.map(({ extra, pkce, clientSecret }) => [extra, pkce, clientSecret]),
    [
      [null, null, 'b'],
      [null, null, ''],
    ],
  );
  apply({ oauth2: { providers: null, enabled: null } });
  assert.deepEqual([collection.auth?.oauth2.providers, collection.auth?.oauth2.enabled], [[], true]);
  apply({ listRule: 'id != ""', viewRule: '' });
  apply({ listRule: null, name: null, system: null, otp: null, authToken: null, mfa: { duration: null } });
  assert.deepEqual([collection.listRule, collection.viewRule, collection.name], [null, '', 'things']);
  assert.equal(collection.auth?.mfa.duration, 600);
  assert.equal(collection.auth?.authToken.duration, 432_000);
  apply({ verificationTemplate: { body: 'x' }, created: 'never', unknown: 1 });
  assert.deepEqual(collection.auth?.verificationTemplate, { subject: 'Verify your {APP_NAME} email', body: 'x' });
  assert.equal(collection.created, '');
  apply({ passwordAuth: { identityFields: ['a', null] }, indexes: ['x'] });
  apply({ indexes: null });
  assert.deepEqual([collection.auth?.passwordAuth.identityFields, collection.indexes], [['a', ''], []]);
});

test('values of another kind are a format error', () => {
  const { collection } = create({ type: 'auth' });
  const wrong: JsonObject[] = [
    { listRule: 5 },
    { indexes: 'x' },
    { indexes: [1] },
    { fields: {} },
    { fields: 'abc' },
    { name: 5 },
    { authToken: { duration: '5' } },
    { authToken: { duration: 1.5 } },
    { oauth2: { providers: [1] } },
    { oauth2: { providers: [{ extra: [] }] } },
    { oauth2: [] },
    { mfa: { enabled: 'yes' } },
    { fields: Array.from({ length: fieldsMax + 1 }, (_, index) => ({ type: 'text', name: `f${index}` })) },
  ];
  for (const sent of wrong)
    assert.throws(() => mergeCollection(collection, sent), FormatError, JSON.stringify(sent).slice(0, 80));
  assert.throws(() => createCollectionFrom({ type: 5 }), FormatError);
  assert.equal(createCollectionFrom({ type: '' }).type, 'base');
  assert.equal(createCollectionFrom({}).auth, null);
  assert.equal(createCollectionFrom({ type: 'auth' }).auth?.authRule, '');
});

function idsOf(fields: JsonValue): string {
  return decodeFields(fields)
    .map((field) => `${field.name}:${field.type}:${field.id}`)
    .join(' ');
}

test('fields get ids, and take the place of earlier ones with theirs', () => {
  const cases: [JsonValue, string][] = [
    [[{ name: 'x', type: 'text' }], 'x:text:text2363233923'],
    [
      [
        { name: 'b', type: 'text', id: 'i1' },
        { name: 'b', type: 'number' },
      ],
      'b:number:i1',
    ],
    [
      [
        { name: 'x', type: 'text', id: 'a' },
        { name: 'y', type: 'number', id: 'a' },
      ],
      'y:number:a',
    ],
    [
      [
        { name: 'q', type: 'text', id: 'i1' },
        { name: 'q', type: 'text', id: 'i2' },
      ],
      'q:text:i1 q:text:i2',
    ],
    [
      [
        { name: 'other', type: 'text', id: 'text2363233923' },
        { name: 'x', type: 'text' },
      ],
      'other:text:text2363233923 x:text:text23632339232',
    ],
    [null, ''],
  ];
  for (const [fields, expected] of cases) assert.equal(idsOf(fields), expected);
});

test('fields are replaced as a whole, but system fields come back', () => {
  const fields = [{ name: 'x', type: 'text', max: 5 }];
  const { collection } = create({ type: 'auth', fields });
  const names = (sent: JsonObject): string =>
    change(collection, sent)
      .collection.fields.map((field) => field.name)
      .join();
  assert.equal(names({}), 'id,x,password,tokenKey,email,emailVisibility,verified');
  assert.equal(names({ fields: [] }), 'id,password,tokenKey,email,emailVisibility,verified');
  const sent: JsonObject[] = [
    { name: 'x', type: 'text' },
    { name: 'password', type: 'password', hidden: false, min: 3, required: false },
    { name: 'email', type: 'email', hidden: true, required: false, onlyDomains: ['a.co'] },
    { name: 'verified', type: 'bool', hidden: true },
    { name: 'id', type: 'text', hidden: true, primaryKey: false, required: false, max: 30 },
  ];
  const after = change(collection, { fields: sent });
  assert.deepEqual(codes(after.errors), []);
  const shown = after.collection.fields.map((field) => {
    const { name, hidden, system } = field;
    return [name, hidden, system, 'required' in field && field.required, 'min' in field && field.min].join(' ');
  });
  assert.deepEqual(shown, [
    'x false false false 0',
    'password true true true 3',
    'email false true false false',
    'verified true true false false',
    'id false true true 0',
    'tokenKey true true true 30',
    'emailVisibility false true false false',
  ]);
});

test('indexes follow their collection, and auth collections keep the two they need', () => {
  const { collection } = create({ type: 'auth', indexes: ['CREATE UNIQUE INDEX `a` ON `zzz` (email)'] });
  assert.deepEqual(collection.indexes, [
    'CREATE UNIQUE INDEX `a` ON `things` (`email`)',
    `CREATE UNIQUE INDEX \`idx_tokenKey_${collection.id}\` ON \`things\` (\`tokenKey\`)`,
  ]);
  assert.deepEqual(change(collection, { name: 'others', indexes: [] }).collection.indexes, [
    `CREATE UNIQUE INDEX \`idx_tokenKey_${collection.id}\` ON \`others\` (\`tokenKey\`)`,
    `CREATE UNIQUE INDEX \`idx_email_${collection.id}\` ON \`others\` (\`email\`) WHERE \`email\` != ''`,
  ]);
  const kept = [
    'CREATE UNIQUE INDEX idx_x ON things (tokenKey)',
    'CREATE UNIQUE INDEX idx_y ON things (email COLLATE NOCASE)',
  ];
  assert.deepEqual(change(collection, { indexes: kept }).collection.indexes, kept);
});

test('another auth rule signs everybody out; mappings to nowhere vanish', () => {
  const { collection } = create({ type: 'auth', oauth2: { mappedFields: { id: 'id', name: 'nope' } } });
  assert.deepEqual(collection.auth?.oauth2.mappedFields, { id: 'id', name: '', username: '', avatarURL: '' });
  const secretAfter = (sent: JsonObject): string | undefined =>
    change(collection, sent).collection.auth?.authToken.secret;
  const before = collection.auth?.authToken.secret;
  assert.equal(secretAfter({ listRule: '' }), before);
  assert.notEqual(secretAfter({ authRule: null }), before);
  assert.equal(secretAfter({ authRule: null, authToken: { secret: 'x'.repeat(40) } }), 'x'.repeat(40));
});
