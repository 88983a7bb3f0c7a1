// Collections: who may, read, list, update, delete, truncate, scaffolds. Contract part 1, section 2.
import { crc32 } from 'node:zlib';
import { exactly, ofLength } from '../../src/testing/match.ts';
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

async function setUp(world: World): Promise<void> {
  await world.createUser('user1', { id: 'user00000000001' });
  await world.createCollection({ name: 'plain' });
  await world.createCollection({ id: 'kinds_1', name: 'kinds', fields: [{ name: 'text', type: 'text' }] });
  await world.createCollection({ name: 'members', type: 'auth' });
  await world.createCollection({ name: 'suffixed' });
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
];

apiSuite('collections', setUp, (suite) => {
  suite.scenarios(
    'only superusers',
    guarded.flatMap(([method, path]): Scenario[] => [
      { name: `guest: ${method} ${path}`, method, path, ...guestRefused },
      { name: `record: ${method} ${path}`, method, path, as: 'user1', ...recordRefused },
    ]),
  );

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
      body: {
        data: exactly({}),
        message: /^Failed to delete collection probably due to existing reference in (refA, refB|refB, refA)\.$/,
      },
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
  ]);
});
