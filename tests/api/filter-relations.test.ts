// The filter language across relations: single, multiple, back-relations, any and all, @collection, what others may see. Contract part 1, sections 5.2 and 5.5.
import { exactly } from '../../src/testing/match.ts';
import { apiSuite } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';
import { finds, id, makeFilterData, refusesFilter } from './filter-data.ts';

async function setUp(world: World): Promise<void> {
  await makeFilterData(world);
  const { id: authors } = await world.expect({ path: '/api/collections/authors', as: 'superuser' });
  const { id: posts } = await world.expect({ path: '/api/collections/posts', as: 'superuser' });
  const relation = (name: string, collectionId: unknown): object => ({
    name,
    type: 'relation',
    collectionId,
    maxSelect: 1,
  });
  const locked = await world.createCollection({
    name: 'locked',
    viewRule: '',
    fields: [{ name: 'label', type: 'text' }, relation('post', posts)],
  });
  const partly = await world.createCollection({
    name: 'partly',
    listRule: "label = 'open'",
    fields: [{ name: 'label', type: 'text' }, relation('post', posts)],
  });
  await world.createCollection({
    name: 'links',
    listRule: '',
    fields: [relation('locked', locked['id']), relation('partly', partly['id']), relation('author', authors)],
  });
  await world.createRecord('locked', { id: id('lock', 1), label: 'l', post: id('post', 1) });
  await world.createRecord('partly', { id: id('part', 1), label: 'open', post: id('post', 1) });
  await world.createRecord('partly', { id: id('part', 2), label: 'shut', post: id('post', 2) });
  await world.createRecord('links', { id: id('link', 1), locked: id('lock', 1), partly: id('part', 1) });
  await world.createRecord('links', { id: id('link', 2), partly: id('part', 2) });
  await world.createRecord('links', { id: id('link', 3) });
  await world.createUser('user1', { id: id('user', 1), email: 'one@example.com', emailVisibility: true });
  await world.createUser('user2', { id: id('user', 2), email: 'two@example.com' });
}

