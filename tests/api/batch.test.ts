// POST /api/batch. Contract part 1, section 4.9.
import { absent, exactly } from '../../src/testing/match.ts';
import { apiSuite, type Json, type Scenario } from '../../src/testing/scenario.ts';
import type { JsonObject, World } from '../../src/testing/world.ts';

const records = '/api/collections/posts/records';

async function setUp(world: World): Promise<void> {
  await world.createUser('user1', { id: 'user00000000001' });
  const relation = { name: 'owner', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 };
  await world.createCollection({
    name: 'posts',
    listRule: '',
    viewRule: '',
    createRule: "@request.body.title != 'forbidden'",
    updateRule: '',
    deleteRule: "title != 'keep'",
    fields: [
      { name: 'title', type: 'text', max: 20 },
      { name: 'total', type: 'number' },
      { name: 'docs', type: 'file', maxSelect: 3 },
      relation,
      { name: 'secret', type: 'text', hidden: true },
    ],
    indexes: ["CREATE UNIQUE INDEX idx_posts_title ON posts (title) WHERE title != ''"],
  });
  await world.createCollection({
    name: 'contextual',
    createRule: "@request.context = 'batch' && @request.headers.x_token = 'outer'",
    viewRule: '',
    fields: [{ name: 'title', type: 'text' }],
  });
  await world.createCollection({
    name: 'owned',
    createRule: "@request.auth.id != '' && owner = @request.auth.id",
    viewRule: '',
    fields: [relation],
  });
  await world.createRecord('posts', { id: 'post00000000001', title: 'One', total: 1 });
}

/** A line that sends a batch. */
function batch(name: string, requests: unknown, status: number, body: Json, more: Partial<Scenario> = {}): Scenario {
  return { name, method: 'POST', path: '/api/batch', json: { requests }, status, body, ...more };
}

const create = (body: JsonObject, url = records): object => ({ method: 'POST', url, body });
const failedAt = (index: number, status: number, response: object = {}): object => ({
  status: 400,
  message: 'Batch transaction failed.',
  data: {
    requests: exactlyOneKey(String(index), {
      code: 'batch_request_failed',
      message: 'Batch request failed.',
      response: { status, ...response },
    }),
  },
});
const exactlyOneKey = (key: string, value: object): object => ({ [key]: value });
const isGone = (id: string): Scenario => ({ name: `${id} is not there`, path: `${records}/${id}`, status: 404 });

