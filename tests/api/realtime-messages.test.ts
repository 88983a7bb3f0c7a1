// What realtime clients are told: rules, options, identities. Contract part 2, section 7.
import assert from 'node:assert/strict';
import { absent, assertMatch, exactly } from '../../src/testing/match.ts';
import { apiSuite } from '../../src/testing/scenario.ts';
import { SseClient } from '../../src/testing/sse-client.ts';
import { type JsonObject, type World, userPassword } from '../../src/testing/world.ts';

type Message = { topic: string; action: 'create' | 'update' | 'delete'; record: object };

/** One case: who listens to what, what happens, what is heard (in any order) and nothing else. */
type Case = {
  name: string;
  as?: string;
  /** The topics, or subscriptions one after another, each with its own identity. */
  topics: readonly string[];
  headers?: Readonly<Record<string, string>>;
  /** Runs after the subscription and before the act. */
  meanwhile?: (world: World, client: SseClient) => Promise<unknown>;
  act: (world: World) => Promise<unknown>;
  hears: readonly Message[];
};

const note1 = 'note00000000001';
const owned1 = 'owned0000000001';

async function setUp(world: World): Promise<void> {
  const open = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };
  await world.createUser('user1', { id: 'user00000000001', email: 'one@example.com' });
  await world.createUser('user2', { id: 'user00000000002', email: 'two@example.com' });
  const owner = { name: 'owner', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 };
  const fields = [
    { name: 'text', type: 'text' },
    { name: 'total', type: 'number' },
    { name: 'secret', type: 'text', hidden: true },
    owner,
  ];
  const notes = await world.createCollection({ id: 'notes_id', name: 'notes', ...open, fields });
  await world.createCollection({ name: 'sentinels', listRule: '' });
  await world.createCollection({ name: 'locked', fields });
  await world.createCollection({
    name: 'owned',
    listRule: 'owner = @request.auth.id',
    viewRule: "text = 'public' || owner = @request.auth.id",
    fields,
  });
  await world.createCollection({
    name: 'byContext',
    listRule:
      "@request.context = 'realtime' && @request.query.key = 'k' && @request.headers.x_token = 't' && @request.method = 'GET'",
    fields,
  });
  await world.createCollection({
    name: 'children',
    ...open,
    fields: [{ name: 'note', type: 'relation', collectionId: notes['id'], maxSelect: 1, cascadeDelete: true }],
  });
  await world.updateCollection('users', { listRule: '', viewRule: '' });
  await world.updateSettings({ batch: { enabled: true } });
}

const makes = (collection: string, record: JsonObject) => (world: World) => world.createRecord(collection, record);
const changes = (collection: string, id: string, record: JsonObject) => (world: World) =>
  world.updateRecord(collection, id, record);
const removes = (collection: string, id: string) => (world: World) =>
  world.expect({ method: 'DELETE', path: `/api/collections/${collection}/records/${id}`, as: 'superuser' });

function withOptions(topic: string, options: object): string {
  return `${topic}?options=${encodeURIComponent(JSON.stringify(options))}`;
}

async function subscribe(
  world: World,
  client: SseClient,
  topics: readonly string[],
  as = 'guest',
  headers = {},
): Promise<void> {
  const json = { clientId: client.clientId, subscriptions: [...topics, 'sentinels/*'] };
  await world.expect({
    method: 'POST',
    path: '/api/realtime',
    as,
    json,
    headers: as === 'guest' ? headers : { Authorization: world.tokenOf(as), ...headers },
  });
}

/** Everything heard so far, sure that nothing caused before is still on its way. */
async function listen(world: World, client: SseClient): Promise<Message[]> {
  const { id } = await world.createRecord('sentinels', {});
  await client.waitFor((event) => event.name === 'sentinels/*' && event.data.includes(String(id)));
  // Messages about different records may overtake each other by a moment.
  await new Promise((resolve) => setTimeout(resolve, 30));
  const heard = client.events.filter((event) => event.name !== 'PB_CONNECT' && event.name !== 'sentinels/*');
  for (const event of heard) assert.equal(event.id, client.clientId);
  return heard.map((event) => ({ topic: event.name, ...(event.json as Omit<Message, 'topic'>) }));
}

async function runCase(world: World, one: Case): Promise<void> {
  await using client = await SseClient.connect(world.server.baseUrl);
  await subscribe(world, client, one.topics, one.as, one.headers);
  await one.meanwhile?.(world, client);
  await one.act(world);
  const heard = await listen(world, client);
  const byText = (a: Message, b: Message): number => `${a.topic}${a.action}`.localeCompare(`${b.topic}${b.action}`);
  assertMatch(heard.toSorted(byText), one.hears.toSorted(byText));
}

