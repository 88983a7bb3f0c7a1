// Which tokens are accepted, and the flows that tokens in mails complete. The signing key of a token is the record's tokenKey
// followed by the collection's secret; a superuser may set both, so that a test can sign like the server. Contract part 2, sections 6.1 and 6.8.
import { secondsFromNow, signToken } from '../../src/testing/jwt.ts';
import { exactly } from '../../src/testing/match.ts';
import { apiSuite, type Json, type Scenario } from '../../src/testing/scenario.ts';
import { type JsonObject, type World, userPassword } from '../../src/testing/world.ts';

const users = '/api/collections/users';
const tokenKey = 'k'.repeat(40);
const secrets = {
  authToken: 'a'.repeat(50),
  verificationToken: 'v'.repeat(50),
  passwordResetToken: 'p'.repeat(50),
  emailChangeToken: 'e'.repeat(50),
  fileToken: 'f'.repeat(50),
};
const invalid = 'An error occurred while validating the submitted data.';
const blank = { code: 'validation_required', message: 'Cannot be blank.' };
const badToken = { code: 'validation_invalid_token', message: 'Invalid or expired token.' };
const badClaims = { code: 'validation_invalid_token_claims', message: /.+/ };

type SecretName = keyof typeof secrets;

/** A token of the first user, as the server would sign it, with what the test wants different. */
function sign(secret: SecretName, claims: JsonObject, key = tokenKey): string {
  const all = { id: 'user00000000001', collectionId: '_pb_users_auth_', exp: secondsFromNow(60), ...claims };
  return signToken(all, key + secrets[secret]);
}

const auth = (claims: JsonObject = {}, key = tokenKey): string =>
  sign('authToken', { type: 'auth', refreshable: true, ...claims }, key);
const verification = (claims: JsonObject = {}): string =>
  sign('verificationToken', { type: 'verification', email: 'one@example.com', ...claims });
const reset = (claims: JsonObject = {}): string =>
  sign('passwordResetToken', { type: 'passwordReset', email: 'one@example.com', ...claims });
const emailChange = (claims: JsonObject = {}): string =>
  sign('emailChangeToken', { type: 'emailChange', email: 'one@example.com', newEmail: 'new@example.com', ...claims });

async function setUp(world: World): Promise<void> {
  await world.updateCollection(
    'users',
    Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, { secret }])),
  );
  const password = { password: userPassword, passwordConfirm: userPassword };
  await world.createRecord('users', { id: 'user00000000001', email: 'one@example.com', tokenKey, ...password });
  await world.createRecord('users', { id: 'user00000000002', email: 'two@example.com', ...password });
  await world.createCollection({ name: 'clients', type: 'auth' });
}

/** A line that shows its token to a route that needs one of `users`. */
function shows(name: string, token: string, isAccepted: boolean): Scenario {
  return {
    name,
    method: 'POST',
    path: `${users}/auth-refresh`,
    headers: { Authorization: token },
    status: isAccepted ? 200 : 401,
  };
}

function posts(
  name: string,
  route: string,
  json: Json,
  status: number,
  body?: Json,
  more: Partial<Scenario> = {},
): Scenario {
  return { name: `${route}: ${name}`, method: 'POST', path: `${users}/${route}`, json, status, body, ...more };
}

const puts =
  (values: JsonObject) =>
  async (world: World): Promise<void> => {
    await world.updateRecord('users', 'user00000000001', values);
  };
/** Makes the first user what it was. The tokenKey comes last: a new password would replace it. */
async function putsBack(world: World): Promise<void> {
  await puts({ email: 'one@example.com', verified: false, password: userPassword, passwordConfirm: userPassword })(
    world,
  );
  await puts({ tokenKey })(world);
}

