// The data that the tables of the filter language ask about, and the form of their lines.
import assert from 'node:assert/strict';
import type { Scenario } from '../../src/testing/scenario.ts';
import type { JsonObject, World } from '../../src/testing/world.ts';

const relation = (name: string, collectionId: unknown, maxSelect = 1): JsonObject => ({
  name,
  type: 'relation',
  collectionId,
  maxSelect,
});

/** The id of the n-th record of a kind: `id('post', 1)` is `post00000000001`. */
export function id(kind: string, number: number): string {
  return kind + String(number).padStart(15 - kind.length, '0');
}

const ids = (kind: string, ...numbers: readonly number[]): string[] => numbers.map((number) => id(kind, number));

const authors: readonly JsonObject[] = [
  { name: 'Ann', age: 30, active: true, skills: ['go', 'ts'], home: { lon: 13.4, lat: 52.5 } },
  { name: 'Bob', age: 40, skills: ['rust'], boss: id('auth', 1) },
  { name: 'Cleo', age: 0, skills: [], boss: id('auth', 2) },
];

const posts: readonly JsonObject[] = [
  {
    title: 'Alpha one',
    rank: 1,
    at: '2024-01-10 10:00:00.000Z',
    live: true,
    tags: ['a'],
    kind: 'x',
    meta: { n: 1, s: 'text', list: [1, 2, 3], deep: { k: 'v' } },
    place: { lon: 13.4, lat: 52.5 },
    author: id('auth', 1),
    editors: ids('auth', 1, 2),
  },
  {
    title: 'Beta two',
    rank: 2,
    at: '2024-02-20 12:30:00.500Z',
    live: false,
    tags: ['a', 'b'],
    kind: 'y',
    meta: { n: 2, s: '', list: [] },
    place: { lon: 2.35, lat: 48.85 },
    author: id('auth', 2),
    editors: ids('auth', 2),
  },
  {
    title: 'gamma 100%',
    rank: 2.5,
    at: '',
    live: true,
    tags: [],
    kind: '',
    meta: null,
    author: id('auth', 1),
    editors: [],
  },
  {
    title: 'under_score',
    rank: -3,
    at: '2023-12-31 23:59:59.999Z',
    tags: ['b', 'c'],
    kind: 'x',
    meta: 'a string',
    author: '',
    editors: ids('auth', 3, 1),
  },
  {
    title: '',
    rank: 0,
    at: '2025-06-01 00:00:00.000Z',
    tags: ['c'],
    kind: 'z',
    meta: [10, 20],
    author: id('auth', 3),
    editors: ids('auth', 3),
  },
  {
    title: '5',
    rank: 5,
    at: '2024-01-10 00:00:00.000Z',
    live: true,
    tags: ['a', 'b', 'c'],
    kind: 'y',
    meta: 5,
    author: id('auth', 2),
    editors: ids('auth', 1, 2, 3),
  },
];

const comments: readonly JsonObject[] = [
  { text: 'good', votes: 5, post: id('post', 1), by: id('auth', 2) },
  { text: 'bad', votes: 0, post: id('post', 1), by: id('auth', 3) },
  { text: 'good', votes: 3, post: id('post', 2), by: id('auth', 1) },
  { text: 'ugly', votes: -1, post: id('post', 6), by: id('auth', 2) },
];

/**
 * Makes `authors` (3), `posts` (6), `comments` (4) and `details` (posts 1 and 2, one each, uniquely indexed).
 * All their rules are open; `hidden` of posts is a hidden field.
 */
export async function makeFilterData(world: World): Promise<void> {
  const open = { listRule: '', viewRule: '' };
  const make = async (name: string, fields: readonly JsonObject[], more: JsonObject = {}): Promise<unknown> =>
    (await world.createCollection({ name, fields, ...open, ...more }))['id'];
  const authorFields = [
    { name: 'name', type: 'text' },
    { name: 'age', type: 'number' },
    { name: 'active', type: 'bool' },
    { name: 'skills', type: 'select', maxSelect: 3, values: ['go', 'ts', 'rust'] },
    { name: 'home', type: 'geoPoint' },
  ];
  const authorsId = await make('authors', authorFields);
  await world.updateCollection('authors', { fields: [...authorFields, relation('boss', authorsId)] });
  const postsId = await make('posts', [
    { name: 'title', type: 'text' },
    { name: 'rank', type: 'number' },
    { name: 'at', type: 'date' },
    { name: 'live', type: 'bool' },
    { name: 'tags', type: 'select', maxSelect: 3, values: ['a', 'b', 'c'] },
    { name: 'kind', type: 'select', maxSelect: 1, values: ['x', 'y', 'z'] },
    { name: 'meta', type: 'json' },
    { name: 'place', type: 'geoPoint' },
    relation('author', authorsId),
    relation('editors', authorsId, 5),
    { name: 'hidden', type: 'text', hidden: true },
  ]);
  await make('comments', [
    { name: 'text', type: 'text' },
    { name: 'votes', type: 'number' },
    relation('post', postsId),
    relation('by', authorsId),
  ]);
  await make('details', [{ name: 'note', type: 'text' }, relation('post', postsId)], {
    indexes: ['CREATE UNIQUE INDEX idx_details ON details (post)'],
  });
  for (const [index, author] of authors.entries())
    await world.createRecord('authors', { id: id('auth', index + 1), ...author });
  for (const [index, post] of posts.entries())
    await world.createRecord('posts', { id: id('post', index + 1), hidden: `h${index + 1}`, ...post });
  for (const [index, comment] of comments.entries())
    await world.createRecord('comments', { id: id('comm', index + 1), ...comment });
  for (const number of [1, 2])
    await world.createRecord('details', { id: id('deta', number), note: `note ${number}`, post: id('post', number) });
}

function listPath(collection: string, filter: string): string {
  return `/api/collections/${collection}/records?perPage=100&sort=id&filter=${encodeURIComponent(filter)}`;
}

/**
 * A line that lists posts as superuser and expects exactly these, by the last digits of their ids.
 *
 * @example
 * finds("rank > 2", '36'); // posts 3 and 6
 */
export function finds(
  filter: string,
  expected: string,
  more: Partial<Scenario> & { collection?: string } = {},
): Scenario {
  const { collection = 'posts', ...rest } = more;
  return {
    name: `${filter} -> ${expected === '' ? 'none' : expected}`,
    path: listPath(collection, filter),
    as: 'superuser',
    status: 200,
    body: { totalItems: expected.length },
    after: (_world, answer) => {
      const { items } = answer.json as { items: Array<{ id: string }> };
      assert.equal(items.map((item) => item.id.slice(-1)).join(''), expected);
    },
    ...rest,
  };
}

/** A line whose filter is refused with the general 400. */
export function refusesFilter(filter: string, more: Partial<Scenario> = {}): Scenario {
  return {
    name: filter === '' ? '(empty)' : filter.slice(0, 80),
    path: listPath('posts', filter),
    as: 'superuser',
    status: 400,
    body: { data: {}, message: 'Something went wrong while processing your request.' },
    ...more,
  };
}
