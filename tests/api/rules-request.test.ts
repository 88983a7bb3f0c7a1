// What rules see: the requester, the body before and after, headers, query, context, other collections. Contract part 1, sections 4.3, 5.2, 5.3 and 5.7.
import { absent, exactly } from '../../src/testing/match.ts';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const records = '/api/collections/things/records';
const first = `${records}/thing0000000001`;
const target1 = 'target000000001';
const target2 = 'target000000002';

async function setUp(world: World): Promise<void> {
  await world.createUser('user1', { id: 'user00000000001', email: 'one@example.com', name: 'Ann' });
  await world.createUser('user2', { id: 'user00000000002', email: 'two@example.com', name: 'Bob' });
  const targets = await world.createCollection({
    name: 'targets',
    fields: [
      { name: 'label', type: 'text' },
      { name: 'owner', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 },
    ],
  });
  await world.createRecord('targets', { id: target1, label: 'open', owner: 'user00000000001' });
  await world.createRecord('targets', { id: target2, label: 'shut' });
  await world.createCollection({
    name: 'things',
    listRule: '',
    viewRule: '',
    fields: [
      { name: 'title', type: 'text' },
      { name: 'auto', type: 'text', autogeneratePattern: '[a-z]{5}' },
      { name: 'total', type: 'number' },
      { name: 'done', type: 'bool' },
      { name: 'tags', type: 'select', maxSelect: 3, values: ['a', 'b', 'c'] },
      { name: 'data', type: 'json' },
      { name: 'docs', type: 'file', maxSelect: 3 },
      { name: 'doc', type: 'file', maxSelect: 1 },
      { name: 'target', type: 'relation', collectionId: targets['id'], maxSelect: 1 },
      { name: 'targets', type: 'relation', collectionId: targets['id'], maxSelect: 3 },
      { name: 'hidden', type: 'text', hidden: true },
      { name: 'created', type: 'autodate', onCreate: true },
    ],
  });
  await world.createRecord('things', {
    id: 'thing0000000001',
    title: 'old',
    total: 10,
    tags: ['a'],
    target: target1,
    targets: [target1],
  });
}

/** The requests of a table line that tries one rule. */
type Attempt = Omit<Scenario, 'name' | 'path' | 'status'>;

/** Sets createRule and tries to create; `allowed` says what must happen. */
function onCreate(rule: string, allowed: boolean, attempt: Attempt = {}): Scenario {
  return {
    name: `create, ${allowed ? 'yes' : 'no'}: ${rule} ${JSON.stringify(attempt.json ?? attempt.form ?? {})} ${attempt.as ?? ''}`,
    method: 'POST',
    path: records,
    json: attempt.multipart === undefined && attempt.form === undefined ? {} : undefined,
    ...attempt,
    before: async (world) => {
      await world.updateCollection('things', { createRule: rule });
    },
    status: allowed ? 200 : 400,
  };
}

/** Sets updateRule and tries to change the first record, whose stored values are put back before. */
function onUpdate(rule: string, allowed: boolean, attempt: Attempt = {}): Scenario {
  return {
    ...onCreate(rule, allowed, attempt),
    name: `update, ${allowed ? 'yes' : 'no'}: ${rule} ${JSON.stringify(attempt.json ?? attempt.form ?? {})} ${attempt.as ?? ''}`,
    method: 'PATCH',
    path: first,
    before: async (world) => {
      await world.updateRecord('things', 'thing0000000001', {
        title: 'old',
        total: 10,
        tags: ['a'],
        hidden: '',
        docs: [],
        doc: '',
        target: target1,
        targets: [target1],
      });
      await world.updateCollection('things', { updateRule: rule });
    },
    status: allowed ? 200 : 404,
  };
}

/** Sets viewRule and tries to view the first record. */
function onView(rule: string, allowed: boolean, attempt: Attempt & { query?: string } = {}): Scenario {
  const { query = '', ...rest } = attempt;
  return {
    name: `view, ${allowed ? 'yes' : 'no'}: ${rule} ${query} ${attempt.as ?? ''}`,
    path: `${first}${query}`,
    ...rest,
    before: async (world) => {
      await world.updateCollection('things', { viewRule: rule });
    },
    status: allowed ? 200 : 404,
  };
}

