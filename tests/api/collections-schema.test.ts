// Collections: indexes, schema changes on live data, how PATCH merges. Contract part 1, sections 2.1 and 2.2.
import { absent, exactly } from '../../src/testing/match.ts';
import { apiSuite, type Json, type Scenario } from '../../src/testing/scenario.ts';
import type { JsonObject, World } from '../../src/testing/world.ts';

const collections = '/api/collections';
const fails = (code: string, rest: object = {}): object => ({ code, ...rest });

/** A line that changes a collection. */
function changes(name: string, collection: string, json: object, body: Json, more: Partial<Scenario> = {}): Scenario {
  return {
    name,
    method: 'PATCH',
    path: `${collections}/${collection}`,
    as: 'superuser',
    json,
    status: 200,
    body,
    ...more,
  };
}

function refuses(name: string, collection: string, json: object, data: unknown): Scenario {
  const body = { data, message: 'Failed to update collection.' };
  return { name, method: 'PATCH', path: `${collections}/${collection}`, as: 'superuser', json, status: 400, body };
}

/** A line that reads the record `live00000000001` of the collection. */
function shows(name: string, collection: string, body: object): Scenario {
  return { name, path: `${collections}/${collection}/records/live00000000001`, as: 'superuser', status: 200, body };
}

const title = { id: 'f_title', name: 'title', type: 'text' };
const rank = { id: 'f_rank', name: 'rank', type: 'number' };
const kind = { id: 'f_kind', name: 'kind', type: 'select', maxSelect: 1, values: ['a', 'b', 'c'] };

async function setUp(world: World): Promise<void> {
  await world.createCollection({ name: 'live', fields: [title, rank, kind] });
  await world.createRecord('live', { id: 'live00000000001', title: 'One', rank: 1, kind: 'a' });
  await world.createRecord('live', { id: 'live00000000002', title: 'Two', rank: 2 });
  await world.createCollection({
    name: 'indexed',
    fields: [
      { name: 'a', type: 'text' },
      { name: 'b', type: 'text' },
    ],
  });
  await world.createRecord('indexed', { a: 'x', b: '1' });
  await world.createRecord('indexed', { a: 'x', b: '2' });
  await world.createCollection({ name: 'other', indexes: ['CREATE INDEX idx_other ON other (id)'] });
  await world.createCollection({
    name: 'linking',
    fields: [
      { id: 'f_rel', name: 'rel', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 },
      { id: 'f_doc', name: 'doc', type: 'file', maxSelect: 3 },
    ],
  });
  await world.createUser('user1', { id: 'user00000000001' });
  await world.createRecord('linking', { id: 'live00000000001', rel: 'user00000000001' });
}

