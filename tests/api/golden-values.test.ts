// Golden answers of the fields. Each line of `golden/values.txt` is a field of `value-data.ts`, a submitted JSON value and what became of it: the
// stored value as JSON, or `!` and the code of the error. Recorded as those of `golden.test.ts`.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { apiSuite } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';
import { makeValueCollection, valueFields } from './value-data.ts';

const concurrent = 4;

type Line = readonly [field: string, input: string, expected: string];

const lines: readonly Line[] = readFileSync(new URL('golden/values.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => {
    const [field = '', input = '', expected = ''] = line.split('\t');
    return [field, input, expected] as const;
  });

/** JSON with the keys of objects in alphabetical order. */
function inOneOrder(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/** Creates a record with one value; gives what the third column of a line says. */
async function submit(world: World, field: string, input: string): Promise<string> {
  const answer = await world.send({
    method: 'POST',
    path: `/api/collections/values/records?fields=${field}`,
    as: 'superuser',
    raw: { type: 'application/json', bytes: `{"${field}":${input}}` },
  });
  if (answer.status === 200) return inOneOrder((answer.json as Record<string, unknown>)[field]);
  const { data } = answer.json as { data: Record<string, { code: string }> };
  return `! ${data[field]?.code ?? `${answer.status} ${answer.text}`}`;
}

apiSuite('golden values', makeValueCollection, (suite) => {
  for (const { name, type } of valueFields) {
    const field = String(name);
    const own = lines.filter(([lineField]) => lineField === field);
    suite.test(`${field} (${String(type)}): ${own.length} values`, async (world) => {
      const actual: string[] = [];
      for (let index = 0; index < own.length; index += concurrent) {
        const some = own.slice(index, index + concurrent);
        const results = await Promise.all(some.map(([, input]) => submit(world, field, input)));
        actual.push(...results.map((result, offset) => `${some[offset]?.[1]} -> ${result}`));
      }
      assert.deepEqual(
        actual,
        own.map(
          ([, input, expected]) =>
            `${input} -> ${expected.startsWith('! ') ? expected : inOneOrder(JSON.parse(expected))}`,
        ),
      );
    });
  }
});