apiSuite('auth: tokens', setUp, (suite) => {
  suite.scenarios('auth tokens', [
    shows('signed with tokenKey and secret', auth(), true),
    shows('with more claims', auth({ other: 1, iat: 5 }), true),
    shows('not refreshable', auth({ refreshable: false }), true),
    shows('expired', auth({ exp: secondsFromNow(-1) }), false),
    shows('another tokenKey', auth({}, 'x'.repeat(40)), false),
    shows('another secret', sign('fileToken', { type: 'auth', refreshable: true }), false),
    shows('another id', auth({ id: 'user00000000002' }), false),
    shows('an unknown id', auth({ id: 'missing' }), false),
    shows('no id', auth({ id: undefined }), false),
    shows('another collection', auth({ collectionId: 'pbc_3142635823' }), false),
    shows('a type that is not auth', auth({ type: 'file' }), false),
    shows('no type', auth({ type: undefined }), false),
    shows('a file token', sign('fileToken', { type: 'file' }), false),
    shows('a verification token', verification(), false),
    shows(
      'alg none',
      `${signToken(
        { id: 'user00000000001', collectionId: '_pb_users_auth_', type: 'auth', exp: secondsFromNow(60) },
        '',
        { alg: 'none', typ: 'JWT' },
      )
        .split('.')
        .slice(0, 2)
        .join('.')}.`,
      false,
    ),
    shows(
      'alg none, signed',
      signToken(
        { id: 'user00000000001', collectionId: '_pb_users_auth_', type: 'auth', exp: secondsFromNow(60) },
        tokenKey + secrets.authToken,
        { alg: 'none' },
      ),
      false,
    ),
    shows(
      'alg HS512 over an HS256 signature',
      signToken(
        { id: 'user00000000001', collectionId: '_pb_users_auth_', type: 'auth', exp: secondsFromNow(60) },
        tokenKey + secrets.authToken,
        { alg: 'HS512' },
      ),
      false,
    ),
    shows('a signature cut off', auth().slice(0, -3), false),
    shows('no signature', `${auth().split('.').slice(0, 2).join('.')}.`, false),
    shows('two parts', auth().split('.').slice(0, 2).join('.'), false),
    shows('a changed payload', auth().replace(/\.(.)/, '.X'), false),
    shows('a secret that was replaced', auth(), true),
    {
      ...shows('after a new secret', auth(), false),
      before: async (world) => {
        await world.updateCollection('users', { authToken: { secret: 'z'.repeat(50) } });
      },
      after: async (world) => {
        await world.updateCollection('users', { authToken: { secret: secrets.authToken } });
      },
    },
    {
      ...shows('after a new tokenKey', auth(), false),
      before: puts({ tokenKey: 'n'.repeat(40) }),
      after: puts({ tokenKey }),
    },
    {
      ...shows('after a new password', auth(), false),
      before: puts({ password: 'something else', passwordConfirm: 'something else' }),
      after: putsBack,
    },
    { ...shows('after a new e-mail', auth(), false), before: puts({ email: 'changed@example.com' }), after: putsBack },
    shows('when all is as it was', auth(), true),
  ]);

  suite.scenarios('verification', [
    posts('nothing', 'request-verification', {}, 400, { message: invalid, data: exactly({ email: blank }) }),
    posts('a wrong e-mail', 'request-verification', { email: 'wrong' }, 400, {
      data: { email: { code: 'validation_is_email' } },
    }),
    posts('an unknown e-mail', 'request-verification', { email: 'nobody@example.com' }, 204),
    posts(
      'superusers',
      'request-verification',
      { email: 'admin@example.com' },
      400,
      { message: 'All superusers are verified by default.' },
      { path: '/api/collections/_superusers/request-verification' },
    ),
    posts('no token', 'confirm-verification', {}, 400, { message: invalid, data: exactly({ token: blank }) }),
    posts('nonsense', 'confirm-verification', { token: 'nonsense' }, 400, { data: { token: badClaims } }),
    posts('expired', 'confirm-verification', { token: verification({ exp: secondsFromNow(-1) }) }, 400, {
      data: { token: badToken },
    }),
    posts('a token of another type', 'confirm-verification', { token: auth() }, 400, { data: { token: badClaims } }),
    posts('another key', 'confirm-verification', { token: `${verification().slice(0, -4)}AAAA` }, 400, {
      data: exactly({ token: badToken }),
    }),
    posts('another e-mail', 'confirm-verification', { token: verification({ email: 'old@example.com' }) }, 400, {
      data: { token: { code: 'validation_token_email_mismatch' } },
    }),
    posts(
      'another collection',
      'confirm-verification',
      { token: verification() },
      400,
      { data: { token: { code: 'validation_token_collection_mismatch' } } },
      { path: '/api/collections/clients/confirm-verification' },
    ),
    posts('the right token', 'confirm-verification', { token: verification() }, 204, undefined, {
      after: async (world) => {
        const record = await world.readRecord('users', 'user00000000001');
        if (record['verified'] !== true) throw new Error('not verified');
      },
    }),
    posts('again', 'confirm-verification', { token: verification() }, 204),
    posts('a verified record asks', 'request-verification', { email: 'one@example.com' }, 204),
    shows('the auth token still works', auth(), true),
  ]);

  const passwords = { password: 'a new password', passwordConfirm: 'a new password' };
  suite.scenarios('password reset', [
    posts('nothing', 'request-password-reset', {}, 400, { message: invalid, data: exactly({ email: blank }) }),
    posts('a wrong e-mail', 'request-password-reset', { email: 'wrong' }, 400, {
      data: { email: { code: 'validation_is_email' } },
    }),
    posts('an unknown e-mail', 'request-password-reset', { email: 'nobody@example.com' }, 204),
    {
      ...posts('nothing', 'confirm-password-reset', {}, 400, {
        message: invalid,
        data: exactly({ token: blank, password: blank, passwordConfirm: blank }),
      }),
      before: putsBack,
    },
    posts('nonsense', 'confirm-password-reset', { token: 'nonsense', ...passwords }, 400, {
      data: { token: { code: /.+/ } },
    }),
    posts(
      'another confirmation',
      'confirm-password-reset',
      { token: reset(), password: 'a new password', passwordConfirm: 'another' },
      400,
      { data: { passwordConfirm: { code: 'validation_values_mismatch' } } },
    ),
    posts(
      'a short password',
      'confirm-password-reset',
      { token: reset(), password: 'short', passwordConfirm: 'short' },
      400,
      { data: { password: { code: /.+/ } } },
    ),
    posts('another type', 'confirm-password-reset', { token: verification(), ...passwords }, 400, {
      data: { token: { code: /.+/ } },
    }),
    posts(
      'another collection',
      'confirm-password-reset',
      { token: reset(), ...passwords },
      400,
      { data: { token: { code: 'validation_token_collection_mismatch' } } },
      { path: '/api/collections/clients/confirm-password-reset' },
    ),
    posts('the right token', 'confirm-password-reset', { token: reset(), ...passwords }, 204, undefined, {
      after: async (world) => {
        const record = await world.readRecord('users', 'user00000000001');
        if (record['verified'] !== true) throw new Error('not verified');
      },
    }),
    posts('again: the tokenKey is another now', 'confirm-password-reset', { token: reset(), ...passwords }, 400, {
      data: exactly({ token: badToken }),
    }),
    shows('the auth token works no longer', auth(), false),
    posts('the new password', 'auth-with-password', { identity: 'one@example.com', password: 'a new password' }, 200),
    posts('the old password', 'auth-with-password', { identity: 'one@example.com', password: userPassword }, 400),
  ]);

  const asUser = { Authorization: auth() };
  suite.scenarios('e-mail change', [
    { ...posts('guest', 'request-email-change', { newEmail: 'new@example.com' }, 401), before: putsBack },
    posts('a token of another collection', 'request-email-change', { newEmail: 'new@example.com' }, 403, undefined, {
      as: 'superuser',
    }),
    posts(
      'nothing',
      'request-email-change',
      {},
      400,
      { message: invalid, data: exactly({ newEmail: blank }) },
      { headers: asUser },
    ),
    posts(
      'a wrong e-mail',
      'request-email-change',
      { newEmail: 'wrong' },
      400,
      { data: { newEmail: { code: 'validation_is_email' } } },
      { headers: asUser },
    ),
    posts(
      'the same e-mail',
      'request-email-change',
      { newEmail: 'one@example.com' },
      400,
      { data: { newEmail: { code: 'validation_not_in_invalid' } } },
      { headers: asUser },
    ),
    posts(
      'a taken e-mail',
      'request-email-change',
      { newEmail: 'two@example.com' },
      400,
      { data: exactly({ newEmail: { code: 'validation_invalid_new_email', message: 'Invalid new email address.' } }) },
      { headers: asUser },
    ),
    posts(
      'superusers',
      'request-email-change',
      { newEmail: 'new@example.com' },
      400,
      { message: 'All superusers can change their emails directly.' },
      { path: '/api/collections/_superusers/request-email-change', as: 'superuser' },
    ),
    posts('nothing', 'confirm-email-change', {}, 400, {
      message: invalid,
      data: exactly({ token: blank, password: blank }),
    }),
    posts(
      'no new e-mail in the token',
      'confirm-email-change',
      { token: emailChange({ newEmail: '' }), password: userPassword },
      400,
      { data: { token: { code: 'validation_invalid_token_payload' } } },
    ),
    posts(
      'expired',
      'confirm-email-change',
      { token: emailChange({ exp: secondsFromNow(-1) }), password: userPassword },
      400,
      { data: { token: badToken } },
    ),
    posts('a wrong password', 'confirm-email-change', { token: emailChange(), password: 'wrong' }, 400, {
      data: exactly({
        password: { code: 'validation_invalid_password', message: 'Missing or invalid auth record password.' },
      }),
    }),
    posts(
      'an e-mail that was taken since',
      'confirm-email-change',
      { token: emailChange({ newEmail: 'two@example.com' }), password: userPassword },
      400,
      { data: { token: { code: 'validation_invalid_token_email' } } },
    ),
    posts('the right token', 'confirm-email-change', { token: emailChange(), password: userPassword }, 204, undefined, {
      after: async (world) => {
        const record = await world.readRecord('users', 'user00000000001');
        if (record['verified'] !== true || record['email'] !== 'new@example.com')
          throw new Error(JSON.stringify(record));
      },
    }),
    posts('again', 'confirm-email-change', { token: emailChange(), password: userPassword }, 400, {
      data: { token: badToken },
    }),
    shows('the auth token works no longer', auth(), false),
  ]);

  suite.test('a deleted record takes its tokens with it', async (world) => {
    await putsBack(world);
    await world.expect({ method: 'DELETE', path: `${users}/records/user00000000001`, as: 'superuser' });
    const answer = await world.send({ method: 'POST', path: `${users}/auth-refresh`, headers: asUser });
    if (answer.status !== 401) throw new Error(`got ${answer.status}`);
  });
});
