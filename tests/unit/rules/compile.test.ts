// The SQL of conditions, as a table. A change of it is seen here; whether it is right is asked of real records elsewhere.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sqliteDialect } from '../../../src/engines/database/sqlite/dialect.ts';
import type { ColumnValue } from '../../../src/model/commit.ts';
import {
  compileFilter,
  compileFilterOnRow,
  compileSort,
  parseFilter,
  resolve,
  type ResolveOptions,
  RuleError,
} from '../../../src/rules/rules.ts';
import { makeContext, makeRecord, makeSchema, makeViewer, toRow } from './fixtures.ts';
import { gardenCollection, gardenCollections, makeGarden } from './garden.ts';

type Golden = readonly [mode: ResolveOptions['mode'], text: string, sql: string, params: readonly ColumnValue[]];

const cases: readonly Golden[] = [
  ['rule', 'title = 5', '"base"."title" = ?', ['5.0']],
  ['rule', 'title = true', '"base"."title" = ?', ['1']],
  ['rule', `total = '5'`, '"base"."total" = ?', [5]],
  ['rule', `total = 'x'`, '"base"."total" = ?', ['x']],
  ['rule', `title = ''`, `"base"."title" = ''`, []],
  ['rule', `title != 'x'`, '"base"."title" <> ?', ['x']],
  ['rule', 'title != null', `"base"."title" <> ''`, []],
  ['rule', 'total = null', 'FALSE', []],
  ['rule', 'flag = true', '"base"."flag" = ?', [1]],
  ['rule', 'total > 5', '"base"."total" > ?', [5]],
  ['rule', 'total < null', 'FALSE', []],
  ['rule', 'title = total', `coalesce("base"."title", '') = coalesce("base"."total", '')`, []],
  ['rule', 'total != total', '"base"."total" <> "base"."total"', []],
  ['rule', `title ~ 'x'`, `"base"."title" LIKE ? ESCAPE '\\'`, ['%x%']],
  ['rule', `title ~ 'x%'`, `"base"."title" LIKE ? ESCAPE '\\'`, ['x%']],
  [
    'rule',
    'total ~ 5',
    `CASE WHEN "base"."total" = CAST("base"."total" AS INTEGER) THEN CAST(CAST("base"."total" AS INTEGER) AS TEXT) ELSE CAST("base"."total" AS TEXT) END LIKE ? ESCAPE '\\'`,
    ['%5%'],
  ],
  ['rule', 'title ~ kind', `"base"."title" LIKE ('%' || "base"."kind" || '%') ESCAPE '\\'`, []],
  ['rule', `title:lower = 'x'`, 'lower("base"."title") = ?', ['x']],
  ['rule', 'meta = 5', 'json_extract("base"."meta", ?) IS ?', ['$', 5]],
  ['rule', `meta.a.0 = ''`, 'json_extract("base"."meta", ?) IS ?', ['$."a"[0]', '']],
  ['rule', 'meta != null', 'json_extract("base"."meta", ?) IS NOT ?', ['$', null]],
  ['rule', 'place.lon < 5', 'json_extract("base"."place", ?) < ?', ['$."lon"', 5]],
  ['rule', `tags = '[]'`, '+"base"."tags" = ?', ['[]']],
  ['rule', 'tags:length > 1', 'json_array_length("base"."tags") > ?', [1]],
  ['rule', 'kind:length = 0', `CASE WHEN "base"."kind" <> '' THEN 1 ELSE 0 END = ?`, [0]],
  ['rule', `tags:each ?= 'a'`, 'EXISTS (SELECT 1 FROM json_each("base"."tags") AS "r1" WHERE "r1"."value" = ?)', ['a']],
  [
    'rule',
    `tags:each = 'a'`,
    '(EXISTS (SELECT 1 FROM json_each("base"."tags") AS "r1" WHERE "r1"."value" = ?) AND NOT EXISTS (SELECT 1 FROM json_each("base"."tags") AS "r2" WHERE "r2"."value" <> ?))',
    ['a', 'a'],
  ],
  ['rule', `kind:each = 'a'`, '+"base"."kind" = ?', ['a']],
  [
    'rule',
    'geoDistance(place.lon, place.lat, 1, 2) < 5',
    '(6371 * acos(min(1.0, max(-1.0, cos(radians(json_extract("base"."place", ?))) * cos(radians(?)) * cos(radians(?) - radians(json_extract("base"."place", ?))) + sin(radians(json_extract("base"."place", ?))) * sin(radians(?)))))) < ?',
    ['$."lat"', 2, 1, '$."lon"', '$."lat"', 2, 5],
  ],
  ['rule', `strftime('%Y', day) = '2024'`, 'strftime(?, "base"."day") = ?', ['%Y', '2024']],
  ['rule', `1 = 1 && (title = 'a' || 2 = 3)`, '"base"."title" = ?', ['a']],
  ['rule', 'author = @request.auth.id', '"base"."author" = ?', ['u1']],
  ['rule', `@request.auth.role = 'admin' || author = @request.auth.id`, 'TRUE', []],
  [
    'rule',
    'author.org = @request.auth.org',
    'EXISTS (SELECT 1 FROM "users" AS "r1" WHERE "r1"."id" = "base"."author" AND "r1"."org" = ?)',
    ['o1'],
  ],
  [
    'rule',
    '@request.auth.orgs.level ?> 1',
    'EXISTS (SELECT 1 FROM json_each(CAST(? AS TEXT)) AS "r1" JOIN "orgs" AS "r2" ON "r2"."id" = "r1"."value" WHERE "r2"."level" > ?)',
    ['["o1"]', 1],
  ],
  [
    'rule',
    'title = @request.query.q && total = @request.query.total',
    '("base"."title" = ? AND "base"."total" = ?)',
    ['x', 5],
  ],
  ['rule', '@request.body.title:changed = true', 'CASE WHEN ? <> "base"."title" THEN 1 ELSE 0 END IS ?', ['new', 1]],
  [
    'rule',
    `@request.body.author.name = 'x'`,
    'EXISTS (SELECT 1 FROM "users" AS "r1" WHERE "r1"."id" IN (SELECT "value" FROM json_each(?)) AND "r1"."name" = ?)',
    ['["u2"]', 'x'],
  ],
  ['rule', `author.id = 'x'`, '"base"."author" = ?', ['x']],
  [
    'rule',
    `author.name = 'x'`,
    'EXISTS (SELECT 1 FROM "users" AS "r1" WHERE "r1"."id" = "base"."author" AND "r1"."name" = ?)',
    ['x'],
  ],
  [
    'rule',
    `author.name = 'x' && author.age > 3`,
    '(EXISTS (SELECT 1 FROM "users" AS "r1" WHERE "r1"."id" = "base"."author" AND "r1"."name" = ? AND "r1"."age" > ?))',
    ['x', 3],
  ],
  [
    'rule',
    `author.org.name != 'x'`,
    'EXISTS (SELECT 1 FROM (SELECT 1) AS "one" LEFT JOIN "users" AS "r1" ON "r1"."id" = "base"."author" LEFT JOIN "orgs" AS "r2" ON "r2"."id" = "r1"."org" WHERE "r2"."name" IS NOT ?)',
    ['x'],
  ],
  ['rule', `members ~ 'u1'`, `+"base"."members" LIKE ? ESCAPE '\\'`, ['%u1%']],
  [
    'rule',
    'members.id ?= @request.auth.id',
    'EXISTS (SELECT 1 FROM json_each("base"."members") AS "r1" JOIN "users" AS "r2" ON "r2"."id" = "r1"."value" WHERE "r2"."id" = ?)',
    ['u1'],
  ],
  [
    'rule',
    `members.name = 'x'`,
    '(EXISTS (SELECT 1 FROM json_each("base"."members") AS "r1" JOIN "users" AS "r2" ON "r2"."id" = "r1"."value" WHERE "r2"."name" = ?) AND NOT EXISTS (SELECT 1 FROM json_each("base"."members") AS "r3" JOIN "users" AS "r4" ON "r4"."id" = "r3"."value" WHERE "r4"."name" <> ?))',
    ['x', 'x'],
  ],
  [
    'rule',
    'grants_via_post.user ?= @request.auth.id',
    '"base"."id" IN (SELECT "r1"."post" FROM "grants" AS "r1" WHERE "r1"."user" = ?)',
    ['u1'],
  ],
  [
    'rule',
    'author = @request.auth.id || grants_via_post.user ?= @request.auth.id',
    '("base"."author" = ? OR "base"."id" IN (SELECT "r1"."post" FROM "grants" AS "r1" WHERE "r1"."user" = ?))',
    ['u1', 'u1'],
  ],
  [
    'rule',
    'grants_via_post.level ?> 1',
    'EXISTS (SELECT 1 FROM "grants" AS "r1" WHERE "r1"."post" = "base"."id" AND "r1"."level" > ?)',
    [1],
  ],
  [
    'rule',
    'grants_via_post.level > 1',
    '(EXISTS (SELECT 1 FROM "grants" AS "r1" WHERE "r1"."post" = "base"."id" AND "r1"."level" > ?) AND NOT EXISTS (SELECT 1 FROM "grants" AS "r2" WHERE "r2"."post" = "base"."id" AND "r2"."level" <= ?))',
    [1, 1],
  ],
  [
    'rule',
    'grants_via_post.level ?> 1 && grants_via_post.user ?= author',
    '(EXISTS (SELECT 1 FROM "grants" AS "r1" WHERE "r1"."post" = "base"."id" AND "r1"."level" > ? AND "r1"."user" = "base"."author"))',
    [1],
  ],
  [
    'rule',
    'notes_via_posts.name ?= "y"',
    '"base"."id" IN (SELECT "r2"."value" FROM "notes" AS "r1" JOIN json_each("r1"."posts") AS "r2" ON TRUE WHERE "r1"."name" = ?)',
    ['y'],
  ],
  [
    'rule',
    `pins_via_post.why = 'x'`,
    'EXISTS (SELECT 1 FROM "pins" AS "r1" WHERE "r1"."post" = "base"."id" AND "r1"."why" = ?)',
    ['x'],
  ],
  [
    'rule',
    '@collection.grants.user ?= @request.auth.id && @collection.grants.post ?= id',
    '("base"."id" IN (SELECT "r1"."post" FROM "grants" AS "r1" WHERE "r1"."user" = ?))',
    ['u1'],
  ],
  [
    'rule',
    '@collection.grants:a.level ?> 1 && @collection.grants:b.level ?< 1',
    '(EXISTS (SELECT 1 FROM "grants" AS "r1" WHERE "r1"."level" > ?) AND EXISTS (SELECT 1 FROM "grants" AS "r2" WHERE "r2"."level" < ?))',
    [1, 1],
  ],
  [
    'rule',
    'members.id = grants_via_post.user',
    `(EXISTS (SELECT 1 FROM (SELECT 1) AS "one" LEFT JOIN json_each("base"."members") AS "r1" ON TRUE LEFT JOIN "users" AS "r2" ON "r2"."id" = "r1"."value" LEFT JOIN "grants" AS "r3" ON "r3"."post" = "base"."id" WHERE coalesce("r2"."id", '') = coalesce("r3"."user", '')) AND NOT EXISTS (SELECT 1 FROM (SELECT 1) AS "one" LEFT JOIN json_each("base"."members") AS "r4" ON TRUE LEFT JOIN "users" AS "r5" ON "r5"."id" = "r4"."value" LEFT JOIN "grants" AS "r6" ON "r6"."post" = "base"."id" WHERE coalesce("r5"."id", '') <> coalesce("r6"."user", '')))`,
    [],
  ],
  ['client', `title = 'a'`, '"base"."title" = ?', ['a']],
  [
    'client',
    `author.email = 'x'`,
    '(EXISTS (SELECT 1 FROM "users" AS "r1" WHERE "r1"."id" = "base"."author" AND "r1"."email" = ? AND "r1"."emailVisibility" = 1))',
    ['x'],
  ],
  [
    'client',
    'notes_via_post.name ?= "y"',
    '("base"."id" IN (SELECT "r1"."post" FROM "notes" AS "r1" WHERE "r1"."name" = ? AND "r1"."name" <> ?))',
    ['y', 'x'],
  ],
  [
    'client',
    'notes_via_post.name = "y"',
    '("base"."id" NOT IN (SELECT "r1"."post" FROM "notes" AS "r1" WHERE "r1"."name" <> ? AND "r1"."name" <> ?) AND "base"."id" IN (SELECT "r2"."post" FROM "notes" AS "r2" WHERE "r2"."name" = ? AND "r2"."name" <> ?))',
    ['y', 'x', 'y', 'x'],
  ],
  [
    'client',
    `title = 'a' || notes_via_post.name ?= 'y'`,
    '(EXISTS (SELECT 1 FROM (SELECT 1) AS "one" LEFT JOIN "notes" AS "r1" ON "r1"."post" = "base"."id" WHERE ("base"."title" = ? OR "r1"."name" = ?) AND ("r1"."id" IS NULL OR "r1"."name" <> ?)))',
    ['a', 'y', 'x'],
  ],
];

