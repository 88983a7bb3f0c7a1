import type { Collection } from '../../../src/model/collection.ts';
import type { RecordData } from '../../../src/model/record.ts';
import { makeCollection, makeField, makeRecord, RuleWorld } from './fixtures.ts';

/** Posts with authors, members, grants and notes: the collections that the tables of rule tests speak of. */
export const gardenCollections: readonly Collection[] = [
  makeCollection('base', 'orgs', [makeField('text', 'name'), makeField('number', 'level')]),
  makeCollection('auth', 'users', [
    makeField('text', 'name'),
    makeField('text', 'role'),
    makeField('number', 'age'),
    makeField('json', 'data'),
    makeField('text', 'hush', { hidden: true }),
    makeField('relation', 'org', { collectionId: 'c_orgs' }),
    makeField('relation', 'orgs', { collectionId: 'c_orgs', maxSelect: 5 }),
  ]),
  makeCollection('base', 'posts', [
    makeField('text', 'title'),
    makeField('number', 'total'),
    makeField('bool', 'flag'),
    makeField('date', 'day'),
    makeField('select', 'kind', { values: ['a', 'b'] }),
    makeField('select', 'tags', { values: ['a', 'b', 'c'], maxSelect: 3 }),
    makeField('json', 'meta'),
    makeField('geoPoint', 'place'),
    makeField('relation', 'author', { collectionId: 'c_users' }),
    makeField('relation', 'members', { collectionId: 'c_users', maxSelect: 9 }),
    makeField('relation', 'parent', { collectionId: 'c_posts' }),
    makeField('text', 'secret', { hidden: true }),
  ]),
  makeCollection(
    'base',
    'grants',
    [
      makeField('relation', 'post', { collectionId: 'c_posts' }),
      makeField('relation', 'user', { collectionId: 'c_users' }),
      makeField('number', 'level'),
    ],
    { indexes: ['CREATE INDEX `i1` ON `grants` (`post`)', 'CREATE INDEX `i2` ON `grants` (`user`)'] },
  ),
  makeCollection(
    'base',
    'notes',
    [
      makeField('relation', 'post', { collectionId: 'c_posts' }),
      makeField('relation', 'posts', { collectionId: 'c_posts', maxSelect: 9 }),
      makeField('text', 'name'),
    ],
    { listRule: 'name != "x"' },
  ),
  makeCollection(
    'base',
    'pins',
    [makeField('relation', 'post', { collectionId: 'c_posts' }), makeField('text', 'why')],
    {
      indexes: ['CREATE UNIQUE INDEX `i3` ON `pins` (`post`)'],
    },
  ),
  makeCollection('base', 'locked', [makeField('relation', 'post', { collectionId: 'c_posts' })], { listRule: null }),
];

export function gardenCollection(name: string): Collection {
  return gardenCollections.find((collection) => collection.name === name)!;
}

type Values = Parameters<typeof makeRecord>[1];

/** A world of garden collections with the given records, by collection name; ids are given with the other values. */
export function makeGarden(records: { readonly [collection: string]: readonly Values[] }): RuleWorld {
  const made: { [collection: string]: RecordData[] } = {};
  for (const [name, values] of Object.entries(records)) {
    made[name] = values.map((each) => makeRecord(gardenCollection(name), each));
  }
  return new RuleWorld(gardenCollections, made);
}
