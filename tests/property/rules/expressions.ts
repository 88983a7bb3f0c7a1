import type { Collection, Schema } from '../../../src/model/collection.ts';
import type { RequestContext } from '../../../src/rules/rules.ts';
import type { JsonValue } from '../../../src/util/json.ts';
import { makeContext, makeViewer, type RuleWorld } from '../../unit/rules/fixtures.ts';
import { type Chooser, chooseValue } from './world.ts';

const literals = [
  "''",
  "'a'",
  'null',
  'true',
  'false',
  '0',
  '1',
  '5',
  '5.5',
  '-3',
  "'5'",
  "'5.0'",
  "'A'",
  "'a%'",
  "'%b'",
  "'_'",
  "'\\\\'",
  "'é'",
  "'r1'",
  "'2024-05-06'",
  "' 5 '",
  "'%a%b%'",
  "'[]'",
  '"1.0e+20"',
  '@now',
  '@todayStart',
  '@year',
  '@minute',
];

const operators = ['=', '!=', '?=', '?!=', '>', '>=', '<', '<=', '?>', '?<=', '~', '!~', '?~', '?!~'];
const fields = ['t', 'n', 'b', 'j', 'pick', 'picks', 'one', 'many', 'd', 'g', 'u', 'm', 'other', 'id'];
const modifiers = ['', '', '', '', '', ':lower', ':length', ':each', ':each'];
const jsonPaths = ['', '.a', '.b', '.b.0', '.b.1.c', '.0', '.a.x'];

/** The end of a path: a field with a modifier, a way into JSON, or a coordinate. */
function chooseLeaf(collection: Collection, choose: Chooser): string {
  if (collection.type === 'auth' && choose.below(8) === 7) return choose.pick(['email', 'verified', 'emailVisibility']);
  const name = choose.pick(fields);
  if (name === 'j') return `j${choose.pick(jsonPaths)}`;
  if (name === 'g') return choose.pick(['g.lon', 'g.lat', 'g', 'g.none']);
  return name + choose.pick(modifiers);
}

/** A path from a record of the collection: at most three relations, forward or back. */
function choosePath(schema: Schema, from: Collection, choose: Chooser): string {
  let collection = from;
  let path = '';
  for (let hops = choose.pick([0, 0, 1, 1, 2, 3]); hops > 0; hops--) {
    const isBack = choose.below(3) === 2;
    const steps = isBack ? backSteps(schema, collection) : forwardSteps(schema, collection);
    if (steps.length === 0) break;
    const step = choose.pick(steps);
    path += `${step.name}.`;
    collection = step.to;
  }
  return path + (path !== '' && choose.below(3) === 2 ? 'id' : chooseLeaf(collection, choose));
}

interface Step {
  readonly name: string;
  readonly to: Collection;
}

function forwardSteps(schema: Schema, from: Collection): Step[] {
  return from.fields.flatMap((field) =>
    field.type === 'relation' ? [{ name: field.name, to: schema.find(field.collectionId)! }] : [],
  );
}

function backSteps(schema: Schema, to: Collection): Step[] {
  return schema.all.flatMap((collection) =>
    collection.fields.flatMap((field) =>
      field.type === 'relation' && field.collectionId === to.id
        ? [{ name: `${collection.name}_via_${field.name}`, to: collection }]
        : [],
    ),
  );
}

function chooseRequest(schema: Schema, base: Collection, viewer: Collection | null, choose: Chooser): string {
  switch (choose.below(7)) {
    case 0:
      return '@request.auth.id';
    case 1:
      return `@request.auth.${choosePath(schema, viewer ?? schema.all[0]!, choose)}`;
    case 2:
      return `@request.body.${choose.pick(fields)}${choose.pick(['', ':isset', ':changed', ':length', ':each', ':lower', '.a', '.0'])}`;
    case 3: {
      const step = choose.pick(forwardSteps(schema, base));
      return `@request.body.${step.name}.${choosePath(schema, step.to, choose)}`;
    }
    case 4:
      return `@request.query.${choose.pick(['t', 'n', 'none'])}${choose.pick(['', ':isset', ':lower'])}`;
    case 5:
      return choose.pick(['@request.headers.x_token', '@request.method', '@request.context']);
    default: {
      const collection = choose.pick(schema.all);
      return `@collection.${collection.name}${choose.pick(['', ':x'])}.${choosePath(schema, collection, choose)}`;
    }
  }
}

function chooseCall(name: () => string, choose: Chooser): string {
  if (choose.below(2) === 0) return `geoDistance(${name()}, ${name()}, 10, 20)`;
  const format = choose.pick(["'%Y'", "'%Y-%m-%d'", "'%H:%M'", "'a'"]);
  const extra = choose.pick(['', ", '+1 day'", ", 'start of month'"]);
  return `strftime(${format}, ${name()}${extra})`;
}

/** What an expression is made for. */
export interface Setting {
  readonly schema: Schema;
  readonly base: Collection;
  readonly viewer: Collection | null;
  /** Filters of clients name neither requests nor other collections. */
  readonly mode: 'rule' | 'client';
}

function chooseOperand(setting: Setting, choose: Chooser): string {
  const { schema, base, viewer, mode } = setting;
  const name = (): string => choosePath(schema, base, choose);
  const kind = choose.below(mode === 'client' ? 9 : 12);
  if (kind < 6) return name();
  if (kind < 8) return choose.pick(literals);
  if (kind === 8) return chooseCall(name, choose);
  return chooseRequest(schema, base, viewer, choose);
}

/** The text of a filter with up to five comparisons. */
export function chooseExpression(setting: Setting, choose: Chooser, depth = 0): string {
  if (depth < 3 && choose.below(3) === 2) {
    const left = chooseExpression(setting, choose, depth + 1);
    const right = chooseExpression(setting, choose, depth + 1);
    return `(${left} ${choose.pick(['&&', '||'])} ${right})`;
  }
  const operand = choose.below(3) === 0 ? choose.pick(literals) : chooseOperand(setting, choose);
  const sides = [choosePathOrOther(setting, choose), operand];
  if (choose.below(4) === 3) sides.reverse();
  return `${sides[0]} ${choose.pick(operators)} ${sides[1]}`;
}

function choosePathOrOther(setting: Setting, choose: Chooser): string {
  return choose.below(3) < 2 ? choosePath(setting.schema, setting.base, choose) : chooseOperand(setting, choose);
}

/** A request: who asks (a record of an auth collection, or nobody), and what was sent. */
export function chooseContext(world: RuleWorld, base: Collection, choose: Chooser): RequestContext {
  const body: { [key: string]: JsonValue } = Object.create(null);
  for (const field of base.fields) {
    if (choose.below(3) === 2) body[field.name] = chooseValue(field, choose);
  }
  const candidates = world.schema.all
    .filter((collection) => collection.type === 'auth')
    .flatMap((collection) => world.all(collection.id).map((data) => ({ collection, data })));
  const viewer = candidates.length > 0 && choose.below(5) > 0 ? choose.pick(candidates) : null;
  return makeContext({
    method: choose.pick(['GET', 'POST']),
    headers: choose.below(2) === 0 ? {} : { x_token: 'a' },
    query: choose.pick<RequestContext['query']>([{}, { t: 'a', n: '5' }, { t: 'A', n: '' }, { t: '', n: 'x' }]),
    body,
    ...(viewer === null ? {} : { viewer: makeViewer(viewer.collection, viewer.data) }),
  });
}
