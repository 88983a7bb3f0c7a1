// Verification, password reset and change of address, from the request to the mail and from its link to the end. Links come from the
// settings, whatever the request says of its host; a link works once. Hostile inputs 27 and 30.
import assert from 'node:assert/strict';
import { apiSuite, type ApiSuite } from '../../src/testing/scenario.ts';
import { type JsonObject, type World, userPassword } from '../../src/testing/world.ts';
import { readMails, tokenIn, waitForMail, type WrittenMail } from './mails.ts';

const users = '/api/collections/users';
const site = 'https://app.example.com';
const mailsAreOurs = 'other servers do not write their mails to a folder';
const links = {
  verification: `${site}/_/#/auth/confirm-verification/`,
  reset: `${site}/_/#/auth/confirm-password-reset/`,
  change: `${site}/_/#/auth/confirm-email-change/`,
};
const hostileHeaders = {
  Host: 'evil.example',
  'X-Forwarded-Host': 'evil.example',
  'X-Forwarded-Proto': 'http',
  'X-Original-Host': 'evil.example',
  Forwarded: 'host=evil.example;proto=http',
  Origin: 'https://evil.example',
  Referer: 'https://evil.example/',
};

async function setUp(world: World): Promise<void> {
  await world.updateSettings({
    meta: { appName: 'Grove & Sons', appURL: `${site}/`, senderName: 'Grove', senderAddress: 'grove@example.com' },
  });
  await world.createCollection({ name: 'members', type: 'auth', fields: [{ name: 'name', type: 'text' }] });
}

/** Sends a request that causes a mail, with headers that try to have a say in it; gives the mail. */
async function causeMail(world: World, path: string, json: JsonObject, as = 'guest'): Promise<WrittenMail> {
  const { length } = await readMails(world);
  const headers = as === 'guest' ? hostileHeaders : { ...hostileHeaders, Authorization: world.tokenOf(as) };
  await world.expect({ method: 'POST', path, json, headers });
  const mail = await waitForMail(world, length);
  assert.ok(!mail.raw.includes('evil'), mail.raw);
  return mail;
}

async function confirm(world: World, path: string, json: JsonObject): Promise<number> {
  return (await world.send({ method: 'POST', path, json })).status;
}

async function signInStatus(world: World, identity: string, password: string, collection = users): Promise<number> {
  const path = `${collection}/auth-with-password`;
  return (await world.send({ method: 'POST', path, json: { identity, password } })).status;
}

async function refreshStatus(world: World, as: string): Promise<number> {
  return (await world.send({ method: 'POST', path: `${users}/auth-refresh`, as })).status;
}

apiSuite('flows by mail', setUp, (suite) => {
  verification(suite);
  silence(suite);
  passwordReset(suite);
  emailChange(suite);
  templates(suite);
});

function verification(suite: ApiSuite): void {
  suite.test(
    'verification',
    async (world) => {
      await world.createUser('verena', { id: 'verena000000001', email: 'verena@example.com' });
      const mail = await causeMail(world, `${users}/request-verification`, { email: 'verena@example.com' });
      assert.equal(mail.headers.get('to'), 'verena@example.com');
      assert.equal(mail.headers.get('from'), 'Grove <grove@example.com>');
      assert.equal(mail.headers.get('subject'), 'Verify your Grove & Sons email');
      const token = tokenIn(mail, links.verification);
      assert.equal((await world.readRecord('users', 'verena000000001'))['verified'], false);
      const wrong = { token, password: 'another password', passwordConfirm: 'another password' };
      assert.equal(await confirm(world, `${users}/confirm-password-reset`, wrong), 400);
      assert.equal(await confirm(world, '/api/collections/members/confirm-verification', { token }), 400);
      assert.equal(await confirm(world, `${users}/confirm-verification`, { token }), 204);
      assert.equal((await world.readRecord('users', 'verena000000001'))['verified'], true);
      assert.equal(await confirm(world, `${users}/confirm-verification`, { token }), 204, 'verified already');
      assert.equal(await refreshStatus(world, 'verena'), 200, 'who is signed in stays so');
    },
    mailsAreOurs,
  );

  suite.test(
    'verification drops a password that nobody may sign in with',
    async (world) => {
      const members = '/api/collections/members';
      await world.createUser('mia', { id: 'mia000000000001', email: 'mia@example.com' }, 'members');
      await world.updateCollection('members', { passwordAuth: { enabled: false } });
      const mail = await causeMail(world, `${members}/request-verification`, { email: 'mia@example.com' });
      const token = tokenIn(mail, links.verification);
      assert.equal(await confirm(world, `${members}/confirm-verification`, { token }), 204);
      await world.updateCollection('members', { passwordAuth: { enabled: true } });
      assert.equal(await signInStatus(world, 'mia@example.com', userPassword, members), 400);
    },
    mailsAreOurs,
  );
}

