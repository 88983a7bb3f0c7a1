// Who may do what with records: each state of a rule against each verb, and the order of the checks. Contract part 1, section 4.2.
import { absent, exactly } from '../../src/testing/match.ts';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const records = (collection: string): string => `/api/collections/${collection}/records`;
const one = (collection: string): string => `${records(collection)}/record000000001`;
const locked = { data: exactly({}), message: 'Only superusers can perform this action.', status: 403 };
const missing = { data: exactly({}), message: "The requested resource wasn't found.", status: 404 };
const failedCreate = { data: exactly({}), message: 'Failed to create record.', status: 400 };

/** The same rule for all verbs. */
const rules = (rule: string | null): object => ({
  listRule: rule,
  viewRule: rule,
  createRule: rule,
  updateRule: rule,
  deleteRule: rule,
});

async function setUp(world: World): Promise<void> {
  const fields = [
    { name: 'title', type: 'text', max: 10 },
    { name: 'owner', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 },
    { name: 'secret', type: 'text', hidden: true },
  ];
  await world.createUser('user1', { id: 'user00000000001' });
  await world.createUser('user2', { id: 'user00000000002' });
  await world.createCollection({ name: 'locked', fields, ...rules(null) });
  await world.createCollection({ name: 'open', fields, ...rules('') });
  await world.createCollection({
    name: 'owned',
    fields,
    ...rules("@request.auth.id != '' && owner = @request.auth.id"),
  });
  await world.createCollection({ name: 'broken', fields, ...rules('@request.auth.name.here = 1') });
  for (const collection of ['locked', 'open', 'owned', 'broken']) {
    const record = { id: 'record000000001', title: 'One', owner: 'user00000000001', secret: 'hidden text' };
    await world.createRecord(collection, record);
    await world.createRecord(collection, { ...record, id: 'record000000002', owner: 'user00000000002' });
  }
}

/** All verbs of one collection for one requester, in an order that leaves the first record as it was. */
function verbs(
  collection: string,
  as: string,
  expected: Record<'list' | 'view' | 'create' | 'update' | 'delete', Partial<Scenario> & { status: number }>,
): Scenario[] {
  const json = { title: 'New', owner: 'user00000000001' };
  const name = `${as} on ${collection}`;
  return [
    { name: `${name}: list`, path: records(collection), as, ...expected.list },
    { name: `${name}: view`, path: one(collection), as, ...expected.view },
    { name: `${name}: create`, method: 'POST', path: records(collection), as, json, ...expected.create },
    { name: `${name}: update`, method: 'PATCH', path: one(collection), as, json: { title: 'New' }, ...expected.update },
    {
      name: `${name}: delete`,
      method: 'DELETE',
      path: `${records(collection)}/record000000009`,
      as,
      before: async (world) => {
        await world.send({
          method: 'POST',
          path: records(collection),
          as: 'superuser',
          json: { id: 'record000000009', owner: 'user00000000001' },
        });
      },
      ...expected.delete,
    },
  ];
}

