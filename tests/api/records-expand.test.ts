// Expand in all its forms. Contract part 1, section 4.4.
import { absent, exactly } from '../../src/testing/match.ts';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const records = (collection: string): string => `/api/collections/${collection}/records`;
const [ann, bob] = ['user00000000001', 'user00000000002'];

async function setUp(world: World): Promise<void> {
  const open = { listRule: '', viewRule: '', createRule: '', updateRule: '' };
  await world.createUser('ann', { id: ann, name: 'Ann', email: 'ann@example.com', emailVisibility: true });
  await world.createUser('bob', { id: bob, name: 'Bob', email: 'bob@example.com' });
  await world.updateCollection('users', { viewRule: '', listRule: '' });
  const make = async (name: string, fields: object[], more: object = {}): Promise<unknown> =>
    (await world.createCollection({ name, fields, ...open, ...more }))['id'];
  const relation = (name: string, collectionId: unknown, maxSelect = 1): object => ({
    name,
    type: 'relation',
    collectionId,
    maxSelect,
  });
  const text = (name: string, more: object = {}): object => ({ name, type: 'text', ...more });

  const topics = await make('topics', [text('label'), text('secret', { hidden: true })]);
  const locked = await make('locked', [text('label')], { viewRule: null });
  const filtered = await make('filtered', [text('label'), { name: 'shown', type: 'bool' }], {
    viewRule: 'shown = true',
  });
  const onlyInExpand = await make('contextual', [text('label')], { viewRule: "@request.context = 'expand'" });
  const posts = await make('posts', [
    text('title'),
    relation('author', '_pb_users_auth_'),
    relation('topics', topics, 5),
    relation('locked', locked),
    relation('filtered', filtered, 5),
    relation('contextual', onlyInExpand),
    { ...relation('reviewer', '_pb_users_auth_'), hidden: true },
  ]);
  const comments = await make('comments', [
    text('text'),
    relation('post', posts),
    relation('author', '_pb_users_auth_'),
    relation('alsoOn', posts, 3),
  ]);
  await make('likes', [relation('comment', comments)]);
  await make('details', [text('note'), relation('post', posts)], {
    indexes: ['CREATE UNIQUE INDEX idx_details ON details (post)'],
  });
  const chain = await make('chain', [text('name')]);
  await world.updateCollection('chain', { fields: [text('name'), relation('next', chain)] });

  for (const [index, label] of ['red', 'green', 'blue'].entries())
    await world.createRecord('topics', { id: `topic000000000${index + 1}`, label, secret: 'hidden text' });
  await world.createRecord('locked', { id: 'locked000000001', label: 'no' });
  await world.createRecord('contextual', { id: 'contxt000000001', label: 'yes' });
  await world.createRecord('filtered', { id: 'filter000000001', label: 'in', shown: true });
  await world.createRecord('filtered', { id: 'filter000000002', label: 'out' });
  await world.createRecord('posts', {
    id: 'post00000000001',
    title: 'One',
    author: ann,
    topics: ['topic0000000003', 'topic0000000001', 'topic0000000002'],
    locked: 'locked000000001',
    filtered: ['filter000000002', 'filter000000001'],
    contextual: 'contxt000000001',
    reviewer: bob,
  });
  await world.createRecord('posts', { id: 'post00000000002', title: 'Two' });
  await world.createRecord('comments', {
    id: 'comment00000001',
    text: 'first',
    post: 'post00000000001',
    author: bob,
    alsoOn: ['post00000000002'],
  });
  await world.createRecord('comments', { id: 'comment00000002', text: 'second', post: 'post00000000001' });
  await world.createRecord('likes', { id: 'like00000000001', comment: 'comment00000001' });
  await world.createRecord('details', { id: 'detail000000001', post: 'post00000000001', note: 'n' });
  for (let index = 9; index >= 1; index -= 1) {
    await world.createRecord('chain', {
      id: `chain000000000${index}`,
      name: `c${index}`,
      next: index === 9 ? '' : `chain000000000${index + 1}`,
    });
  }
  await world.updateRecord('chain', 'chain0000000009', { next: 'chain0000000001' });
}

