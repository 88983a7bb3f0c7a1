import type { LoadLine, Plan } from '../line.ts';
import { dependenciesOf } from '../seed.ts';
import { POST_COLLECTIONS } from '../target/schema.ts';

const NAMED_RULE = "@request.body.name != ''";
const USER_RULE = "@request.body.email != '' && @request.body.permissions:length > 0";
const POST_RULE = "@request.auth.id != '' && @request.body.public:isset = true";

/**
 * Fills every collection through the API: the first half of its records with an open create rule, the second with a rule that looks at the
 * body (posts: at the signed-in user too). Rules, halves and concurrency: benchmarks/test_create.go of github.com/pocketbase/benchmarks.
 */
export function createLines(plan: Plan): LoadLine[] {
  const collections = [
    { name: 'organizations', concurrency: 10, rule: NAMED_RULE, isSignedIn: false },
    { name: 'permissions', concurrency: 5, rule: NAMED_RULE, isSignedIn: false },
    { name: 'users', concurrency: 50, rule: USER_RULE, isSignedIn: false },
    ...POST_COLLECTIONS.map(({ name }) => ({ name, concurrency: 500, rule: POST_RULE, isSignedIn: true })),
  ];
  return collections.flatMap(({ name, concurrency, rule, isSignedIn }) => {
    const size = plan.sizes[name] ?? 0;
    const firstHalf = Math.floor(size / 2);
    return [
      createLine({ collection: name, label: 'no rule', requests: firstHalf, concurrency, rule: '', isSignedIn: false }),
      createLine({ collection: name, label: 'with rule', requests: size - firstHalf, concurrency, rule, isSignedIn }),
    ];
  });
}

function createLine(spec: {
  collection: string;
  label: string;
  requests: number;
  concurrency: number;
  rule: string;
  isSignedIn: boolean;
}): LoadLine {
  const { collection, concurrency, isSignedIn, label, requests, rule } = spec;
  return {
    kind: 'load',
    group: 'create',
    name: `${collection} (${label})`,
    requests,
    concurrency,
    rounds: 'split',
    needs: dependenciesOf(collection),
    settings: { collection, during: { createRule: rule }, after: { createRule: '' } },
    isChangingPeople: !collection.startsWith('posts'),
    async load({ server, seeder }, count) {
      const token = isSignedIn ? (await seeder.viewer()).token : '';
      const bodies = await seeder.bodies(collection, await server.countRecords(collection), count);
      const path = `/api/collections/${collection}/records`;
      return {
        main: { requests: bodies.map((body) => server.request('POST', path, { token, body })), count, concurrency },
      };
    },
  };
}
