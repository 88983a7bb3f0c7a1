// Hostile requests: who asks and what they claim to be; patterns; batches; realtime. Numbers in the titles are those of the list of hostile inputs.
import assert from 'node:assert/strict';
import { readClaims, secondsFromNow, signToken } from '../../src/testing/jwt.ts';
import { absent, exactly } from '../../src/testing/match.ts';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import { SseClient } from '../../src/testing/sse-client.ts';
import { type JsonObject, type World, userPassword } from '../../src/testing/world.ts';

const users = '/api/collections/users/records';
const self = `${users}/user00000000001`;

async function setUp(world: World): Promise<void> {
  await world.updateCollection('users', {
    viewRule: '',
    listRule: '',
    fields: [
      ...((await world.expect({ path: '/api/collections/users', as: 'superuser' }))['fields'] as object[]),
      { name: 'secret', type: 'text', hidden: true },
      { name: 'credit', type: 'number', hidden: true },
    ],
  });
  await world.createUser('user1', { id: 'user00000000001', email: 'one@example.com', secret: 'alpha', credit: 5 });
  await world.createUser('user2', { id: 'user00000000002', email: 'two@example.com', secret: 'beta', credit: 6 });
  const relation = { name: 'owner', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 };
  await world.createCollection({
    name: 'notes',
    listRule: '',
    viewRule: '',
    createRule: '',
    updateRule: 'owner = @request.auth.id',
    fields: [relation, { name: 'text', type: 'text', max: 100_000 }],
  });
  await world.createRecord('notes', { id: 'note00000000001', owner: 'user00000000001', text: 'mine' });
  await world.createCollection({
    name: 'private',
    listRule: 'owner = @request.auth.id',
    viewRule: 'owner = @request.auth.id',
    updateRule: 'owner = @request.auth.id',
    deleteRule: 'owner = @request.auth.id',
    fields: [relation, { name: 'text', type: 'text' }],
  });
  await world.createRecord('private', { id: 'priv00000000001', owner: 'user00000000001', text: 'mine' });
}

const listsUsers = (filter: string): string => `${users}?filter=${encodeURIComponent(filter)}`;

/** The first user as superusers see it, with what must never change by itself. */
async function readSelf(world: World): Promise<JsonObject> {
  const { updated: _updated, ...record } = await world.readRecord('users', 'user00000000001');
  return record;
}

