// A filter within its bounds can still become a statement of any length: the rules of related records count once for every comparison.
import { apiSuite } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const comparisons = (count: number): string => {
  const filter = Array.from({ length: count }, (_, index) => `o.name~'${index}'`).join('||');
  return `/api/collections/things/records?filter=${encodeURIComponent(filter)}`;
};

async function setUp(world: World): Promise<void> {
  const owners = { name: 'o', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 9 };
  await world.createCollection({ name: 'things', listRule: '', fields: [{ name: 'title', type: 'text' }, owners] });
  const listRule = 'things_via_o.title != "a" && things_via_o.o.things_via_o.title != "b"';
  await world.updateCollection('users', { listRule });
}

apiSuite('hostile filters', setUp, (suite) => {
  suite.scenarios('comparisons of related records', [
    { name: 'some', path: comparisons(20), status: 200 },
    {
      name: 'very many',
      path: comparisons(190),
      status: 400,
      pandoOnly: 'PocketBase prepares a statement of any length',
    },
    { name: 'very many, of a superuser', path: comparisons(190), as: 'superuser', status: 200 },
  ]);
});