apiSuite('collections: schema', setUp, (suite) => {
  suite.scenarios('indexes', [
    changes(
      'the table name is put in place',
      'indexed',
      { indexes: ['CREATE INDEX idx_a ON nonsense (a)'] },
      { indexes: [/^CREATE INDEX `idx_a` ON `indexed` \(\s*`?a`?\s*\)$/] },
    ),
    changes(
      'keywords in any case, columns with an order and a collation',
      'indexed',
      { indexes: ['create index if not exists idx_a on indexed (a COLLATE NOCASE, b DESC)'] },
      { indexes: ['create index if not exists idx_a on indexed (a COLLATE NOCASE, b DESC)'] },
    ),
    refuses(
      'unique against the data',
      'indexed',
      { indexes: ['CREATE UNIQUE INDEX idx_u ON indexed (a)'] },
      { indexes: { 0: fails('validation_invalid_index_expression') } },
    ),
    changes('the failed change left the old index', 'indexed', {}, { indexes: [/idx_a/] }),
    changes(
      'unique where the data allows',
      'indexed',
      { indexes: ['CREATE UNIQUE INDEX idx_u ON indexed (a, b)'] },
      { indexes: ['CREATE UNIQUE INDEX idx_u ON indexed (a, b)'] },
    ),
    {
      name: 'it holds',
      method: 'POST',
      path: `${collections}/indexed/records`,
      as: 'superuser',
      json: { a: 'x', b: '2' },
      status: 400,
      body: {
        data: exactly({
          a: { code: 'validation_not_unique', message: 'Value must be unique.' },
          b: { code: 'validation_not_unique', message: 'Value must be unique.' },
        }),
      },
    },
    changes('removed', 'indexed', { indexes: [] }, { indexes: exactly([]) }),
    {
      name: 'it no longer holds',
      method: 'POST',
      path: `${collections}/indexed/records`,
      as: 'superuser',
      json: { a: 'x', b: '2' },
      status: 200,
    },
    refuses(
      'no SQL',
      'indexed',
      { indexes: ['nonsense'] },
      { indexes: { 0: fails('validation_invalid_index_expression') } },
    ),
    refuses(
      'an unknown column',
      'indexed',
      { indexes: ['CREATE INDEX idx_x ON indexed (nothing)'] },
      { indexes: { 0: fails('validation_invalid_index_expression') } },
    ),
    refuses(
      'the same name twice',
      'indexed',
      { indexes: ['CREATE INDEX idx_x ON indexed (a)', 'CREATE INDEX IDX_X ON indexed (b)'] },
      { indexes: { 1: fails('validation_duplicated_index_name') } },
    ),
    refuses(
      'the same definition twice',
      'indexed',
      { indexes: ['CREATE INDEX idx_x ON indexed (a)', 'CREATE INDEX idx_y ON indexed (a)'] },
      { indexes: { 1: fails('validation_duplicated_index_definition') } },
    ),
    refuses(
      'the name of an index elsewhere',
      'indexed',
      { indexes: ['CREATE INDEX idx_OTHER ON indexed (a)'] },
      { indexes: { 0: fails('validation_existing_index_name', { params: { usedTableName: 'other' } }) } },
    ),
    changes(
      'put on a new field in one request',
      'indexed',
      {
        fields: [
          { name: 'a', type: 'text' },
          { name: 'b', type: 'text' },
          { name: 'c', type: 'text' },
        ],
        indexes: ['CREATE INDEX idx_c ON indexed (c)'],
      },
      { indexes: [/idx_c/] },
    ),
    changes('follows a rename of the collection', 'indexed', { name: 'indexed2' }, { indexes: [/ON `indexed2`/] }),
    refuses(
      'of a field that is removed',
      'indexed2',
      { fields: [{ name: 'a', type: 'text' }] },
      { indexes: { 0: fails('validation_invalid_index_expression') } },
    ),
    changes(
      'removed together with its field',
      'indexed2',
      { fields: [{ name: 'a', type: 'text' }], indexes: [] },
      { fields: [{ name: 'id' }, { name: 'a' }], indexes: exactly([]) },
    ),
  ]);

  suite.scenarios('fields on live data', [
    changes(
      'add',
      'live',
      {
        fields: [
          title,
          rank,
          kind,
          { id: 'f_flag', name: 'flag', type: 'bool' },
          { id: 'f_data', name: 'data', type: 'json' },
        ],
      },
      {
        fields: [
          { name: 'id' },
          { name: 'title' },
          { name: 'rank' },
          { name: 'kind' },
          { name: 'flag' },
          { name: 'data' },
        ],
      },
    ),
    shows('old records have the zero values', 'live', { title: 'One', flag: false, data: null }),
    changes(
      'rename by field id',
      'live',
      { fields: [{ ...title, name: 'headline' }, rank, kind] },
      { fields: [{}, { id: 'f_title', name: 'headline' }, {}, {}] },
    ),
    shows('the values stay', 'live', { headline: 'One', title: absent, flag: absent, data: absent }),
    changes(
      'swap two names',
      'live',
      { fields: [{ ...title, name: 'note' }, rank, kind, { id: 'f_note', name: 'headline', type: 'text' }] },
      {},
    ),
    changes(
      'swap them again',
      'live',
      { fields: [{ ...title, name: 'headline' }, rank, kind, { id: 'f_note', name: 'note', type: 'text' }] },
      {},
    ),
    shows('the values went with the ids', 'live', { headline: 'One', note: '' }),
    changes(
      'another id is another column',
      'live',
      { fields: [{ id: 'f_new', name: 'headline', type: 'text' }, rank, kind] },
      { fields: [{}, { id: 'f_new' }, {}, {}] },
    ),
    shows('the values are gone', 'live', { headline: '', rank: 1 }),
    changes(
      'from one to many',
      'live',
      { fields: [rank, { ...kind, maxSelect: 3 }] },
      { fields: [{}, {}, { maxSelect: 3 }] },
    ),
    shows('a value becomes a list', 'live', { kind: ['a'] }),
    {
      name: 'no value becomes an empty list',
      path: `${collections}/live/records/live00000000002`,
      as: 'superuser',
      status: 200,
      body: { kind: exactly([]) },
    },
    {
      name: 'several values',
      method: 'PATCH',
      path: `${collections}/live/records/live00000000001`,
      as: 'superuser',
      json: { kind: ['c', 'a', 'b'] },
      status: 200,
      body: { kind: ['c', 'a', 'b'] },
    },
    changes('from many to one', 'live', { fields: [rank, { ...kind, maxSelect: 1 }] }, {}),
    shows('the last value stays', 'live', { kind: 'b' }),
    {
      name: 'no value becomes empty',
      path: `${collections}/live/records/live00000000002`,
      as: 'superuser',
      status: 200,
      body: { kind: '' },
    },
    changes(
      'a field that changes its type by getting a new id',
      'live',
      { fields: [{ id: 'f_rank2', name: 'rank', type: 'text' }, kind] },
      {},
    ),
    shows('the old values are gone', 'live', { rank: '', kind: 'b' }),
    changes('the collection renamed', 'live', { name: 'alive' }, {}),
    shows('the records are there under the new name', 'alive', { kind: 'b', collectionName: 'alive' }),
    changes('and back', 'alive', { name: 'live' }, {}),
    changes(
      'a relation from one to many',
      'linking',
      { fields: [{ id: 'f_rel', name: 'rel', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 5 }] },
      {},
    ),
    shows('the id becomes a list', 'linking', { rel: ['user00000000001'], doc: absent }),
    changes(
      'options of the id field',
      'live',
      { fields: [{ id: 'text3208210256', name: 'id', type: 'text', min: 1, max: 40, pattern: '^[a-z0-9_]+$' }, kind] },
      {
        fields: [
          { name: 'id', min: 1, max: 40, pattern: '^[a-z0-9_]+$', primaryKey: true, required: true, system: true },
          {},
        ],
      },
    ),
    {
      name: 'they hold',
      method: 'POST',
      path: `${collections}/live/records`,
      as: 'superuser',
      json: { id: 'my_id' },
      status: 200,
      body: { id: 'my_id' },
    },
    changes(
      'left out they are lost',
      'live',
      { fields: [kind] },
      { fields: [{ name: 'id', min: 15, max: 15 }, { name: 'kind' }] },
    ),
  ]);

  suite.scenarios('how fields merge', [
    changes(
      'a field without an id finds the column of its default id',
      'other',
      { fields: [{ name: 'byDefault', type: 'text' }] },
      {},
    ),
    {
      name: 'a value',
      method: 'POST',
      path: `${collections}/other/records`,
      as: 'superuser',
      json: { id: 'live00000000001', byDefault: 'kept' },
      status: 200,
    },
    changes(
      'again, with another option',
      'other',
      { fields: [{ name: 'byDefault', type: 'text', max: 100 }] },
      { fields: [{}, { max: 100 }] },
    ),
    shows('the value stays', 'other', { byDefault: 'kept' }),
    changes(
      'an option left out is reset',
      'other',
      { fields: [{ name: 'byDefault', type: 'text', pattern: '^k' }] },
      { fields: [{}, { max: 0, pattern: '^k' }] },
    ),
    changes('null clears the fields down to the system ones', 'other', { fields: null }, { fields: [{ name: 'id' }] }),
    changes('an absent list changes nothing', 'other', { viewRule: '' }, { fields: [{ name: 'id' }] }),
  ]);

  suite.scenarios('how options of an auth collection merge', [
    changes(
      'one value of a nested object',
      'users',
      { authToken: { duration: 1000 } },
      { authToken: exactly({ duration: 1000 }), fileToken: exactly({ duration: 180 }) },
    ),
    changes(
      'a nested object in a nested object',
      'users',
      { otp: { emailTemplate: { subject: 'Code' } } },
      { otp: { enabled: false, length: 8, emailTemplate: { subject: 'Code', body: /\{OTP\}/ } } },
    ),
    changes(
      'null for a number or an object changes nothing',
      'users',
      { authToken: { duration: null }, mfa: null },
      { authToken: { duration: 1000 }, mfa: { duration: 600 } },
    ),
    changes('null clears a rule', 'users', { authRule: null }, { authRule: null }),
    changes(
      'a list of texts is replaced',
      'users',
      { authRule: '', passwordAuth: { identityFields: ['email'] } },
      { passwordAuth: exactly({ enabled: true, identityFields: ['email'] }) },
    ),
    changes(
      'providers merge by position',
      'users',
      {
        oauth2: {
          providers: [
            { name: 'google', clientId: 'id1', clientSecret: 's1' },
            { name: 'github', clientId: 'id2', clientSecret: 's2' },
          ],
        },
      },
      {
        oauth2: {
          providers: [
            exactly({
              pkce: null,
              name: 'google',
              clientId: 'id1',
              authURL: '',
              tokenURL: '',
              userInfoURL: '',
              displayName: '',
              extra: null,
            }),
            { name: 'github' },
          ],
        },
      },
      { excludes: ['clientSecret', '"s1"'] },
    ),
    changes(
      'and are cut to the new length',
      'users',
      { oauth2: { providers: [{ clientId: 'id3' }] } },
      { oauth2: { providers: [{ name: 'google', clientId: 'id3' }] } },
    ),
    changes(
      'mapped fields that do not exist are cleared',
      'users',
      { oauth2: { mappedFields: { name: 'nothing' } } },
      { oauth2: { mappedFields: { name: '', avatarURL: 'avatar' } } },
    ),
  ]);

  suite.test('a second statement behind an index never runs', async (world) => {
    const indexes = ['CREATE INDEX idx_x ON other (id); DROP TABLE other'];
    await world.send({ method: 'PATCH', path: `${collections}/other`, as: 'superuser', json: { indexes } });
    await world.readRecord('other', 'live00000000001');
  });

  suite.test('several schema changes fail or succeed as one', async (world) => {
    const before = await world.expect({ path: `${collections}/live`, as: 'superuser' });
    const answer = await world.send({
      method: 'PATCH',
      path: `${collections}/live`,
      as: 'superuser',
      json: {
        name: 'moved',
        fields: [{ name: 'fresh', type: 'text' }],
        indexes: ['CREATE INDEX idx_bad ON moved (nothing)'],
      },
    });
    if (answer.status !== 400) throw new Error(`got ${answer.status}`);
    const after: JsonObject = await world.expect({ path: `${collections}/live`, as: 'superuser' });
    if (JSON.stringify(after) !== JSON.stringify(before)) throw new Error('the collection changed');
    const record = await world.readRecord('live', 'live00000000001');
    if (record['kind'] !== 'b') throw new Error('the records changed');
  });
});