apiSuite('hostile: identity', setUp, (suite) => {
  const oracles = [
    "secret ~ 'a'",
    'credit > 5',
    "secret:lower = 'alpha'",
    "tokenKey ~ 'a'",
    "password != ''",
    "notes_via_owner.owner.secret ~ 'a'",
    "private_via_owner.text ~ 'm' && secret ~ 'a'",
  ];
  suite.scenarios('15: hidden fields', [
    ...oracles.map(
      (filter): Scenario => ({
        name: `filter ${filter}`,
        path: listsUsers(filter),
        as: 'user2',
        status: 400,
        body: { data: exactly({}) },
      }),
    ),
    ...['secret', '-credit', 'tokenKey', 'password', 'secret:lower'].map(
      (sort): Scenario => ({ name: `sort ${sort}`, path: `${users}?sort=${sort}`, as: 'user2', status: 400 }),
    ),
    {
      name: 'through a relation',
      path: `/api/collections/notes/records?filter=${encodeURIComponent("owner.secret ~ 'a'")}`,
      as: 'user2',
      status: 400,
    },
    { name: 'through a sort', path: '/api/collections/notes/records?sort=owner.credit', as: 'user2', status: 400 },
    {
      name: 'through @collection',
      path: `/api/collections/notes/records?filter=${encodeURIComponent("@collection.users.secret ?~ 'a'")}`,
      as: 'user2',
      status: 403,
    },
    {
      name: 'the e-mail of another',
      path: listsUsers("email = 'one@example.com'"),
      as: 'user2',
      status: 200,
      body: { totalItems: 0 },
    },
    {
      name: 'the e-mail of another, by its letters',
      path: listsUsers("email ~ 'one'"),
      as: 'user2',
      status: 200,
      body: { totalItems: 0 },
    },
    {
      name: 'the e-mail of another, negated',
      path: listsUsers("email !~ 'x' || email != 'y'"),
      as: 'user2',
      status: 200,
      body: { totalItems: 0 },
    },
    {
      name: 'the e-mail of another, through a relation',
      path: `/api/collections/notes/records?filter=${encodeURIComponent("owner.email ~ 'one'")}`,
      as: 'user2',
      status: 200,
      body: { totalItems: 0 },
    },
    {
      name: 'fields',
      path: `${users}?fields=id,secret,credit,tokenKey,password,email`,
      as: 'user2',
      status: 200,
      excludes: ['secret', 'credit', 'tokenKey', 'password', 'one@example.com'],
    },
    {
      name: 'expand',
      path: '/api/collections/notes/records?expand=owner',
      as: 'user2',
      status: 200,
      excludes: ['alpha', 'tokenKey', 'one@example.com'],
    },
  ]);

  suite.test('17: a pattern of many wildcards keeps nobody waiting', async (world) => {
    for (let index = 0; index < 20; index += 1) await world.createRecord('notes', { text: 'a'.repeat(50_000) });
    const filter = encodeURIComponent(`text ~ '${'%a'.repeat(40)}%b'`);
    const path = `/api/collections/notes/records?filter=${filter}`;
    const [slow, health] = await Promise.all([world.send({ path }), world.send({ path: '/api/health' })]);
    assert.equal(health.status, 200);
    // Found quickly, or given up.
    assert.ok(slow.status === 200 || slow.status === 400, String(slow.status));
  });

  suite.test('18: a pattern that explodes elsewhere is linear or refused', async (world) => {
    for (const [index, pattern] of ['^(a+)+$', '^(a|aa)+$', '^(a|a?)+$', '(.*)*x'].entries()) {
      const name = `patterned${index}`;
      const saved = await world.send({
        method: 'POST',
        path: '/api/collections',
        as: 'superuser',
        json: { name, createRule: '', fields: [{ name: 'text', type: 'text', pattern }] },
      });
      if (saved.status === 400) continue;
      assert.equal(saved.status, 200);
      const answer = await world.send({
        method: 'POST',
        path: `/api/collections/${name}/records`,
        json: { text: `${'a'.repeat(4000)}!` },
      });
      assert.equal(answer.status, 400);
    }
  });

  const claims = {
    id: 'user00000000001',
    collectionId: '_pb_users_auth_',
    type: 'auth',
    refreshable: true,
    exp: secondsFromNow(1000),
  };
  const forged: ReadonlyArray<readonly [name: string, token: (world: World) => string]> = [
    ['alg none', () => `${signToken(claims, '', { alg: 'none', typ: 'JWT' }).replace(/[^.]*$/, '')}`],
    ['alg None', () => signToken(claims, '', { alg: 'None', typ: 'JWT' })],
    ['an empty key', () => signToken(claims, '')],
    ['alg RS256', () => signToken(claims, 'public key', { alg: 'RS256', typ: 'JWT' })],
    ['alg HS384', () => signToken(claims, 'x', { alg: 'HS384', typ: 'JWT' })],
    ['kid ../../', () => signToken(claims, '', { alg: 'HS256', typ: 'JWT', kid: '../../../../dev/null' })],
    ['jku', () => signToken(claims, 'x', { alg: 'HS256', typ: 'JWT', jku: 'http://127.0.0.1/keys' })],
    [
      'the collection of superusers',
      (world) => signToken({ ...readClaims(world.tokenOf('user1')), collectionId: 'pbc_3142635823' }, 'x'),
    ],
    ['claims of another type', () => signToken({ id: {}, collectionId: [], type: null, exp: 'x' }, 'x')],
    [
      'a list as claims',
      () => `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${Buffer.from('[]').toString('base64url')}.x`,
    ],
    ['no JSON', () => 'a.b.c'],
    ['dots', () => '....'],
    ['10 KB', () => `${'a'.repeat(3000)}.${'b'.repeat(3000)}.${'c'.repeat(3000)}`],
  ];
  suite.scenarios('21: forged tokens are guests', [
    ...forged.flatMap(([name, token]): Scenario[] => [
      {
        name: `${name}: an open route`,
        path: self,
        headers: (world) => ({ Authorization: token(world) }),
        status: 200,
        body: { email: absent },
      },
      {
        name: `${name}: a protected route`,
        path: '/api/collections',
        headers: (world) => ({ Authorization: `Bearer ${token(world)}` }),
        status: 401,
      },
    ]),
    {
      name: '100 KB',
      path: '/api/collections',
      headers: { Authorization: 'a'.repeat(100_000), Connection: 'close' },
      status: 431,
      pandoOnly: 'a peer allows headers of 1 MB',
    },
  ]);

  suite.scenarios('23: the record of another', [
    { name: 'view', path: '/api/collections/private/records/priv00000000001', as: 'user2', status: 404 },
    { name: 'list', path: '/api/collections/private/records', as: 'user2', status: 200, body: { totalItems: 0 } },
    {
      name: 'update',
      method: 'PATCH',
      path: '/api/collections/private/records/priv00000000001',
      as: 'user2',
      json: { owner: 'user00000000002' },
      status: 404,
    },
    {
      name: 'delete',
      method: 'DELETE',
      path: '/api/collections/private/records/priv00000000001',
      as: 'user2',
      status: 404,
    },
    { name: 'expand', path: `${self}?expand=private_via_owner`, as: 'user2', status: 200, excludes: ['mine'] },
    {
      name: 'a filter',
      path: listsUsers("private_via_owner.text ?= 'mine'"),
      as: 'user2',
      status: 200,
      body: { totalItems: 0 },
    },
  ]);

  const grabs: readonly JsonObject[] = [
    { verified: true },
    { email: 'two@example.com' },
    { email: '' },
    { password: 'grabbed!', passwordConfirm: 'grabbed!' },
    { password: 'grabbed!', passwordConfirm: 'grabbed!', oldPassword: 'grabbed!' },
    { id: 'user00000000002' },
  ];
  const ignored: readonly JsonObject[] = [
    { tokenKey: 'x'.repeat(40) },
    { secret: 'x' },
    { 'credit+': 100 },
    { created: '2000-01-01' },
    { collectionId: 'x', collectionName: '_superusers' },
    { isAdmin: true },
  ];
  suite.scenarios('24: mass assignment', [
    ...grabs.map(
      (json): Scenario => ({
        name: `refused: ${JSON.stringify(json)}`,
        method: 'PATCH',
        path: self,
        as: 'user1',
        json,
        status: 400,
      }),
    ),
    ...ignored.map(
      (json): Scenario => ({
        name: `ignored: ${JSON.stringify(json)}`,
        method: 'PATCH',
        path: self,
        as: 'user1',
        json,
        status: 200,
        body: { id: 'user00000000001', collectionName: 'users', tokenKey: absent },
      }),
    ),
    {
      name: 'a new record with the id of another',
      method: 'POST',
      path: users,
      json: { id: 'user00000000001', email: 'new@example.com', password: userPassword, passwordConfirm: userPassword },
      status: 400,
      body: { data: { id: {} } },
    },
    {
      name: 'a new record that is verified',
      method: 'POST',
      path: users,
      json: { email: 'new@example.com', verified: true, password: userPassword, passwordConfirm: userPassword },
      status: 400,
    },
  ]);

  suite.test('24 and 25: nothing of it, and no empty value, changed the record', async (world) => {
    const before = await readSelf(world);
    assert.equal(before['secret'], 'alpha');
    assert.equal(before['credit'], 5);
    for (const field of [
      'id',
      'verified',
      'email',
      'password',
      'passwordConfirm',
      'oldPassword',
      'tokenKey',
      'secret',
      'credit',
      'created',
      'collectionId',
      'collectionName',
    ]) {
      for (const value of [null, [], {}, '', false, 0, [null], [[]]]) {
        const answer = await world.send({ method: 'PATCH', path: self, as: 'user1', json: { [field]: value } });
        assert.ok(
          answer.status === 200 || answer.status === 400,
          `${field} ${JSON.stringify(value)}: ${answer.status} ${answer.text}`,
        );
        assert.deepEqual(await readSelf(world), before, `${field} ${JSON.stringify(value)}`);
      }
    }
    await world.signIn('user1', 'users', 'one@example.com', userPassword);
  });

  suite.scenarios(
    '25: empty values at the door',
    [null, [], {}, '', false].flatMap((value): Scenario[] => [
      {
        name: `sign in with ${JSON.stringify(value)}`,
        method: 'POST',
        path: '/api/collections/users/auth-with-password',
        json: { identity: value, password: value },
        status: 400,
      },
      {
        name: `confirm with ${JSON.stringify(value)}`,
        method: 'POST',
        path: '/api/collections/users/confirm-password-reset',
        json: { token: value, password: 'a new password', passwordConfirm: 'a new password' },
        status: 400,
      },
      {
        name: `a file token of ${JSON.stringify(value)}`,
        method: 'POST',
        path: '/api/files/token',
        headers: { Authorization: String(value) },
        status: 401,
      },
    ]),
  );

  const request = (url: string, body: object = {}): object => ({ method: 'POST', url, body });
  const batch = (name: string, requests: unknown, status: number, more: Partial<Scenario> = {}): Scenario => ({
    name,
    method: 'POST',
    path: '/api/batch',
    json: { requests },
    status,
    ...more,
  });
  suite.scenarios('26: batches', [
    batch(
      '51 requests',
      Array.from({ length: 51 }, () => request('/api/collections/notes/records')),
      400,
      {
        before: async (world) => {
          await world.updateSettings({ batch: { enabled: true } });
        },
      },
    ),
    batch(
      'sign ins',
      Array.from({ length: 50 }, () =>
        request('/api/collections/users/auth-with-password', { identity: 'one@example.com', password: 'x' }),
      ),
      400,
    ),
    batch(
      'a batch in a batch',
      [request('/api/batch', { requests: [request('/api/collections/notes/records')] })],
      400,
    ),
    batch('a path that leads elsewhere', [request('/api/collections/notes/records/../../users/records')], 400),
    batch('settings', [{ method: 'PATCH', url: '/api/settings', body: {} }], 400),
    batch('something that is no request', [null, 5, 'x'], 400),
    batch(
      'each part counts for the limit',
      Array.from({ length: 4 }, () => request('/api/collections/notes/records')),
      400,
      {
        before: async (world) => {
          await world.updateSettings({
            rateLimits: {
              enabled: true,
              rules: [{ label: 'notes:create', audience: '', duration: 600, maxRequests: 3 }],
            },
          });
        },
        contains: ['"status":429'],
        after: async (world) => {
          await world.updateSettings({ rateLimits: { enabled: false } });
        },
      },
    ),
  ]);

  suite.test('27: invented addresses do not help against the limit', async (world) => {
    await world.updateSettings({
      rateLimits: { enabled: true, rules: [{ label: 'notes:view', audience: '', duration: 600, maxRequests: 5 }] },
    });
    const statuses: number[] = [];
    for (let index = 0; index < 20; index += 1) {
      const address = `203.0.113.${index}`;
      const headers = {
        'X-Forwarded-For': address,
        'X-Real-IP': address,
        Forwarded: `for=${address}`,
        'CF-Connecting-IP': address,
        'X-Forwarded-Host': 'evil.example',
      };
      statuses.push((await world.send({ path: '/api/collections/notes/records/note00000000001', headers })).status);
    }
    assert.deepEqual(statuses, [...Array.from({ length: 5 }, () => 200), ...Array.from({ length: 15 }, () => 429)]);
    await world.updateSettings({ rateLimits: { enabled: false } });
  });

  suite.test('36: the client id of another', async (world) => {
    await using client = await SseClient.connect(world.server.baseUrl);
    const subscribe = (as: string): Promise<{ status: number }> =>
      world.send({
        method: 'POST',
        path: '/api/realtime',
        as,
        json: { clientId: client.clientId, subscriptions: ['private/*'] },
      });
    assert.equal((await subscribe('user1')).status, 204);
    assert.equal((await subscribe('user2')).status, 403);
    assert.equal((await subscribe('guest')).status, 403);
  });

  suite.test('36: too many and too long topics', async (world) => {
    await using client = await SseClient.connect(world.server.baseUrl);
    for (const subscriptions of [Array.from({ length: 1001 }, (_, index) => `notes/${index}`), ['x'.repeat(2501)]]) {
      const answer = await world.send({
        method: 'POST',
        path: '/api/realtime',
        json: { clientId: client.clientId, subscriptions },
      });
      assert.equal(answer.status, 400);
    }
  });

  suite.test(
    '36: a reader that stops reading is cut off',
    async (world) => {
      await using client = await SseClient.connect(world.server.baseUrl);
      await world.expect({
        method: 'POST',
        path: '/api/realtime',
        json: { clientId: client.clientId, subscriptions: ['notes/*'] },
      });
      client.setPaused(true);
      const text = 'x'.repeat(90_000);
      for (let index = 0; index < 200; index += 1)
        await world.updateRecord('notes', 'note00000000001', { text: `${index}${text}` });
      client.setPaused(false);
      await client.waitForEnd();
    },
    'the queue of a client is bounded to 256 messages or 1 MiB',
  );

  suite.test('the server is as well as before', async (world) => {
    await world.expect({ path: '/api/health' });
    if (world.server.pid > 0) process.kill(world.server.pid, 0);
  });
});
