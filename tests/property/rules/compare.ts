import assert from 'node:assert/strict';
import { isMultiple } from '../../../src/model/fields/field.ts';
import {
  and,
  type Condition,
  createPredicate,
  parseFilter,
  type RequestContext,
  resolve,
  RuleError,
} from '../../../src/rules/rules.ts';
import type { RecordData } from '../../../src/model/record.ts';
import type { RuleWorld } from '../../unit/rules/fixtures.ts';
import { chooseContext, chooseExpression, type Setting } from './expressions.ts';
import { Chooser, type Choices, chooseRecord } from './world.ts';

/** One condition on the records of a world, and what it lets through in memory. */
export interface Case {
  readonly condition: Condition;
  readonly context: RequestContext;
  /** The records in the table, and one that is in none, with whether they pass. */
  readonly asked: readonly { readonly record: RecordData; readonly passes: boolean }[];
  /** The ids of the records in the table that pass. */
  readonly ids: readonly string[];
  /** Tells the case to whom it fails for. */
  label(): string;
}

/** Makes a case; null when the expression is no valid one. */
export function chooseCase(world: RuleWorld, numbers: Choices): Case | null {
  const choose = new Chooser(numbers);
  const base = choose.pick(world.schema.all);
  const context = chooseContext(world, base, choose);
  const setting: Setting = {
    schema: world.schema,
    base,
    viewer: context.viewer.auth?.collection ?? null,
    mode: choose.below(4) === 3 ? 'client' : 'rule',
  };
  const { condition, text } = chooseCondition(setting, choose);
  const records = world.all(base.id);
  // In the table unique indexes hold; a record outside need not keep to them, as back-relations have to.
  const outside = chooseRecord(base, 'new', choose);
  if (condition === null) return null;
  try {
    const predicate = createPredicate(condition);
    const asked = [...records, outside].map((record) => ({ record, passes: predicate(record, context, world) }));
    const ids = records.filter((_, index) => asked[index]!.passes).map((record) => record['id'] as string);
    return { condition, context, asked, ids, label: () => describe(text, setting, context) };
  } catch (error) {
    if (error instanceof RuleError) return null;
    throw error;
  }
}

/** Compares the answers to one expression; null when it is no valid one. Throws when they differ. */
export function compareOne(world: RuleWorld, numbers: Choices): { asked: number; passed: number } | null {
  const chosen = chooseCase(world, numbers);
  if (chosen === null) return null;
  const { condition, context, asked, ids, label } = chosen;
  assert.deepEqual(world.selectIds(condition, context), ids, label());
  for (const { record, passes } of asked) {
    assert.equal(world.isSelected(condition, context, record), passes, `on record ${record['id']}: ${label()}`);
  }
  return { asked: asked.length - 1, passed: ids.length };
}

function chooseCondition(setting: Setting, choose: Chooser): { condition: Condition | null; text: string } {
  const { schema, base } = setting;
  const text = chooseExpression(setting, choose);
  const rule = choose.below(6) === 5 ? chooseExpression({ ...setting, mode: 'rule' }, choose) : null;
  try {
    const condition = resolve(parseFilter(text), { schema, base, mode: setting.mode });
    condition.resolutionFor(setting.viewer);
    if (rule === null) return { condition, text };
    const first = resolve(parseFilter(rule), { schema, base, mode: 'rule' });
    first.resolutionFor(setting.viewer);
    return { condition: and(first, condition), text: `${rule}  AND  ${text}` };
  } catch (error) {
    if (error instanceof RuleError) return { condition: null, text };
    throw error;
  }
}

function describe(text: string, { schema, base, mode }: Setting, context: RequestContext): string {
  const collections = schema.all.map(({ name, fields, indexes, listRule }) => {
    const relations = fields.flatMap((field) =>
      field.type === 'relation' ? [`${field.name}${isMultiple(field) ? '[]' : ''}: ${field.collectionId}`] : [],
    );
    return `${name} (${relations.join(', ')}) list ${JSON.stringify(listRule)} ${indexes.join('; ')}`;
  });
  const { auth } = context.viewer;
  const viewer = auth === null ? 'a guest' : `${auth.collection.name} ${JSON.stringify(auth.data)}`;
  return `${mode} on ${base.name}: ${text}\nasked by ${viewer}, body ${JSON.stringify(context.body)}\n${collections.join('\n')}`;
}
