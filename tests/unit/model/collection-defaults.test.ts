import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tokenKeys } from '../../../src/model/auth-options.ts';
import {
  createScaffold,
  createSystemCollections,
  createUsersCollection,
} from '../../../src/model/collection-defaults.ts';
import { serialiseCollection } from '../../../src/model/collection-json.ts';
import { collectionFromRow, collectionRowColumns, collectionToRow } from '../../../src/model/collection-row.ts';
import { FormatError } from '../../../src/model/format-error.ts';
import { createField, decodeField, serialiseField } from '../../../src/model/fields/field-codec.ts';
import type { Field } from '../../../src/model/fields/field.ts';
import { fieldTypes } from '../../../src/model/fields/registry.ts';
import type { JsonObject } from '../../../src/util/json.ts';

const now = '2024-01-01 00:00:00.000Z';

test('every type of field has its keys, sorted, with zero options', () => {
  const expected: { readonly [type: string]: string } = {
    text: 'autogeneratePattern:"" help:"" hidden:false id max:0 min:0 name pattern:"" presentable:false primaryKey:false required:false system:false type',
    editor:
      'convertURLs:false help:"" hidden:false id maxSize:0 name presentable:false required:false system:false type',
    number:
      'help:"" hidden:false id max:null min:null name onlyInt:false presentable:false required:false system:false type',
    bool: 'help:"" hidden:false id name presentable:false required:false system:false type',
    email:
      'exceptDomains:null help:"" hidden:false id name onlyDomains:null presentable:false required:false system:false type',
    url: 'exceptDomains:null help:"" hidden:false id name onlyDomains:null presentable:false required:false system:false type',
    date: 'help:"" hidden:false id max:"" min:"" name presentable:false required:false system:false type',
    autodate: 'hidden:false id name onCreate:false onUpdate:false presentable:false system:false type',
    select: 'help:"" hidden:false id maxSelect:0 name presentable:false required:false system:false type values:null',
    file: 'help:"" hidden:false id maxSelect:0 maxSize:0 mimeTypes:null name presentable:false protected:false required:false system:false thumbs:null type',
    relation:
      'cascadeDelete:false collectionId:"" help:"" hidden:false id maxSelect:0 minSelect:0 name presentable:false required:false system:false type',
    json: 'help:"" hidden:false id maxSize:0 name presentable:false required:false system:false type',
    geoPoint: 'help:"" hidden:false id name presentable:false required:false system:false type',
    password:
      'cost:0 help:"" hidden:false id max:0 min:0 name pattern:"" presentable:false required:false system:false type',
  };
  for (const { name } of fieldTypes) {
    const json = serialiseField(createField<Field>({ type: name, name: 'x' } as never));
    const keys = Object.entries(json).map(([key, value]) =>
      ['id', 'name', 'type'].includes(key) ? key : `${key}:${JSON.stringify(value)}`,
    );
    assert.equal(keys.join(' '), expected[name], name);
    assert.deepEqual(serialiseField(decodeField(json)), json);
  }
});

test('options of another kind are a format error, null and absent ones are zero, unknown ones are ignored', () => {
  const base = { type: 'text', name: 'x' };
  const bad: JsonObject[] = [
    { min: '5' },
    { min: 1.5 },
    { required: 'x' },
    { pattern: 1 },
    { type: 'foo' },
    { type: 1 },
    { name: {} },
  ];
  for (const option of bad) assert.throws(() => decodeField({ ...base, ...option }), FormatError);
  for (const value of [null, 1, 'text', [], {}]) assert.throws(() => decodeField(value), FormatError);
  assert.throws(() => decodeField({ type: 'select', values: ['a', 1] }), FormatError);
  assert.deepEqual(decodeField({ ...base, min: null, foo: 1 }), decodeField(base));
  const date = decodeField({ type: 'date', name: 'x', min: '2021-01-01', max: 'abc' });
  assert.deepEqual([serialiseField(date)['min'], serialiseField(date)['max']], ['2021-01-01 00:00:00.000Z', '']);
});