apiSuite('filter: relations', setUp, (suite) => {
  suite.scenarios('single relations', [
    finds("author.name = 'Ann'", '13'),
    finds("author.name != 'Ann'", '2456'),
    finds("author.name = ''", '4'),
    finds("author.name ~ 'b'", '26'),
    finds("author.name !~ 'b'", '135'),
    finds('author.age > 30', '26'),
    finds('author.age = 0', '5'),
    finds("author.boss.name = 'Ann'", '26'),
    finds("author.boss.boss.name = 'Ann'", '5'),
    finds("author.boss.boss.boss.name = ''", '123456'),
    finds('author.id = author.boss.boss.id', '4'),
    finds("author.name:lower = 'ann'", '13'),
    finds("author.skills:each ?= 'go'", '13'),
    finds('author.skills:length = 0', '45'),
    finds("title = 'Alpha one' && author.name = 'Ann'", '1'),
    finds("author.name = 'Ann' || author.name = 'Cleo'", '135'),
    finds('author.name > title', '1256'),
    refusesFilter('author.nothing = 1'),
    refusesFilter('title.name = 1'),
    refusesFilter(`${Array.from({ length: 8 }, () => 'author.boss').join('.')}.name = 1`),
  ]);

  suite.scenarios('multiple relations: all', [
    finds("editors.name = 'Ann'", ''),
    finds("editors.name = 'Bob'", '2'),
    finds("editors.name = 'Cleo'", '5'),
    finds("editors.name != 'Ann'", '235'),
    finds("editors.name != 'Nobody'", '123456'),
    finds("editors.name = ''", '3'),
    finds("editors.name != ''", '12456'),
    finds('editors.age >= 30', '12'),
    finds('editors.age < 40', '45'),
    finds("editors.name ~ 'o'", '25'),
    finds("editors.name !~ 'o'", ''),
    finds("editors.boss.name = 'Bob'", '45'),
    finds("'Bob' = editors.name", '2'),
  ]);

  suite.scenarios('multiple relations: any', [
    finds("editors.name ?= 'Ann'", '146'),
    finds("editors.name ?!= 'Ann'", '123456'),
    finds("editors.name ?= ''", '3'),
    finds('editors.age ?> 30', '126'),
    finds('editors.age ?>= 30', '1246'),
    finds('editors.age ?< 30', '456'),
    finds('editors.age ?<= 30', '1456'),
    finds("editors.name ?~ 'o'", '12456'),
    finds("editors.name ?!~ 'o'", '146'),
    finds("editors.name ?= 'Ann' && editors.age ?= 40", ''),
    finds("editors.name ?= 'Bob' && editors.age ?= 40", '126'),
    finds("editors.name ?= 'Ann' && editors.name ?= 'Bob'", ''),
    finds("editors.name ?= 'Ann' && editors.name = 'Ann'", ''),
    finds("editors.name ?= 'Ann' || editors.name ?= 'Cleo'", '1456'),
    finds('editors.name ?= author.name', '1256'),
    finds('editors.id ?= author', '1256'),
    finds('rank ?= 1', '1', { name: 'on a plain field it is the plain operator' }),
  ]);

  suite.scenarios('back-relations', [
    finds("comments_via_post.text = 'good'", '2'),
    finds("comments_via_post.text ?= 'good'", '12'),
    finds("comments_via_post.text != 'good'", '3456'),
    finds("comments_via_post.text ?!= 'good'", '13456'),
    finds("comments_via_post.text = ''", '345'),
    finds('comments_via_post.votes > 0', '2'),
    finds('comments_via_post.votes ?> 0', '12'),
    finds('comments_via_post.id != null', '126'),
    finds("comments_via_post.by.name ?= 'Bob'", '16'),
    finds("comments_via_post.text ?= 'bad' && comments_via_post.votes ?> 3", ''),
    finds("comments_via_post.text ?= 'good' && comments_via_post.votes ?> 3", '1'),
    finds("details_via_post.note = 'note 1'", '1'),
    finds("details_via_post.note != 'note 1'", '23456'),
    finds("posts_via_author.title ?= '5'", '2', { collection: 'authors' }),
    finds("posts_via_editors.title ?= '5'", '123', { collection: 'authors' }),
    finds("posts_via_editors.comments_via_post.text ?= 'ugly'", '123', { collection: 'authors' }),
    finds("authors_via_boss.name = 'Bob'", '1', { collection: 'authors' }),
    finds("post.author.name = 'Ann'", '12', { collection: 'comments' }),
    finds('post.comments_via_post.votes ?= 5', '12', { collection: 'comments' }),
    refusesFilter('comments_via_nothing.text = 1'),
    refusesFilter('comments_via_by.text = 1'),
    refusesFilter('nothing_via_post.text = 1'),
    refusesFilter('comments_via_post = 1'),
  ]);

  suite.scenarios('@collection', [
    finds("@collection.comments.text ?= 'ugly'", '123456'),
    finds("@collection.comments.text = 'ugly'", ''),
    finds("@collection.comments.text ?= 'nothing'", ''),
    finds('@collection.comments.post ?= id', '126'),
    finds("@collection.comments.post ?= id && @collection.comments.text ?= 'bad'", '1'),
    finds(
      "@collection.comments:a.post ?= id && @collection.comments:a.text ?= 'good' && @collection.comments:b.post ?= id && @collection.comments:b.text ?= 'bad'",
      '1',
    ),
    finds(
      "@collection.comments.post ?= id && @collection.comments.text ?= 'good' && @collection.comments.text ?= 'bad'",
      '',
    ),
    finds("@collection.comments.by.name ?= 'Cleo' && @collection.comments.post ?= id", '1'),
    refusesFilter("@collection.nothing.text ?= 'x'"),
    refusesFilter("@collection.comments.nothing ?= 'x'"),
  ]);

  suite.scenarios('@request', [
    finds("@request.auth.collectionName = '_superusers'", '123456'),
    finds("@request.auth.email = 'admin@example.com'", '123456'),
    finds("@request.method = 'GET'", '123456'),
    finds("@request.context = 'default'", '123456'),
    finds("@request.query.sort = 'id'", '123456'),
    finds("@request.query.perPage = '100'", '123456'),
    finds("@request.query.nothing = ''", '123456'),
    finds('@request.query.nothing:isset = false && @request.query.filter:isset = true', '123456'),
    finds("@request.headers.x_test = 'Hello'", '123456', {
      headers: (world) => ({ Authorization: world.tokenOf('superuser'), 'X-Test': 'Hello' }),
    }),
    finds('@request.body.x = null', '123456'),
  ]);

  suite.scenarios('what joins show to others than superusers', [
    finds("partly.label = 'open'", '1', { collection: 'links', as: 'guest' }),
    finds("partly.label = 'shut'", '', { collection: 'links', as: 'guest' }),
    finds("partly.label = 'shut'", '2', { collection: 'links' }),
    finds("partly.label != 'open'", '3', { collection: 'links', as: 'guest' }),
    {
      ...refusesFilter("locked.label = 'l'"),
      path: `/api/collections/links/records?filter=${encodeURIComponent("locked.label = 'l'")}`,
      as: 'guest',
    },
    {
      name: 'locked.id is only the stored value',
      path: `/api/collections/links/records?filter=${encodeURIComponent(`locked = '${id('lock', 1)}'`)}`,
      status: 200,
      body: { totalItems: 1 },
    },
    {
      name: 'a sort through a locked collection',
      path: '/api/collections/links/records?sort=locked.label',
      status: 400,
    },
    {
      name: 'a back-relation of a locked collection',
      path: `/api/collections/posts/records?filter=${encodeURIComponent("locked_via_post.label ?= 'l'")}`,
      status: 400,
    },
    {
      name: 'a back-relation of a partly listable collection',
      path: `/api/collections/posts/records?fields=id&filter=${encodeURIComponent("partly_via_post.label ?!= ''")}`,
      status: 200,
      body: { items: exactly([{ id: id('post', 1) }]) },
    },
    {
      name: 'e-mails: only visible ones',
      path: `/api/collections/users/records?filter=${encodeURIComponent("email ~ 'example.com'")}`,
      as: 'user1',
      status: 200,
      before: async (world) => {
        await world.updateCollection('users', { listRule: '', viewRule: '' });
      },
      body: { items: [{ id: id('user', 1) }] },
    },
    {
      name: 'e-mails: not by their order',
      path: '/api/collections/users/records?sort=email',
      as: 'guest',
      status: 200,
      body: { totalItems: 2 },
    },
    {
      name: 'e-mails: a negation finds no hidden one',
      path: `/api/collections/users/records?filter=${encodeURIComponent("email != 'x'")}`,
      as: 'guest',
      status: 200,
      body: { totalItems: 1 },
    },
  ]);
});