apiSuite('batch', setUp, (suite) => {
  suite.scenarios('turned off, as it comes', [
    batch(
      'guest',
      [create({ title: 'a' })],
      403,
      exactly({ data: {}, message: 'Batch requests are not allowed.', status: 403 }),
    ),
    batch('superuser', [], 403, { message: 'Batch requests are not allowed.' }, { as: 'superuser' }),
    {
      name: 'turn it on',
      method: 'PATCH',
      path: '/api/settings',
      as: 'superuser',
      json: { batch: { enabled: true, maxRequests: 5, timeout: 5 } },
      status: 200,
      body: { batch: exactly({ enabled: true, maxRequests: 5, timeout: 5, maxBodySize: 0 }) },
    },
  ]);

  suite.scenarios('what is wrong with the list itself', [
    batch('none', [], 400, {
      message: 'Invalid batch request data.',
      data: exactly({ requests: { code: 'validation_required', message: 'Cannot be blank.' } }),
    }),
    batch('no list', undefined, 400, { data: { requests: { code: 'validation_required' } } }),
    batch(
      'too many',
      Array.from({ length: 6 }, () => create({})),
      400,
      {
        message: 'Invalid batch request data.',
        data: { requests: { code: 'validation_length_too_long', params: { min: 0, max: 5 } } },
      },
    ),
    batch('no method', [{ url: records }], 400, {
      message: 'Invalid batch request data.',
      data: { requests: { 0: { method: { code: 'validation_required' } } } },
    }),
    batch('no url', [{ method: 'POST' }], 400, { data: { requests: { 0: { url: { code: 'validation_required' } } } } }),
    batch('an unknown method', [create({}), { method: 'TRACE', url: records }], 400, {
      data: { requests: { 1: { method: { code: 'validation_in_invalid' } } } },
    }),
    batch('a url of 2001', [{ method: 'POST', url: `${records}?${'x'.repeat(2001)}` }], 400, {
      data: { requests: { 0: { url: { code: 'validation_length_too_long' } } } },
    }),
    { name: 'no JSON', method: 'POST', path: '/api/batch', raw: { type: 'application/json', bytes: '{' }, status: 400 },
    { name: 'GET', path: '/api/batch', status: 404 },
  ]);

  suite.scenarios('all verbs', [
    batch(
      'create, update, upsert, delete',
      [
        create({ id: 'post00000000002', title: 'Two', total: 2 }, `${records}?fields=id,title`),
        {
          method: 'PATCH',
          url: `${records}/post00000000001?expand=owner`,
          body: { 'total+': 5, owner: 'user00000000001' },
        },
        { method: 'PUT', url: records, body: { id: 'post00000000003', title: 'Three' } },
        { method: 'PUT', url: records, body: { id: 'post00000000002', 'total+': 1 } },
        { method: 'DELETE', url: `${records}/post00000000003` },
      ],
      200,
      [
        { status: 200, body: exactly({ id: 'post00000000002', title: 'Two' }) },
        { status: 200, body: { total: 6, owner: 'user00000000001', expand: exactly({}) } },
        { status: 200, body: { id: 'post00000000003', title: 'Three' } },
        { status: 200, body: { id: 'post00000000002', title: 'Two', total: 3 } },
        exactly({ status: 204, body: null }),
      ],
    ),
    {
      name: 'it is all there',
      path: `${records}?sort=id&fields=id,total`,
      status: 200,
      body: {
        items: exactly([
          { id: 'post00000000001', total: 6 },
          { id: 'post00000000002', total: 3 },
        ]),
      },
    },
    batch(
      'a later request sees an earlier one',
      [
        create({ id: 'post00000000004', title: 'Four' }),
        { method: 'PATCH', url: `${records}/post00000000004`, body: { total: 4 } },
        { method: 'DELETE', url: `${records}/post00000000004` },
      ],
      200,
      [{ status: 200 }, { body: { total: 4, title: 'Four' } }, { status: 204 }],
    ),
    isGone('post00000000004'),
    batch('PUT without an id creates', [{ method: 'PUT', url: records, body: { total: 9 } }], 200, [
      { status: 200, body: { id: /^[a-z0-9]{15}$/, total: 9 } },
    ]),
  ]);

  suite.scenarios('one failure undoes everything', [
    batch(
      'validation',
      [create({ id: 'post00000000005' }), create({ title: 'x'.repeat(21) })],
      400,
      failedAt(1, 400, {
        message: 'Failed to create record.',
        data: { title: { code: 'validation_max_text_constraint' } },
      }),
    ),
    isGone('post00000000005'),
    batch(
      'a rule',
      [create({ id: 'post00000000005' }), create({ title: 'forbidden' })],
      400,
      failedAt(1, 400, { message: 'Failed to create record.', data: exactly({}) }),
    ),
    isGone('post00000000005'),
    batch(
      'a unique value of the same batch',
      [create({ id: 'post00000000005', title: 'same' }), create({ title: 'same' })],
      400,
      failedAt(1, 400, { data: { title: { code: 'validation_not_unique' } } }),
    ),
    isGone('post00000000005'),
    batch(
      'a missing record',
      [create({ id: 'post00000000005' }), { method: 'PATCH', url: `${records}/missing`, body: {} }],
      400,
      failedAt(1, 404),
    ),
    isGone('post00000000005'),
    batch('a locked collection', [create({}, '/api/collections/_superusers/records')], 400, failedAt(0, 403)),
    batch('a list', [{ method: 'GET', url: records }], 400, failedAt(0, 400)),
    batch('a view', [{ method: 'GET', url: `${records}/post00000000001` }], 400, failedAt(0, 400)),
    batch('another route', [create({}, '/api/collections/users/auth-with-password')], 400, failedAt(0, 400)),
    batch('a batch in a batch', [create({}, '/api/batch')], 400, failedAt(0, 400)),
    batch('another host', [create({}, `http://127.0.0.1${records}`)], 400, failedAt(0, 400)),
    batch(
      'the second failure is not reached',
      [create({ title: 'forbidden' }), create({ title: 'forbidden' })],
      400,
      failedAt(0, 400),
      { excludes: ['"1":'] },
    ),
  ]);

  suite.scenarios('who asks', [
    batch(
      'the outer token counts',
      [create({ owner: 'user00000000001' }, '/api/collections/owned/records')],
      200,
      [{ status: 200 }],
      { as: 'user1' },
    ),
    batch(
      'not the inner one',
      [
        {
          ...create({ owner: 'user00000000001' }, '/api/collections/owned/records'),
          headers: { Authorization: 'TOKEN' },
        },
      ],
      400,
      failedAt(0, 400),
      {
        json: (world) => ({
          requests: [
            {
              ...create({ owner: 'user00000000001' }, '/api/collections/owned/records'),
              headers: { Authorization: world.tokenOf('user1') },
            },
          ],
        }),
      },
    ),
    batch(
      'the context is batch, headers come from the outside',
      [create({ title: 'x' }, '/api/collections/contextual/records')],
      200,
      [{ status: 200 }],
      { headers: { 'X-Token': 'outer' } },
    ),
    batch(
      'inner headers win',
      [{ ...create({ title: 'x' }, '/api/collections/contextual/records'), headers: { 'X-Token': 'inner' } }],
      400,
      failedAt(0, 400),
      { headers: { 'X-Token': 'outer' } },
    ),
    batch('hidden fields are not written', [create({ id: 'post00000000006', secret: 'x' })], 200, [
      { body: { secret: absent } },
    ]),
    { name: 'it is empty', path: `${records}/post00000000006`, as: 'superuser', status: 200, body: { secret: '' } },
    batch(
      'superusers pass every rule',
      [create({ title: 'forbidden', secret: 'y' })],
      200,
      [{ body: { secret: 'y' } }],
      { as: 'superuser' },
    ),
  ]);

  const file = (text: string): { name: string; bytes: string } => ({ name: `${text}.txt`, bytes: text });
  suite.scenarios('files', [
    {
      name: 'by requests.N.field and requests[N].field',
      method: 'POST',
      path: '/api/batch',
      multipart: [
        [
          '@jsonPayload',
          JSON.stringify({
            requests: [create({ id: 'post00000000007', title: 'Seven' }), create({ id: 'post00000000008' })],
          }),
        ],
        ['requests.0.docs', file('first')],
        ['requests[0].docs', file('second')],
        ['requests.1.docs', file('third')],
      ],
      status: 200,
      body: [
        { body: { title: 'Seven', docs: [/^(first|second)_\w+\.txt$/, /^(first|second)_\w+\.txt$/] } },
        { body: { docs: [/^third_\w+\.txt$/] } },
      ],
    },
    {
      name: 'with a modifier',
      method: 'POST',
      path: '/api/batch',
      multipart: [
        [
          '@jsonPayload',
          JSON.stringify({ requests: [{ method: 'PATCH', url: `${records}/post00000000008`, body: {} }] }),
        ],
        ['requests.0.docs+', file('fourth')],
      ],
      status: 200,
      body: [{ body: { docs: [/^third_/, /^fourth_/] } }],
    },
  ]);

  suite.test('files of a failed batch are not kept', async (world) => {
    const answer = await world.send({
      method: 'POST',
      path: '/api/batch',
      multipart: [
        [
          '@jsonPayload',
          JSON.stringify({ requests: [create({ id: 'post00000000009' }), create({ title: 'forbidden' })] }),
        ],
        ['requests.0.docs', { name: 'lost.txt', bytes: 'lost' }],
      ],
    });
    if (answer.status !== 400) throw new Error(answer.text);
    const record = await world.send({ path: `${records}/post00000000009` });
    if (record.status !== 404) throw new Error(record.text);
  });
});
