// Collections: who may, create with defaults and exact shapes, read, list, update, delete, truncate, scaffolds. Contract part 1, section 2.
import { crc32 } from 'node:zlib';
import { absent, anyDate, exactly, ofLength } from '../../src/testing/match.ts';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const collections = '/api/collections';
const guestRefused = {
  status: 401,
  body: exactly({ data: {}, message: 'The request requires valid record authorization token.', status: 401 }),
};
const recordRefused = {
  status: 403,
  body: exactly({ data: {}, message: 'The authorized record is not allowed to perform this action.', status: 403 }),
};

const idField = {
  autogeneratePattern: '[a-z0-9]{15}',
  help: '',
  hidden: false,
  id: 'text3208210256',
  max: 15,
  min: 15,
  name: 'id',
  pattern: '^[a-z0-9]+$',
  presentable: false,
  primaryKey: true,
  required: true,
  system: true,
  type: 'text',
};
const autodate = { hidden: false, presentable: false, system: false, type: 'autodate' };
const common = { help: '', hidden: false, presentable: false, system: false };
const fieldId = (type: string, name: string): string => `${type}${crc32(name)}`;

async function setUp(world: World): Promise<void> {
  await world.createUser('user1', { id: 'user00000000001' });
}

const guarded: ReadonlyArray<readonly [method: string, path: string]> = [
  ['GET', collections],
  ['GET', `${collections}/users`],
  ['GET', `${collections}/missing`],
  ['POST', collections],
  ['PATCH', `${collections}/users`],
  ['DELETE', `${collections}/users`],
  ['DELETE', `${collections}/users/truncate`],
  ['PUT', `${collections}/import`],
  ['GET', `${collections}/meta/scaffolds`],
  ['GET', `${collections}/meta/oauth2-providers`],
];

