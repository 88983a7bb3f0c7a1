// How passwords are kept: new ones as argon2id, those of imported users as bcrypt until they sign in. A sign-in that replaces the hash ends no session.
import assert from 'node:assert/strict';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { hash as bcryptHash } from '@node-rs/bcrypt';
import { apiSuite } from '../../src/testing/scenario.ts';
import { type World, userPassword } from '../../src/testing/world.ts';

const users = '/api/collections/users';
const argon2id = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;
const ownFiles = 'other servers keep other files';

const imported = [
  { name: 'old1', cost: 10, password: userPassword },
  { name: 'old2', cost: 4, password: userPassword },
  { name: 'old3', cost: 10, password: userPassword },
  { name: 'long', cost: 4, password: 'p'.repeat(72) },
];

function idOf(name: string): string {
  return name.padEnd(15, '0');
}

async function setUp(world: World): Promise<void> {
  await world.createUser('new', { id: idOf('new'), email: 'new@example.com' });
  for (const { name } of imported) {
    await world.createUser(name, { id: idOf(name), email: `${name}@example.com` });
  }
  await world.server.kill();
  const database = openFile(world);
  const statement = database.prepare('UPDATE users SET password = ? WHERE id = ?');
  for (const { name, cost, password } of imported) statement.run(await bcryptHash(password, { cost }), idOf(name));
  database.close();
  await world.server.restart();
}

function openFile(world: World): DatabaseSync {
  return new DatabaseSync(path.join(world.server.dataDir, 'data.db'));
}

function hashOf(world: World, name: string): string {
  const database = openFile(world);
  const row = database.prepare('SELECT password FROM users WHERE id = ?').get(idOf(name));
  database.close();
  return String(row?.['password']);
}

async function signIn(world: World, identity: string, password = userPassword): Promise<number> {
  const json = { identity, password };
  return (await world.send({ method: 'POST', path: `${users}/auth-with-password`, json })).status;
}

apiSuite('password hashes', setUp, (suite) => {
  suite.test(
    'new passwords are argon2id',
    async (world) => {
      assert.match(hashOf(world, 'new'), argon2id);
    },
    ownFiles,
  );

  suite.test(
    'a bcrypt hash lets its user in, is replaced then, and no session ends',
    async (world) => {
      for (const name of ['old1', 'old2']) {
        const id = idOf(name);
        assert.match(hashOf(world, name), /^\$2/);
        assert.equal(await signIn(world, `${name}@example.com`, 'a wrong password'), 400);
        assert.match(hashOf(world, name), /^\$2/, 'a failed sign-in replaces nothing');
        const { updated } = await world.readRecord('users', id);
        assert.equal(await signIn(world, `${name}@example.com`), 200);
        assert.match(hashOf(world, name), argon2id);
        assert.equal((await world.readRecord('users', id))['updated'], updated, 'nobody changed the record');
        assert.equal((await world.send({ method: 'POST', path: `${users}/auth-refresh`, as: name })).status, 200);
        assert.equal(await signIn(world, `${name}@example.com`), 200);
        assert.equal(await signIn(world, `${name}@example.com`, 'a wrong password'), 400);
      }
    },
    ownFiles,
  );

  suite.test(
    'sign-ins at once replace it once and all succeed',
    async (world) => {
      const statuses = await Promise.all(Array.from({ length: 8 }, () => signIn(world, 'old3@example.com')));
      assert.deepEqual(new Set(statuses), new Set([200]));
      assert.match(hashOf(world, 'old3'), argon2id);
      assert.equal((await world.send({ method: 'POST', path: `${users}/auth-refresh`, as: 'old3' })).status, 200);
    },
    ownFiles,
  );

  suite.test(
    'a password is never cut to what bcrypt looks at',
    async (world) => {
      assert.equal(await signIn(world, 'long@example.com', 'p'.repeat(73)), 400);
      assert.equal(await signIn(world, 'long@example.com', 'p'.repeat(71)), 400);
      assert.equal(await signIn(world, 'long@example.com', 'p'.repeat(72)), 200);
      assert.equal(await signIn(world, 'long@example.com', 'p'.repeat(73)), 400);
    },
    ownFiles,
  );

  suite.test('changing a password asks for the old one, whatever its hash', async (world) => {
    const next = 'a new password';
    const change = (oldPassword: string): Promise<number> =>
      world
        .send({
          method: 'PATCH',
          path: `${users}/records/${idOf('new')}`,
          as: 'new',
          json: { oldPassword, password: next, passwordConfirm: next },
        })
        .then(({ status }) => status);
    await world.updateCollection('users', { updateRule: 'id = @request.auth.id' });
    assert.equal(await change('a wrong password'), 400);
    assert.equal(await change(userPassword), 200);
    assert.equal(await signIn(world, 'new@example.com', next), 200);
  });
});
