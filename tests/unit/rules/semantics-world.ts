import type { Collection } from '../../../src/model/collection.ts';
import type { Field } from '../../../src/model/fields/field.ts';
import type { RecordData } from '../../../src/model/record.ts';
import type { JsonValue } from '../../../src/util/json.ts';
import { makeCollection, makeField, makeRecord, RuleWorld } from './fixtures.ts';

const letters = { values: ['a', 'b', 'c'] };
const to = (collection: string, maxSelect = 1): { collectionId: string; maxSelect: number } => ({
  collectionId: `c_${collection}`,
  maxSelect,
});
const text = (name: string): Field => makeField('text', name);
const number = (name: string): Field => makeField('number', name);

const collections: readonly Collection[] = [
  makeCollection('auth', '_superusers', []),
  makeCollection('base', 'orgs', [
    text('name'),
    number('level'),
    makeField('select', 'tags', { ...letters, maxSelect: 3 }),
  ]),
  makeCollection('auth', 'users', [
    text('name'),
    text('role'),
    number('age'),
    makeField('json', 'data'),
    makeField('text', 'hush', { hidden: true }),
    makeField('relation', 'org', to('orgs')),
    makeField('relation', 'orgs', to('orgs', 5)),
    makeField('select', 'kinds', { ...letters, maxSelect: 3 }),
  ]),
  makeCollection('base', 'posts', [
    text('title'),
    text('note'),
    number('total'),
    number('rank'),
    makeField('bool', 'flag'),
    makeField('date', 'day'),
    makeField('select', 'cat', letters),
    makeField('select', 'tags', { ...letters, maxSelect: 3 }),
    makeField('relation', 'author', to('users')),
    makeField('relation', 'members', to('users', 9)),
    makeField('json', 'meta'),
    makeField('geoPoint', 'loc'),
    makeField('text', 'secret', { hidden: true }),
    makeField('relation', 'parent', to('posts')),
  ]),
  makeCollection('base', 'perms', [
    makeField('relation', 'post', to('posts')),
    makeField('relation', 'user', to('users')),
    number('level'),
    text('kind'),
  ]),
  makeCollection('base', 'teams', [
    text('name'),
    makeField('relation', 'posts', to('posts', 9)),
    makeField('relation', 'owner', to('users')),
  ]),
  makeCollection('base', 'pins', [makeField('relation', 'post', to('posts')), text('why')], {
    indexes: ['CREATE UNIQUE INDEX `idx_pins_post` ON `pins` (`post`)'],
  }),
  makeCollection('base', 'empties', [text('name'), makeField('relation', 'post', to('posts'))]),
  makeCollection('base', 'locked', [makeField('relation', 'post', to('posts')), text('name')], { listRule: null }),
  makeCollection(
    'base',
    'ruled',
    [makeField('relation', 'post', to('posts')), text('name'), makeField('relation', 'owner', to('users'))],
    { listRule: 'name != "x"' },
  ),
];

/** Ids are written short; in the records they have fifteen characters. */
export function longId(short: string): string {
  return short.padStart(15, '0');
}

const longIds = (...ids: string[]): string[] => ids.map(longId);
const relations = new Set(['author', 'parent', 'post', 'user', 'owner', 'org', 'id']);
const relationLists = new Set(['members', 'orgs', 'posts']);

type Short = { readonly [field: string]: JsonValue };

