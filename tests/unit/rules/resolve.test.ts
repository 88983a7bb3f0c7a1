import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sqliteDialect } from '../../../src/engines/database/sqlite/dialect.ts';
import {
  compileFilter,
  type Condition,
  createPredicate,
  dependenciesOf,
  isLocal,
  parseFilter,
  resolve,
  type ResolveOptions,
  RuleError,
} from '../../../src/rules/rules.ts';
import { makeContext, makeRecord, makeSchema, makeViewer } from './fixtures.ts';
import { gardenCollection, gardenCollections } from './garden.ts';

const schema = makeSchema(gardenCollections);
const posts = gardenCollection('posts');

function resolveText(text: string, changes: Partial<ResolveOptions> = {}): Condition {
  return resolve(parseFilter(text), { schema, base: posts, mode: 'rule', ...changes });
}

const refused: readonly (readonly [text: string, reason: string])[] = [
  ['nope = 1', 'invalid left operand "nope" - unknown field "nope"'],
  ['1 = nope', 'invalid right operand "nope" - unknown field "nope"'],
  ['author.nope = 1', 'invalid left operand "author.nope" - unknown field "nope"'],
  ['title.x = 1', 'invalid left operand "title.x" - field "title" is not a valid relation'],
  ['title:nope = 1', 'invalid left operand "title:nope" - unknown modifier in "title:nope"'],
  ['title:lower:lower = 1', 'invalid left operand "title:lower:lower" - unknown field "title:lower:lower"'],
  ['author..name = 1', 'invalid left operand "author..name" - failed to resolve field ""'],
  ['constructor = 1', 'invalid left operand "constructor" - unknown field "constructor"'],
  ['__proto__.x = 1', 'invalid left operand "__proto__.x" - failed to resolve field "__proto__"'],
  ['@request.foo = 1', 'invalid left operand "@request.foo" - failed to resolve field "@request.foo"'],
  ['@request.auth = 1', 'invalid left operand "@request.auth" - failed to resolve field "@request.auth"'],
  ['@now:lower = 1', 'invalid left operand "@now:lower" - failed to resolve field "@now:lower"'],
  ['#x = 1', 'invalid left operand "#x" - failed to resolve field "#x"'],
  [
    '@collection.nope.x = 1',
    'invalid left operand "@collection.nope.x" - failed to load collection "nope" from field path "@collection.nope.x"',
  ],
  [
    'grants_via_user.level = 1',
    'invalid left operand "grants_via_user.level" - invalid collection reference of a back relation field "user"',
  ],
  ['f(1) = 1', 'invalid left operand "f" - unknown function "f"'],
  ['geoDistance(1) = 1', 'invalid left operand "geoDistance" - [geoDistance] expected 4 arguments, got 1'],
  [
    'strftime(title) = 1',
    'invalid left operand "strftime" - [strftime] expects the first argument to be a format string',
  ],
  [
    '@request.body.nope:changed = 1',
    'invalid left operand "@request.body.nope:changed" - invalid modifier sequence nope:changed',
  ],
  [
    '@request.body.title:each = 1',
    `invalid left operand "@request.body.title:each" - field "title" doesn't support multivalue operations`,
  ],
  ['@request.body.tags:x = 1', 'invalid left operand "@request.body.tags:x" - unknown modifier in "tags:x"'],
  [
    `${'parent.'.repeat(7)}title = 1`,
    `invalid left operand "${'parent.'.repeat(7)}title" - a path follows more than 6 relations`,
  ],
];

const refusedToClients = [
  'secret = 1',
  'secret:lower = 1',
  'author.hush = 1',
  'author.password = 1',
  'members.hush ?= 1',
  'grants_via_post.user.hush ?= 1',
  'strftime("%Y", author.hush) = 1',
  'geoDistance(secret, 1, 1, 1) > 1',
  'locked_via_post.id = 1',
  'parent.locked_via_post.id = 1',
  '@request.auth.id = 1',
  '@collection.users.name = 1',
];

