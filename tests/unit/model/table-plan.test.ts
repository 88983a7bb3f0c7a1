import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Collection } from '../../../src/model/collection.ts';
import type { TableChange } from '../../../src/model/commit.ts';
import { planTable } from '../../../src/model/table-plan.ts';
import type { JsonObject } from '../../../src/util/json.ts';
import { change, codes, create } from './collections.ts';

const fields: JsonObject[] = [
  { id: 'f1', name: 'a', type: 'text' },
  { id: 'f2', name: 'b', type: 'text' },
  { id: 'f3', name: 'tags', type: 'select', values: ['x', 'y'], maxSelect: 1 },
];
const indexes = ['CREATE INDEX ia ON things (a)', 'CREATE UNIQUE INDEX `ib` ON `things` (`b`)'];
const before = create({ fields, indexes }).collection;

function plan(sent: JsonObject, from: Collection = before): TableChange[] {
  const { collection, errors } = change(from, sent);
  assert.deepEqual(codes(errors), []);
  return planTable(from, collection);
}

const createA = {
  kind: 'createIndex',
  table: 'things',
  index: 'ia',
  unique: false,
  sql: 'CREATE INDEX "ia" ON "things" ("a")',
};
const createB = {
  kind: 'createIndex',
  table: 'things',
  index: 'ib',
  unique: true,
  sql: 'CREATE UNIQUE INDEX "ib" ON "things" ("b")',
};
const nothing = { kind: 'alterTable', table: 'things', rename: 'things', drop: [], change: [], add: [] };

test('a new collection gets a table and its indexes, an old one loses both', () => {
  const columns = ['id', 'a', 'b', 'tags'].map((name) => ({ name, type: 'text' }));
  assert.deepEqual(planTable(null, before), [{ kind: 'createTable', table: 'things', columns }, createA, createB]);
  assert.deepEqual(planTable(before, null), [{ kind: 'dropTable', table: 'things' }]);
  assert.deepEqual(planTable(null, null), []);
  const view = create({ type: 'view', viewQuery: 'select id from users' }).collection;
  assert.deepEqual(planTable(null, view), []);
  assert.deepEqual(planTable(view, null), []);
});

test('what is not in the table changes nothing in it', () => {
  assert.deepEqual(plan({ listRule: '', fields: fields.map((field) => ({ ...field, help: 'new' })) }), []);
});

test('columns follow their fields by id', () => {
  const swapped = [{ ...fields[0]!, name: 'b' }, { ...fields[1]!, name: 'a' }, fields[2]!];
  assert.deepEqual(plan({ fields: swapped }), [
    { kind: 'dropIndex', index: 'ia' },
    { kind: 'dropIndex', index: 'ib' },
    {
      ...nothing,
      change: [
        { from: 'a', to: 'b', convert: null, type: 'text' },
        { from: 'b', to: 'a', convert: null, type: 'text' },
      ],
    },
    createA,
    createB,
  ]);
  const replaced = [fields[0]!, fields[1]!, { id: 'f9', name: 'tags', type: 'number' }];
  assert.deepEqual(plan({ fields: replaced }), [
    { ...nothing, drop: ['tags'], add: [{ name: 'tags', type: 'number' }] },
  ]);
});

test('single values become lists and lists single values', () => {
  const many = { ...fields[2]!, maxSelect: 2 };
  const wrapped = change(before, { fields: [fields[0]!, fields[1]!, many] }).collection;
  assert.deepEqual(planTable(before, wrapped), [
    { ...nothing, change: [{ from: 'tags', to: 'tags', convert: 'wrap', type: 'list' }] },
  ]);
  assert.deepEqual(plan({ fields: [fields[0]!, fields[1]!, { ...fields[2]!, name: 'tag' }] }, wrapped), [
    { ...nothing, change: [{ from: 'tags', to: 'tag', convert: 'unwrap', type: 'text' }] },
  ]);
});

test('indexes come and go one by one, and all of them when the table moves', () => {
  assert.deepEqual(plan({ indexes: [indexes[0]!] }), [{ kind: 'dropIndex', index: 'ib' }]);
  assert.deepEqual(plan({ indexes: [indexes[0]!, indexes[1]!.replace('UNIQUE ', '')] }), [
    { kind: 'dropIndex', index: 'ib' },
    { ...createB, unique: false, sql: 'CREATE INDEX "ib" ON "things" ("b")' },
  ]);
  assert.deepEqual(plan({ indexes: [...indexes].reverse() }), []);
  assert.deepEqual(plan({ name: 'others' }), [
    { kind: 'dropIndex', index: 'ia' },
    { kind: 'dropIndex', index: 'ib' },
    { ...nothing, rename: 'others' },
    { ...createA, table: 'others', sql: 'CREATE INDEX "ia" ON "others" ("a")' },
    { ...createB, table: 'others', sql: 'CREATE UNIQUE INDEX "ib" ON "others" ("b")' },
  ]);
});

test('every single relation has an index of its own, unless one of the collection begins with it', () => {
  const option = (name: string, maxSelect: number) =>
    ({
      id: name,
      name,
      type: 'relation',
      hidden: false,
      system: false,
      presentable: false,
      help: '',
      collectionId: 'pbc_other',
      cascadeDelete: false,
      minSelect: 0,
      maxSelect,
      required: false,
    }) as const;
  const [author, readers] = [option('author', 1), option('readers', 5)];
  const bare: Collection = { ...before, indexes: [], fields: [...before.fields, author, readers] };
  const indexesOf = (changes: readonly TableChange[]) => changes.filter((each) => each.kind === 'createIndex');
  const kindsOf = (changes: readonly TableChange[]) => changes.map((each) => each.kind);
  assert.deepEqual(
    indexesOf(planTable(null, bare)).map(({ index, unique }) => [index, unique]),
    [[`_relation_${bare.id}_author`, false]],
  );
  const covered = { ...bare, indexes: ['CREATE INDEX own ON things (author, a)'] };
  assert.deepEqual(kindsOf(planTable(bare, covered)), ['dropIndex', 'createIndex']);
  assert.deepEqual(kindsOf(planTable(covered, bare)), ['dropIndex', 'createIndex']);
  const partial = { ...bare, indexes: ["CREATE INDEX own ON things (author) WHERE author != ''"] };
  assert.equal(indexesOf(planTable(null, partial)).length, 2);
  const renamed = { ...bare, fields: [...before.fields, { ...author, name: 'writer' }, readers] };
  assert.deepEqual(kindsOf(planTable(bare, renamed)), ['dropIndex', 'alterTable', 'createIndex']);
  const dropped = { ...bare, fields: [...before.fields, readers] };
  assert.deepEqual(kindsOf(planTable(bare, dropped)), ['dropIndex', 'alterTable']);
});
