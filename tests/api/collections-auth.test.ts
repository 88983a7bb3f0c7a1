// Options of auth collections and the system collections. Contract part 1, sections 2.3 and 2.4.
import { absent, exactly } from '../../src/testing/match.ts';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const collections = '/api/collections';
const fails = (code: string, rest: object = {}): object => ({ code, ...rest });

function changes(name: string, json: object, body: object, collection = 'users'): Scenario {
  return { name, method: 'PATCH', path: `${collections}/${collection}`, as: 'superuser', json, status: 200, body };
}

function refuses(name: string, json: object, data: object, collection = 'users'): Scenario {
  return {
    name,
    method: 'PATCH',
    path: `${collections}/${collection}`,
    as: 'superuser',
    json,
    status: 400,
    body: { data, message: 'Failed to update collection.' },
  };
}

async function setUp(world: World): Promise<void> {
  await world.createUser('user1', { id: 'user00000000001', email: 'one@example.com' });
  await world.createUser('user2', { id: 'user00000000002', email: 'two@example.com' });
}

apiSuite('collections: auth options', setUp, (suite) => {
  suite.scenarios('tokens', [
    changes('a duration', { authToken: { duration: 10 } }, { authToken: exactly({ duration: 10 }) }),
    refuses(
      'a duration under 10',
      { authToken: { duration: 9 } },
      { authToken: { duration: fails('validation_min_greater_equal_than_required', { params: { threshold: 10 } }) } },
    ),
    refuses(
      'a duration over three years',
      { fileToken: { duration: 94670857 } },
      {
        fileToken: { duration: fails('validation_max_less_equal_than_required', { params: { threshold: 94670856 } }) },
      },
    ),
    refuses(
      'a duration of 0',
      { verificationToken: { duration: 0 } },
      { verificationToken: { duration: fails('validation_required') } },
    ),
    refuses(
      'a short secret',
      { authToken: { secret: 'a'.repeat(29) } },
      { authToken: { secret: fails('validation_length_out_of_range', { params: { min: 30, max: 255 } }) } },
    ),
    refuses('no secret', { authToken: { secret: '' } }, { authToken: { secret: fails('validation_required') } }),
    changes(
      'a secret is taken and not shown',
      { fileToken: { secret: 'a'.repeat(30) } },
      { fileToken: exactly({ duration: 180 }) },
    ),
    changes('back', { authToken: { duration: 432000 } }, { authToken: { duration: 432000 } }),
  ]);

  suite.scenarios('password, otp, mfa', [
    refuses(
      'no identity fields',
      { passwordAuth: { identityFields: [] } },
      { passwordAuth: { identityFields: fails('validation_required') } },
    ),
    refuses(
      'an unknown identity field',
      { passwordAuth: { identityFields: ['email', 'nothing'] } },
      {
        passwordAuth: {
          identityFields: exactly({
            code: 'validation_missing_field',
            message: 'Invalid or missing field nothing.',
            params: { fieldName: 'nothing' },
          }),
        },
      },
    ),
    refuses(
      'an identity field that is not unique',
      { passwordAuth: { identityFields: ['name'] } },
      {
        passwordAuth: {
          identityFields: fails('validation_missing_unique_constraint', { params: { fieldName: 'name' } }),
        },
      },
    ),
    changes(
      'no identity fields while it is off',
      { passwordAuth: { enabled: false, identityFields: [] } },
      { passwordAuth: exactly({ enabled: false, identityFields: [] }) },
    ),
    changes(
      'and on',
      { passwordAuth: { enabled: true, identityFields: ['email'] } },
      { passwordAuth: exactly({ enabled: true, identityFields: ['email'] }) },
    ),
    refuses(
      'MFA with a single method',
      { mfa: { enabled: true } },
      { mfa: { enabled: fails('validation_mfa_not_enough_auths') } },
    ),
    refuses(
      'MFA: a duration under 10',
      { mfa: { enabled: true, duration: 9 }, otp: { enabled: true } },
      { mfa: { duration: fails('validation_min_greater_equal_than_required') } },
    ),
    refuses(
      'MFA: a duration over a day',
      { mfa: { enabled: true, duration: 86401 }, otp: { enabled: true } },
      { mfa: { duration: fails('validation_max_less_equal_than_required') } },
    ),
    refuses(
      'MFA: a broken rule',
      { mfa: { enabled: true, rule: 'nothing = 1' }, otp: { enabled: true } },
      { mfa: { rule: fails('validation_invalid_rule') } },
    ),
    refuses(
      'OTP: a length under 4',
      { otp: { enabled: true, length: 3 } },
      { otp: { length: fails('validation_min_greater_equal_than_required', { params: { threshold: 4 } }) } },
    ),
    refuses(
      'OTP: a duration under 10',
      { otp: { enabled: true, duration: 5 } },
      { otp: { duration: fails('validation_min_greater_equal_than_required') } },
    ),
    refuses(
      'OAuth2: an unknown provider',
      { oauth2: { enabled: true, providers: [{ name: 'nothing', clientId: 'a', clientSecret: 'b' }] } },
      { oauth2: { providers: { 0: { name: fails('validation_missing_provider') } } } },
    ),
    refuses(
      'OAuth2: no client',
      { oauth2: { enabled: true, providers: [{ name: 'google' }] } },
      {
        oauth2: {
          providers: { 0: { clientId: fails('validation_required'), clientSecret: fails('validation_required') } },
        },
      },
    ),
    refuses(
      'OAuth2: the same provider twice',
      {
        oauth2: {
          enabled: true,
          providers: [
            { name: 'google', clientId: 'a', clientSecret: 'b' },
            { name: 'google', clientId: 'a', clientSecret: 'b' },
          ],
        },
      },
      { oauth2: { providers: { 1: { name: fails('validation_duplicated_provider') } } } },
    ),
  ]);

  suite.scenarios('rules and templates', [
    refuses(
      'an empty manageRule',
      { manageRule: '' },
      { manageRule: exactly({ code: 'validation_nil_or_not_empty_required', message: 'Cannot be blank.' }) },
    ),
    refuses('a broken manageRule', { manageRule: 'nothing = 1' }, { manageRule: fails('validation_invalid_rule') }),
    refuses('a broken authRule', { authRule: 'nothing = 1' }, { authRule: fails('validation_invalid_rule') }),
    changes(
      'a manageRule',
      { manageRule: "@request.auth.name = 'boss'" },
      { manageRule: "@request.auth.name = 'boss'" },
    ),
    changes('no manageRule', { manageRule: null }, { manageRule: null }),
    refuses(
      'a template without a subject',
      { verificationTemplate: { subject: '' } },
      { verificationTemplate: { subject: fails('validation_required') } },
    ),
    refuses(
      'a template without a body',
      { resetPasswordTemplate: { body: '' } },
      { resetPasswordTemplate: { body: fails('validation_required') } },
    ),
    changes(
      'a template',
      { confirmEmailChangeTemplate: { subject: 'Hello' } },
      { confirmEmailChangeTemplate: { subject: 'Hello', body: /\{TOKEN\}/ } },
    ),
  ]);

  suite.scenarios('indexes and fields', [
    changes(
      'the indexes of system fields are put back',
      { indexes: [] },
      {
        indexes: [
          /^CREATE UNIQUE INDEX `idx_tokenKey__pb_users_auth_` ON `users` \(`tokenKey`\)$/,
          /^CREATE UNIQUE INDEX `idx_email__pb_users_auth_` ON `users` \(`email`\) WHERE `email` != ''$/,
        ],
      },
    ),
    changes(
      'e-mail compared without case',
      {
        indexes: [
          'CREATE UNIQUE INDEX idx_tokenKey__pb_users_auth_ ON users (tokenKey)',
          "CREATE UNIQUE INDEX idx_email__pb_users_auth_ ON users (email COLLATE NOCASE) WHERE email != ''",
        ],
      },
      {},
    ),
    {
      name: 'now another case is the same e-mail',
      method: 'POST',
      path: `${collections}/users/auth-with-password`,
      json: { identity: 'ONE@example.com', password: 'password123' },
      status: 200,
      body: { record: { email: 'one@example.com' } },
    },
    {
      name: 'and not unique',
      method: 'POST',
      path: `${collections}/users/records`,
      json: { email: 'ONE@EXAMPLE.com', password: 'password123', passwordConfirm: 'password123' },
      status: 400,
      body: { data: exactly({ email: { code: 'validation_not_unique', message: 'Value must be unique.' } }) },
    },
    {
      name: 'a user name as a second identity',
      method: 'PATCH',
      path: `${collections}/users`,
      as: 'superuser',
      before: async (world) => {
        const { indexes, fields } = await world.expect({ path: `${collections}/users`, as: 'superuser' });
        await world.updateCollection('users', {
          fields: [...(fields as object[]), { name: 'username', type: 'text', id: 'f_username' }],
          indexes: [
            ...(indexes as string[]),
            "CREATE UNIQUE INDEX idx_username ON users (username) WHERE username != ''",
          ],
        });
      },
      json: { passwordAuth: { identityFields: ['email', 'username'] } },
      status: 200,
      body: { passwordAuth: { identityFields: ['email', 'username'] } },
    },
    changes(
      'the e-mail may be optional; system fields that are left out go to the end',
      {
        fields: [
          { name: 'email', type: 'email', id: 'email3885137012', required: false },
          { name: 'username', type: 'text', id: 'f_username' },
        ],
      },
      {
        fields: [
          { name: 'id' },
          { name: 'email', required: false, system: true },
          { name: 'username' },
          { name: 'password' },
          { name: 'tokenKey' },
          { name: 'emailVisibility' },
          { name: 'verified' },
        ],
      },
    ),
    changes(
      'system fields cannot be weakened',
      {
        fields: [
          { name: 'tokenKey', type: 'text', id: 'text2504183744', hidden: false, required: false, system: false },
          { name: 'username', type: 'text', id: 'f_username' },
        ],
      },
      {
        fields: [
          { name: 'id' },
          { name: 'tokenKey', hidden: true, required: true, system: true, autogeneratePattern: '', min: 0, max: 0 },
          { name: 'username' },
          { name: 'password' },
          { name: 'email', required: true },
          { name: 'emailVisibility' },
          { name: 'verified' },
        ],
      },
    ),
  ]);

  suite.scenarios('system collections', [
    ...['_superusers', '_externalAuths', '_authOrigins', '_mfas', '_otps'].flatMap((name): Scenario[] => [
      {
        name: `${name} is there`,
        path: `${collections}/${name}`,
        as: 'superuser',
        status: 200,
        body: { system: true, createRule: null, updateRule: null },
      },
      {
        name: `${name} cannot be deleted`,
        method: 'DELETE',
        path: `${collections}/${name}`,
        as: 'superuser',
        status: 400,
      },
    ]),
    {
      name: 'ids',
      path: `${collections}?fields=id,name&sort=name&filter=${encodeURIComponent('system = true')}`,
      as: 'superuser',
      status: 200,
      body: {
        items: [
          { id: 'pbc_4275539003' },
          { id: 'pbc_2281828961' },
          { id: 'pbc_2279338944' },
          { id: 'pbc_1638494021' },
          { id: 'pbc_3142635823' },
        ],
      },
    },
    {
      name: 'rules of the owner',
      path: `${collections}/_externalAuths`,
      as: 'superuser',
      status: 200,
      body: {
        listRule:
          "@request.auth.id != '' && recordRef = @request.auth.id && collectionRef = @request.auth.collectionId",
        deleteRule: /recordRef = @request.auth.id/,
      },
    },
    {
      name: '_superusers: its options',
      path: `${collections}/_superusers`,
      as: 'superuser',
      status: 200,
      body: {
        listRule: null,
        viewRule: null,
        createRule: null,
        updateRule: null,
        deleteRule: null,
        authRule: '',
        manageRule: null,
        authToken: { duration: 86400 },
        oauth2: { enabled: false },
        passwordAuth: { enabled: true },
      },
    },
    changes(
      '_superusers: OAuth2 cannot be turned on',
      { oauth2: { enabled: true } },
      { oauth2: { enabled: false } },
      '_superusers',
    ),
    changes(
      '_superusers: passwords cannot be turned off',
      { passwordAuth: { enabled: false } },
      { passwordAuth: { enabled: true } },
      '_superusers',
    ),
    { name: 'a guest sees no rows', path: `${collections}/_otps/records`, status: 200, body: { items: exactly([]) } },
    {
      name: 'a row that refers to no collection',
      method: 'POST',
      path: `${collections}/_externalAuths/records`,
      as: 'superuser',
      json: { collectionRef: 'nothing', recordRef: 'user00000000001', provider: 'google', providerId: '1' },
      status: 400,
      body: { data: { collectionRef: { code: 'validation_invalid_collection_id' } } },
    },
    {
      name: 'a row that refers to no record',
      method: 'POST',
      path: `${collections}/_externalAuths/records`,
      as: 'superuser',
      json: { collectionRef: '_pb_users_auth_', recordRef: 'missing', provider: 'google', providerId: '1' },
      status: 400,
      body: { data: { recordRef: { code: 'validation_invalid_record' } } },
    },
    {
      name: 'a row of a user',
      method: 'POST',
      path: `${collections}/_externalAuths/records`,
      as: 'superuser',
      json: {
        id: 'external0000001',
        collectionRef: '_pb_users_auth_',
        recordRef: 'user00000000001',
        provider: 'google',
        providerId: '1',
      },
      status: 200,
    },
    {
      name: 'a second of the same provider',
      method: 'POST',
      path: `${collections}/_externalAuths/records`,
      as: 'superuser',
      json: { collectionRef: '_pb_users_auth_', recordRef: 'user00000000001', provider: 'google', providerId: '2' },
      status: 400,
      body: { data: { provider: { code: 'validation_not_unique' } } },
    },
    {
      name: 'the owner sees it',
      path: `${collections}/_externalAuths/records`,
      as: 'user1',
      status: 200,
      body: { items: [{ provider: 'google', recordRef: 'user00000000001' }] },
    },
    {
      name: 'another does not',
      path: `${collections}/_externalAuths/records`,
      as: 'user2',
      status: 200,
      body: { items: exactly([]) },
    },
    {
      name: 'another cannot delete it',
      method: 'DELETE',
      path: `${collections}/_externalAuths/records/external0000001`,
      as: 'user2',
      status: 404,
    },
    {
      name: 'nobody but superusers creates',
      method: 'POST',
      path: `${collections}/_externalAuths/records`,
      as: 'user1',
      json: {},
      status: 403,
    },
    {
      name: 'the user is deleted',
      method: 'DELETE',
      path: `${collections}/users/records/user00000000001`,
      as: 'superuser',
      status: 204,
    },
    {
      name: 'so is the row',
      path: `${collections}/_externalAuths/records/external0000001`,
      as: 'superuser',
      status: 404,
    },
  ]);

  suite.scenarios('superusers', [
    {
      name: 'the last one cannot be deleted',
      method: 'DELETE',
      path: (world) => `${collections}/_superusers/records/${world.valueOf('me')}`,
      as: 'superuser',
      status: 400,
      before: async (world) => {
        const list = await world.expect({ path: `${collections}/_superusers/records`, as: 'superuser' });
        const [me] = list['items'] as Array<{ id: string }>;
        world.values.set('me', me?.id ?? '');
      },
      body: exactly({ data: {}, message: "You can't delete the only existing superuser.", status: 400 }),
    },
    {
      name: 'a second one is verified at once',
      method: 'POST',
      path: `${collections}/_superusers/records`,
      as: 'superuser',
      json: {
        id: 'super0000000001',
        email: 'second@example.com',
        password: '1234567890',
        passwordConfirm: '1234567890',
        verified: false,
      },
      status: 200,
      body: { verified: true, email: 'second@example.com', password: absent, tokenKey: absent },
    },
    { name: 'a user cannot see them', path: `${collections}/_superusers/records`, as: 'user2', status: 403 },
    {
      name: 'and be deleted',
      method: 'DELETE',
      path: `${collections}/_superusers/records/super0000000001`,
      as: 'superuser',
      status: 204,
    },
  ]);
});