describe('resolving names', () => {
  for (const [text, message] of refused) {
    test(`refuses ${text}`, () => {
      assert.throws(
        () => resolveText(text),
        (error) => error instanceof RuleError && error.message === message,
        `wanted: ${message}`,
      );
    });
  }

  for (const text of refusedToClients) {
    test(`refuses clients ${text}`, () => assert.throws(() => resolveText(text, { mode: 'client' }), RuleError));
  }

  test('follows six relations', () => assert.ok(resolveText(`${'parent.'.repeat(6)}title = 1`)));

  test('a new record has nothing that refers to it', () => {
    assert.throws(() => resolveText('grants_via_post.level > 1', { isNew: true }), RuleError);
    assert.ok(resolveText('author.grants_via_user.level > 1', { isNew: true }));
  });

  test('unknown names below the viewer are null, paths that make no sense are errors for that viewer only', () => {
    const users = gardenCollection('users');
    const viewer = makeViewer(users, makeRecord(users, { id: 'u1' }));
    const record = makeRecord(posts, { id: 'p1' });
    const ask = (text: string): boolean => createPredicate(resolveText(text))(record, makeContext({ viewer }));
    assert.equal(ask('@request.auth.nope = null'), true);
    assert.equal(ask('@request.auth.id:nope = null'), true);
    assert.throws(() => ask('@request.auth.name.x = null'), RuleError);
    assert.equal(createPredicate(resolveText('@request.auth.name.x = null'))(record, makeContext()), true);
  });

  test('only own keys of what was submitted count', () => {
    const record = makeRecord(posts, { id: 'p1' });
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      for (const source of ['body', 'query', 'headers']) {
        const context = makeContext({ body: {}, query: {}, headers: {} });
        assert.equal(createPredicate(resolveText(`@request.${source}.${name} = null`))(record, context), true);
        assert.equal(createPredicate(resolveText(`@request.${source}.${name}:isset = true`))(record, context), false);
      }
    }
  });
});

describe('what conditions depend on', () => {
  const cases: readonly (readonly [text: string, isLocal: boolean, dependencies: object])[] = [
    ['title = "a" && tags:each ?= "b"', true, {}],
    ['author = @request.auth.id', true, { auth: true, authFields: ['id'] }],
    [
      '@request.auth.role = "x" && @request.auth.orgs:each ?= title',
      true,
      { auth: true, authFields: ['orgs', 'role'] },
    ],
    ['@request.auth.org.name = "x"', false, { auth: true, authFields: ['org'], collections: ['c_orgs'] }],
    ['@request.auth.grants_via_user.post ?= id', false, { auth: true, authFields: ['id'], collections: ['c_grants'] }],
    ['author.org.name = "x"', false, { collections: ['c_orgs', 'c_users'] }],
    ['parent.title = "x"', false, { collections: ['c_posts'] }],
    ['@collection.grants.post ?= id', false, { collections: ['c_grants'] }],
    ['@request.body.author.name = "x"', false, { body: true, collections: ['c_users'] }],
    ['@request.body.title:changed = true', true, { body: true }],
    ['@request.headers.x = "a" && @request.query.y:isset = true', true, { headers: true, query: true }],
    ['@request.method = "GET" || @request.context = "batch"', true, { method: true, context: true }],
    ['day > @now', true, { time: true }],
    ['strftime("%Y") = "2024"', true, { time: true }],
    ['strftime("%Y", day) = "2024"', true, {}],
  ];
  const none = {
    collections: [],
    auth: false,
    authFields: [],
    headers: false,
    query: false,
    body: false,
    method: false,
    context: false,
    time: false,
  };

  for (const [text, local, dependencies] of cases) {
    test(text, () => {
      const condition = resolveText(text);
      assert.deepEqual(dependenciesOf(condition), { ...none, ...dependencies });
      assert.equal(isLocal(condition), local);
    });
  }

  test('the rule that lists related records counts for clients', () => {
    const condition = resolveText('notes_via_post.posts:length ?> 1', { mode: 'client' });
    assert.deepEqual(dependenciesOf(condition).collections, ['c_notes']);
  });
});

describe('hostile texts', () => {
  const texts = [
    `id = 'x' || (select 1)`,
    `title"--x = 1`,
    `meta.a'b = 1`,
    'meta.a") = 1',
    `meta.${'9'.repeat(30)} = 1`,
    'title = 1; DROP TABLE posts',
  ];
  for (const text of texts) {
    test(`refuses ${text.slice(0, 40)}`, () => assert.throws(() => resolveText(text), RuleError));
  }

  test('values only ever reach SQL as parameters', () => {
    const value = `'; DROP TABLE posts; --"`;
    const text = `title = "'; DROP TABLE posts; --\\"" && meta.a ~ "'; DROP TABLE posts; --\\""`;
    const compiled = compileFilter(resolveText(text), sqliteDialect, makeContext());
    assert.ok(!compiled.sql.includes('DROP'));
    assert.ok(compiled.params.includes(value));
  });
});
