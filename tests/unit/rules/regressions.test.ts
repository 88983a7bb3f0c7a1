// Every disagreement between memory and SQL that the property test found, as a named case.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { and, createPredicate, parseFilter, type RequestContext, resolve } from '../../../src/rules/rules.ts';
import { makeContext, makeViewer } from './fixtures.ts';
import { makeGarden } from './garden.ts';

interface Regression {
  readonly name: string;
  readonly base: string;
  readonly text: string;
  readonly mode?: 'rule' | 'client';
  /** A rule that holds beside the text. */
  readonly rule?: string;
  readonly records: Parameters<typeof makeGarden>[0];
  /** The id of the user who asks. */
  readonly viewer?: string;
  readonly context?: Partial<RequestContext>;
  readonly ids: readonly string[];
}

const regressions: readonly Regression[] = [
  {
    name: 'an e-mail that equals another value of the record stays hidden when all values are known',
    base: 'users',
    text: 'name = email',
    mode: 'client',
    records: {
      users: [
        { id: 'u1', name: 'a@b.co', email: 'a@b.co' },
        { id: 'u2', name: 'c@d.co', email: 'c@d.co', emailVisibility: true },
      ],
    },
    ids: ['u2'],
  },
  {
    name: 'false is not true',
    base: 'posts',
    text: 'false ?= true',
    records: { posts: [{ id: 'p1' }] },
    ids: [],
  },
  {
    name: 'a distance over lengths of missing records is a number',
    base: 'posts',
    text: 'geoDistance(author.orgs:length, parent.kind:length, 10, 20) > 5',
    records: { posts: [{ id: 'p1' }] },
    ids: ['p1'],
  },
  {
    name: 'a list that is compared with a text is not read as that text elsewhere',
    base: 'posts',
    text: "members.name ?= 'x' && members = 'é'",
    records: { posts: [{ id: 'p1', members: ['u1'] }], users: [{ id: 'u1', name: 'x' }] },
    ids: [],
  },
  {
    name: 'a missing record violates "the same as a column" also when the column is known',
    base: 'posts',
    text: 'title = members.name',
    records: {
      posts: [
        { id: 'p1', title: 'x', members: ['u1', 'gone'] },
        { id: 'p2', title: 'x', members: ['u1'] },
      ],
      users: [{ id: 'u1', name: 'x' }],
    },
    ids: ['p2'],
  },
  {
    name: 'the same, with a field of the viewer',
    base: 'posts',
    text: '@request.auth.name = members.name',
    viewer: 'u1',
    records: {
      posts: [
        { id: 'p1', members: ['u1', 'gone'] },
        { id: 'p2', members: ['u1'] },
      ],
      users: [{ id: 'u1', name: 'x' }],
    },
    ids: ['p2'],
  },
  {
    name: 'a rule and a filter on the same path speak of the same record',
    base: 'posts',
    text: 'grants_via_post.level ?> 1',
    rule: 'grants_via_post.user ?= @request.auth.id',
    viewer: 'u1',
    records: {
      posts: [{ id: 'p1' }, { id: 'p2' }],
      users: [{ id: 'u1' }],
      grants: [
        { id: 'g1', post: 'p1', user: 'u1', level: 1 },
        { id: 'g2', post: 'p1', user: 'u2', level: 2 },
        { id: 'g3', post: 'p2', user: 'u1', level: 2 },
      ],
    },
    ids: ['p2'],
  },
  {
    name: 'records that the asker may not list do not violate a filter',
    base: 'posts',
    text: "notes_via_post.name = 'y'",
    mode: 'client',
    records: {
      posts: [{ id: 'p1' }, { id: 'p2' }],
      notes: [
        { id: 'n1', post: 'p1', name: 'x' },
        { id: 'n2', post: 'p1', name: 'y' },
        { id: 'n3', post: 'p2', name: 'y' },
        { id: 'n4', post: 'p2', name: 'z' },
      ],
    },
    ids: ['p1'],
  },
];

describe('disagreements that were found', () => {
  for (const { name, base, text, mode = 'rule', rule, records, viewer, context: sent, ids } of regressions) {
    test(name, () => {
      using world = makeGarden(records);
      const { schema } = world;
      const collection = world.collection(base);
      const users = world.collection('users');
      const context = makeContext({
        ...sent,
        ...(viewer === undefined ? {} : { viewer: makeViewer(users, world.get(users.id, viewer)!) }),
      });
      const asked = resolve(parseFilter(text), { schema, base: collection, mode });
      const condition =
        rule === undefined ? asked : and(resolve(parseFilter(rule), { schema, base: collection, mode: 'rule' }), asked);
      const predicate = createPredicate(condition);
      const all = world.all(collection.id);
      const idOf = (record: (typeof all)[number]): unknown => record['id'];
      assert.deepEqual(all.filter((record) => predicate(record, context, world)).map(idOf), ids, 'in memory');
      assert.deepEqual(world.selectIds(condition, context), ids, 'on the table');
      assert.deepEqual(all.filter((record) => world.isSelected(condition, context, record)).map(idOf), ids, 'on a row');
    });
  }
});
