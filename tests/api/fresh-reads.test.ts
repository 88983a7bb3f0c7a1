// No answer is older than the last write, whatever changed: the record, a related one, a rule, a field, the requester, the settings.
// Every line reads a few times first, so that whatever keeps answers has kept this one.
import assert from 'node:assert/strict';
import { absent, assertMatch } from '../../src/testing/match.ts';
import { apiSuite } from '../../src/testing/scenario.ts';
import { type World, userPassword } from '../../src/testing/world.ts';

const posts = '/api/collections/posts/records';
const one = `${posts}/post00000000001`;
const reads = 3;

/** A read before and after a change. A number is a status, anything else must be in the body of a 200. */
type Case = {
  name: string;
  path: string;
  as?: string;
  headers?: Readonly<Record<string, string>>;
  headersAfter?: Readonly<Record<string, string>>;
  /** Who reads after the change; the same as before unless given. */
  asAfter?: string;
  before: number | object;
  change: (world: World) => Promise<unknown>;
  after: number | object;
};

async function setUp(world: World): Promise<void> {
  const open = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };
  await world.createUser('user1', {
    id: 'user00000000001',
    name: 'Ann',
    email: 'one@example.com',
    emailVisibility: true,
  });
  await world.createUser('user2', { id: 'user00000000002', name: 'Bob', email: 'two@example.com' });
  await world.updateCollection('users', { listRule: '', viewRule: '' });
  const authors = await world.createCollection({ name: 'authors', ...open, fields: [{ name: 'name', type: 'text' }] });
  const relation = { name: 'author', type: 'relation', collectionId: authors['id'], maxSelect: 1 };
  const created = await world.createCollection({
    name: 'posts',
    ...open,
    fields: [
      { id: 'f_title', name: 'title', type: 'text' },
      { id: 'f_note', name: 'note', type: 'text' },
      { id: 'f_author', ...relation },
    ],
  });
  await world.createCollection({
    name: 'comments',
    ...open,
    fields: [
      { name: 'text', type: 'text' },
      { name: 'post', type: 'relation', collectionId: created['id'], maxSelect: 1 },
    ],
  });
  await world.createCollection({ name: 'grants', fields: [{ name: 'user', type: 'text' }] });
  await world.createRecord('authors', { id: 'auth00000000001', name: 'Cleo' });
  await world.createRecord('posts', { id: 'post00000000001', title: 'one', note: 'n', author: 'auth00000000001' });
  await world.updateSettings({ batch: { enabled: true } });
}

const rule = (rules: object) => (world: World) =>
  world.updateCollection('posts', { listRule: '', viewRule: '', ...rules });
const fields =
  (...more: readonly object[]) =>
  async (world: World): Promise<unknown> => {
    const { id } = await world.expect({ path: '/api/collections/authors', as: 'superuser' });
    return world.updateCollection('posts', {
      fields: [...more, { id: 'f_author', name: 'author', type: 'relation', collectionId: id, maxSelect: 1 }],
    });
  };
const title = { id: 'f_title', name: 'title', type: 'text' };
const note = { id: 'f_note', name: 'note', type: 'text' };
const patch = (collection: string, id: string, json: object) => (world: World) =>
  world.updateRecord(collection, id, { ...json });

