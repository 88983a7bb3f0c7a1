import { ownedCollectionNames } from '../../model/collection-defaults.ts';
import type { ErrorLeaf } from '../../model/errors.ts';
import { createFailure } from '../../model/validation.ts';
import type { ValidationInput } from './validate.ts';

const ownedNames: readonly string[] = ownedCollectionNames;

/** What is wrong with the auth record that a row of a system collection names: it has to be there, now and at the commit. */
export async function checkOwnerReference({ unit, schema, collection, data }: ValidationInput): Promise<{
  readonly [field: string]: ErrorLeaf;
}> {
  if (!collection.system || !ownedNames.includes(collection.name)) return {};
  const { collectionRef, recordRef } = data;
  const owner = schema.find(collectionRef as string);
  if (owner === undefined || owner.id !== collectionRef)
    return { collectionRef: createFailure('validation_invalid_collection_id') };
  if (owner.type !== 'auth') return { collectionRef: createFailure('validation_invalid_collection_type') };
  const id = recordRef as string;
  unit.expectExists(owner.name, id);
  const found = await unit.existingIds(owner, [id]);
  return found.has(id) ? {} : { recordRef: createFailure('validation_invalid_record') };
}
