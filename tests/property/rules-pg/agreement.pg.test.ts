// The third side of tests/property/rules: the same generated conditions on the same records, in PostgreSQL.
//
// PANDO_PROPERTY_SEED and PANDO_PROPERTY_RUNS try other cases, or more of them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { array, asyncProperty, assert as assertProperty, record } from 'fast-check';
import { openPostgres } from '../../../src/engines/database/postgres/postgres.ts';
import type { DatabaseDriver } from '../../../src/engines/database/driver.ts';
import { type PostgresUnderTest, startPostgres } from '../../../src/testing/postgres.ts';
import { type Case, chooseCase } from '../rules/compare.ts';
import { choices, makeWorld } from '../rules/world.ts';
import { StoredWorld } from './world.ts';

const seed = Number(process.env['PANDO_PROPERTY_SEED'] ?? 20_240_507);
const worlds = Number(process.env['PANDO_PROPERTY_RUNS'] ?? 110);
const expressionsPerWorld = 150;
const casesWanted = 5000;

const caseOf = record({
  schema: choices(80),
  records: choices(400),
  expressions: array(choices(60), { minLength: 1, maxLength: expressionsPerWorld, size: 'max' }),
});

let server: PostgresUnderTest;
let driver: DatabaseDriver;
before(async () => {
  server = await startPostgres();
  driver = await openPostgres(await server.createDatabase());
});
after(async () => {
  await driver?.close();
  await server?.[Symbol.asyncDispose]();
});

async function compare(world: StoredWorld, { condition, context, asked, ids, label }: Case): Promise<void> {
  assert.deepEqual(await world.selectIds(condition, context), ids, label());
  // The record that is in no table, and one that is.
  for (const { record: data, passes } of [asked.at(-1)!, asked[0]!]) {
    const found = await world.isSelected(condition, context, data);
    assert.equal(found, passes, `on record ${data['id']}: ${label()}`);
  }
}

test('conditions let the same records through in memory and in PostgreSQL', async () => {
  let compared = 0;
  let passed = 0;
  await assertProperty(
    asyncProperty(caseOf, async ({ schema, records, expressions }) => {
      using world = makeWorld(schema, records);
      const stored = new StoredWorld(driver, world);
      await stored.store();
      try {
        const cases = expressions.flatMap((numbers) => chooseCase(world, numbers) ?? []);
        const results = await Promise.allSettled(cases.map((each) => compare(stored, each)));
        const failure = results.find(({ status }) => status === 'rejected');
        if (failure !== undefined) throw (failure as PromiseRejectedResult).reason;
        compared += cases.length;
        passed += cases.filter(({ ids, asked }) => ids.length > 0 && ids.length < asked.length - 1).length;
      } finally {
        await stored.drop();
      }
    }),
    { seed, numRuns: worlds, endOnFailure: process.env['PANDO_PROPERTY_SHRINK'] === undefined },
  );
  if (process.env['PANDO_PROPERTY_RUNS'] !== undefined) return;
  assert.ok(compared >= casesWanted, `only ${compared} cases were comparable`);
  assert.ok(passed >= casesWanted / 20, `only ${passed} cases told records apart`);
});
