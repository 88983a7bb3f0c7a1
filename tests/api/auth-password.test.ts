// Signing in with a password, refresh, impersonation, tokens. Contract part 2, sections 6.1 to 6.5 and 6.9.
import assert from 'node:assert/strict';
import { readClaims, readHeader } from '../../src/testing/jwt.ts';
import { absent, anyNumber, exactly } from '../../src/testing/match.ts';
import { apiSuite, type Json, type Scenario } from '../../src/testing/scenario.ts';
import { type World, userPassword } from '../../src/testing/world.ts';

const users = '/api/collections/users';
const failed = { data: exactly({}), message: 'Failed to authenticate.', status: 400 };
const invalid = 'An error occurred while validating the submitted data.';
const blank = { code: 'validation_required', message: 'Cannot be blank.' };
const unmet = exactly({
  data: {},
  message: "The request doesn't satisfy the collection requirements to authenticate.",
  status: 403,
});

async function setUp(world: World): Promise<void> {
  await world.updateCollection('users', {
    fields: [
      ...((await world.expect({ path: users, as: 'superuser' }))['fields'] as object[]),
      { name: 'username', type: 'text', id: 'f_username' },
      { name: 'note', type: 'text', hidden: true },
      { name: 'friend', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 },
    ],
    indexes: [
      ...((await world.expect({ path: users, as: 'superuser' }))['indexes'] as string[]),
      "CREATE UNIQUE INDEX idx_username ON users (username COLLATE NOCASE) WHERE username != ''",
    ],
    passwordAuth: { identityFields: ['username', 'email'] },
  });
  await world.createUser('user1', { id: 'user00000000001', email: 'one@example.com', username: 'Number1', note: 'n' });
  await world.createUser('user2', {
    id: 'user00000000002',
    email: 'two@example.com',
    username: 'two@other.com',
    friend: 'user00000000001',
  });
  await world.createUser('user3', { id: 'user00000000003', email: 'two@other.com' });
  await world.createCollection({
    name: 'clients',
    type: 'auth',
    authRule: 'verified = true',
    listRule: '',
    viewRule: '',
  });
  await world.createCollection({ name: 'plain' });
  await world.createRecord('clients', {
    id: 'client000000001',
    email: 'c1@example.com',
    password: userPassword,
    passwordConfirm: userPassword,
    verified: true,
  });
  await world.createRecord('clients', {
    id: 'client000000002',
    email: 'c2@example.com',
    password: userPassword,
    passwordConfirm: userPassword,
  });
}

function signsIn(name: string, json: object, body: object = {}, more: Partial<Scenario> = {}): Scenario {
  return { name, method: 'POST', path: `${users}/auth-with-password`, json, status: 200, body, ...more };
}

function fails(name: string, json: object, status: number, body: Json, more: Partial<Scenario> = {}): Scenario {
  return { name, method: 'POST', path: `${users}/auth-with-password`, json, status, body, ...more };
}

