import type { LoadLine, Plan } from '../line.ts';
import { scaled } from '../statistics.ts';
import { POST_COLLECTIONS } from '../target/schema.ts';

const PAGE = '?perPage=20';
const UPDATES_BESIDE = 300;

type IndexedField = 'author' | 'description';

/** One kind of list request, as the original defines it. */
interface ListKind {
  name: string;
  query: string;
  rule: string;
  requests: number;
  concurrency: number;
  index?: IndexedField;
  isMixed?: boolean;
}

/** Many requests for a first page, with and without its total, alone and beside updates. */
const PLAIN_KINDS: readonly ListKind[] = [
  { name: 'simpleA (no concurrency)', query: PAGE, rule: '', requests: 1000, concurrency: 1 },
  { name: 'simpleB (high concurrency)', query: PAGE, rule: '', requests: 1000, concurrency: 1000 },
  {
    name: 'simpleC (high concurrency, skipTotal)',
    query: `${PAGE}&skipTotal=1`,
    rule: '',
    requests: 1000,
    concurrency: 1000,
  },
  {
    name: 'mixed (simpleB beside 300 updates)',
    query: PAGE,
    rule: '',
    requests: 1000,
    concurrency: 1000,
    isMixed: true,
  },
];

/** Relations in the answer, whole or cut down by `fields`. */
const EXPAND_KINDS: readonly ListKind[] = [
  few('expand author', `${PAGE}&expand=author`, ''),
  few('expand author (limited fields)', `${PAGE}&expand=author&fields=id,collectionId,expand.author.id`, ''),
  few('expand author.permissions', `${PAGE}&expand=author.permissions`, ''),
  few(
    'expand author.permissions (limited fields)',
    `${PAGE}&expand=author.permissions&fields=id,collectionId,expand.author.id,expand.author.expand.permissions.id`,
    '',
  ),
];

/** List rules, from a cheap one to conditions over two relations. */
const RULE_KINDS: readonly ListKind[] = [
  few('auth rule', PAGE, "@request.auth.id != ''"),
  few('author check', PAGE, 'author = @request.auth.id'),
  few('author check (index)', PAGE, 'author = @request.auth.id', 'author'),
  few('author check (index, skipTotal)', `${PAGE}&skipTotal=1`, 'author = @request.auth.id', 'author'),
  few('author.id check', PAGE, 'author.id = @request.auth.id'),
  few('author.id check (index)', PAGE, 'author.id = @request.auth.id', 'author'),
  few('author.id check (index, skipTotal)', `${PAGE}&skipTotal=1`, 'author.id = @request.auth.id', 'author'),
  few('text search', PAGE, "description ~ 'ipsum dolor'"),
  few('text search (index)', PAGE, "description ~ 'ipsum dolor'", 'description'),
  few('text search (index, skipTotal)', `${PAGE}&skipTotal=1`, "description ~ 'ipsum dolor'", 'description'),
  ...bothTotals('select :each (match all)', "type:each != 'c'"),
  ...bothTotals('select :each (at least one)', "type:each ?!= 'c'"),
  ...bothTotals('nested single relations', "author.organization.name != 'test'"),
  ...bothTotals('nested multiple relations (match all)', 'author.permissions.active = true'),
  ...bothTotals('nested multiple relations (at least one)', 'author.permissions.active ?= true'),
];

/**
 * Lists of each posts collection by one signed-in user, after two view lines to compare token refresh with. Queries, list rules,
 * indexes, counts and concurrency: benchmarks/test_search.go of github.com/pocketbase/benchmarks.
 */
export function searchLines(plan: Plan): LoadLine[] {
  const lines = [
    viewLine('users getOne (medium concurrency)', plan, 100),
    viewLine('users getOne (high concurrency)', plan, 1000),
  ];
  for (const { name } of POST_COLLECTIONS) {
    for (const kind of [...PLAIN_KINDS, ...EXPAND_KINDS, ...RULE_KINDS]) lines.push(listLine(name, kind, plan));
  }
  return lines;
}

function few(name: string, query: string, rule: string, index?: IndexedField): ListKind {
  return { name, query, rule, requests: 100, concurrency: 10, index };
}

function bothTotals(name: string, rule: string): ListKind[] {
  return [few(name, PAGE, rule), few(`${name} (skipTotal)`, `${PAGE}&skipTotal=1`, rule)];
}

function viewLine(name: string, plan: Plan, concurrency: number): LoadLine {
  return {
    kind: 'load',
    group: 'search',
    name,
    requests: scaled(1000, plan.requestScale, 10),
    concurrency,
    rounds: 'again',
    needs: ['users'],
    async load({ server, seeder }, count) {
      const { id, token } = await seeder.viewer();
      const request = server.request('GET', `/api/collections/users/records/${id}`, { token });
      return { main: { requests: [request], count, concurrency } };
    },
  };
}

function listLine(collection: string, kind: ListKind, plan: Plan): LoadLine {
  const { concurrency, index, query, rule } = kind;
  const path = `/api/collections/${collection}/records`;
  const indexes =
    index === undefined ? [] : [`CREATE INDEX \`idx_${index}_${collection}\` ON \`${collection}\` (\`${index}\`)`];
  return {
    kind: 'load',
    group: 'search',
    name: `${collection} ${kind.name}`,
    requests: scaled(kind.requests, plan.requestScale, 10),
    concurrency,
    rounds: 'again',
    needs: [collection],
    settings: { collection, during: { listRule: rule, indexes }, after: { listRule: '', indexes: [] } },
    async load({ server, seeder }, count) {
      const { token } = await seeder.viewer();
      const main = { requests: [server.request('GET', `${path}${query}`, { token })], count, concurrency };
      if (kind.isMixed !== true) return { main };
      const ids = await server.recordIds(collection, scaled(UPDATES_BESIDE, plan.requestScale, 10), '@random');
      const updates = ids.map((id) => {
        const body = JSON.stringify({ title: `update${id}` });
        return server.request('PATCH', `${path}/${id}`, { token, body });
      });
      return { main, beside: { requests: updates, count: updates.length, concurrency: updates.length } };
    },
    probe: `${path}${query}`,
  };
}
