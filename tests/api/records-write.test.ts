// Creating, changing and deleting records: shapes, mass assignment, unique values, cascades. Contract part 1, sections 4.1 and 4.5 to 4.8.
import { absent, anyDate, exactly } from '../../src/testing/match.ts';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const records = (collection: string): string => `/api/collections/${collection}/records`;
const missing = { data: exactly({}), message: "The requested resource wasn't found.", status: 404 };

async function setUp(world: World): Promise<void> {
  const open = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };
  await world.createCollection({
    name: 'posts',
    ...open,
    fields: [
      { name: 'title', type: 'text' },
      { name: 'slug', type: 'text' },
      { name: 'lang', type: 'text' },
      { name: 'total', type: 'number' },
      { name: 'tags', type: 'select', maxSelect: 4, values: ['a', 'b', 'c', 'd'] },
      { name: 'created', type: 'autodate', onCreate: true },
      { name: 'updated', type: 'autodate', onCreate: true, onUpdate: true },
    ],
    indexes: [
      "CREATE UNIQUE INDEX idx_slug ON posts (slug, lang) WHERE slug != ''",
      'CREATE UNIQUE INDEX idx_title ON posts (title) WHERE total = 7',
    ],
  });
  const relation = async (name: string, target: string, options: object): Promise<void> => {
    const { id } = await world.expect({ path: `/api/collections/${target}`, as: 'superuser' });
    await world.createCollection({
      name,
      ...open,
      fields: [
        { name: 'rel', type: 'relation', collectionId: id, maxSelect: 1, ...options },
        { name: 'note', type: 'text' },
      ],
    });
  };
  await world.createCollection({ name: 'roots', ...open });
  await relation('plain', 'roots', {});
  await relation('plainMany', 'roots', { maxSelect: 3 });
  await relation('cascades', 'roots', { cascadeDelete: true });
  await relation('cascadesMany', 'roots', { cascadeDelete: true, maxSelect: 3 });
  await relation('cascadesDeep', 'cascades', { cascadeDelete: true });
  await world.createCollection({ name: 'roots2', ...open });
  await relation('requires', 'roots2', { required: true });
  await relation('requiresMany', 'roots2', { required: true, maxSelect: 3 });
  const self = await world.createCollection({ name: 'tree', ...open });
  await world.updateCollection('tree', {
    fields: [{ name: 'parent', type: 'relation', collectionId: self['id'], maxSelect: 1, cascadeDelete: true }],
  });
  await world.createUser('user1', { id: 'user00000000001' });
}

/** A line that reads a record. */
function shows(name: string, collection: string, id: string, body: object): Scenario {
  return { name, path: `${records(collection)}/${id}`, status: 200, body };
}

function isGone(collection: string, id: string): Scenario {
  return { name: `${collection}/${id} is gone`, path: `${records(collection)}/${id}`, status: 404, body: missing };
}

