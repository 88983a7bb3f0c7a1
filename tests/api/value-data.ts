// The collection that the golden table of values writes to: every kind of field that takes a value, most of them with a limit.
import type { JsonObject, World } from '../../src/testing/world.ts';

const values = ['a', 'b', 'c'];

/** The fields, without the relations, whose target must exist first. */
export const valueFields: readonly JsonObject[] = [
  { name: 'text', type: 'text' },
  { name: 'short', type: 'text', min: 2, max: 4 },
  { name: 'word', type: 'text', pattern: '^[a-z]+$' },
  { name: 'number', type: 'number' },
  { name: 'int', type: 'number', onlyInt: true },
  { name: 'range', type: 'number', min: -1, max: 7 },
  { name: 'bool', type: 'bool' },
  { name: 'email', type: 'email' },
  { name: 'emailOnly', type: 'email', onlyDomains: ['example.com'] },
  { name: 'url', type: 'url' },
  { name: 'urlExcept', type: 'url', exceptDomains: ['example.com'] },
  { name: 'editor', type: 'editor', maxSize: 20 },
  { name: 'date', type: 'date' },
  { name: 'one', type: 'select', maxSelect: 1, values },
  { name: 'many', type: 'select', maxSelect: 2, values },
  { name: 'json', type: 'json' },
  { name: 'geo', type: 'geoPoint' },
  { name: 'rel', type: 'relation', maxSelect: 1 },
  { name: 'rels', type: 'relation', maxSelect: 3, minSelect: 2 },
  { name: 'file', type: 'file', maxSelect: 1 },
];

/** Makes `values`, and `targets` with four records. */
export async function makeValueCollection(world: World): Promise<void> {
  const targets = await world.createCollection({ name: 'targets' });
  for (let number = 1; number <= 4; number += 1) await world.createRecord('targets', { id: `target00000000${number}` });
  const fields = valueFields.map((field) =>
    field['type'] === 'relation' ? { ...field, collectionId: targets['id'] } : field,
  );
  await world.createCollection({ name: 'values', fields });
}