const cases: readonly Case[] = [
  {
    name: 'an update',
    path: one,
    before: { title: 'one' },
    change: patch('posts', 'post00000000001', { title: 'two' }),
    after: { title: 'two' },
  },
  {
    name: 'an update, in a list',
    path: posts,
    before: { items: [{ title: 'two' }] },
    change: patch('posts', 'post00000000001', { title: 'three' }),
    after: { items: [{ title: 'three' }] },
  },
  {
    name: 'a create, in a list',
    path: `${posts}?sort=id`,
    before: { totalItems: 1 },
    change: (world) => world.createRecord('posts', { id: 'post00000000002', title: 'x' }),
    after: { totalItems: 2 },
  },
  {
    name: 'a create, for a missing id',
    path: `${posts}/post00000000003`,
    before: 404,
    change: (world) => world.createRecord('posts', { id: 'post00000000003', title: 'y' }),
    after: { title: 'y' },
  },
  {
    name: 'a create, in a filtered list',
    path: `${posts}?filter=(title='z')`,
    before: { totalItems: 0 },
    change: patch('posts', 'post00000000003', { title: 'z' }),
    after: { totalItems: 1 },
  },
  {
    name: 'a delete',
    path: `${posts}/post00000000003`,
    before: { title: 'z' },
    change: (world) => world.expect({ method: 'DELETE', path: `${posts}/post00000000003`, as: 'superuser' }),
    after: 404,
  },
  {
    name: 'a batch',
    path: `${posts}?sort=id`,
    before: { totalItems: 2 },
    change: (world) =>
      world.expect({
        method: 'POST',
        path: '/api/batch',
        json: {
          requests: [
            { method: 'DELETE', url: `${posts}/post00000000002` },
            { method: 'PATCH', url: one, body: { title: 'four' } },
          ],
        },
      }),
    after: { totalItems: 1, items: [{ title: 'four' }] },
  },
  {
    name: 'a related record, in expand',
    path: `${one}?expand=author`,
    before: { expand: { author: { name: 'Cleo' } } },
    change: patch('authors', 'auth00000000001', { name: 'Dora' }),
    after: { expand: { author: { name: 'Dora' } } },
  },
  {
    name: 'a related record, in a filter',
    path: `${posts}?filter=(author.name='Dora')`,
    before: { totalItems: 1 },
    change: patch('authors', 'auth00000000001', { name: 'Eve' }),
    after: { totalItems: 0 },
  },
  {
    name: 'a back-relation, in expand',
    path: `${one}?expand=comments_via_post`,
    before: { expand: { comments_via_post: absent } },
    change: (world) => world.createRecord('comments', { id: 'comm00000000001', text: 'c', post: 'post00000000001' }),
    after: { expand: { comments_via_post: [{ text: 'c' }] } },
  },
  {
    name: 'the rule of an expanded collection',
    path: `${one}?expand=author`,
    before: { expand: { author: { name: 'Eve' } } },
    change: (world) => world.updateCollection('authors', { viewRule: null }),
    after: { expand: absent },
  },
  {
    name: 'and open again',
    path: `${one}?expand=author`,
    before: { expand: absent },
    change: (world) => world.updateCollection('authors', { viewRule: '' }),
    after: { expand: { author: { name: 'Eve' } } },
  },
  {
    name: 'a delete of a related record',
    path: one,
    before: { author: 'auth00000000001' },
    change: (world) =>
      world.expect({ method: 'DELETE', path: '/api/collections/authors/records/auth00000000001', as: 'superuser' }),
    after: { author: '' },
  },

  { name: 'viewRule: locked', path: one, before: { title: 'four' }, change: rule({ viewRule: null }), after: 403 },
  { name: 'viewRule: open', path: one, before: 403, change: rule({}), after: { title: 'four' } },
  {
    name: 'viewRule: a condition',
    path: one,
    before: { title: 'four' },
    change: rule({ viewRule: "@request.auth.id != ''" }),
    after: 404,
  },
  {
    name: 'viewRule: somebody who meets it',
    path: one,
    as: 'user1',
    before: { title: 'four' },
    change: rule({ viewRule: "@request.auth.name = 'Bob'" }),
    after: 404,
  },
  {
    name: 'viewRule: the same URL for another',
    path: one,
    as: 'user1',
    before: 404,
    change: async () => {},
    asAfter: 'user2',
    after: { title: 'four' },
  },
  {
    name: 'viewRule: and for a guest',
    path: one,
    as: 'user2',
    before: { title: 'four' },
    change: async () => {},
    asAfter: 'guest',
    after: 404,
  },
  {
    name: 'viewRule: the requester changes',
    path: one,
    as: 'user2',
    before: { title: 'four' },
    change: patch('users', 'user00000000002', { name: 'Bobby' }),
    after: 404,
  },
  {
    name: 'viewRule: a header',
    path: one,
    headers: { 'X-Key': 'a' },
    before: 404,
    change: rule({ viewRule: "@request.headers.x_key = 'a'" }),
    after: { title: 'four' },
  },
  {
    name: 'viewRule: another header',
    path: one,
    headers: { 'X-Key': 'a' },
    headersAfter: { 'X-Key': 'b' },
    before: { title: 'four' },
    change: async () => {},
    after: 404,
  },
  {
    name: 'viewRule: a row of another collection',
    path: one,
    as: 'user1',
    before: 404,
    change: async (world) => {
      await rule({ viewRule: '@collection.grants.user ?= @request.auth.id' })(world);
      await world.createRecord('grants', { id: 'grant0000000001', user: 'user00000000001' });
    },
    after: { title: 'four' },
  },
  {
    name: 'viewRule: that row is gone',
    path: one,
    as: 'user1',
    before: { title: 'four' },
    change: (world) =>
      world.expect({ method: 'DELETE', path: '/api/collections/grants/records/grant0000000001', as: 'superuser' }),
    after: 404,
  },
  { name: 'listRule: locked', path: posts, before: { totalItems: 1 }, change: rule({ listRule: null }), after: 403 },
  { name: 'listRule: open', path: posts, before: 403, change: rule({}), after: { totalItems: 1 } },
  {
    name: 'listRule: a condition',
    path: posts,
    before: { totalItems: 1 },
    change: rule({ listRule: "title = 'nothing'" }),
    after: { totalItems: 0 },
  },
  {
    name: 'listRule: by the import of collections',
    path: posts,
    before: { totalItems: 0 },
    change: (world) =>
      world.expect({
        method: 'PUT',
        path: '/api/collections/import',
        as: 'superuser',
        json: { collections: [{ name: 'posts', listRule: '' }] },
      }),
    after: { totalItems: 1 },
  },

  {
    name: 'a field becomes hidden',
    path: one,
    before: { note: 'n' },
    change: fields(title, { ...note, hidden: true }),
    after: { note: absent },
  },
  {
    name: 'a field is shown again',
    path: one,
    before: { note: absent },
    change: fields(title, note),
    after: { note: 'n' },
  },
  {
    name: 'a field is renamed',
    path: one,
    before: { note: 'n' },
    change: fields(title, { ...note, name: 'remark' }),
    after: { note: absent, remark: 'n' },
  },
  {
    name: 'a field is added',
    path: one,
    before: { remark: 'n' },
    change: fields(title, { ...note, name: 'remark' }, { name: 'extra', type: 'bool' }),
    after: { extra: false },
  },
  {
    name: 'a field is removed',
    path: one,
    before: { extra: false },
    change: fields(title),
    after: { extra: absent, remark: absent },
  },
  {
    name: 'the collection is renamed',
    path: one,
    before: { collectionName: 'posts' },
    change: (world) => world.updateCollection('posts', { name: 'articles' }),
    after: 404,
  },
  {
    name: 'and renamed back',
    path: one,
    before: 404,
    change: (world) => world.updateCollection('articles', { name: 'posts' }),
    after: { collectionName: 'posts' },
  },

  {
    name: 'an e-mail is hidden',
    path: '/api/collections/users/records/user00000000001',
    before: { email: 'one@example.com' },
    change: patch('users', 'user00000000001', { emailVisibility: false }),
    after: { email: absent },
  },
  {
    name: 'one sees it oneself',
    path: '/api/collections/users/records/user00000000001',
    before: { email: absent },
    change: async () => {},
    asAfter: 'user1',
    after: { email: 'one@example.com' },
  },
  {
    name: 'a manageRule shows it',
    path: '/api/collections/users/records/user00000000001',
    as: 'user2',
    before: { email: absent },
    change: (world) => world.updateCollection('users', { manageRule: "@request.auth.name = 'Bobby'" }),
    after: { email: 'one@example.com' },
  },
  {
    name: 'a new password ends the token',
    path: '/api/collections/users/records/user00000000001',
    as: 'user1',
    before: { email: 'one@example.com' },
    change: patch('users', 'user00000000001', { password: userPassword, passwordConfirm: userPassword }),
    after: { email: absent },
  },
  {
    name: 'a new secret ends the tokens of the collection',
    path: '/api/collections/users/records/user00000000002',
    as: 'user2',
    before: { email: 'two@example.com' },
    change: (world) => world.updateCollection('users', { authToken: { secret: 's'.repeat(50) } }),
    after: { email: absent },
  },
  {
    name: 'a limit counts what was read before',
    path: one,
    before: { title: 'four' },
    change: (world) =>
      world.updateSettings({
        rateLimits: { enabled: true, rules: [{ label: '/api/', audience: '', duration: 600, maxRequests: reads }] },
      }),
    after: { title: 'four' },
  },
  {
    name: 'and ends',
    path: one,
    before: 429,
    change: (world) => world.updateSettings({ rateLimits: { enabled: false } }),
    after: { title: 'four' },
  },
  {
    name: 'truncate',
    path: posts,
    before: { totalItems: 1 },
    change: (world) => world.expect({ method: 'DELETE', path: '/api/collections/posts/truncate', as: 'superuser' }),
    after: { totalItems: 0 },
  },
  {
    name: 'the collection is deleted',
    path: '/api/collections/comments/records',
    before: { totalItems: 1 },
    change: (world) => world.expect({ method: 'DELETE', path: '/api/collections/comments', as: 'superuser' }),
    after: 404,
  },
];

