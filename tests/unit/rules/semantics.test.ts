// What texts mean, as a table: each is asked in memory, in SQL on the table, and in SQL on one record at a time.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Viewer } from '../../../src/model/record.ts';
import { createPredicate, parseFilter, resolve, RuleError } from '../../../src/rules/rules.ts';
import { makeContext, makeViewer } from './fixtures.ts';
import { type Asker, semanticsCases } from './semantics-cases.ts';
import { longId, makeSemanticsWorld } from './semantics-world.ts';

const world = makeSemanticsWorld();
after(() => world[Symbol.dispose]());
const posts = world.collection('posts');

function viewerOf(asker: Asker): Partial<{ viewer: Viewer }> {
  if (asker === 'guest') return {};
  const collection = world.collection(asker === 'su' ? '_superusers' : 'users');
  const viewer = makeViewer(collection, world.get(collection.id, longId(asker === 'su' ? 's1' : asker))!);
  return { viewer: { ...viewer, isSuperuser: asker === 'su' } };
}

const shorten = (ids: readonly string[]): string => ids.map((id) => id.replace(/^0+/, '')).join(' ');

describe('the meaning of filters and rules', () => {
  for (const [asker, mode, text, ids, sent] of semanticsCases) {
    test(`${asker} ${mode} ${text} ${sent === undefined ? '' : JSON.stringify(sent)}`, () => {
      const context = makeContext({ ...viewerOf(asker), ...sent });
      const ask = (): string[] => {
        const condition = resolve(parseFilter(text), { schema: world.schema, base: posts, mode });
        const predicate = createPredicate(condition);
        const records = world.all(posts.id);
        return [
          shorten(
            records.filter((record) => predicate(record, context, world)).map((record) => record['id'] as string),
          ),
          shorten(world.selectIds(condition, context)),
          shorten(
            records
              .filter((record) => world.isSelected(condition, context, record))
              .map((record) => record['id'] as string),
          ),
        ];
      };
      if (ids === null) assert.throws(ask, RuleError);
      else assert.deepEqual(ask(), [ids, ids, ids]);
    });
  }
});
