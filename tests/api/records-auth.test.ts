// Writing auth records: passwords, e-mail, verified, managers, e-mail visibility, what a change revokes. Contract part 1, section 4.6.
import { absent, exactly } from '../../src/testing/match.ts';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import { type World, userPassword } from '../../src/testing/world.ts';

const users = '/api/collections/users/records';
const one = `${users}/user00000000001`;
const two = `${users}/user00000000002`;
const password = { password: 'a new password', passwordConfirm: 'a new password' };
const blank = { code: 'validation_required', message: 'Cannot be blank.' };
const mismatch = { code: 'validation_values_mismatch', message: "Values don't match." };

async function setUp(world: World): Promise<void> {
  await world.updateCollection('users', {
    listRule: '',
    viewRule: '',
    updateRule: "@request.auth.id != ''",
    manageRule: "@request.auth.name = 'boss'",
  });
  await world.createUser('user1', { id: 'user00000000001', email: 'one@example.com', name: 'One' });
  await world.createUser('user2', { id: 'user00000000002', email: 'two@example.com', emailVisibility: true });
  await world.createUser('boss', { id: 'user00000000003', email: 'boss@example.com', name: 'boss' });
  await world.createCollection({ name: 'clients', type: 'auth', createRule: '', viewRule: '' });
}

function creates(name: string, json: object, status: number, body: object, more: Partial<Scenario> = {}): Scenario {
  return { name, method: 'POST', path: users, json, status, body, ...more };
}

function changes(
  name: string,
  as: string,
  json: object,
  status: number,
  body: object,
  more: Partial<Scenario> = {},
): Scenario {
  return { name, method: 'PATCH', path: one, as, json, status, body, ...more };
}