async function read(
  world: World,
  each: Case,
  as: string | undefined,
  headers: Case['headers'],
  expected: number | object,
): Promise<void> {
  const sent = as === undefined || as === 'guest' ? headers : { Authorization: world.tokenOf(as), ...headers };
  for (let index = 0; index < reads; index += 1) {
    const answer = await world.send({ path: each.path, headers: sent });
    const context = `read ${index + 1} of ${each.path}: ${answer.status} ${answer.text}`;
    assert.equal(answer.status, typeof expected === 'number' ? expected : 200, context);
    if (typeof expected !== 'number') assertMatch(answer.json, expected, context);
  }
}

apiSuite('fresh reads', setUp, (suite) => {
  for (const each of cases) {
    suite.test(each.name, async (world) => {
      await read(world, each, each.as, each.headers, each.before);
      await each.change(world);
      await read(world, each, each.asAfter ?? each.as, each.headersAfter ?? each.headers, each.after);
    });
  }

  suite.test('a writer that reads at once sees its own write', async (world) => {
    await world.createRecord('posts', { id: 'post00000000009', title: '0' });
    const path = `${posts}/post00000000009`;
    for (let round = 1; round <= 30; round += 1) {
      await world.expect({ method: 'PATCH', path, json: { title: String(round) } });
      const [view, list] = await Promise.all([world.expect({ path }), world.expect({ path: posts })]);
      assert.equal(view['title'], String(round));
      assert.equal((list['items'] as Array<{ title: string }>)[0]?.title, String(round));
    }
  });
});
