// PUT /api/collections/import, and partitionBy, an option of Pando's own. Contract part 1, section 2.6.
import { exactly } from '../../src/testing/match.ts';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const collections = '/api/collections';

function imports(name: string, list: unknown, more: Partial<Scenario> = {}, deleteMissing = false): Scenario {
  const json = { collections: list, deleteMissing };
  return { name, method: 'PUT', path: `${collections}/import`, as: 'superuser', json, status: 204, ...more };
}

function shows(name: string, collection: string, body: object): Scenario {
  return { name, path: `${collections}/${collection}`, as: 'superuser', status: 200, body };
}

const failed = { status: 400, message: 'Failed to import collections.' };

async function setUp(world: World): Promise<void> {
  await world.createCollection({
    id: 'old_1',
    name: 'old',
    listRule: '',
    fields: [
      { id: 'f_a', name: 'a', type: 'text' },
      { id: 'f_b', name: 'b', type: 'number' },
    ],
  });
  await world.createRecord('old', { id: 'old000000000001', a: 'x', b: 1 });
  await world.createCollection({ id: 'unlisted_1', name: 'unlisted' });
}

apiSuite('collections: import', setUp, (suite) => {
  suite.scenarios('import', [
    imports('nothing', [], {
      status: 400,
      body: {
        ...failed,
        message: /.+/,
        data: { collections: exactly({ code: 'validation_required', message: 'Cannot be blank.' }) },
      },
    }),
    imports('no list', undefined, { status: 400, body: { data: { collections: { code: 'validation_required' } } } }),
    imports('a new collection', [
      { id: 'new_1', name: 'fresh', type: 'base', viewRule: '', fields: [{ id: 'f_t', name: 't', type: 'text' }] },
    ]),
    shows('it is there', 'fresh', { id: 'new_1', viewRule: '', fields: [{ name: 'id' }, { id: 'f_t', name: 't' }] }),
    imports('by id, with another name and more fields', [
      {
        id: 'old_1',
        name: 'older',
        fields: [
          { id: 'f_a', name: 'a2', type: 'text' },
          { id: 'f_c', name: 'c', type: 'bool' },
        ],
      },
    ]),
    shows('fields that are not listed stay', 'older', {
      id: 'old_1',
      listRule: '',
      fields: [{ id: 'f_a', name: 'a2' }, { id: 'f_c', name: 'c' }, { name: 'id' }, { id: 'f_b', name: 'b' }],
    }),
    {
      name: 'and so do the values',
      path: `${collections}/older/records/old000000000001`,
      as: 'superuser',
      status: 200,
      body: { a2: 'x', b: 1, c: false },
    },
    imports('by name', [{ name: 'older', viewRule: '' }]),
    shows('the rest of it stays', 'older', { id: 'old_1', listRule: '', viewRule: '', fields: [{}, {}, {}, {}] }),
    shows('collections that are not listed stay', 'unlisted', { id: 'unlisted_1' }),
    imports(
      'one of several is wrong',
      [
        { name: 'good', type: 'base' },
        { name: 'bad', type: 'base', listRule: 'nothing = 1' },
      ],
      {
        status: 400,
        body: { ...failed, data: { collections: { code: 'validation_collections_import_failure', message: /.+/ } } },
      },
    ),
    { name: 'none of them is there', path: `${collections}/good`, as: 'superuser', status: 404 },
    imports('an unknown type', [{ name: 'good', type: 'nothing' }], { status: 400 }),
    imports('two that refer to each other', [
      {
        id: 'ring_a',
        name: 'ringA',
        type: 'base',
        fields: [{ name: 'b', type: 'relation', collectionId: 'ring_b', maxSelect: 1 }],
      },
      {
        id: 'ring_b',
        name: 'ringB',
        type: 'base',
        fields: [{ name: 'a', type: 'relation', collectionId: 'ring_a', maxSelect: 1 }],
      },
    ]),
    shows('the first', 'ringA', { fields: [{}, { collectionId: 'ring_b' }] }),
    imports('an auth collection', [{ name: 'members', type: 'auth' }]),
    shows('it has what it needs', 'members', {
      type: 'auth',
      fields: [
        { name: 'id' },
        { name: 'password' },
        { name: 'tokenKey' },
        { name: 'email' },
        { name: 'emailVisibility' },
        { name: 'verified' },
      ],
      passwordAuth: { enabled: true },
    }),
    imports(
      'with deleteMissing',
      [{ id: 'old_1', name: 'older', fields: [{ id: 'f_a', name: 'a2', type: 'text' }] }],
      {},
      true,
    ),
    shows('fields that are not listed are gone', 'older', { fields: [{ id: 'f_a', name: 'a2' }, { name: 'id' }] }),
    { name: 'so are collections', path: `${collections}/unlisted`, as: 'superuser', status: 404 },
    { name: 'and users', path: `${collections}/users`, as: 'superuser', status: 404 },
    shows('but not system collections', '_superusers', { system: true }),
    {
      name: 'the records are left',
      path: `${collections}/older/records/old000000000001`,
      as: 'superuser',
      status: 200,
      body: { a2: 'x' },
    },
    {
      name: 'what was exported can be imported',
      method: 'PUT',
      path: `${collections}/import`,
      as: 'superuser',
      status: 204,
      before: async (world) => {
        const list = await world.expect({ path: `${collections}?perPage=500`, as: 'superuser' });
        world.values.set('export', JSON.stringify(list['items']));
      },
      json: (world) => ({ collections: JSON.parse(world.valueOf('export')) as unknown, deleteMissing: true }),
    },
    { name: 'the superuser is still signed in', path: collections, as: 'superuser', status: 200 },
    {
      name: 'a guest',
      method: 'PUT',
      path: `${collections}/import`,
      json: { collections: [{ name: 'x' }] },
      status: 401,
    },
  ]);

  const reason = 'partitionBy is an option of its own';
  suite.scenarios('partitionBy', [
    {
      name: 'a parent and its children',
      method: 'POST',
      path: collections,
      as: 'superuser',
      before: async (world) => {
        const { id } = await world.createCollection({ name: 'parents' });
        world.values.set('parents', String(id));
        await world.createRecord('parents', { id: 'aa0000000000001' });
        await world.createRecord('parents', { id: 'bb0000000000001' });
      },
      json: (world) => ({
        name: 'children',
        partitionBy: 'parent',
        fields: [
          { name: 'parent', type: 'relation', collectionId: world.valueOf('parents'), maxSelect: 1, required: true },
        ],
      }),
      status: 200,
      body: { partitionBy: 'parent' },
      pandoOnly: reason,
    },
    {
      name: 'a child gets an id of its bucket',
      method: 'POST',
      path: `${collections}/children/records`,
      as: 'superuser',
      json: { parent: 'aa0000000000001' },
      status: 200,
      body: { id: /^aa[a-z0-9]{13}$/ },
      pandoOnly: reason,
    },
    {
      name: 'a child may bring such an id',
      method: 'POST',
      path: `${collections}/children/records`,
      as: 'superuser',
      json: { id: 'bb0000000000009', parent: 'bb0000000000001' },
      status: 200,
      pandoOnly: reason,
    },
    {
      name: 'but no other',
      method: 'POST',
      path: `${collections}/children/records`,
      as: 'superuser',
      json: { id: 'cc0000000000009', parent: 'bb0000000000001' },
      status: 400,
      body: { data: { id: {} } },
      pandoOnly: reason,
    },
    {
      name: 'the field must be there',
      method: 'POST',
      path: collections,
      as: 'superuser',
      json: { name: 'orphans', partitionBy: 'nothing' },
      status: 400,
      body: { data: { partitionBy: {} } },
      pandoOnly: reason,
    },
  ]);
});