function silence(suite: ApiSuite): void {
  suite.test(
    'no mail for the unknown, the verified and the impatient; the answers do not tell',
    async (world) => {
      await world.createUser('vera', { email: 'vera@example.com', verified: true });
      await world.createUser('ivo', { email: 'ivo@example.com' });
      await causeMail(world, `${users}/request-verification`, { email: 'ivo@example.com' });
      await causeMail(world, `${users}/request-password-reset`, { email: 'ivo@example.com' });
      const { length } = await readMails(world);
      const answers = new Set<string>();
      for (const route of ['request-verification', 'request-password-reset']) {
        for (const email of ['nobody@example.com', 'ivo@example.com', 'vera@example.com']) {
          if (route === 'request-password-reset' && email === 'vera@example.com') continue;
          const answer = await world.send({ method: 'POST', path: `${users}/${route}`, json: { email } });
          const { date: _, ...headers } = answer.headers;
          answers.add(JSON.stringify([answer.status, answer.text, headers]));
        }
      }
      assert.equal(answers.size, 1, [...answers].join('\n'));
      // A mail that was caused before would be there when a later one is.
      await causeMail(world, `${users}/request-password-reset`, { email: 'vera@example.com' });
      assert.equal((await readMails(world)).length, length + 1);
    },
    mailsAreOurs,
  );

  suite.test('an unknown user and a wrong password get the same answer', async (world) => {
    await world.createUser('paula', { email: 'paula@example.com' });
    const texts = new Set<string>();
    for (const [identity, password] of [
      ['paula@example.com', 'a wrong password'],
      ['nobody@example.com', 'a wrong password'],
      ['nobody', 'a wrong password'],
    ]) {
      const json = { identity, password };
      const answer = await world.send({ method: 'POST', path: `${users}/auth-with-password`, json });
      const { date: _, ...headers } = answer.headers;
      texts.add(JSON.stringify([answer.status, answer.text, headers]));
    }
    assert.equal(texts.size, 1, [...texts].join('\n'));
  });
}

function passwordReset(suite: ApiSuite): void {
  suite.test(
    'password reset',
    async (world) => {
      await world.createUser('rosa', { id: 'rosa00000000001', email: 'rosa@example.com' });
      const mail = await causeMail(world, `${users}/request-password-reset`, { email: 'rosa@example.com' });
      assert.equal(mail.headers.get('to'), 'rosa@example.com');
      const token = tokenIn(mail, links.reset);
      const path = `${users}/confirm-password-reset`;
      const choose = (password: string, passwordConfirm = password): Promise<number> =>
        confirm(world, path, { token, password, passwordConfirm });
      assert.equal(await choose('new password', 'other password'), 400);
      assert.equal(await choose('short'), 400, 'the rules for passwords hold');
      assert.equal(await refreshStatus(world, 'rosa'), 200);
      assert.equal(await choose('new password'), 204);
      assert.equal(await choose('newer password'), 400, 'a link works once');
      assert.equal(await refreshStatus(world, 'rosa'), 401, 'sessions end');
      assert.equal(await signInStatus(world, 'rosa@example.com', userPassword), 400);
      assert.equal(await signInStatus(world, 'rosa@example.com', 'new password'), 200);
      assert.equal((await world.readRecord('users', 'rosa00000000001'))['verified'], true);
    },
    mailsAreOurs,
  );

  suite.test(
    'of many uses of one link at once, one succeeds',
    async (world) => {
      await world.createUser('max', { email: 'max@example.com' });
      const mail = await causeMail(world, `${users}/request-password-reset`, { email: 'max@example.com' });
      const token = tokenIn(mail, links.reset);
      const statuses = await Promise.all(
        Array.from({ length: 20 }, (_, index) => {
          const password = `password ${index}`;
          return confirm(world, `${users}/confirm-password-reset`, { token, password, passwordConfirm: password });
        }),
      );
      assert.deepEqual(statuses.toSorted(), [204, ...Array<number>(19).fill(400)]);
      const password = `password ${statuses.indexOf(204)}`;
      assert.equal(await signInStatus(world, 'max@example.com', password), 200);
    },
    mailsAreOurs,
  );

  suite.test(
    'of a superuser',
    async (world) => {
      const superusers = '/api/collections/_superusers';
      const email = 'second@example.com';
      await world.createRecord('_superusers', { email, password: userPassword, passwordConfirm: userPassword });
      const token = tokenIn(await causeMail(world, `${superusers}/request-password-reset`, { email }), links.reset);
      const password = 'a new long password';
      const json = { token, password, passwordConfirm: password };
      assert.equal(await confirm(world, `${superusers}/confirm-password-reset`, json), 204);
      assert.equal(await signInStatus(world, email, password, superusers), 200);
    },
    mailsAreOurs,
  );
}

