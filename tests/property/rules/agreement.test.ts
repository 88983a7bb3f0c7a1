// The same condition, on the same records, in memory and in a database: both must let the same records through. In memory every
// combination of related records is tried, plainly; the SQL is what the compiler makes of it.
//
// PANDO_PROPERTY_SEED and PANDO_PROPERTY_RUNS try other cases, or more of them. A failure that was found and mended is kept by
// name in tests/unit/rules/regressions.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as assertProperty, property, record } from 'fast-check';
import { compareOne } from './compare.ts';
import { choices, makeWorld } from './world.ts';

const seed = Number(process.env['PANDO_PROPERTY_SEED'] ?? 20_240_506);
const worlds = Number(process.env['PANDO_PROPERTY_RUNS'] ?? 320);
const expressionsPerWorld = 150;
const casesWanted = 20_000;

const caseOf = record({
  schema: choices(80),
  records: choices(400),
  expressions: array(choices(60), { minLength: 1, maxLength: expressionsPerWorld, size: 'max' }),
});

test('conditions let the same records through in memory, in SQL on the table, and in SQL on a single record', () => {
  let compared = 0;
  let passed = 0;
  assertProperty(
    property(caseOf, ({ schema, records, expressions }) => {
      using world = makeWorld(schema, records);
      for (const expression of expressions) {
        const outcome = compareOne(world, expression);
        if (outcome === null) continue;
        compared++;
        if (outcome.passed > 0 && outcome.passed < outcome.asked) passed++;
      }
    }),
    { seed, numRuns: worlds, endOnFailure: false },
  );
  if (process.env['PANDO_PROPERTY_RUNS'] !== undefined) return;
  assert.ok(compared >= casesWanted, `only ${compared} cases were comparable`);
  assert.ok(passed >= casesWanted / 20, `only ${passed} cases told records apart`);
});
