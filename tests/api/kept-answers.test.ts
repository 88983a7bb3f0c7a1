// An answer that was kept for one reader is given to nobody who may not have it, and to nobody once it is no longer true: what decides over it
// is the requester's own record, the rules of related collections and whoever may manage accounts.
import assert from 'node:assert/strict';
import { apiSuite } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const userId = 'user00000000001';
const ownerId = 'user00000000002';
const notes = '/api/collections/notes/records';

async function setUp(world: World): Promise<void> {
  const users = await world.expect({ path: '/api/collections/users', as: 'superuser' });
  const fields = [...(users['fields'] as object[]), { name: 'role', type: 'text' }];
  await world.createCollection({ name: 'teams', fields: [{ name: 'lead', type: 'text' }] });
  await world.updateCollection('users', {
    fields,
    listRule: '',
    viewRule: '',
    manageRule: '@collection.teams.lead ?= @request.auth.id',
  });
  await world.createUser('reader', { id: userId, role: 'admin' });
  await world.createUser('owner', { id: ownerId, email: 'hidden@example.com', emailVisibility: false });
  const rule = "@request.auth.role = 'admin'";
  await world.createCollection({
    name: 'notes',
    listRule: rule,
    viewRule: rule,
    fields: [{ name: 'text', type: 'text' }],
  });
  await world.createRecord('notes', { id: 'note00000000001', text: 'secret' });
}

async function totalOf(world: World, as: string): Promise<unknown> {
  return (await world.expect({ path: notes, as }))['totalItems'];
}

apiSuite('kept answers', setUp, (suite) => {
  suite.test('an answer kept for a requester goes when that record changes', async (world) => {
    const view = { path: `${notes}/note00000000001`, as: 'reader' };
    for (let round = 0; round < 3; round += 1) {
      assert.equal(await totalOf(world, 'reader'), 1);
      assert.equal((await world.send(view)).status, 200);
    }
    await world.updateRecord('users', userId, { role: '' });
    // Any first request makes the token known again: what was kept is found by those that follow.
    await world.expect({ path: '/api/health', as: 'reader' });
    assert.equal((await world.send(view)).status, 404);
    assert.equal(await totalOf(world, 'reader'), 0);
  });

  suite.test('an answer kept for a manager goes when the manager is none any more', async (world) => {
    const path = `/api/collections/users/records/${ownerId}`;
    const { id } = await world.createRecord('teams', { lead: userId });
    for (let round = 0; round < 3; round += 1) {
      assert.equal((await world.expect({ path, as: 'reader' }))['email'], 'hidden@example.com');
    }
    await world.updateRecord('teams', String(id), { lead: '' });
    assert.equal((await world.expect({ path, as: 'reader' }))['email'], undefined);
  });

  suite.test('what only a HEAD may see is not kept for a GET', async (world) => {
    const fields = [{ name: 'text', type: 'text' }];
    await world.createCollection({ name: 'heads', listRule: "@request.method = 'HEAD'", fields });
    await world.createRecord('heads', { text: 'secret' });
    const path = '/api/collections/heads/records';
    for (let round = 0; round < 3; round += 1) {
      assert.equal((await world.send({ method: 'HEAD', path })).status, 200);
      assert.equal((await world.expect({ path }))['totalItems'], 0);
    }
  });

  suite.test('the order by related records is each reader’s own', async (world) => {
    const secrets = await world.createCollection({
      name: 'secrets',
      listRule: 'owner = @request.auth.id',
      fields: [
        { name: 'rank', type: 'number' },
        { name: 'owner', type: 'text' },
      ],
    });
    const secret = { name: 'secret', type: 'relation', collectionId: secrets['id'], maxSelect: 1 };
    await world.createCollection({ name: 'open', listRule: '', fields: [{ name: 'title', type: 'text' }, secret] });
    for (const [index, rank] of [3, 1, 2].entries()) {
      const id = `secret00000000${index}`;
      await world.createRecord('secrets', { id, rank, owner: ownerId });
      await world.createRecord('open', { title: String(rank), secret: id });
    }
    const order = async (as: string): Promise<string> => {
      const { items } = await world.expect({ path: '/api/collections/open/records?sort=secret.rank', as });
      return (items as Array<{ title: string }>).map(({ title }) => title).join('');
    };
    assert.equal(await order('owner'), '123');
    assert.equal(await order('guest'), '312');
    assert.equal(await order('reader'), '312');
  });
});
