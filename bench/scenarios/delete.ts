import type { LoadLine, Plan } from '../line.ts';
import { scaled } from '../statistics.ts';
import { POST_COLLECTIONS } from '../target/schema.ts';

const CONCURRENCY = 10;
const SIGNED_IN = "@request.auth.id != ''";

/**
 * Deletes random records: posts that nothing points to, then users with their posts, then organizations with their users and those users'
 * posts. Counts, concurrency and rules: benchmarks/test_delete.go of github.com/pocketbase/benchmarks.
 */
export function deleteLines(plan: Plan): LoadLine[] {
  const posts = POST_COLLECTIONS.flatMap(({ name }) => {
    const requests = Math.min(scaled(100, plan.requestScale, 10), Math.floor((plan.sizes[name] ?? 0) / 4));
    return [
      deleteLine(name, `${name} (no rule)`, requests, ''),
      deleteLine(name, `${name} (with rule)`, requests, SIGNED_IN),
    ];
  });
  const users = Math.floor((plan.sizes['users'] ?? 0) / 5);
  return [
    ...posts,
    deleteLine('users', 'users (cascade to posts)', users, ''),
    deleteLine('organizations', 'organizations (cascade to users and posts)', plan.sizes['organizations'] ?? 0, ''),
  ];
}

function deleteLine(collection: string, name: string, count: number, rule: string): LoadLine {
  const isChangingPeople = !collection.startsWith('posts');
  return {
    kind: 'load',
    group: 'delete',
    name,
    requests: count,
    concurrency: CONCURRENCY,
    rounds: 'split',
    needs: POST_COLLECTIONS.map((posts) => posts.name),
    settings: { collection, during: { deleteRule: rule }, after: { deleteRule: '' } },
    isChangingPeople,
    async load({ server, seeder }, roundCount) {
      const ids = await server.recordIds(collection, roundCount, '@random');
      // Guests may delete users and organizations; the signed-in user may itself be among the deleted.
      const token = isChangingPeople ? '' : (await seeder.viewer()).token;
      const requests = ids.map((id) =>
        server.request('DELETE', `/api/collections/${collection}/records/${id}`, { token }),
      );
      return { main: { requests, count: ids.length, concurrency: CONCURRENCY } };
    },
  };
}