function emailChange(suite: ApiSuite): void {
  suite.test(
    'change of address',
    async (world) => {
      await world.createUser('carla', { id: 'carla0000000001', email: 'carla@example.com' });
      const json = { newEmail: 'carla@new.example.com' };
      const mail = await causeMail(world, `${users}/request-email-change`, json, 'carla');
      assert.equal(mail.headers.get('to'), 'carla@new.example.com', 'the new address has to be proven');
      const token = tokenIn(mail, links.change);
      const path = `${users}/confirm-email-change`;
      assert.equal(await confirm(world, path, { token, password: 'a wrong password' }), 400);
      assert.equal((await world.readRecord('users', 'carla0000000001'))['email'], 'carla@example.com');
      const statuses = await Promise.all(
        Array.from({ length: 5 }, () => confirm(world, path, { token, password: userPassword })),
      );
      assert.deepEqual(statuses.toSorted(), [204, 400, 400, 400, 400], 'a link works once');
      const { email, verified } = await world.readRecord('users', 'carla0000000001');
      assert.deepEqual({ email, verified }, { email: 'carla@new.example.com', verified: true });
      assert.equal(await refreshStatus(world, 'carla'), 401, 'sessions end');
      assert.equal(await signInStatus(world, 'carla@example.com', userPassword), 400);
      assert.equal(await signInStatus(world, 'carla@new.example.com', userPassword), 200);
    },
    mailsAreOurs,
  );

  suite.test(
    'a link for an address that the record no longer has proves nothing',
    async (world) => {
      await world.createUser('olga', { id: 'olga00000000001', email: 'olga@example.com' });
      const mail = await causeMail(world, `${users}/request-verification`, { email: 'olga@example.com' });
      const token = tokenIn(mail, links.verification);
      await world.updateRecord('users', 'olga00000000001', { email: 'olga@new.example.com' });
      assert.equal(await confirm(world, `${users}/confirm-verification`, { token }), 400);
      assert.equal((await world.readRecord('users', 'olga00000000001'))['verified'], false);
    },
    mailsAreOurs,
  );
}

function templates(suite: ApiSuite): void {
  suite.test(
    'values of records are text in a mail, never part of its template or its HTML',
    async (world) => {
      await world.updateCollection('members', {
        verificationTemplate: {
          subject: 'Welcome {RECORD:name}',
          body: '<p>{RECORD:name} {RECORD:tokenKey} {RECORD:password}</p><a href="{APP_URL}/x/{TOKEN}">go</a>',
        },
      });
      const name = '<script>"{TOKEN}"</script>\r\nBcc: evil@example.com &';
      await world.createUser('html', { id: 'html00000000001', email: 'html@example.com', name }, 'members');
      const path = '/api/collections/members/request-verification';
      const { length } = await readMails(world);
      await world.expect({ method: 'POST', path, json: { email: 'html@example.com' } });
      const { html, headers } = await waitForMail(world, length);
      assert.equal(headers.get('bcc'), undefined);
      assert.ok(html.includes('&lt;script&gt;&#34;{TOKEN}&#34;&lt;/script&gt;'), html);
      assert.ok(html.includes('{RECORD:tokenKey} {RECORD:password}'), html);
    },
    mailsAreOurs,
  );
}