const schema = makeSchema(gardenCollections);
const posts = gardenCollection('posts');
const users = gardenCollection('users');
const context = makeContext({
  viewer: makeViewer(users, makeRecord(users, { id: 'u1', role: 'admin', org: 'o1', orgs: ['o1'] })),
  query: { q: 'x', total: '5' },
  body: { title: 'new', author: 'u2' },
});

describe('the SQL of conditions', () => {
  for (const [mode, text, sql, params] of cases) {
    test(`${mode}: ${text}`, () => {
      const compiled = compileFilter(resolve(parseFilter(text), { schema, base: posts, mode }), sqliteDialect, context);
      assert.deepEqual([compiled.sql, compiled.params], [sql, params]);
    });
  }

  test('names the tables that it reads besides the base table', () => {
    const text = 'author.org.name = "x" && title = "a"';
    const condition = resolve(parseFilter(text), { schema, base: posts, mode: 'rule' });
    assert.deepEqual(compileFilter(condition, sqliteDialect, context).tables, ['users', 'orgs']);
  });

  test('takes another alias for the base table', () => {
    const condition = resolve(parseFilter('title = "a"'), { schema, base: posts, mode: 'rule' });
    assert.equal(compileFilter(condition, sqliteDialect, context, { alias: 'p' }).sql, '"p"."title" = ?');
  });

  test('on values it is a whole query, in which only other records are looked up', () => {
    const text = 'title = "a" && total > 3 && author.name = "x"';
    const condition = resolve(parseFilter(text), { schema, base: posts, mode: 'rule' });
    const row = toRow(posts, makeRecord(posts, { id: 'p1', title: 'a', total: 5, author: 'u1' }));
    const compiled = compileFilterOnRow(condition, sqliteDialect, context, row);
    const exists = 'EXISTS (SELECT 1 FROM "users" AS "r1" WHERE "r1"."id" = CAST(? AS TEXT) AND "r1"."name" = ?)';
    assert.deepEqual(compiled, { sql: `SELECT 1 WHERE ${exists}`, params: ['u1', 'x'], tables: ['users'] });
  });

  test('a text to search for that no engine takes is an error before it gets there', () => {
    const condition = resolve(parseFilter('title ~ @request.query.q'), { schema, base: posts, mode: 'rule' });
    const long = makeContext({ query: { q: 'x'.repeat(60_000) } });
    assert.throws(() => compileFilter(condition, sqliteDialect, long), RuleError);
  });
});