apiSuite('auth: password', setUp, (suite) => {
  suite.scenarios('sign in', [
    signsIn(
      'by e-mail',
      { identity: 'one@example.com', password: userPassword },
      {
        record: {
          id: 'user00000000001',
          email: 'one@example.com',
          collectionName: 'users',
          collectionId: '_pb_users_auth_',
          note: absent,
          password: absent,
          tokenKey: absent,
          expand: absent,
        },
        token: /^[\w-]+\.[\w-]+\.[\w-]+$/,
        meta: absent,
      },
    ),
    signsIn('by user name', { identity: 'Number1', password: userPassword }, { record: { id: 'user00000000001' } }),
    signsIn(
      'by user name in another case, where the index ignores it',
      { identity: 'nUMBER1', password: userPassword },
      { record: { id: 'user00000000001' } },
    ),
    fails(
      'by e-mail in another case, where the index does not',
      { identity: 'ONE@example.com', password: userPassword },
      400,
      failed,
    ),
    signsIn(
      'an e-mail shape is tried as e-mail first',
      { identity: 'two@other.com', password: userPassword },
      { record: { id: 'user00000000003' } },
    ),
    signsIn(
      'unless the field is named',
      { identity: 'two@other.com', password: userPassword, identityField: 'username' },
      { record: { id: 'user00000000002' } },
    ),
    fails(
      'the named field only',
      { identity: 'one@example.com', password: userPassword, identityField: 'username' },
      400,
      failed,
    ),
    fails(
      'a field that is no identity',
      { identity: 'one@example.com', password: userPassword, identityField: 'name' },
      400,
      {
        message: invalid,
        data: exactly({ identityField: { code: 'validation_in_invalid', message: 'Must be a valid value.' } }),
      },
    ),
    fails('a wrong password', { identity: 'one@example.com', password: 'wrong' }, 400, failed),
    fails('an unknown identity', { identity: 'nobody@example.com', password: userPassword }, 400, failed),
    fails(
      'a password in another case',
      { identity: 'one@example.com', password: userPassword.toUpperCase() },
      400,
      failed,
    ),
    fails('nothing', {}, 400, { message: invalid, data: exactly({ identity: blank, password: blank }) }),
    fails('a password of 256', { identity: 'one@example.com', password: 'x'.repeat(256) }, 400, {
      message: invalid,
      data: { password: { code: 'validation_length_out_of_range' } },
    }),
    fails('numbers', { identity: 1, password: 2 }, 400, { status: 400 }),
    fails('null', { identity: null, password: null }, 400, { data: { identity: blank } }),
    fails('a list', { identity: ['one@example.com'], password: [userPassword] }, 400, { status: 400 }),
    signsIn(
      'by a form',
      {},
      { record: { id: 'user00000000001' } },
      { json: undefined, form: { identity: 'one@example.com', password: userPassword } },
    ),
    signsIn(
      'by multipart',
      {},
      { record: { id: 'user00000000001' } },
      {
        json: undefined,
        multipart: [
          ['identity', 'one@example.com'],
          ['password', userPassword],
        ],
      },
    ),
    signsIn(
      'expand and fields',
      { identity: 'two@example.com', password: userPassword },
      exactly({ record: { id: 'user00000000002', expand: {} } }),
      { path: `${users}/auth-with-password?expand=friend&fields=record.id,record.expand.friend.id` },
    ),
    signsIn(
      'the expand of a visible record',
      { identity: 'two@example.com', password: userPassword },
      { record: { expand: { friend: { id: 'user00000000001', email: absent } } } },
      {
        path: `${users}/auth-with-password?expand=friend`,
        before: async (world) => {
          await world.updateCollection('users', { viewRule: '' });
        },
      },
    ),
    signsIn(
      'a superuser',
      { identity: 'admin@example.com', password: 'a long enough password' },
      {
        record: {
          collectionName: '_superusers',
          email: 'admin@example.com',
          verified: true,
          password: absent,
          tokenKey: absent,
        },
      },
      { path: '/api/collections/_superusers/auth-with-password' },
    ),
    fails(
      'a collection without sign in',
      { identity: 'a', password: 'b' },
      404,
      { message: 'Missing or invalid auth collection context.' },
      { path: '/api/collections/plain/auth-with-password' },
    ),
    fails(
      'an unknown collection',
      { identity: 'a', password: 'b' },
      404,
      { message: 'Missing or invalid collection context.' },
      { path: '/api/collections/nothing/auth-with-password' },
    ),
    { name: 'GET', path: `${users}/auth-with-password`, status: 404 },
    fails(
      'turned off',
      { identity: 'one@example.com', password: userPassword },
      403,
      exactly({ data: {}, message: 'The collection is not configured to allow password authentication.', status: 403 }),
      {
        before: async (world) => {
          await world.updateCollection('users', { passwordAuth: { enabled: false } });
        },
        after: async (world) => {
          await world.updateCollection('users', { passwordAuth: { enabled: true } });
        },
      },
    ),
  ]);

  suite.scenarios('authRule', [
    signsIn(
      'met',
      { identity: 'c1@example.com', password: userPassword },
      { record: { id: 'client000000001' } },
      {
        path: '/api/collections/clients/auth-with-password',
        after: (world, answer) => world.setToken('client1', (answer.json as { token: string }).token),
      },
    ),
    fails('not met', { identity: 'c2@example.com', password: userPassword }, 403, unmet, {
      path: '/api/collections/clients/auth-with-password',
    }),
    fails('a wrong password comes first', { identity: 'c2@example.com', password: 'wrong' }, 400, failed, {
      path: '/api/collections/clients/auth-with-password',
    }),
    signsIn(
      'not asked of superusers',
      { identity: 'c2@example.com', password: userPassword },
      {},
      { path: '/api/collections/clients/auth-with-password', as: 'superuser' },
    ),
    {
      name: 'the token works',
      method: 'POST',
      path: '/api/collections/clients/auth-refresh',
      as: 'client1',
      status: 200,
      body: { record: { id: 'client000000001' } },
    },
    fails('null shuts everybody out', { identity: 'c1@example.com', password: userPassword }, 403, unmet, {
      path: '/api/collections/clients/auth-with-password',
      before: async (world) => {
        await world.updateCollection('clients', { authRule: null });
      },
    }),
    {
      name: 'a changed authRule ends all tokens',
      method: 'POST',
      path: '/api/collections/clients/auth-refresh',
      as: 'client1',
      status: 401,
    },
  ]);

  suite.scenarios('auth-methods', [
    {
      name: 'as it comes',
      path: '/api/collections/clients/auth-methods',
      status: 200,
      body: exactly({
        password: { enabled: true, identityFields: ['email'] },
        oauth2: { enabled: false, providers: [] },
        mfa: { enabled: false, duration: 0 },
        otp: { enabled: false, duration: 0 },
        authProviders: null,
        usernamePassword: false,
        emailPassword: true,
      }),
    },
    {
      name: 'with fields',
      path: `${users}/auth-methods?fields=mfa,password`,
      status: 200,
      body: exactly({
        mfa: { enabled: false, duration: 0 },
        password: { enabled: true, identityFields: ['username', 'email'] },
      }),
    },
    {
      name: 'turned off',
      path: '/api/collections/clients/auth-methods',
      before: async (world) => {
        await world.updateCollection('clients', { passwordAuth: { enabled: false } });
      },
      status: 200,
      body: { password: exactly({ enabled: false, identityFields: [] }), emailPassword: false },
    },
    {
      name: 'no auth collection',
      path: '/api/collections/plain/auth-methods',
      status: 404,
      body: { message: 'Missing or invalid auth collection context.' },
    },
  ]);

  suite.scenarios('auth-refresh', [
    {
      name: 'guest',
      method: 'POST',
      path: `${users}/auth-refresh`,
      status: 401,
      body: exactly({ data: {}, message: 'The request requires valid record authorization token.', status: 401 }),
    },
    {
      name: 'oneself',
      method: 'POST',
      path: `${users}/auth-refresh`,
      as: 'user1',
      status: 200,
      body: { record: { id: 'user00000000001', email: 'one@example.com' }, token: /\./ },
    },
    {
      name: 'expand and fields',
      method: 'POST',
      path: `${users}/auth-refresh?expand=friend&fields=record.expand.friend.id`,
      as: 'user2',
      status: 200,
      body: exactly({ record: { expand: { friend: { id: 'user00000000001' } } } }),
    },
    {
      name: 'a token of another collection',
      method: 'POST',
      path: '/api/collections/clients/auth-refresh',
      as: 'user1',
      status: 403,
      body: exactly({ data: {}, message: 'The request requires auth record from users collection.', status: 403 }),
    },
    {
      name: 'a superuser of another collection',
      method: 'POST',
      path: `${users}/auth-refresh`,
      as: 'superuser',
      status: 403,
    },
    {
      name: 'a superuser',
      method: 'POST',
      path: '/api/collections/_superusers/auth-refresh',
      as: 'superuser',
      status: 200,
      body: { record: { email: 'admin@example.com' } },
    },
  ]);

  suite.scenarios('impersonate', [
    { name: 'guest', method: 'POST', path: `${users}/impersonate/user00000000001`, status: 401 },
    { name: 'a record', method: 'POST', path: `${users}/impersonate/user00000000001`, as: 'user1', status: 403 },
    {
      name: 'a superuser',
      method: 'POST',
      path: `${users}/impersonate/user00000000001`,
      as: 'superuser',
      json: { duration: 100 },
      status: 200,
      body: { record: { id: 'user00000000001', email: 'one@example.com' }, token: /\./ },
      after: (world, answer) => world.setToken('impersonated', (answer.json as { token: string }).token),
    },
    {
      name: 'without a body',
      method: 'POST',
      path: `${users}/impersonate/user00000000001`,
      as: 'superuser',
      status: 200,
    },
    {
      name: 'a negative duration',
      method: 'POST',
      path: `${users}/impersonate/user00000000001`,
      as: 'superuser',
      json: { duration: -1 },
      status: 400,
      body: { data: { duration: { code: 'validation_min_greater_equal_than_required' } } },
    },
    { name: 'an unknown record', method: 'POST', path: `${users}/impersonate/missing`, as: 'superuser', status: 404 },
    {
      name: 'its refresh is the same token',
      method: 'POST',
      path: `${users}/auth-refresh`,
      as: 'impersonated',
      status: 200,
      body: (world) => ({ token: world.tokenOf('impersonated') }),
    },
    {
      name: 'authRule is not asked',
      method: 'POST',
      path: '/api/collections/clients/impersonate/client000000002',
      as: 'superuser',
      status: 200,
    },
  ]);

  suite.test('the claims of tokens', async (world) => {
    const token = world.tokenOf('user1');
    assert.deepEqual(readHeader(token), { alg: 'HS256', typ: 'JWT' });
    const { exp, ...claims } = readClaims(token);
    assert.deepEqual(claims, {
      id: 'user00000000001',
      collectionId: '_pb_users_auth_',
      type: 'auth',
      refreshable: true,
    });
    const remaining = Number(exp) - Date.now() / 1000;
    assert.ok(remaining > 432_000 - 60 && remaining <= 432_000 + 1, `${remaining} s`);
    const impersonated = readClaims(world.tokenOf('impersonated'));
    assert.equal(impersonated['refreshable'], false);
    assert.ok(Number(impersonated['exp']) - Date.now() / 1000 <= 101);
    const { token: file } = await world.expect({ method: 'POST', path: '/api/files/token', as: 'user1' });
    const { exp: fileExp, ...fileClaims } = readClaims(String(file));
    assert.deepEqual(fileClaims, { id: 'user00000000001', collectionId: '_pb_users_auth_', type: 'file' });
    assert.ok(Number(fileExp) - Date.now() / 1000 <= 181);
    assert.equal(anyNumber.test(exp), true);
  });
});