/** A line that views a post with an expand. */
function expands(expand: string, body: object, more: Partial<Scenario> = {}): Scenario {
  return { name: expand, path: `${records('posts')}/post00000000001?expand=${expand}`, status: 200, body, ...more };
}

apiSuite('records: expand', setUp, (suite) => {
  suite.scenarios('relations', [
    expands(
      'author',
      {
        author: ann,
        expand: exactly({
          author: {
            avatar: '',
            collectionId: '_pb_users_auth_',
            collectionName: 'users',
            created: '',
            email: 'x',
            emailVisibility: true,
            id: ann,
            name: 'Ann',
          },
        }),
      },
      {
        name: 'one related record, whole',
        body: {
          author: ann,
          expand: {
            author: {
              id: ann,
              name: 'Ann',
              email: 'ann@example.com',
              collectionName: 'users',
              password: absent,
              tokenKey: absent,
              expand: absent,
            },
          },
        },
      },
    ),
    expands(
      'topics',
      { expand: { topics: [{ label: 'blue' }, { label: 'red' }, { label: 'green' }] } },
      { name: 'several, in the order of the ids; hidden fields stay hidden', excludes: ['hidden text'] },
    ),
    expands('author,topics', { expand: { author: { name: 'Ann' }, topics: [{}, {}, {}] } }),
    expands('%20author%20,%20topics%20', { expand: { author: { name: 'Ann' }, topics: [{}, {}, {}] } }),
    expands('nothing', { expand: absent }),
    expands('title', { expand: absent }),
    expands('author,nothing', { expand: { author: { name: 'Ann' } } }),
    expands('', { expand: absent }, { name: '(empty)' }),
    expands('locked', { locked: 'locked000000001', expand: absent }),
    expands('locked,author', { expand: { locked: absent, author: {} } }),
    expands('locked', { expand: { locked: { label: 'no' } } }, { name: 'locked, for superusers', as: 'superuser' }),
    expands(
      'filtered',
      { filtered: ['filter000000002', 'filter000000001'], expand: { filtered: [{ label: 'in' }] } },
      { name: 'only what the viewRule lets through' },
    ),
    expands('contextual', { expand: { contextual: { label: 'yes' } } }, { name: '@request.context is expand' }),
    { name: 'the same record by itself is not shown', path: `${records('contextual')}/contxt000000001`, status: 404 },
    expands('reviewer', { expand: { reviewer: { name: 'Bob' } } }, { name: 'hidden, for superusers', as: 'superuser' }),
    expands(
      'reviewer',
      { expand: absent },
      { name: 'a hidden relation', pandoOnly: 'what is hidden shows nowhere, not even through what it points at' },
    ),
    {
      name: 'a hidden relation, from the other side',
      path: `${records('users')}/${bob}?expand=posts_via_reviewer`,
      status: 200,
      body: { expand: absent },
      pandoOnly: 'as above',
    },
    {
      name: 'nothing to expand is an empty object',
      path: `${records('posts')}/post00000000002?expand=author`,
      status: 200,
      body: { expand: exactly({}) },
    },
    {
      name: 'e-mail visibility holds',
      path: `${records('comments')}/comment00000001?expand=author`,
      status: 200,
      body: { expand: { author: { name: 'Bob', email: absent } } },
    },
    {
      name: 'for oneself',
      path: `${records('comments')}/comment00000001?expand=author`,
      as: 'bob',
      status: 200,
      body: { expand: { author: { email: 'bob@example.com' } } },
    },
    {
      name: 'for superusers',
      path: `${records('comments')}/comment00000001?expand=author`,
      as: 'superuser',
      status: 200,
      body: { expand: { author: { email: 'bob@example.com' } } },
    },
  ]);

  suite.scenarios('nested', [
    {
      name: 'through two relations',
      path: `${records('comments')}/comment00000001?expand=post.author`,
      status: 200,
      body: { expand: { post: { title: 'One', expand: { author: { name: 'Ann' } } } } },
    },
    {
      name: 'a path and its beginning',
      path: `${records('comments')}/comment00000001?expand=post,post.author,post.topics`,
      status: 200,
      body: { expand: { post: { expand: { author: { name: 'Ann' }, topics: [{}, {}, {}] } } } },
    },
    {
      name: 'an unknown second step spoils the first',
      path: `${records('comments')}/comment00000001?expand=post.nothing`,
      status: 200,
      body: { expand: absent },
    },
    {
      name: 'even if the first is asked for by itself',
      path: `${records('comments')}/comment00000001?expand=post,post.nothing`,
      status: 200,
      body: { expand: absent },
    },
    {
      name: 'a good second step saves it',
      path: `${records('comments')}/comment00000001?expand=post.nothing,post.topics`,
      status: 200,
      body: { expand: { post: { title: 'One', expand: { topics: [{}, {}, {}] } } } },
    },
    {
      name: 'a locked second step',
      path: `${records('comments')}/comment00000001?expand=post.locked`,
      status: 200,
      body: { expand: absent },
    },
    {
      name: 'six steps and no more, in a circle',
      path: `${records('chain')}/chain0000000001?expand=${Array.from({ length: 9 }, () => 'next').join('.')}`,
      status: 200,
      after: (_world, answer) => {
        let depth = 0;
        let record = answer.json as { expand?: { next?: unknown } };
        while (record.expand?.next !== undefined) {
          depth += 1;
          record = record.expand.next as typeof record;
        }
        if (depth !== 6) throw new Error(`depth ${depth}`);
      },
    },
    {
      name: 'of all items of a list',
      path: `${records('comments')}?expand=post.author&sort=text`,
      status: 200,
      body: { items: [{ expand: { post: { expand: { author: { name: 'Ann' } } } } }, { expand: { post: {} } }] },
    },
    {
      name: 'of a created record',
      method: 'POST',
      path: `${records('comments')}?expand=post`,
      json: { text: 'third', post: 'post00000000002' },
      status: 200,
      body: { expand: { post: { title: 'Two' } } },
    },
    {
      name: 'of an updated record',
      method: 'PATCH',
      path: `${records('comments')}/comment00000002?expand=author`,
      json: { author: ann },
      status: 200,
      body: { expand: { author: { name: 'Ann' } } },
    },
  ]);

  suite.scenarios('back-relations', [
    expands('comments_via_post', {
      expand: { comments_via_post: [{ text: /first|second/ }, { text: /first|second/ }] },
    }),
    expands('comments_via_post.author', { expand: { comments_via_post: [{}, {}] } }, { contains: ['"Bob"'] }),
    {
      name: 'of a relation to several',
      path: `${records('posts')}/post00000000002?expand=comments_via_alsoOn`,
      status: 200,
      body: { expand: { comments_via_alsoOn: [{ text: 'first' }] } },
    },
    expands(
      'details_via_post',
      { expand: { details_via_post: { note: 'n' } } },
      { name: 'a uniquely indexed one is a single object' },
    ),
    expands('comments_via_author', { expand: absent }, { name: 'a relation to another collection' }),
    expands('comments_via_nothing', { expand: absent }),
    expands('nothing_via_post', { expand: absent }),
    expands(
      'comments_via_post.likes_via_comment',
      { expand: { comments_via_post: [{}, {}] } },
      { contains: ['"likes_via_comment":[{'] },
    ),
    expands('comments(post)', { expand: { 'comments(post)': [{}, {}] } }, { name: 'the old form' }),
    {
      name: 'nobody points here',
      path: `${records('topics')}/topic0000000001?expand=posts_via_author`,
      status: 200,
      body: { expand: absent },
    },
    {
      name: 'none',
      path: `${records('posts')}/post00000000002?expand=details_via_post`,
      status: 200,
      body: { expand: exactly({}) },
    },
  ]);
});
