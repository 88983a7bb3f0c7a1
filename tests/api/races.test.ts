// Requests that meet: what each of them was allowed to do alone must also hold when they come at the same moment.
import assert from 'node:assert/strict';
import { apiSuite } from '../../src/testing/scenario.ts';

const superusers = '/api/collections/_superusers/records';

apiSuite(
  'races',
  async () => {},
  (suite) => {
    suite.test('two superusers that delete each other leave one', async (world) => {
      const password = 'a long enough password';
      for (let round = 0; round < 15; round += 1) {
        const email = `spare${round}@example.com`;
        await world.createRecord('_superusers', { email, password, passwordConfirm: password });
        const { items } = await world.expect({ path: superusers, as: 'superuser' });
        const answers = await Promise.all(
          (items as Array<{ id: string }>).map(({ id }) =>
            world.send({ method: 'DELETE', path: `${superusers}/${id}`, as: 'superuser' }),
          ),
        );
        assert.deepEqual(answers.map(({ status }) => status).toSorted(), [204, 400]);
        const left = await world.send({ path: superusers, as: 'superuser' });
        // The one who asks may be the one who went.
        if (left.status !== 200) await world.signIn('superuser', '_superusers', email, password);
      }
    });
  },
);