describe('bounds of the SQL', () => {
  const compile = (text: string): string => {
    const condition = resolve(parseFilter(text), { schema, base: posts, mode: 'rule' });
    return compileFilter(condition, sqliteDialect, context).sql;
  };

  test('two hundred comparisons through relations are statements that the engine takes', () => {
    using world = makeGarden({ posts: [{ id: 'p1' }] });
    for (const join of [' && ', ' || ']) {
      const text = Array.from({ length: 200 }, (_, index) => `parent.parent.author.org.level = ${index}`).join(join);
      const condition = resolve(parseFilter(text), { schema, base: posts, mode: 'rule' });
      assert.deepEqual(world.selectIds(condition, context), []);
    }
    let nested = 'title = "a"';
    for (let depth = 0; depth < 99; depth++) nested = `(${nested} || total = 1) && flag = true`;
    assert.ok(world.selectIds(resolve(parseFilter(nested), { schema, base: posts, mode: 'rule' }), context));
  });

  test('more relations at once than an engine can join are refused', () => {
    const text = Array.from({ length: 61 }, (_, index) => `@collection.users:a${index}.name ?= "x"`).join(' || ');
    assert.ok(compile(text));
    assert.throws(() => compile(`(${text}) && @collection.users:a0.age ?> 1`), RuleError);
  });
});