apiSuite('records: access', setUp, (suite) => {
  const allLocked = {
    list: { status: 403, body: locked },
    view: { status: 403, body: locked },
    create: { status: 403, body: locked },
    update: { status: 403, body: locked },
    delete: { status: 403, body: locked },
  };
  const all = (count: number): Parameters<typeof verbs>[2] => ({
    list: { status: 200, body: { totalItems: count } },
    view: { status: 200, body: { id: 'record000000001' } },
    create: { status: 200, body: { title: 'New' } },
    update: { status: 200, body: { title: 'New' } },
    delete: { status: 204 },
  });
  const none: Parameters<typeof verbs>[2] = {
    list: { status: 200, body: exactly({ items: [], page: 1, perPage: 30, totalItems: 0, totalPages: 0 }) },
    view: { status: 404, body: missing },
    create: { status: 400, body: failedCreate },
    update: { status: 404, body: missing },
    delete: { status: 404, body: missing },
  };

  suite.scenarios('no rule: superusers only', [
    ...verbs('locked', 'guest', allLocked),
    ...verbs('locked', 'user1', allLocked),
    ...verbs('locked', 'superuser', all(3)),
  ]);
  suite.scenarios('an empty rule: everybody', [...verbs('open', 'guest', all(2)), ...verbs('open', 'user1', all(3))]);
  suite.scenarios('a rule', [
    ...verbs('owned', 'guest', none),
    ...verbs('owned', 'user1', { ...all(2), list: { status: 200, body: { totalItems: 2 } } }),
    ...verbs('owned', 'superuser', all(3)),
    {
      name: 'the record of another: view',
      path: `${records('owned')}/record000000002`,
      as: 'user1',
      status: 404,
      body: missing,
    },
    {
      name: 'the record of another: update',
      method: 'PATCH',
      path: `${records('owned')}/record000000002`,
      as: 'user1',
      json: { title: 'x' },
      status: 404,
      body: missing,
    },
    {
      name: 'the record of another: delete',
      method: 'DELETE',
      path: `${records('owned')}/record000000002`,
      as: 'user1',
      status: 404,
      body: missing,
    },
    {
      name: 'creating for another',
      method: 'POST',
      path: records('owned'),
      as: 'user1',
      json: { owner: 'user00000000002' },
      status: 400,
      body: failedCreate,
    },
    {
      name: "giving away one's own (the rule sees the old row)",
      method: 'PATCH',
      path: one('owned'),
      as: 'user1',
      json: { owner: 'user00000000002' },
      status: 200,
    },
    { name: 'it is gone for the giver', path: one('owned'), as: 'user1', status: 404 },
  ]);
  suite.scenarios('a rule that cannot be built', [
    ...verbs('broken', 'user1', {
      list: { status: 400, body: { data: exactly({}) } },
      view: { status: 404, body: missing },
      create: { status: 400, body: { data: exactly({}) } },
      update: { status: 404, body: missing },
      delete: { status: 404, body: missing },
    }),
  ]);

  suite.scenarios('the order of the checks', [
    ...(['GET', 'PATCH', 'DELETE'] as const).flatMap((method): Scenario[] => [
      {
        name: `${method}: locked before missing`,
        method,
        path: `${records('locked')}/missing`,
        json: method === 'PATCH' ? {} : undefined,
        status: 403,
        body: locked,
      },
      {
        name: `${method}: missing`,
        method,
        path: `${records('open')}/missing`,
        json: method === 'PATCH' ? {} : undefined,
        status: 404,
        body: missing,
      },
      {
        name: `${method}: missing for superusers`,
        method,
        path: `${records('open')}/missing`,
        as: 'superuser',
        json: method === 'PATCH' ? {} : undefined,
        status: 404,
        body: missing,
      },
    ]),
    {
      name: 'unknown collection: list',
      path: records('nothing'),
      status: 404,
      body: { message: 'Missing collection context.' },
    },
    {
      name: 'unknown collection: view',
      path: one('nothing'),
      status: 404,
      body: { message: 'Missing collection context.' },
    },
    {
      name: 'unknown collection: create',
      method: 'POST',
      path: records('nothing'),
      json: {},
      status: 404,
      body: { message: 'Missing or invalid collection context.' },
    },
    {
      name: 'unknown collection: update',
      method: 'PATCH',
      path: one('nothing'),
      json: {},
      status: 404,
      body: { message: 'Missing or invalid collection context.' },
    },
    {
      name: 'unknown collection: delete',
      method: 'DELETE',
      path: one('nothing'),
      status: 404,
      body: { message: 'Missing collection context.' },
    },
    {
      name: 'a rule before validation',
      method: 'POST',
      path: records('owned'),
      as: 'user1',
      json: { title: 'much too long', owner: 'user00000000002' },
      status: 400,
      body: failedCreate,
    },
    {
      name: 'validation after the rule',
      method: 'POST',
      path: records('owned'),
      as: 'user1',
      json: { title: 'much too long', owner: 'user00000000001' },
      status: 400,
      body: { message: 'Failed to create record.', data: { title: { code: 'validation_max_text_constraint' } } },
    },
    {
      name: 'locked before validation',
      method: 'POST',
      path: records('locked'),
      json: { title: 'much too long' },
      status: 403,
      body: locked,
    },
    {
      name: 'update: missing before validation',
      method: 'PATCH',
      path: `${records('open')}/missing`,
      json: { title: 'much too long' },
      status: 404,
    },
    {
      name: 'locked before an unreadable body',
      method: 'POST',
      path: records('locked'),
      raw: { type: 'application/json', bytes: '{' },
      status: 400,
    },
  ]);

  suite.scenarios('what only superusers may filter by', [
    {
      name: '@collection',
      path: `${records('open')}?filter=${encodeURIComponent("@collection.users.id ?= 'x'")}`,
      status: 403,
      body: exactly({ data: {}, message: 'Only superusers can filter by @collection.', status: 403 }),
    },
    {
      name: '@request',
      path: `${records('open')}?filter=${encodeURIComponent("@request.auth.id = ''")}`,
      status: 403,
      body: exactly({ data: {}, message: 'Only superusers can filter by @request.', status: 403 }),
    },
    {
      name: '@request inside a text',
      path: `${records('open')}?filter=${encodeURIComponent("title = '@request.'")}`,
      status: 403,
    },
    { name: '@collection in a sort', path: `${records('open')}?sort=@collection.users.id`, status: 403 },
    { name: '@request in a sort', path: `${records('open')}?sort=@request.auth.id`, as: 'user1', status: 403 },
    {
      name: 'superusers: @collection',
      path: `${records('open')}?filter=${encodeURIComponent("@collection.users.id ?= 'user00000000001'")}`,
      as: 'superuser',
      status: 200,
      body: { totalItems: 4 },
    },
    {
      name: 'superusers: @request',
      path: `${records('open')}?filter=${encodeURIComponent("@request.auth.id != ''")}`,
      as: 'superuser',
      status: 200,
      body: { totalItems: 4 },
    },
    {
      name: 'a macro is for everybody',
      path: `${records('open')}?filter=${encodeURIComponent("@now > ''")}`,
      status: 200,
      body: { totalItems: 4 },
    },
  ]);

  suite.scenarios('hidden fields', [
    { name: 'not shown', path: one('open'), status: 200, body: { title: 'New', secret: absent } },
    { name: 'not shown in lists', path: records('open'), status: 200, excludes: ['hidden text', 'secret'] },
    { name: 'shown to superusers', path: one('open'), as: 'superuser', status: 200, body: { secret: 'hidden text' } },
    { name: 'not by fields=', path: `${one('open')}?fields=secret`, status: 200, body: exactly({}) },
    { name: 'no filter', path: `${records('open')}?filter=${encodeURIComponent("secret ~ 'hidden'")}`, status: 400 },
    { name: 'no sort', path: `${records('open')}?sort=secret`, status: 400 },
    {
      name: 'no filter through a relation',
      path: `${records('open')}?filter=${encodeURIComponent("owner.tokenKey ~ 'a'")}`,
      status: 400,
    },
    {
      name: 'a filter of superusers',
      path: `${records('open')}?filter=${encodeURIComponent("secret ~ 'hidden'")}`,
      as: 'superuser',
      status: 200,
      body: { totalItems: 2 },
    },
    {
      name: 'not written on update',
      method: 'PATCH',
      path: one('open'),
      as: 'user1',
      json: { secret: 'changed', title: 'x' },
      status: 200,
      body: { title: 'x', secret: absent },
    },
    { name: 'it is as it was', path: one('open'), as: 'superuser', status: 200, body: { secret: 'hidden text' } },
    {
      name: 'not written by a modifier',
      method: 'PATCH',
      path: one('open'),
      as: 'user1',
      json: { 'secret:autogenerate': 'changed' },
      status: 200,
      after: async (world) => {
        const record = await world.readRecord('open', 'record000000001');
        if (record['secret'] !== 'hidden text') throw new Error(String(record['secret']));
      },
    },
    {
      name: 'not written on create',
      method: 'POST',
      path: records('open'),
      json: { id: 'record000000005', secret: 'mine' },
      status: 200,
    },
    {
      name: 'it is empty',
      path: `${records('open')}/record000000005`,
      as: 'superuser',
      status: 200,
      body: { secret: '' },
    },
  ]);
});