apiSuite('records: auth', setUp, (suite) => {
  suite.scenarios('create', [
    creates(
      'sign up',
      { email: 'new@example.com', ...password },
      200,
      {
        email: absent,
        emailVisibility: false,
        verified: false,
        collectionName: 'users',
        password: absent,
        tokenKey: absent,
      },
      { excludes: ['$2a$', 'a new password'] },
    ),
    creates(
      'sign up with a visible e-mail',
      { email: 'visible@example.com', emailVisibility: true, ...password },
      200,
      { email: 'visible@example.com', emailVisibility: true },
    ),
    creates('nothing', {}, 400, {
      message: 'Failed to create record.',
      data: exactly({ password: blank, passwordConfirm: blank }),
    }),
    creates('no confirmation', { email: 'a@example.com', password: 'a new password' }, 400, {
      data: exactly({ passwordConfirm: blank }),
    }),
    creates(
      'another confirmation',
      { email: 'a@example.com', password: 'a new password', passwordConfirm: 'another password' },
      400,
      { data: exactly({ passwordConfirm: mismatch }) },
    ),
    creates('a short password', { email: 'a@example.com', password: '1234567', passwordConfirm: '1234567' }, 400, {
      data: exactly({
        password: { code: 'validation_min_text_constraint', message: 'Must be at least 8 character(s).' },
      }),
    }),
    creates(
      'a password of 72 characters',
      { email: 'a@example.com', password: 'x'.repeat(72), passwordConfirm: 'x'.repeat(72) },
      400,
      { data: { password: { code: 'validation_max_text_constraint', message: 'Must be less than 71 character(s).' } } },
    ),
    creates(
      'a password of 71 characters',
      { email: 'p71@example.com', password: 'x'.repeat(71), passwordConfirm: 'x'.repeat(71) },
      200,
      {},
    ),
    creates(
      'a password of 73 bytes in fewer characters',
      { email: 'a@example.com', password: 'ü'.repeat(37), passwordConfirm: 'ü'.repeat(37) },
      400,
      { message: 'Failed to create record.' },
    ),
    creates('no e-mail', { ...password }, 400, { data: exactly({ email: blank }) }),
    creates('a wrong e-mail', { email: 'wrong', ...password }, 400, {
      data: { email: { code: 'validation_is_email' } },
    }),
    creates('a taken e-mail', { email: 'one@example.com', ...password }, 400, {
      data: exactly({ email: { code: 'validation_not_unique', message: 'Value must be unique.' } }),
    }),
    creates('a taken e-mail in another case is another', { email: 'ONE@example.com', ...password }, 200, {}),
    creates('verified', { email: 'a@example.com', verified: true, ...password }, 400, {
      data: exactly({ verified: mismatch }),
    }),
    creates(
      'verified by a manager',
      { email: 'byboss@example.com', verified: true, ...password },
      200,
      { verified: true, email: 'byboss@example.com' },
      { as: 'boss' },
    ),
    creates(
      'verified by a superuser',
      { email: 'bysuper@example.com', verified: true, ...password },
      200,
      { verified: true, email: 'bysuper@example.com' },
      { as: 'superuser' },
    ),
    creates('form errors come before field errors', { email: 'wrong', password: 'x', passwordConfirm: 'y' }, 400, {
      data: exactly({ passwordConfirm: mismatch }),
    }),
    creates(
      'tokenKey is not taken from a guest',
      { email: 'key@example.com', tokenKey: 'x'.repeat(40), ...password },
      200,
      { tokenKey: absent },
    ),
    {
      name: 'an id of another auth collection',
      method: 'POST',
      path: '/api/collections/clients/records',
      json: { id: 'user00000000001', email: 'c@example.com', ...password },
      status: 400,
      body: { data: { id: { code: 'validation_invalid_auth_id' } } },
    },
  ]);

  suite.scenarios('who sees the e-mail', [
    { name: 'guest: hidden', path: one, status: 200, body: { email: absent, emailVisibility: false, name: 'One' } },
    { name: 'guest: visible', path: two, status: 200, body: { email: 'two@example.com' } },
    { name: 'another', path: one, as: 'user2', status: 200, body: { email: absent } },
    { name: 'oneself', path: one, as: 'user1', status: 200, body: { email: 'one@example.com' } },
    { name: 'a manager', path: one, as: 'boss', status: 200, body: { email: 'one@example.com' } },
    {
      name: 'a superuser',
      path: one,
      as: 'superuser',
      status: 200,
      body: { email: 'one@example.com', password: absent, tokenKey: absent },
    },
    { name: 'not by fields=', path: `${one}?fields=email`, status: 200, body: exactly({}) },
    {
      name: 'in lists',
      path: `${users}?filter=${encodeURIComponent("id='user00000000001' || id='user00000000002'")}&sort=id`,
      as: 'user1',
      status: 200,
      body: { items: [{ email: 'one@example.com' }, { email: 'two@example.com' }] },
    },
    {
      name: 'a filter finds only visible ones',
      path: `${users}?filter=${encodeURIComponent("email = 'one@example.com' || email = 'two@example.com'")}`,
      status: 200,
      body: { items: [{ id: 'user00000000002' }] },
    },
    {
      name: "even one's own",
      path: `${users}?filter=${encodeURIComponent("email = 'one@example.com'")}`,
      as: 'user1',
      status: 200,
      body: { totalItems: 0 },
    },
    {
      name: 'a superuser finds all',
      path: `${users}?filter=${encodeURIComponent("email = 'one@example.com'")}`,
      as: 'superuser',
      status: 200,
      body: { totalItems: 1 },
    },
    {
      name: 'password is no field to filter',
      path: `${users}?filter=${encodeURIComponent("password != ''")}`,
      status: 400,
    },
    { name: 'tokenKey is no field to sort by', path: `${users}?sort=tokenKey`, status: 400 },
  ]);

  suite.scenarios('update', [
    changes('a plain field', 'user1', { name: 'Uno' }, 200, { name: 'Uno', email: 'one@example.com' }),
    changes('the e-mail', 'user1', { email: 'changed@example.com' }, 400, {
      message: 'Failed to update record.',
      data: exactly({ email: mismatch }),
    }),
    changes('the same e-mail', 'user1', { email: 'one@example.com' }, 200, { email: 'one@example.com' }),
    changes('verified', 'user1', { verified: true }, 400, { data: exactly({ verified: mismatch }) }),
    changes('the password without the old one', 'user1', password, 400, { data: exactly({ oldPassword: blank }) }),
    changes('the password with a wrong old one', 'user1', { ...password, oldPassword: 'wrong' }, 400, {
      data: exactly({
        oldPassword: { code: 'validation_invalid_old_password', message: 'Missing or invalid old password.' },
      }),
    }),
    changes(
      'the password without a confirmation',
      'user1',
      { password: 'a new password', oldPassword: userPassword },
      400,
      { data: exactly({ passwordConfirm: blank }) },
    ),
    changes('another record', 'user2', { name: 'by two' }, 200, { name: 'by two', email: absent }),
    changes('the password of another, knowing it', 'user2', { ...password, oldPassword: 'wrong' }, 400, {
      data: { oldPassword: { code: 'validation_invalid_old_password' } },
    }),
    changes('by a guest', 'guest', { name: 'x' }, 404, {}),
    changes('emailVisibility', 'user1', { emailVisibility: true }, 200, { emailVisibility: true }),
    changes('tokenKey is dropped', 'user1', { tokenKey: 'x'.repeat(40), emailVisibility: false }, 200, {
      tokenKey: absent,
    }),
    { name: 'the token still works', path: one, as: 'user1', status: 200, body: { email: 'one@example.com' } },
    changes('the password with the old one', 'user1', { ...password, oldPassword: userPassword }, 200, {}),
    { name: 'the token works no longer', path: one, as: 'user1', status: 200, body: { email: absent } },
    {
      name: 'the old password works no longer',
      method: 'POST',
      path: '/api/collections/users/auth-with-password',
      json: { identity: 'one@example.com', password: userPassword },
      status: 400,
    },
    {
      name: 'the new one does',
      method: 'POST',
      path: '/api/collections/users/auth-with-password',
      json: { identity: 'one@example.com', password: 'a new password' },
      status: 200,
      after: (world, answer) => world.setToken('user1', (answer.json as { token: string }).token),
    },
  ]);

  suite.scenarios('update by managers and superusers', [
    changes(
      'a manager: e-mail, verified and password at once',
      'boss',
      { email: 'boss-made@example.com', verified: true, password: 'third password', passwordConfirm: 'third password' },
      200,
      { email: 'boss-made@example.com', verified: true },
    ),
    { name: 'the token works no longer', path: one, as: 'user1', status: 200, body: { email: absent } },
    {
      name: 'the new password works',
      method: 'POST',
      path: '/api/collections/users/auth-with-password',
      json: { identity: 'boss-made@example.com', password: 'third password' },
      status: 200,
      after: (world, answer) => world.setToken('user1', (answer.json as { token: string }).token),
    },
    changes('a superuser: the e-mail', 'superuser', { email: 'super-made@example.com' }, 200, {
      email: 'super-made@example.com',
    }),
    { name: 'an e-mail change ends the token too', path: one, as: 'user1', status: 200, body: { email: absent } },
    changes('a superuser: a confirmation is needed', 'superuser', { password: 'fourth password' }, 400, {
      data: exactly({ passwordConfirm: blank }),
    }),
    {
      name: 'sign in',
      method: 'POST',
      path: '/api/collections/users/auth-with-password',
      json: { identity: 'super-made@example.com', password: 'third password' },
      status: 200,
      after: (world, answer) => world.setToken('user1', (answer.json as { token: string }).token),
    },
    changes('a superuser: a new tokenKey', 'superuser', { 'tokenKey:autogenerate': '' }, 200, { tokenKey: absent }),
    { name: 'ends the token', path: one, as: 'user1', status: 200, body: { email: absent } },
    changes('a superuser: a tokenKey that is too short', 'superuser', { tokenKey: 'short' }, 400, {
      data: { tokenKey: { code: 'validation_min_text_constraint' } },
    }),
    changes('not verified any more', 'superuser', { verified: false }, 200, { verified: false }),
    { name: 'a manager has no rights beyond the rules', method: 'DELETE', path: one, as: 'boss', status: 404 },
  ]);
});
