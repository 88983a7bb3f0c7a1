// The table of meanings, and sorting, in PostgreSQL.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DatabaseDriver } from '../../../src/engines/database/driver.ts';
import { openPostgres } from '../../../src/engines/database/postgres/postgres.ts';
import { sqliteDialect } from '../../../src/engines/database/sqlite/dialect.ts';
import type { Viewer } from '../../../src/model/record.ts';
import { compileSort, parseFilter, resolve, RuleError } from '../../../src/rules/rules.ts';
import { type PostgresUnderTest, startPostgres } from '../../../src/testing/postgres.ts';
import { makeContext, makeViewer } from '../../unit/rules/fixtures.ts';
import { type Asker, semanticsCases } from '../../unit/rules/semantics-cases.ts';
import { longId, makeSemanticsWorld } from '../../unit/rules/semantics-world.ts';
import { StoredWorld } from './world.ts';

const world = makeSemanticsWorld();
const posts = world.collection('posts');
let server: PostgresUnderTest;
let driver: DatabaseDriver;
let stored: StoredWorld;
before(async () => {
  server = await startPostgres();
  driver = await openPostgres(await server.createDatabase());
  stored = new StoredWorld(driver, world);
  await stored.store();
});
after(async () => {
  await driver?.close();
  await server?.[Symbol.asyncDispose]();
  world[Symbol.dispose]();
});

function viewerOf(asker: Asker): Partial<{ viewer: Viewer }> {
  if (asker === 'guest') return {};
  const collection = world.collection(asker === 'su' ? '_superusers' : 'users');
  const viewer = makeViewer(collection, world.get(collection.id, longId(asker === 'su' ? 's1' : asker))!);
  return { viewer: { ...viewer, isSuperuser: asker === 'su' } };
}

const shorten = (ids: readonly string[]): string => ids.map((id) => id.replace(/^0+/, '')).join(' ');

describe('the meaning of filters and rules', () => {
  for (const [asker, mode, text, ids, sent] of semanticsCases) {
    if (ids === null) continue;
    test(`${asker} ${mode} ${text} ${sent === undefined ? '' : JSON.stringify(sent)}`, async () => {
      const context = makeContext({ ...viewerOf(asker), ...sent });
      const condition = resolve(parseFilter(text), { schema: world.schema, base: posts, mode });
      assert.equal(shorten(await stored.selectIds(condition, context)), ids);
      const passing: string[] = [];
      for (const record of world.all(posts.id)) {
        if (await stored.isSelected(condition, context, record)) passing.push(record['id'] as string);
      }
      assert.equal(shorten(passing), ids);
    });
  }
});

describe('sorting', () => {
  const names = world.schema.all.flatMap(({ name }) => [`${name}_via_post`, `${name}_via_posts`, `${name}_via_author`]);
  const starts = ['', 'author.', 'members.', 'parent.', 'author.org.', ...names.map((name) => `${name}.`)];
  const ends =
    `id title note total rank flag day cat tags author members meta meta.a meta.b meta.b.0 loc loc.lon parent name age data data.a
     level kind email why role kinds title:lower tags:length tags:each`.split(/\s+/);

  /** The order of all posts, or null when the term is no field. */
  function compile(
    term: string,
    asker: Asker,
    dialect: DatabaseDriver['dialect'],
  ): { sql: string; params: (string | number | null)[] } | null {
    const context = makeContext(viewerOf(asker));
    try {
      const sort = compileSort(
        `${term},@rowid`,
        { schema: world.schema, base: posts, mode: 'client' },
        dialect,
        context,
      );
      return { sql: `SELECT "base"."id" FROM "posts" AS "base" ORDER BY ${sort.sql}`, params: [...sort.params] };
    } catch (error) {
      if (error instanceof RuleError) return null;
      throw error;
    }
  }

  test('is the same in SQLite and PostgreSQL for every field and path', async () => {
    let compared = 0;
    for (const start of starts) {
      for (const end of ends) {
        for (const term of [start + end, `-${start}${end}`]) {
          const expected = compile(term, 'u1', sqliteDialect);
          if (expected === null) continue;
          const query = compile(term, 'u1', driver.dialect)!;
          assert.deepEqual(await stored.run({ ...query, tables: [] }), world.run(expected), `${term}\n${query.sql}`);
          compared++;
        }
      }
    }
    assert.ok(compared > 100, `only ${compared} sorts`);
    const random = compile('@random', 'u1', driver.dialect)!;
    assert.equal((await stored.run({ ...random, tables: [] })).length, world.all(posts.id).length);
  });
});