describe('sorting', () => {
  const options: ResolveOptions = { schema, base: posts, mode: 'rule' };
  const sort = (text: string, changes: Partial<ResolveOptions> = {}): string =>
    compileSort(text, { ...options, ...changes }, sqliteDialect, context).sql;

  test('goes by columns, down with a minus', () => {
    assert.equal(sort('-title, +total,flag'), '"base"."title" DESC, "base"."total", "base"."flag"');
  });

  test('goes by the order of insertion and by chance', () => {
    assert.equal(sort('-@rowid'), '"base"."_rowid_" DESC');
    assert.equal(sort('@random'), 'random()');
  });

  test('goes by JSON, lengths and lowered texts', () => {
    assert.equal(
      sort('meta.a,tags:length,title:lower'),
      'json_extract("base"."meta", ?), json_array_length("base"."tags"), lower("base"."title")',
    );
  });

  test('goes by the first of the related records that may be listed', () => {
    using world = makeGarden({
      users: [
        { id: 'u1', name: 'B', email: '1@x.co', emailVisibility: true },
        { id: 'u2', name: 'A', email: '0@x.co' },
      ],
      posts: [
        { id: 'p1', members: ['u1', 'u2'], author: 'u1' },
        { id: 'p2', members: ['u2', 'u1'], author: 'u2' },
        { id: 'p3' },
      ],
      notes: [
        { id: 'n1', post: 'p1', name: 'x' },
        { id: 'n2', post: 'p2', name: 'm' },
        { id: 'n3', post: 'p1', name: 'z' },
        { id: 'n4', post: 'p2', name: 'zz' },
      ],
    });
    const ids = (text: string, mode: ResolveOptions['mode']): string => {
      const { sql, params } = compileSort(text, { ...options, mode }, sqliteDialect, context);
      const rows = world.run({ sql: `SELECT "id" FROM "posts" AS "base" ORDER BY ${sql}`, params });
      return rows.map(([id]) => id).join(' ');
    };
    assert.equal(ids('members.name', 'rule'), 'p3 p2 p1');
    assert.equal(ids('-members.name', 'rule'), 'p1 p2 p3');
    assert.equal(ids('author.name', 'rule'), 'p3 p2 p1');
    assert.equal(ids('-notes_via_post.name', 'rule'), 'p1 p2 p3');
    assert.equal(ids('notes_via_post.name', 'client'), 'p3 p2 p1');
    assert.equal(ids('-author.email', 'client'), 'p1 p2 p3');
    assert.equal(ids('author.email,id', 'client'), 'p2 p3 p1');
  });

  test('refuses what is no field, and too much', () => {
    const terms = [
      '',
      'title,',
      'nope',
      'null',
      "'x'",
      '1',
      '@now',
      '@request.auth.id',
      '- title',
      '--title',
      'title asc',
    ];
    terms.push(Array.from({ length: 9 }, () => 'title').join(), `meta.${'a'.repeat(251)}`);
    for (const text of terms) assert.throws(() => sort(text), RuleError, text);
    for (const text of ['secret', 'author.hush', 'locked_via_post.id', '@collection.users.name']) {
      assert.throws(() => sort(text, { mode: 'client' }), RuleError, text);
    }
  });

  test('takes eight terms of 255 bytes', () => {
    assert.ok(sort(Array.from({ length: 8 }, () => `meta.${'a'.repeat(250)}`).join()));
  });
});
