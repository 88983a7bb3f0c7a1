import type { ErrorData } from '../../model/errors.ts';
import { createFailure } from '../../model/validation.ts';
import type { ValidationInput } from './validate.ts';

/** The system's collections whose rows belong to one auth record, named by `collectionRef` and `recordRef`. */
const ownedCollections: readonly string[] = ['_externalAuths', '_mfas', '_otps', '_authOrigins'];

/** What is wrong with the auth record that a row of a system collection names: it has to be there, now and at the commit. */
export async function checkOwnerReference({ unit, schema, collection, data }: ValidationInput): Promise<ErrorData> {
  if (!collection.system || !ownedCollections.includes(collection.name)) return {};
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