apiSuite('rules: the request', setUp, (suite) => {
  suite.scenarios('@request.auth', [
    onView("@request.auth.id = ''", true),
    onView("@request.auth.id = ''", false, { as: 'user1' }),
    onView("@request.auth.id != ''", false),
    onView("@request.auth.id = 'user00000000001'", true, { as: 'user1' }),
    onView("@request.auth.id = 'user00000000001'", false, { as: 'user2' }),
    onView("@request.auth.email = 'one@example.com'", true, { as: 'user1' }),
    onView("@request.auth.collectionName = 'users'", true, { as: 'user1' }),
    onView("@request.auth.collectionId = '_pb_users_auth_'", true, { as: 'user1' }),
    onView('@request.auth.verified = false', true, { as: 'user1' }),
    onView('@request.auth.verified = false', false),
    onView("@request.auth.name = 'Ann'", true, { as: 'user1' }),
    onView("@request.auth.name:lower = 'ann'", true, { as: 'user1' }),
    onView("@request.auth.name = 'Ann'", false),
    onView("@request.auth.name != 'Ann'", true),
    onView("@request.auth.nothing = ''", true, { as: 'user1' }),
    onView("@request.auth.targets_via_owner.label ?= 'open'", true, { as: 'user1' }),
    onView("@request.auth.targets_via_owner.label ?= 'open'", false, { as: 'user2' }),
    onView('target.owner = @request.auth.id', true, { as: 'user1' }),
    onView('target.owner = @request.auth.id', false, { as: 'user2' }),
    onView('target.owner = @request.auth.id', false),
    onView('target.owner.name = @request.auth.name', true, { as: 'user1' }),
    onView("@request.auth.nothing = ''", true, { as: 'superuser' }),
    onView("id = 'other'", true, { as: 'superuser' }),
  ]);

  suite.scenarios('method, headers, query, context', [
    onView("@request.method = 'GET'", true),
    onView("@request.method = 'get'", false),
    onView("@request.headers.x_token = 'abc'", true, { headers: { 'X-Token': 'abc' } }),
    onView("@request.headers.x_token = 'abc'", true, { headers: { 'x-TOKEN': 'abc' } }),
    onView("@request.headers.x_token = 'abc'", false),
    onView('@request.headers.x_token:isset = true', true, { headers: { 'X-Token': '' } }),
    onView('@request.headers.x_token:isset = false', true),
    onView("@request.headers.x_token:lower = 'abc'", true, { headers: { 'X-Token': 'ABC' } }),
    onView("@request.query.key = 'abc'", true, { query: '?key=abc' }),
    onView("@request.query.key = 'abc'", true, { query: '?key=abc&key=def' }),
    onView("@request.query.key = 'abc'", false, { query: '?key=ABC' }),
    onView('@request.query.key:isset = true', true, { query: '?key=' }),
    onView("@request.query.key = ''", true),
    onView('@request.query.number = 5', false, { query: '?number=5' }),
    onView('@request.query.total = 5', true, { query: '?total=5' }),
    onView("@request.context = 'default'", true),
    onView("@request.context = 'realtime'", false),
    onCreate("@request.method = 'POST'", true),
    onUpdate("@request.method = 'PATCH'", true),
  ]);

  suite.scenarios('@collection', [
    onView("@collection.targets.label ?= 'open'", true),
    onView("@collection.targets.label = 'open'", false),
    onView("@collection.targets.owner ?= @request.auth.id && @collection.targets.label ?= 'open'", true, {
      as: 'user1',
    }),
    onView("@collection.targets.owner ?= @request.auth.id && @collection.targets.label ?= 'shut'", false, {
      as: 'user1',
    }),
    onCreate('@collection.targets.id ?= @request.body.target', true, { json: { target: target2 } }),
    onCreate("@collection.targets.id ?= @request.body.target && @collection.targets.label ?= 'open'", false, {
      json: { target: target2 },
    }),
    onCreate('@collection.things.title ?!= @request.body.title', true, { json: { title: 'fresh' } }),
  ]);

  suite.scenarios('@request.body on create', [
    onCreate("@request.body.title = 'x'", true, { json: { title: 'x' } }),
    onCreate("@request.body.title = 'x'", false, { json: { title: 'y' } }),
    onCreate("@request.body.title = 'x'", false),
    onCreate("@request.body.title = ''", true),
    onCreate('@request.body.title = null', true),
    onCreate("@request.body.title != 'x'", true),
    onCreate('@request.body.title:isset = true', true, { json: { title: '' } }),
    onCreate('@request.body.title:isset = true', false),
    onCreate('@request.body.title:isset = false', true),
    onCreate('@request.body.unknown:isset = true', true, { json: { unknown: 1 } }),
    onCreate("@request.body.unknown.deep.0 = 'x'", true, { json: { unknown: { deep: ['x'] } } }),
    onCreate('@request.body.data.a.b = 5', true, { json: { data: { a: { b: 5 } } } }),
    onCreate("@request.body.title:lower = 'abc'", true, { json: { title: 'ABC' } }),
    onCreate('@request.body.total > 5', true, { json: { total: 6 } }),
    onCreate('@request.body.total > 5', true, { json: { total: '6' } }),
    onCreate('@request.body.total > 5', true, { form: { total: '6' } }),
    onCreate('@request.body.done = true', true, { form: { done: 'true' } }),
    onCreate('@request.body.tags:length = 2', true, { json: { tags: ['a', 'b'] } }),
    onCreate('@request.body.tags:length = 0', true),
    onCreate("@request.body.tags:each != 'c'", true, { json: { tags: ['a', 'b'] } }),
    onCreate("@request.body.tags:each != 'c'", false, { json: { tags: ['a', 'c'] } }),
    onCreate("@request.body.tags:each ?= 'c'", true, { json: { tags: ['a', 'c'] } }),
    onCreate("@request.body.target.label = 'open'", true, { json: { target: target1 } }),
    onCreate("@request.body.target.label = 'open'", false, { json: { target: target2 } }),
    onCreate("@request.body.targets.label = 'open'", false, { json: { targets: [target1, target2] } }),
    onCreate("@request.body.targets.label ?= 'open'", true, { json: { targets: [target1, target2] } }),
    onCreate('@request.body.title:changed = true', false, { json: { title: 'x' } }),
    onCreate('@request.body.title:changed = false', true, { json: { title: 'x' } }),
    onCreate('@request.body.tags:isset = true', true, { json: { 'tags+': 'a' } }),
    onCreate('@request.body.total = 5', true, { json: { 'total+': 5 } }),
    onCreate('@request.body.hidden:isset = true', false, { json: { hidden: 'x' } }),
    onCreate('@request.body.docs:length = 2', true, {
      multipart: [
        ['docs', { name: 'one.txt', bytes: '1' }],
        ['docs', { name: 'two.txt', bytes: '22' }],
      ],
    }),
    onCreate('@request.body.doc:isset = true', true, { multipart: [['doc', { name: 'one.txt', bytes: '1' }]] }),
    onCreate('@request.body.doc.size < 5', true, { multipart: [['doc', { name: 'one.txt', bytes: '1' }]] }),
    onCreate('@request.body.doc.size < 5', false, { multipart: [['doc', { name: 'one.txt', bytes: '123456' }]] }),
    onCreate("@request.body.doc.originalName = 'one.txt'", true, {
      multipart: [['doc', { name: 'one.txt', bytes: '1' }]],
    }),
    onCreate("@request.body.docs.0.originalName = 'one.txt'", true, {
      multipart: [['docs', { name: 'one.txt', bytes: '1' }]],
    }),
  ]);

  suite.scenarios('the row on create', [
    onCreate("title = 'x'", true, { json: { title: 'x' } }),
    onCreate("title = 'x'", false, { json: { title: 'y' } }),
    onCreate("title = ''", true),
    onCreate('total = 0', true),
    onCreate("created = ''", true),
    onCreate("auto = ''", true),
    onCreate("auto != ''", false),
    onCreate("id != ''", true),
    onCreate("id = 'thing0000000077'", true, { json: { id: 'thing0000000077' } }),
    onCreate('tags:length = 1', true, { json: { tags: ['a'] } }),
    onCreate("target.label = 'open'", true, { json: { target: target1 } }),
    onCreate("target.label = 'open'", false, { json: { target: target2 } }),
    onCreate("targets.label ?= 'open'", true, { json: { targets: [target1, target2] } }),
    onCreate('docs:length = 1', true, { multipart: [['docs', { name: 'one.txt', bytes: '1' }]] }),
    onCreate('data.a = 5', true, { json: { data: { a: 5 } } }),
    onCreate("hidden = ''", true, { json: { hidden: 'x' } }),
    onCreate('title = @request.body.title', true, { json: { title: 'x' } }),
  ]);

  suite.scenarios('the row and the body on update', [
    onUpdate("title = 'old'", true, { json: { title: 'new' } }),
    onUpdate("title = 'new'", false, { json: { title: 'new' } }),
    onUpdate("@request.body.title = 'new'", true, { json: { title: 'new' } }),
    onUpdate('@request.body.title != title', true, { json: { title: 'new' } }),
    onUpdate('@request.body.title = title', true, { json: { title: 'old' } }),
    onUpdate('@request.body.title:changed = true', true, { json: { title: 'new' } }),
    onUpdate('@request.body.title:changed = true', false, { json: { title: 'old' } }),
    onUpdate('@request.body.title:changed = true', false, { json: { total: 5 } }),
    onUpdate('@request.body.title:changed = false', true, { json: { total: 5 } }),
    onUpdate('@request.body.total = 15', true, { json: { 'total+': 5 } }),
    onUpdate('@request.body.total:isset = true', true, { json: { 'total-': 5 } }),
    onUpdate('@request.body.total:changed = true', true, { json: { 'total-': 5 } }),
    onUpdate('@request.body.tags:length = 2', true, { json: { 'tags+': 'b' } }),
    onUpdate("@request.body.tags:each = 'b'", true, { json: { 'tags+': 'b', 'tags-': 'a' } }),
    onUpdate('@request.body.tags:changed = false', true, { json: { 'tags+': 'a' } }),
    onUpdate("@request.body.title = '5'", true, { json: { title: 5 } }),
    onUpdate('@request.body.total = 7', true, { json: { total: '7' } }),
    onUpdate('@request.body.unknown:isset = true', true, { json: { unknown: 1 } }),
    onUpdate('@request.body.hidden:isset = true', false, { json: { hidden: 'x' } }),
    onUpdate('@request.body.docs:length = 1', true, { multipart: [['docs+', { name: 'one.txt', bytes: '1' }]] }),
    onUpdate("@request.body.target.label = 'shut'", true, { json: { target: target2 } }),
    onUpdate("target.label = 'open' && @request.body.target.label = 'shut'", true, { json: { target: target2 } }),
    onUpdate("@request.body.targets.label ?= 'shut'", true, { json: { 'targets+': target2 } }),
  ]);

  suite.scenarios('lists', [
    {
      name: 'a rule filters; the client filters further',
      path: `${records}?fields=id&filter=${encodeURIComponent("id != ''")}`,
      before: async (world) => {
        await world.updateCollection('things', {
          listRule: "id = 'thing0000000001' && (title = 'old' || @request.auth.id != '')",
        });
      },
      as: 'user1',
      status: 200,
      body: exactly({ items: [{ id: 'thing0000000001' }], page: 1, perPage: 30, totalItems: 1, totalPages: 1 }),
    },
    {
      name: 'nothing for the client to find',
      path: `${records}?filter=${encodeURIComponent("id != 'thing0000000001'")}`,
      as: 'user1',
      status: 200,
      body: { totalItems: 0 },
    },
    {
      name: 'an or of the client cannot widen it',
      path: `${records}?filter=${encodeURIComponent("id = '' || id != ''")}`,
      as: 'user1',
      status: 200,
      body: { totalItems: 1, items: [{ hidden: absent }] },
    },
    {
      name: 'an or of the rule stays in its place',
      path: `${records}?filter=${encodeURIComponent("title = 'nothing'")}`,
      before: async (world) => {
        await world.updateCollection('things', { listRule: "id = 'a' || id != 'b'" });
      },
      status: 200,
      body: { totalItems: 0 },
    },
    {
      name: 'a rule may use hidden fields',
      path: records,
      before: async (world) => {
        await world.updateCollection('things', { listRule: "hidden = 'x'" });
      },
      status: 200,
      body: { totalItems: 0 },
    },
  ]);
});