apiSuite('records: writes', setUp, (suite) => {
  suite.scenarios('create', [
    {
      name: 'the answer is 200 and the record',
      method: 'POST',
      path: records('posts'),
      json: { id: 'post00000000001', title: 'One', slug: 'one', lang: 'en', total: 10, tags: ['a'] },
      status: 200,
      body: {
        id: 'post00000000001',
        collectionName: 'posts',
        collectionId: /^pbc_\d+$/,
        title: 'One',
        slug: 'one',
        total: 10,
        tags: ['a'],
        created: anyDate,
        updated: anyDate,
        expand: absent,
      },
    },
    {
      name: 'an empty body',
      method: 'POST',
      path: records('posts'),
      json: {},
      status: 200,
      body: { id: /^[a-z0-9]{15}$/, title: '', slug: '', total: 0, tags: exactly([]) },
    },
    { name: 'no body', method: 'POST', path: records('posts'), status: 200, body: { title: '' } },
    {
      name: 'collectionId, collectionName and expand are not taken',
      method: 'POST',
      path: records('posts'),
      json: { collectionId: 'x', collectionName: 'users', expand: { a: 1 }, created: '2000-01-01' },
      status: 200,
      body: { collectionName: 'posts', created: /^20[2-9]/, expand: absent },
    },
    {
      name: 'by collection id',
      method: 'POST',
      path: (world) => `/api/collections/${world.valueOf('posts')}/records`,
      status: 200,
      json: {},
      before: async (world) => {
        const { id } = await world.expect({ path: '/api/collections/posts', as: 'superuser' });
        world.values.set('posts', String(id));
      },
      body: { collectionName: 'posts' },
    },
    {
      name: 'the record comes back even if viewRule hides it',
      method: 'POST',
      path: records('posts'),
      json: { title: 'seen' },
      status: 200,
      before: async (world) => {
        await world.updateCollection('posts', { viewRule: null });
      },
      body: { title: 'seen' },
      after: async (world) => {
        await world.updateCollection('posts', { viewRule: '' });
      },
    },
  ]);

  suite.scenarios('unique values', [
    {
      name: 'of an index over two columns',
      method: 'POST',
      path: records('posts'),
      json: { slug: 'one', lang: 'en' },
      status: 400,
      body: exactly({
        data: {
          lang: { code: 'validation_not_unique', message: 'Value must be unique.' },
          slug: { code: 'validation_not_unique', message: 'Value must be unique.' },
        },
        message: 'Failed to create record.',
        status: 400,
      }),
    },
    {
      name: 'another second column',
      method: 'POST',
      path: records('posts'),
      json: { id: 'post00000000002', slug: 'one', lang: 'de' },
      status: 200,
    },
    {
      name: 'outside the condition of the index',
      method: 'POST',
      path: records('posts'),
      json: { slug: '', lang: 'en' },
      status: 200,
    },
    {
      name: 'on update',
      method: 'PATCH',
      path: `${records('posts')}/post00000000002`,
      json: { lang: 'en' },
      status: 400,
      body: {
        message: 'Failed to update record.',
        data: { slug: { code: 'validation_not_unique' }, lang: { code: 'validation_not_unique' } },
      },
    },
    shows('nothing changed', 'posts', 'post00000000002', { lang: 'de' }),
    {
      name: 'the id',
      method: 'POST',
      path: records('posts'),
      json: { id: 'post00000000001' },
      status: 400,
      body: {
        message: 'Failed to create record.',
        data: exactly({ id: { code: 'validation_not_unique', message: 'Value must be unique.' } }),
      },
    },
    shows('the existing record is as it was', 'posts', 'post00000000001', { title: 'One' }),
  ]);

  suite.scenarios('update', [
    {
      name: 'only the given fields',
      method: 'PATCH',
      path: `${records('posts')}/post00000000001`,
      json: { title: 'Two' },
      status: 200,
      body: { title: 'Two', slug: 'one', total: 10, tags: ['a'] },
    },
    {
      name: 'nothing',
      method: 'PATCH',
      path: `${records('posts')}/post00000000001`,
      json: {},
      status: 200,
      body: { title: 'Two' },
    },
    {
      name: 'modifiers in an URL-encoded form',
      method: 'PATCH',
      path: `${records('posts')}/post00000000001`,
      form: { 'total+': '5', 'tags+': ['b', 'c'] },
      status: 200,
      body: { total: 15, tags: ['a', 'b', 'c'] },
    },
    {
      name: 'a plain key and modifiers of one field',
      method: 'PATCH',
      path: `${records('posts')}/post00000000001`,
      json: { 'tags-': 'b', '+tags': 'd', tags: ['a', 'b'] },
      status: 200,
      body: { tags: ['d', 'a'] },
    },
    {
      name: 'PUT is not an update',
      method: 'PUT',
      path: `${records('posts')}/post00000000001`,
      json: { title: 'x' },
      status: 404,
    },
    {
      name: 'the autodate moves, the other stays',
      method: 'PATCH',
      path: `${records('posts')}/post00000000001`,
      json: { created: '2000-01-01 00:00:00.000Z', updated: '2000-01-01 00:00:00.000Z' },
      status: 200,
      body: { created: /^20[2-9]/, updated: /^20[2-9]/ },
    },
    {
      name: 'a missing record',
      method: 'PATCH',
      path: `${records('posts')}/missing`,
      json: {},
      status: 404,
      body: missing,
    },
  ]);

  suite.scenarios('delete', [
    {
      name: 'a record',
      method: 'DELETE',
      path: `${records('posts')}/post00000000002`,
      status: 204,
      after: (_world, answer) => {
        if (answer.text !== '') throw new Error(answer.text);
      },
    },
    isGone('posts', 'post00000000002'),
    { name: 'again', method: 'DELETE', path: `${records('posts')}/post00000000002`, status: 404, body: missing },
  ]);

  suite.scenarios('delete of what others refer to', [
    {
      name: 'the target',
      method: 'DELETE',
      path: `${records('roots')}/root00000000001`,
      before: async (world) => {
        await world.createRecord('roots', { id: 'root00000000001' });
        await world.createRecord('roots', { id: 'root00000000002' });
        await world.createRecord('plain', { id: 'plain0000000001', rel: 'root00000000001', note: 'n' });
        await world.createRecord('plainMany', { id: 'plainm000000001', rel: ['root00000000002', 'root00000000001'] });
        await world.createRecord('cascades', { id: 'casc00000000001', rel: 'root00000000001' });
        await world.createRecord('cascades', { id: 'casc00000000002', rel: 'root00000000002' });
        await world.createRecord('cascadesMany', { id: 'cascm0000000001', rel: ['root00000000001'] });
        await world.createRecord('cascadesMany', {
          id: 'cascm0000000002',
          rel: ['root00000000001', 'root00000000002'],
        });
        await world.createRecord('cascadesDeep', { id: 'deep00000000001', rel: 'casc00000000001' });
      },
      status: 204,
    },
    shows('a plain relation is emptied', 'plain', 'plain0000000001', { rel: '', note: 'n' }),
    shows('one of several is taken out', 'plainMany', 'plainm000000001', { rel: exactly(['root00000000002']) }),
    isGone('cascades', 'casc00000000001'),
    shows('another target', 'cascades', 'casc00000000002', { rel: 'root00000000002' }),
    isGone('cascadesMany', 'cascm0000000001'),
    shows('something is left to refer to', 'cascadesMany', 'cascm0000000002', { rel: exactly(['root00000000002']) }),
    isGone('cascadesDeep', 'deep00000000001'),
  ]);

  const refused = {
    data: exactly({}),
    message: 'Failed to delete record. Make sure that the record is not part of a required relation reference.',
    status: 400,
  };
  suite.scenarios('delete of what others require', [
    {
      name: 'the target of a single relation',
      method: 'DELETE',
      path: `${records('roots2')}/root00000000001`,
      before: async (world) => {
        for (const id of ['root00000000001', 'root00000000002', 'root00000000003'])
          await world.createRecord('roots2', { id });
        await world.createRecord('requires', { id: 'req000000000001', rel: 'root00000000001' });
        await world.createRecord('requiresMany', { id: 'reqm00000000001', rel: ['root00000000002'] });
        await world.createRecord('requiresMany', {
          id: 'reqm00000000002',
          rel: ['root00000000003', 'root00000000002'],
        });
      },
      status: 400,
      body: refused,
    },
    shows('it is still there', 'roots2', 'root00000000001', {}),
    {
      name: 'the last target of several',
      method: 'DELETE',
      path: `${records('roots2')}/root00000000002`,
      status: 400,
      body: refused,
    },
    shows('other references were not touched', 'requiresMany', 'reqm00000000002', {
      rel: ['root00000000003', 'root00000000002'],
    }),
    { name: 'one target of several', method: 'DELETE', path: `${records('roots2')}/root00000000003`, status: 204 },
    shows('the other is left', 'requiresMany', 'reqm00000000002', { rel: exactly(['root00000000002']) }),
  ]);

  suite.scenarios('a tree', [
    {
      name: 'the root takes everything with it',
      method: 'DELETE',
      path: `${records('tree')}/tree00000000001`,
      before: async (world) => {
        await world.createRecord('tree', { id: 'tree00000000001' });
        await world.createRecord('tree', { id: 'tree00000000002', parent: 'tree00000000001' });
        await world.createRecord('tree', { id: 'tree00000000003', parent: 'tree00000000002' });
        await world.updateRecord('tree', 'tree00000000001', { parent: 'tree00000000003' });
      },
      status: 204,
    },
    { name: 'nothing is left', path: records('tree'), status: 200, body: { totalItems: 0 } },
  ]);
});
