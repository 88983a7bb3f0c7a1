// A collection that asks for a second proof: one proof alone opens nothing.
import { absent } from '../../src/testing/match.ts';
import { apiSuite } from '../../src/testing/scenario.ts';
import { type World, userPassword } from '../../src/testing/world.ts';

const reason = 'second proofs are not available yet';

async function setUp(world: World): Promise<void> {
  await world.createCollection({
    name: 'members',
    type: 'auth',
    mfa: { enabled: true, rule: "email != 'free@example.com'" },
    otp: { enabled: true },
  });
  for (const name of ['strict', 'free']) {
    const data = { email: `${name}@example.com`, password: userPassword, passwordConfirm: userPassword };
    await world.createRecord('members', data);
  }
}

apiSuite('auth: second proof', setUp, (suite) => {
  const signIn = { method: 'POST', path: '/api/collections/members/auth-with-password' } as const;
  suite.scenarios('a password alone', [
    {
      ...signIn,
      name: 'is not enough where the rule asks for more',
      pandoOnly: reason,
      json: { identity: 'strict@example.com', password: userPassword },
      status: 403,
      body: {
        token: absent,
        message: 'The collection requires multi-factor authentication, which is not available yet.',
      },
    },
    {
      ...signIn,
      name: 'a wrong one says nothing of that',
      json: { identity: 'strict@example.com', password: 'wrong password' },
      status: 400,
      body: { message: 'Failed to authenticate.' },
    },
    {
      ...signIn,
      name: 'is enough where the rule asks for nothing',
      json: { identity: 'free@example.com', password: userPassword },
      status: 200,
      body: { record: { email: 'free@example.com' } },
    },
  ]);
});