apiSuite('collections', setUp, (suite) => {
  suite.scenarios(
    'only superusers',
    guarded.flatMap(([method, path]): Scenario[] => [
      { name: `guest: ${method} ${path}`, method, path, ...guestRefused },
      { name: `record: ${method} ${path}`, method, path, as: 'user1', ...recordRefused },
    ]),
  );

  suite.scenarios('create', [
    {
      name: 'a base collection with defaults',
      method: 'POST',
      path: collections,
      as: 'superuser',
      json: { name: 'plain' },
      status: 200,
      body: {
        id: `pbc_${crc32('baseplain')}`,
        name: 'plain',
        type: 'base',
        system: false,
        listRule: null,
        viewRule: null,
        createRule: null,
        updateRule: null,
        deleteRule: null,
        indexes: [],
        fields: exactly([idField]),
        created: anyDate,
        updated: anyDate,
        viewQuery: absent,
        authRule: absent,
      },
    },
    {
      name: 'an explicit id, rules and every field type, each with all its keys',
      method: 'POST',
      path: collections,
      as: 'superuser',
      json: {
        id: 'kinds_1',
        name: 'kinds',
        type: 'base',
        listRule: '',
        viewRule: "text != ''",
        fields: [
          { name: 'text', type: 'text' },
          { name: 'number', type: 'number' },
          { name: 'bool', type: 'bool' },
          { name: 'email', type: 'email' },
          { name: 'url', type: 'url' },
          { name: 'editor', type: 'editor' },
          { name: 'date', type: 'date' },
          { name: 'made', type: 'autodate', onCreate: true },
          { name: 'select', type: 'select', values: ['a', 'b'] },
          { name: 'file', type: 'file' },
          { name: 'relation', type: 'relation', collectionId: '_pb_users_auth_' },
          { name: 'json', type: 'json' },
          { name: 'geo', type: 'geoPoint' },
          { name: 'pass', type: 'password' },
        ],
      },
      status: 200,
      body: {
        id: 'kinds_1',
        listRule: '',
        viewRule: "text != ''",
        createRule: null,
        fields: [
          exactly(idField),
          exactly({
            ...common,
            id: fieldId('text', 'text'),
            name: 'text',
            type: 'text',
            autogeneratePattern: '',
            max: 0,
            min: 0,
            pattern: '',
            primaryKey: false,
            required: false,
          }),
          exactly({
            ...common,
            id: fieldId('number', 'number'),
            name: 'number',
            type: 'number',
            max: null,
            min: null,
            onlyInt: false,
            required: false,
          }),
          exactly({ ...common, id: fieldId('bool', 'bool'), name: 'bool', type: 'bool', required: false }),
          exactly({
            ...common,
            id: fieldId('email', 'email'),
            name: 'email',
            type: 'email',
            exceptDomains: null,
            onlyDomains: null,
            required: false,
          }),
          exactly({
            ...common,
            id: fieldId('url', 'url'),
            name: 'url',
            type: 'url',
            exceptDomains: null,
            onlyDomains: null,
            required: false,
          }),
          exactly({
            ...common,
            id: fieldId('editor', 'editor'),
            name: 'editor',
            type: 'editor',
            convertURLs: false,
            maxSize: 0,
            required: false,
          }),
          exactly({
            ...common,
            id: fieldId('date', 'date'),
            name: 'date',
            type: 'date',
            max: '',
            min: '',
            required: false,
          }),
          exactly({ ...autodate, id: fieldId('autodate', 'made'), name: 'made', onCreate: true, onUpdate: false }),
          exactly({
            ...common,
            id: fieldId('select', 'select'),
            name: 'select',
            type: 'select',
            maxSelect: 0,
            required: false,
            values: ['a', 'b'],
          }),
          exactly({
            ...common,
            id: fieldId('file', 'file'),
            name: 'file',
            type: 'file',
            maxSelect: 0,
            maxSize: 0,
            mimeTypes: null,
            protected: false,
            required: false,
            thumbs: null,
          }),
          exactly({
            ...common,
            id: fieldId('relation', 'relation'),
            name: 'relation',
            type: 'relation',
            cascadeDelete: false,
            collectionId: '_pb_users_auth_',
            maxSelect: 0,
            minSelect: 0,
            required: false,
          }),
          exactly({ ...common, id: fieldId('json', 'json'), name: 'json', type: 'json', maxSize: 0, required: false }),
          exactly({ ...common, id: fieldId('geoPoint', 'geo'), name: 'geo', type: 'geoPoint', required: false }),
          exactly({
            ...common,
            id: fieldId('password', 'pass'),
            name: 'pass',
            type: 'password',
            cost: 0,
            max: 0,
            min: 0,
            pattern: '',
            required: false,
          }),
        ],
      },
    },
    {
      name: 'an auth collection with its options and no secrets',
      method: 'POST',
      path: collections,
      as: 'superuser',
      json: { name: 'members', type: 'auth' },
      status: 200,
      body: {
        id: `pbc_${crc32('authmembers')}`,
        type: 'auth',
        fields: [
          exactly(idField),
          exactly({
            ...common,
            hidden: true,
            system: true,
            id: 'password901924565',
            name: 'password',
            type: 'password',
            cost: 0,
            max: 0,
            min: 8,
            pattern: '',
            required: true,
          }),
          exactly({
            ...common,
            hidden: true,
            system: true,
            id: 'text2504183744',
            name: 'tokenKey',
            type: 'text',
            autogeneratePattern: '[a-zA-Z0-9]{50}',
            max: 60,
            min: 30,
            pattern: '',
            primaryKey: false,
            required: true,
          }),
          exactly({
            ...common,
            system: true,
            id: 'email3885137012',
            name: 'email',
            type: 'email',
            exceptDomains: null,
            onlyDomains: null,
            required: true,
          }),
          exactly({
            ...common,
            system: true,
            id: 'bool1547992806',
            name: 'emailVisibility',
            type: 'bool',
            required: false,
          }),
          exactly({ ...common, system: true, id: 'bool256245529', name: 'verified', type: 'bool', required: false }),
        ],
        indexes: [
          new RegExp(
            `^CREATE UNIQUE INDEX \`idx_tokenKey_pbc_${crc32('authmembers')}\` ON \`members\` \\(\`tokenKey\`\\)$`,
          ),
          new RegExp(
            `^CREATE UNIQUE INDEX \`idx_email_pbc_${crc32('authmembers')}\` ON \`members\` \\(\`email\`\\) WHERE \`email\` != ''$`,
          ),
        ],
        authRule: '',
        manageRule: null,
        authAlert: { enabled: true, emailTemplate: { subject: 'Login from a new location', body: /\{ALERT_INFO\}/ } },
        oauth2: exactly({
          enabled: false,
          mappedFields: { id: '', name: '', username: '', avatarURL: '' },
          providers: [],
        }),
        passwordAuth: exactly({ enabled: true, identityFields: ['email'] }),
        mfa: exactly({ enabled: false, duration: 600, rule: '' }),
        otp: {
          enabled: false,
          duration: 180,
          length: 8,
          emailTemplate: { subject: 'OTP for {APP_NAME}', body: /\{OTP\}/ },
        },
        authToken: exactly({ duration: 432000 }),
        passwordResetToken: exactly({ duration: 1800 }),
        emailChangeToken: exactly({ duration: 1800 }),
        verificationToken: exactly({ duration: 86400 }),
        fileToken: exactly({ duration: 180 }),
        verificationTemplate: {
          subject: 'Verify your {APP_NAME} email',
          body: /\{APP_URL\}\/_\/#\/auth\/confirm-verification\/\{TOKEN\}/,
        },
        resetPasswordTemplate: {
          subject: 'Reset your {APP_NAME} password',
          body: /\{APP_URL\}\/_\/#\/auth\/confirm-password-reset\/\{TOKEN\}/,
        },
        confirmEmailChangeTemplate: {
          subject: 'Confirm your {APP_NAME} new email address',
          body: /\{APP_URL\}\/_\/#\/auth\/confirm-email-change\/\{TOKEN\}/,
        },
      },
      excludes: ['"secret"'],
    },
    {
      name: 'field ids of the same type and name get a suffix',
      method: 'POST',
      path: collections,
      as: 'superuser',
      json: {
        name: 'suffixed',
        fields: [
          { name: 'other', type: 'text', id: fieldId('text', 'title') },
          { name: 'title', type: 'text' },
        ],
      },
      status: 200,
      body: {
        fields: [
          { name: 'id' },
          { name: 'other', id: fieldId('text', 'title') },
          { name: 'title', id: `${fieldId('text', 'title')}2` },
        ],
      },
    },
    {
      name: 'the fields come back with the id first',
      method: 'POST',
      path: collections,
      as: 'superuser',
      json: {
        name: 'ordered',
        fields: [
          { name: 'b', type: 'text' },
          { name: 'id', type: 'text', min: 3, max: 30, pattern: '^[a-z]+$' },
          { name: 'a', type: 'text' },
        ],
      },
      status: 200,
      body: {
        fields: [
          { name: 'b' },
          { name: 'id', min: 3, max: 30, pattern: '^[a-z]+$', primaryKey: true, required: true, system: true },
          { name: 'a' },
        ],
      },
    },
    {
      name: 'with fields=',
      method: 'POST',
      path: `${collections}?fields=name`,
      as: 'superuser',
      json: { name: 'projected' },
      status: 200,
      body: exactly({ name: 'projected' }),
    },
    {
      name: 'created and updated given by the client are not taken',
      method: 'POST',
      path: collections,
      as: 'superuser',
      json: { name: 'dated', created: '2000-01-01 00:00:00.000Z' },
      status: 200,
      body: { created: /^20[2-9]/ },
    },
  ]);

  suite.scenarios('read', [
    { name: 'by name', path: `${collections}/kinds`, as: 'superuser', status: 200, body: { id: 'kinds_1' } },
    {
      name: 'by name in another case',
      path: `${collections}/KINDS`,
      as: 'superuser',
      status: 200,
      body: { id: 'kinds_1' },
    },
    { name: 'by id', path: `${collections}/kinds_1`, as: 'superuser', status: 200, body: { name: 'kinds' } },
    { name: 'by id in another case', path: `${collections}/KINDS_1`, as: 'superuser', status: 404 },
    {
      name: 'unknown',
      path: `${collections}/missing`,
      as: 'superuser',
      status: 404,
      body: exactly({ data: {}, message: "The requested resource wasn't found.", status: 404 }),
    },
    {
      name: 'fields',
      path: `${collections}/kinds?fields=id,type`,
      as: 'superuser',
      status: 200,
      body: exactly({ id: 'kinds_1', type: 'base' }),
    },
    {
      name: 'users as it comes with a new server',
      path: `${collections}/users`,
      as: 'superuser',
      status: 200,
      body: {
        id: '_pb_users_auth_',
        type: 'auth',
        system: false,
        listRule: 'id = @request.auth.id',
        viewRule: 'id = @request.auth.id',
        createRule: '',
        updateRule: 'id = @request.auth.id',
        deleteRule: 'id = @request.auth.id',
        fields: [
          { name: 'id' },
          { name: 'password' },
          { name: 'tokenKey' },
          { name: 'email' },
          { name: 'emailVisibility' },
          { name: 'verified' },
          { name: 'name', id: 'text1579384326', max: 255, required: false },
          {
            name: 'avatar',
            id: 'file376926767',
            maxSelect: 1,
            mimeTypes: ['image/jpeg', 'image/png', 'image/svg+xml', 'image/gif', 'image/webp'],
          },
          { name: 'created', id: 'autodate2990389176', onCreate: true, onUpdate: false, system: false },
          { name: 'updated', id: 'autodate3332085495', onCreate: true, onUpdate: true, system: false },
        ],
        oauth2: { mappedFields: { name: 'name', avatarURL: 'avatar' } },
        indexes: [/idx_tokenKey__pb_users_auth_/, /idx_email__pb_users_auth_/],
      },
    },
  ]);

  suite.scenarios('list', [
    {
      name: 'with a filter and a sort',
      path: `${collections}?filter=${encodeURIComponent("system = true && type = 'base'")}&sort=name&fields=name`,
      as: 'superuser',
      status: 200,
      body: {
        items: exactly([{ name: '_authOrigins' }, { name: '_externalAuths' }, { name: '_mfas' }, { name: '_otps' }]),
        totalItems: 4,
      },
    },
    {
      name: 'by id',
      path: `${collections}?filter=${encodeURIComponent("id='kinds_1'")}`,
      as: 'superuser',
      status: 200,
      body: { items: [{ name: 'kinds' }] },
    },
    {
      name: 'sort by created',
      path: `${collections}?sort=-created,-updated&perPage=1`,
      as: 'superuser',
      status: 200,
      body: { items: ofLength(1) },
    },
    {
      name: 'a filter on something else',
      path: `${collections}?filter=${encodeURIComponent("fields ~ 'a'")}`,
      as: 'superuser',
      status: 400,
    },
    {
      name: 'a filter on a rule',
      path: `${collections}?filter=${encodeURIComponent("listRule = ''")}`,
      as: 'superuser',
      status: 400,
    },
    { name: 'skipTotal', path: `${collections}?skipTotal=1`, as: 'superuser', status: 200, body: { totalItems: -1 } },
  ]);

  suite.scenarios('update', [
    { name: 'unknown', method: 'PATCH', path: `${collections}/missing`, as: 'superuser', json: {}, status: 404 },
    {
      name: 'rename',
      method: 'PATCH',
      path: `${collections}/plain`,
      as: 'superuser',
      json: { name: 'renamed' },
      status: 200,
      body: { id: `pbc_${crc32('baseplain')}`, name: 'renamed' },
    },
    { name: 'the old name is free', path: `${collections}/plain`, as: 'superuser', status: 404 },
    {
      name: 'a name taken again gets an id with a suffix',
      method: 'POST',
      path: collections,
      as: 'superuser',
      json: { name: 'plain' },
      status: 200,
      body: { id: `pbc_${crc32('baseplain')}2` },
    },
    {
      name: 'a change of case only',
      method: 'PATCH',
      path: `${collections}/renamed`,
      as: 'superuser',
      json: { name: 'Renamed' },
      status: 200,
      body: { name: 'Renamed' },
    },
    {
      name: 'rules',
      method: 'PATCH',
      path: `${collections}/renamed`,
      as: 'superuser',
      json: { listRule: "id = 'x'", viewRule: '' },
      status: 200,
      body: { listRule: "id = 'x'", viewRule: '' },
    },
    {
      name: 'an absent rule stays, null clears',
      method: 'PATCH',
      path: `${collections}/renamed`,
      as: 'superuser',
      json: { listRule: null },
      status: 200,
      body: { listRule: null, viewRule: '' },
    },
    {
      name: 'an empty body changes nothing',
      method: 'PATCH',
      path: `${collections}/renamed`,
      as: 'superuser',
      json: {},
      status: 200,
      body: { name: 'Renamed', viewRule: '' },
    },
    {
      name: 'a rule of a wrong type',
      method: 'PATCH',
      path: `${collections}/renamed`,
      as: 'superuser',
      json: { listRule: 1 },
      status: 400,
    },
    {
      name: 'fields of a wrong type',
      method: 'PATCH',
      path: `${collections}/renamed`,
      as: 'superuser',
      json: { fields: 'x' },
      status: 400,
    },
  ]);

  suite.scenarios('delete', [
    { name: 'unknown', method: 'DELETE', path: `${collections}/missing`, as: 'superuser', status: 404 },
    {
      name: 'one that others refer to',
      method: 'DELETE',
      path: `${collections}/members`,
      as: 'superuser',
      before: async (world) => {
        const members = (await world.expect({ path: `${collections}/members`, as: 'superuser' }))['id'];
        const relation = { type: 'relation', collectionId: members, maxSelect: 1 };
        await world.createCollection({ name: 'refA', fields: [{ name: 'a', ...relation }] });
        await world.createCollection({ name: 'refB', fields: [{ name: 'b', ...relation }] });
        await world.updateCollection('members', { fields: [{ name: 'friend', ...relation }] });
      },
      status: 400,
      body: exactly({
        data: {},
        message: 'Failed to delete collection probably due to existing reference in refA, refB.',
        status: 400,
      }),
    },
    {
      name: 'a system collection',
      method: 'DELETE',
      path: `${collections}/_mfas`,
      as: 'superuser',
      status: 400,
      body: { data: exactly({}) },
    },
    { name: 'referring ones first', method: 'DELETE', path: `${collections}/refA`, as: 'superuser', status: 204 },
    {
      name: 'by id',
      method: 'DELETE',
      path: `${collections}/${`pbc_${crc32('baserefB')}`}`,
      as: 'superuser',
      status: 204,
    },
    {
      name: 'a reference to itself does not count',
      method: 'DELETE',
      path: `${collections}/members`,
      as: 'superuser',
      status: 204,
    },
    { name: 'it is gone', path: '/api/collections/members/records', as: 'superuser', status: 404 },
  ]);

  suite.scenarios('truncate', [
    {
      name: 'removes all records',
      method: 'DELETE',
      path: `${collections}/kinds/truncate`,
      as: 'superuser',
      before: async (world) => {
        for (let index = 0; index < 3; index += 1) await world.createRecord('kinds', { text: 'x' });
      },
      status: 204,
      after: async (world) => {
        const list = await world.expect({ path: '/api/collections/kinds/records', as: 'superuser' });
        if (list['totalItems'] !== 0) throw new Error('records are left');
      },
    },
    { name: 'unknown', method: 'DELETE', path: `${collections}/missing/truncate`, as: 'superuser', status: 404 },
    {
      name: 'is refused while a required relation points at a record',
      method: 'DELETE',
      path: `${collections}/suffixed/truncate`,
      as: 'superuser',
      before: async (world) => {
        const target = await world.expect({ path: `${collections}/suffixed`, as: 'superuser' });
        await world.createCollection({
          name: 'needs',
          fields: [{ name: 'need', type: 'relation', collectionId: target['id'], maxSelect: 1, required: true }],
        });
        await world.createRecord('suffixed', { id: 'suffixed0000001' });
        await world.createRecord('needs', { need: 'suffixed0000001' });
      },
      status: 400,
      body: exactly({
        data: {},
        message: 'Failed to truncate collection (most likely due to required cascade delete record references).',
        status: 400,
      }),
      after: async (world) => {
        await world.readRecord('suffixed', 'suffixed0000001');
      },
    },
  ]);

  suite.scenarios('meta', [
    {
      name: 'scaffolds',
      path: `${collections}/meta/scaffolds`,
      as: 'superuser',
      status: 200,
      body: {
        base: {
          id: '',
          name: '',
          type: 'base',
          system: false,
          fields: exactly([idField]),
          indexes: [],
          listRule: null,
          created: '',
          updated: '',
        },
        auth: {
          id: '',
          name: '',
          type: 'auth',
          fields: ofLength(6),
          indexes: ofLength(2),
          authRule: '',
          manageRule: null,
          passwordAuth: { enabled: true },
        },
      },
      excludes: ['"secret"'],
    },
    {
      name: 'names of providers',
      path: `${collections}/meta/oauth2-providers`,
      as: 'superuser',
      status: 200,
      contains: ['"name":"google"', '"displayName":"Google"', '"name":"oidc"'],
    },
  ]);
});