const p: readonly Short[] = [
  {
    id: 'p1',
    title: '5',
    note: 'x',
    total: 5,
    rank: 1,
    flag: true,
    day: '2024-01-02 03:04:05.678Z',
    cat: 'a',
    tags: ['a'],
    author: 'u1',
    members: ['u1', 'u2'],
    meta: { a: 1, b: [1, 2, { c: 'z' }], s: '5', e: '', n: null, t: true },
    loc: { lon: 10, lat: 20 },
    secret: 's1',
  },
  { id: 'p2', title: '5.0' },
  {
    id: 'p3',
    title: 'abc',
    note: 'ABC',
    total: 5.5,
    rank: 5.5,
    flag: true,
    day: '2025-12-31 23:59:59.999Z',
    cat: 'b',
    tags: ['a', 'b'],
    author: 'u2',
    members: ['u2'],
    meta: 5,
    loc: { lon: 23.32, lat: 42.69 },
    parent: 'p1',
  },
  {
    id: 'p4',
    title: '100%',
    note: '%',
    total: -3,
    rank: 10,
    day: '2024-06-01 00:00:00.000Z',
    cat: 'c',
    tags: ['c'],
    author: 'u3',
    members: ['u3', 'u1'],
    meta: '5x',
    loc: { lon: -180, lat: 90 },
    parent: 'p3',
  },
  {
    id: 'p5',
    title: 'a_b',
    note: 'a\\b',
    total: 1e20,
    rank: 1e15,
    day: '2024-01-02 03:04:05.678Z',
    cat: 'a',
    tags: ['a', 'b', 'c'],
    author: 'u1',
    members: ['u1'],
    meta: [1, 'a', null],
    loc: { lon: 10, lat: 20 },
  },
  {
    id: 'p6',
    title: '1',
    note: '1',
    total: 1,
    rank: 1,
    flag: true,
    tags: ['b'],
    author: 'u2',
    members: ['u3'],
    meta: true,
    loc: { lon: 1.5, lat: -1.5 },
  },
  { id: 'p7', title: 'é%', note: 'É', total: 0.1, rank: 0.1 + 0.2, meta: '', loc: { lon: 1.5, lat: -1.5 } },
];

const user = (id: string, rest: Short): Short => ({ id, email: `${id}@x.co`, verified: true, hush: `h${id}`, ...rest });

const records: { readonly [collection: string]: readonly Short[] } = {
  posts: p,
  orgs: [
    { id: 'o1', name: 'Acme', level: 1, tags: ['a'] },
    { id: 'o2', name: 'Beta', level: 2, tags: ['a', 'b'] },
    { id: 'o3' },
  ],
  users: [
    user('u1', {
      name: 'Ann',
      role: 'admin',
      age: 30,
      org: 'o1',
      orgs: ['o1'],
      emailVisibility: true,
      data: { a: 1 },
      kinds: ['a'],
    }),
    user('u2', { name: 'Bob', org: 'o2', orgs: ['o2', 'o1'], data: 'x', kinds: ['b', 'c'] }),
    user('u3', { name: 'Cyd', role: 'editor', age: 5, emailVisibility: true }),
  ],
  perms: [
    { id: 'q1', post: 'p1', user: 'u1', level: 1, kind: 'r' },
    { id: 'q2', post: 'p1', user: 'u2', level: 2, kind: 'w' },
    { id: 'q3', post: 'p3', user: 'u2', level: 2, kind: 'r' },
    { id: 'q4', user: 'u3', level: 3 },
    { id: 'q5', post: 'p4', user: 'u1', level: 2, kind: '5' },
  ],
  teams: [
    { id: 't1', name: 'red', posts: ['p1', 'p3'], owner: 'u1' },
    { id: 't2', name: 'blue', posts: ['p1'], owner: 'u2' },
    { id: 't3' },
  ],
  pins: [
    { id: 'n1', post: 'p1', why: 'hot' },
    { id: 'n2', post: 'p3', why: 'cold' },
  ],
  locked: [{ id: 'l1', post: 'p1', name: 'n' }],
  ruled: [
    { id: 'r1', post: 'p1', name: 'x', owner: 'u1' },
    { id: 'r2', post: 'p1', name: 'y', owner: 'u1' },
    { id: 'r3', post: 'p3', name: 'x', owner: 'u2' },
    { id: 'r4', post: 'p4', name: 'z', owner: 'u3' },
  ],
  _superusers: [{ id: 's1', email: 'a@b.co' }],
};

function lengthen(short: Short): Short {
  return Object.fromEntries(
    Object.entries(short).map(([field, value]): [string, JsonValue] => {
      if (relations.has(field)) return [field, longId(value as string)];
      return [field, relationLists.has(field) ? longIds(...(value as string[])) : value];
    }),
  );
}

/** The collections and records that `semantics-cases.ts` was asked on. */
export function makeSemanticsWorld(): RuleWorld {
  const made: { [collection: string]: RecordData[] } = {};
  for (const collection of collections) {
    made[collection.name] = (records[collection.name] ?? []).map((short) => makeRecord(collection, lengthen(short)));
  }
  return new RuleWorld(collections, made);
}