test('a new installation has the collections that every other one has', () => {
  const all = [...createSystemCollections(now), createUsersCollection(now)];
  const summary = all.map(({ id, name, type, system, fields }) => {
    return `${id} ${name} ${type} ${system} ${fields.map((field) => field.name).join()}`;
  });
  assert.deepEqual(summary, [
    'pbc_2279338944 _mfas base true id,collectionRef,recordRef,method,created,updated',
    'pbc_1638494021 _otps base true id,collectionRef,recordRef,password,sentTo,created,updated',
    'pbc_2281828961 _externalAuths base true id,collectionRef,recordRef,provider,providerId,created,updated',
    'pbc_4275539003 _authOrigins base true id,collectionRef,recordRef,fingerprint,created,updated',
    'pbc_3142635823 _superusers auth true id,password,tokenKey,email,emailVisibility,verified,created,updated',
    '_pb_users_auth_ users auth false id,password,tokenKey,email,emailVisibility,verified,name,avatar,created,updated',
  ]);
  const ids = all.flatMap(({ fields }) => fields.map((field) => field.id));
  for (const id of ['text1579384326', 'file376926767', 'autodate2990389176', 'password901924565', 'bool256245529']) {
    assert.ok(ids.includes(id), id);
  }
  assert.deepEqual(all[4]?.indexes, [
    'CREATE UNIQUE INDEX `idx_tokenKey_pbc_3142635823` ON `_superusers` (`tokenKey`)',
    "CREATE UNIQUE INDEX `idx_email_pbc_3142635823` ON `_superusers` (`email`) WHERE `email` != ''",
  ]);
  assert.equal(all[4]?.auth?.authToken.duration, 86_400);
});

test('secrets are random, kept in the row and never shown', () => {
  const [first, second] = [createUsersCollection(now), createUsersCollection(now)];
  const secrets = [first, second].flatMap(({ auth }) => tokenKeys.map((key) => auth![key].secret));
  assert.equal(new Set(secrets).size, 10);
  for (const secret of secrets) assert.match(secret, /^[A-Za-z0-9]{50}$/);
  const shown = JSON.stringify(serialiseCollection(first));
  assert.ok(!shown.includes('secret'));
  const row = collectionToRow(first);
  assert.deepEqual(Object.keys(row), [...collectionRowColumns]);
  assert.ok(String(row['options']).includes(secrets[0]!));
  assert.deepEqual(collectionFromRow(row), first);
  for (const collection of createSystemCollections(now)) {
    assert.deepEqual(collectionFromRow(collectionToRow(collection)), collection);
  }
});

test('a client secret is stored and never shown', () => {
  const users = createUsersCollection(now);
  const provider = {
    pkce: null,
    name: 'google',
    clientId: 'a',
    clientSecret: 'hush',
    authURL: '',
    tokenURL: '',
    userInfoURL: '',
    displayName: '',
    extra: null,
  };
  const auth = { ...users.auth!, oauth2: { ...users.auth!.oauth2, providers: [provider] } };
  const collection = { ...users, auth };
  assert.ok(!JSON.stringify(serialiseCollection(collection)).includes('hush'));
  assert.equal(collectionFromRow(collectionToRow(collection)).auth?.oauth2.providers[0]?.clientSecret, 'hush');
});

test('scaffolds have everything but an id and a name', () => {
  const keys = 'id listRule viewRule createRule updateRule deleteRule name type fields indexes created updated system';
  const auth =
    'authRule manageRule authAlert oauth2 passwordAuth mfa otp authToken passwordResetToken emailChangeToken ' +
    'verificationToken fileToken verificationTemplate resetPasswordTemplate confirmEmailChangeTemplate';
  assert.equal(Object.keys(serialiseCollection(createScaffold('base'))).join(' '), keys);
  assert.equal(Object.keys(serialiseCollection(createScaffold('view'))).join(' '), `${keys} viewQuery`);
  assert.equal(Object.keys(serialiseCollection(createScaffold('auth'))).join(' '), `${keys} ${auth}`);
  assert.equal(createScaffold('view').fields.length, 0);
  assert.match(
    createScaffold('auth').indexes[0]!,
    /^CREATE UNIQUE INDEX `idx_tokenKey_[a-z0-9]{10}` ON `` \(`tokenKey`\)$/,
  );
  assert.equal(createScaffold('auth').auth?.authToken.secret, '');
});

test('rows that are no collection are refused', () => {
  const row = collectionToRow(createUsersCollection(now));
  const broken: [string, string][] = [
    ['type', 'foo'],
    ['fields', 'x'],
    ['fields', '{}'],
    ['indexes', '5'],
    ['options', '[]'],
  ];
  for (const [column, value] of broken) {
    assert.throws(() => collectionFromRow({ ...row, [column]: value }), FormatError, column);
  }
  const old = collectionFromRow({ ...row, options: '{"oauth2":{"providers":null}}' });
  assert.deepEqual(old.auth?.oauth2.providers, []);
  assert.equal(old.auth?.otp.length, 8);
});