const all = 'notes/*';
const cases: readonly Case[] = [
  {
    name: 'create',
    topics: [all],
    act: makes('notes', { id: note1, text: 'one', total: 1 }),
    hears: [
      {
        topic: all,
        action: 'create',
        record: {
          id: note1,
          collectionName: 'notes',
          collectionId: 'notes_id',
          text: 'one',
          total: 1,
          secret: absent,
          expand: absent,
        },
      },
    ],
  },
  {
    name: 'update',
    topics: [all],
    act: changes('notes', note1, { text: 'two' }),
    hears: [{ topic: all, action: 'update', record: { id: note1, text: 'two', total: 1 } }],
  },
  {
    name: 'one record by its id',
    topics: [`notes/${note1}`],
    act: changes('notes', note1, { text: 'three' }),
    hears: [{ topic: `notes/${note1}`, action: 'update', record: { text: 'three' } }],
  },
  {
    name: 'another record',
    topics: [`notes/${note1}`],
    act: makes('notes', { id: 'note00000000002', text: 'x' }),
    hears: [],
  },
  {
    name: 'a record that does not exist yet',
    topics: ['notes/note00000000003'],
    act: makes('notes', { id: 'note00000000003' }),
    hears: [{ topic: 'notes/note00000000003', action: 'create', record: {} }],
  },
  {
    name: 'by the id of the collection',
    topics: ['notes_id/*', `notes_id/${note1}`],
    act: changes('notes', note1, { total: 2 }),
    hears: [
      { topic: 'notes_id/*', action: 'update', record: { total: 2 } },
      { topic: `notes_id/${note1}`, action: 'update', record: { total: 2 } },
    ],
  },
  {
    name: 'the old form of a topic',
    topics: ['notes'],
    act: changes('notes', note1, { total: 3 }),
    hears: [{ topic: 'notes', action: 'update', record: { total: 3 } }],
  },
  {
    name: 'names of topics mind their case',
    topics: ['NOTES/*'],
    act: changes('notes', note1, { total: 4 }),
    hears: [],
  },
  {
    name: 'two topics, two messages',
    topics: [all, `notes/${note1}`],
    act: changes('notes', note1, { total: 5 }),
    hears: [
      { topic: all, action: 'update', record: {} },
      { topic: `notes/${note1}`, action: 'update', record: {} },
    ],
  },
  { name: 'another collection', topics: [all], act: makes('locked', { id: 'locked000000001' }), hears: [] },
  {
    name: 'a failed write says nothing',
    topics: [all],
    act: (world) => world.send({ method: 'POST', path: '/api/collections/notes/records', json: { id: 'short' } }),
    hears: [],
  },
  {
    name: 'hidden fields are for superusers',
    topics: [all],
    as: 'superuser',
    act: changes('notes', note1, { secret: 's' }),
    hears: [{ topic: all, action: 'update', record: { secret: 's' } }],
  },
  {
    name: 'no rule: nothing for users',
    topics: ['locked/*', 'locked/locked000000001'],
    as: 'user1',
    act: changes('locked', 'locked000000001', { text: 'x' }),
    hears: [],
  },
  {
    name: 'no rule: everything for superusers',
    topics: ['locked/*'],
    as: 'superuser',
    act: changes('locked', 'locked000000001', { text: 'y' }),
    hears: [{ topic: 'locked/*', action: 'update', record: { text: 'y' } }],
  },
  {
    name: 'listRule for the collection: met',
    topics: ['owned/*'],
    as: 'user1',
    act: makes('owned', { id: owned1, owner: 'user00000000001' }),
    hears: [{ topic: 'owned/*', action: 'create', record: { owner: 'user00000000001' } }],
  },
  {
    name: 'listRule for the collection: not met',
    topics: ['owned/*'],
    as: 'user2',
    act: changes('owned', owned1, { text: 'public' }),
    hears: [],
  },
  {
    name: 'viewRule for a record',
    topics: ['owned/*', `owned/${owned1}`],
    as: 'user2',
    act: changes('owned', owned1, { total: 1 }),
    hears: [{ topic: `owned/${owned1}`, action: 'update', record: { total: 1, text: 'public' } }],
  },
  { name: 'a guest has no id', topics: ['owned/*'], act: changes('owned', owned1, { total: 2 }), hears: [] },
  {
    name: 'an update that leaves the rule says nothing',
    topics: ['owned/*'],
    as: 'user1',
    act: changes('owned', owned1, { owner: 'user00000000002' }),
    hears: [],
  },
  {
    name: 'an update that enters the rule',
    topics: ['owned/*'],
    as: 'user1',
    act: changes('owned', owned1, { owner: 'user00000000001' }),
    hears: [{ topic: 'owned/*', action: 'update', record: {} }],
  },
  {
    name: 'a delete is judged by what was',
    topics: ['owned/*'],
    as: 'user1',
    act: removes('owned', owned1),
    hears: [{ topic: 'owned/*', action: 'delete', record: { id: owned1, owner: 'user00000000001' } }],
  },
  {
    name: 'a delete that may not be seen',
    topics: ['owned/*'],
    as: 'user2',
    act: async (world) => {
      await makes('owned', { id: owned1, owner: 'user00000000001' })(world);
      await removes('owned', owned1)(world);
    },
    hears: [],
  },

  {
    name: 'a filter: met',
    topics: [withOptions(all, { query: { filter: 'total > 10' } })],
    act: changes('notes', note1, { total: 11 }),
    hears: [{ topic: withOptions(all, { query: { filter: 'total > 10' } }), action: 'update', record: { total: 11 } }],
  },
  {
    name: 'a filter: not met',
    topics: [withOptions(all, { query: { filter: 'total > 100' } })],
    act: changes('notes', note1, { total: 12 }),
    hears: [],
  },
  {
    name: 'a broken filter hears nothing',
    topics: [withOptions(all, { query: { filter: 'nothing >' } }), `notes/${note1}`],
    act: changes('notes', note1, { total: 13 }),
    hears: [{ topic: `notes/${note1}`, action: 'update', record: {} }],
  },
  {
    name: 'a filter on a hidden field hears nothing',
    topics: [withOptions(all, { query: { filter: "secret = 's'" } })],
    act: changes('notes', note1, { total: 14 }),
    hears: [],
  },
  {
    name: 'expand',
    topics: [withOptions(all, { query: { expand: 'owner' } })],
    act: changes('notes', note1, { owner: 'user00000000001' }),
    hears: [
      {
        topic: withOptions(all, { query: { expand: 'owner' } }),
        action: 'update',
        record: { expand: { owner: { id: 'user00000000001', email: absent } } },
      },
    ],
  },
  {
    name: 'fields',
    topics: [withOptions(all, { query: { fields: 'id,total' } })],
    act: changes('notes', note1, { total: 15 }),
    hears: [
      {
        topic: withOptions(all, { query: { fields: 'id,total' } }),
        action: 'update',
        record: exactly({ id: note1, total: 15 }),
      },
    ],
  },
  {
    name: 'expand and fields',
    topics: [withOptions(all, { query: { expand: 'owner', fields: 'id,expand.owner.id' } })],
    act: changes('notes', note1, { total: 16 }),
    hears: [
      {
        topic: withOptions(all, { query: { expand: 'owner', fields: 'id,expand.owner.id' } }),
        action: 'update',
        record: exactly({ id: note1, expand: { owner: { id: 'user00000000001' } } }),
      },
    ],
  },
  {
    name: 'query and headers of the options are the request of the rule',
    topics: [withOptions('byContext/*', { query: { key: 'k' }, headers: { 'X-Token': 't' } })],
    act: makes('byContext', {}),
    hears: [
      {
        topic: withOptions('byContext/*', { query: { key: 'k' }, headers: { 'X-Token': 't' } }),
        action: 'create',
        record: {},
      },
    ],
  },
  {
    name: 'without them the rule is not met',
    topics: ['byContext/*'],
    headers: { 'X-Token': 't' },
    act: makes('byContext', {}),
    hears: [],
  },
  {
    name: 'options that are no JSON are part of the topic',
    topics: [`${all}?options=nonsense`],
    act: changes('notes', note1, { total: 17 }),
    hears: [{ topic: `${all}?options=nonsense`, action: 'update', record: {} }],
  },

  {
    name: 'a new list of topics replaces the old',
    topics: [all],
    meanwhile: (world, client) => subscribe(world, client, ['notes/other']),
    act: changes('notes', note1, { total: 18 }),
    hears: [],
  },
  {
    name: 'the identity of the last subscription counts',
    topics: ['owned/*'],
    meanwhile: (world, client) => subscribe(world, client, ['owned/*'], 'user1'),
    act: makes('owned', { id: owned1, owner: 'user00000000001' }),
    hears: [{ topic: 'owned/*', action: 'create', record: {} }],
  },
  {
    name: "one's own e-mail",
    topics: ['users/*'],
    as: 'user1',
    act: changes('users', 'user00000000001', { name: 'Uno' }),
    hears: [
      {
        topic: 'users/*',
        action: 'update',
        record: { name: 'Uno', email: 'one@example.com', password: absent, tokenKey: absent },
      },
    ],
  },
  {
    name: 'the e-mail of another',
    topics: ['users/*'],
    as: 'user2',
    act: changes('users', 'user00000000001', { name: 'One' }),
    hears: [{ topic: 'users/*', action: 'update', record: { name: 'One', email: absent } }],
  },
  {
    name: 'a client whose token was revoked is a guest',
    topics: ['owned/*', all],
    as: 'user1',
    meanwhile: (world) =>
      world.updateRecord('users', 'user00000000001', { password: userPassword, passwordConfirm: userPassword }),
    act: async (world) => {
      await world.signIn('user1', 'users', 'one@example.com', userPassword);
      await changes('owned', owned1, { total: 3 })(world);
      await changes('notes', note1, { total: 19 })(world);
    },
    hears: [{ topic: all, action: 'update', record: { total: 19 } }],
  },
  {
    name: 'a client whose record changed is judged by the new record',
    topics: ['users/user00000000001'],
    as: 'user1',
    meanwhile: (world) => world.updateCollection('users', { viewRule: "@request.auth.name = 'Boss'" }),
    act: changes('users', 'user00000000001', { name: 'Boss' }),
    hears: [{ topic: 'users/user00000000001', action: 'update', record: { name: 'Boss' } }],
  },

  {
    name: 'delete',
    topics: [all, `notes/note00000000002`],
    act: removes('notes', 'note00000000002'),
    hears: [
      { topic: all, action: 'delete', record: { id: 'note00000000002', text: 'x' } },
      { topic: 'notes/note00000000002', action: 'delete', record: {} },
    ],
  },
  {
    name: 'a cascade',
    topics: [all, 'children/*'],
    meanwhile: (world) => world.createRecord('children', { id: 'child0000000001', note: 'note00000000003' }),
    act: removes('notes', 'note00000000003'),
    hears: [
      { topic: all, action: 'delete', record: { id: 'note00000000003' } },
      { topic: 'children/*', action: 'create', record: {} },
      { topic: 'children/*', action: 'delete', record: { id: 'child0000000001' } },
    ],
  },
  {
    name: 'a batch',
    topics: [all],
    act: (world) =>
      world.expect({
        method: 'POST',
        path: '/api/batch',
        json: {
          requests: [
            { method: 'POST', url: '/api/collections/notes/records', body: { id: 'note00000000004', text: 'a' } },
            { method: 'PATCH', url: `/api/collections/notes/records/${note1}`, body: { total: 20 } },
          ],
        },
      }),
    hears: [
      { topic: all, action: 'create', record: { id: 'note00000000004' } },
      { topic: all, action: 'update', record: { total: 20 } },
    ],
  },
  {
    name: 'a failed batch',
    topics: [all],
    act: (world) =>
      world.send({
        method: 'POST',
        path: '/api/batch',
        json: {
          requests: [
            { method: 'POST', url: '/api/collections/notes/records', body: { text: 'a' } },
            { method: 'POST', url: '/api/collections/notes/records', body: { id: 'short' } },
          ],
        },
      }),
    hears: [],
  },
  {
    name: 'truncate',
    topics: ['children/*'],
    meanwhile: (world) => world.createRecord('children', { id: 'child0000000002' }),
    act: (world) => world.expect({ method: 'DELETE', path: '/api/collections/children/truncate', as: 'superuser' }),
    hears: [
      { topic: 'children/*', action: 'create', record: {} },
      { topic: 'children/*', action: 'delete', record: { id: 'child0000000002' } },
    ],
  },
  {
    name: 'a collection that is renamed',
    topics: ['renamed/*'],
    meanwhile: (world) => world.updateCollection('children', { name: 'renamed' }),
    act: makes('renamed', { id: 'child0000000003' }),
    hears: [{ topic: 'renamed/*', action: 'create', record: {} }],
  },
];

apiSuite('realtime: messages', setUp, (suite) => {
  for (const one of cases) suite.test(one.name, (world) => runCase(world, one));

  suite.test('many changes of one record are all heard', async (world) => {
    await using client = await SseClient.connect(world.server.baseUrl);
    await subscribe(world, client, [`notes/${note1}`]);
    for (let total = 100; total < 120; total += 1) await changes('notes', note1, { total })(world);
    const heard = await listen(world, client);
    assert.equal(heard.length, 20);
  });
});
