import { type Arbitrary, array, nat } from 'fast-check';
import type { Collection } from '../../../src/model/collection.ts';
import { type Field, isMultiple } from '../../../src/model/fields/field.ts';
import type { RecordData } from '../../../src/model/record.ts';
import type { JsonValue } from '../../../src/util/json.ts';
import { makeCollection, makeField, makeRecord, RuleWorld } from '../../unit/rules/fixtures.ts';

/** Numbers that choices are made with, so that a failing case shrinks towards the first choice of everything. */
export type Choices = readonly number[];

/** Makes choices one after the other; when they run out, the first possibility is taken. */
export class Chooser {
  readonly #choices: Choices;
  #at = 0;

  constructor(choices: Choices) {
    this.#choices = choices;
  }

  below(count: number): number {
    const choice = this.#choices[this.#at++] ?? 0;
    return choice % count;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
}

/** Up to `maxLength` choices. */
export const choices = (maxLength: number): Arbitrary<number[]> =>
  array(nat({ max: 9999 }), { maxLength, size: 'max' });

const texts = [
  '',
  'a',
  'a',
  '',
  'a',
  'b',
  'A',
  'ab',
  '5',
  '5.0',
  '1',
  '0',
  'a%b',
  'a_b',
  '_',
  '\\',
  'é',
  '😀',
  '\uffee',
  "it's",
  ' 5 ',
  '-3',
];
const numbers = [0, 1, 5, 1, 0, 5, -3, 5.5, 0.1, 1e20, 100, 1_700_000_000];
const dates = [
  '',
  '2024-05-06 07:08:09.123Z',
  '2024-02-29 23:59:59.999Z',
  '1999-12-31 00:00:00.000Z',
  '2024-05-06 00:00:00.000Z',
];
const json: readonly JsonValue[] = [
  null,
  5,
  '5',
  '',
  true,
  false,
  'a',
  1.5,
  [],
  {},
  [1, 'a', null],
  { a: 1, b: [1, { c: 'z' }] },
  { a: 'a', b: {} },
  { a: null, b: '5' },
  { a: 5.5 },
];
const options = ['a', 'b', 'c', '5'];
const points = [
  { lon: 0, lat: 0 },
  { lon: 10, lat: 20 },
  { lon: -180, lat: 90 },
  { lon: 23.32, lat: 42.69 },
];
const ids = ['r1', 'r2', 'r3', 'r4'];

const names = ['users', 'admins', 'posts', 'tags'];

const listRules = [
  '',
  '',
  null,
  'n > 0',
  't != "a"',
  'id = @request.auth.id',
  'one.t = "a"',
  'many.id ?= @request.auth.id',
  'n > 0 || @request.auth.id != ""',
];

function makeFields(choose: Chooser): Field[] {
  const target = (): string => `c_${choose.pick(names)}`;
  return [
    makeField('text', 't'),
    makeField('text', 'u'),
    makeField('number', 'n'),
    makeField('number', 'm'),
    makeField('bool', 'b'),
    makeField('date', 'd'),
    makeField('select', 'pick', { values: options }),
    makeField('select', 'picks', { values: options, maxSelect: 3 }),
    makeField('json', 'j'),
    makeField('geoPoint', 'g'),
    makeField('relation', 'one', { collectionId: target() }),
    makeField('relation', 'other', { collectionId: target() }),
    makeField('relation', 'many', { collectionId: target(), maxSelect: 3 }),
    makeField('text', 'secret', { hidden: true }),
  ];
}

const indexChoices = [
  [],
  ['CREATE INDEX `i1` ON `x` (`one`)'],
  ['CREATE INDEX `i1` ON `x` (`one`)', 'CREATE INDEX `i2` ON `x` (`other`)', 'CREATE INDEX `i3` ON `x` (`t`)'],
  ["CREATE UNIQUE INDEX `i1` ON `x` (`one`) WHERE `one` != ''"],
  ['CREATE UNIQUE INDEX `i1` ON `x` (`one`)', 'CREATE INDEX `i2` ON `x` (`other`)'],
  ['CREATE UNIQUE INDEX `i1` ON `x` (`many`)'],
];

/** Two auth and two base collections whose relations go anywhere. */
export function makeCollections(choose: Chooser): Collection[] {
  return names.map((name, index) => {
    const type = index < 2 ? 'auth' : 'base';
    return makeCollection(type, name, makeFields(choose), {
      indexes: choose.pick(indexChoices),
      listRule: choose.pick(listRules),
    });
  });
}

/** A value that the field could hold. */
export function chooseValue(field: Field, choose: Chooser): JsonValue {
  if (isMultiple(field)) {
    const pool = field.type === 'relation' ? ids : options;
    return [...new Set(Array.from({ length: choose.below(4) }, () => choose.pick(pool)))];
  }
  switch (field.type) {
    case 'number':
      return choose.pick(numbers);
    case 'bool':
      return choose.below(2) === 1;
    case 'date':
      return choose.pick(dates);
    case 'select':
      return choose.pick(['', ...options]);
    case 'json':
      return choose.pick(json);
    case 'geoPoint':
      return choose.pick(points);
    case 'relation':
      return choose.pick(['', ...ids]);
    default:
      return choose.pick(texts);
  }
}

export function chooseRecord(collection: Collection, id: string, choose: Chooser): RecordData {
  const values: { [field: string]: JsonValue } = {};
  for (const field of collection.fields) values[field.name] = chooseValue(field, choose);
  return makeRecord(collection, { ...values, id });
}

/** Relations that a unique index keeps apart really differ. */
function keepUnique(collection: Collection, records: readonly RecordData[]): RecordData[] {
  if (!collection.indexes.some((index) => index.startsWith('CREATE UNIQUE') && index.includes('`one`')))
    return [...records];
  const seen = new Set<string>();
  return records.filter((record) => {
    const value = record['one'] as string;
    if (seen.has(value)) return false;
    seen.add(value);
    return true;
  });
}

/** Four collections that refer to each other at random, with up to four records each. */
export function makeWorld(schemaChoices: Choices, recordChoices: Choices): RuleWorld {
  const collections = makeCollections(new Chooser(schemaChoices));
  const choose = new Chooser(recordChoices);
  const records = Object.fromEntries(
    collections.map((collection) => {
      const count = choose.pick([2, 4, 3, 4, 4, 1, 0]);
      return [
        collection.name,
        keepUnique(
          collection,
          ids.slice(0, count).map((id) => chooseRecord(collection, id, choose)),
        ),
      ];
    }),
  );
  return new RuleWorld(collections, records);
}
