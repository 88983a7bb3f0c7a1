import type { Collection, Schema } from '../../model/collection.ts';
import type { ErrorData, ErrorLeaf } from '../../model/errors.ts';
import type { DraftData, DraftValue } from '../../model/fields/field-type.ts';
import type { Field, RelationField } from '../../model/fields/field.ts';
import { validateValue } from '../../model/fields/registry.ts';
import type { RecordData } from '../../model/record.ts';
import { createFailure } from '../../model/validation.ts';
import { checkOwnerReference } from './owner-reference.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** The pattern of ids that need no further look: fixed length, lower case, nothing that a file system could mistake. */
const ordinaryIdPattern = '^[a-z0-9]+$';

/** What the checks of one write look at. */
export interface ValidationInput {
  readonly unit: UnitOfWork;
  readonly schema: Schema;
  readonly collection: Collection;
  readonly data: DraftData;
  /** The record as it is, or null for a new one. */
  readonly stored: RecordData | null;
  /** True when the id came from the client rather than from the generator. */
  readonly isOwnId: boolean;
  /**
   * True to trust the commit for the existence of related records: it is demanded there anyway, and only when it is refused are they looked for
   * here, to say which field is wrong.
   */
  readonly trustsCommit: boolean;
}

/** Everything that is wrong with a record, by field. */
export async function validateDraft(input: ValidationInput): Promise<ErrorData> {
  const errors: { [field: string]: ErrorLeaf } = {};
  const { collection, data, stored } = input;
  for (const field of collection.fields) {
    const value = data[field.name]!;
    const failure = validateValue(field, value, { stored: stored?.[field.name] });
    if (failure !== null) errors[field.name] = failure;
  }
  const isQuick = input.trustsCommit && Object.keys(errors).length === 0;
  for (const field of collection.fields) {
    if (field.type === 'relation' && errors[field.name] === undefined) {
      const failure = await checkRelation(input, field, isQuick);
      if (failure !== null) errors[field.name] = failure;
    }
  }
  if (stored === null && input.isOwnId && errors.id === undefined) {
    const failure = await checkNewId(input);
    if (failure !== null) errors.id = failure;
  }
  for (const [field, failure] of Object.entries(await checkOwnerReference(input))) errors[field] ??= failure;
  const partition = errors.id === undefined ? checkPartition(input) : null;
  if (partition !== null) errors[stored === null ? 'id' : collection.partitionBy] ??= partition;
  return errors;
}

/** The ids in a relation's value. */
export function relationIds(value: DraftValue): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

/** Related records must exist; whether the viewer may see them does not matter. Ids that were there before are not looked at again. */
async function checkRelation(
  input: ValidationInput,
  field: RelationField,
  isQuick: boolean,
): Promise<ErrorLeaf | null> {
  const before = new Set(input.stored === null ? [] : relationIds(input.stored[field.name]!));
  const ids = [...new Set(relationIds(input.data[field.name]!))].filter((id) => !before.has(id));
  if (ids.length === 0) return null;
  const target = input.schema.find(field.collectionId);
  if (target === undefined) return createFailure('validation_missing_rel_collection');
  // A view's rows cannot be demanded of a commit.
  const isDemandable = target.type !== 'view';
  if (isDemandable) {
    for (const id of ids) input.unit.expectExists(target.name, id);
    if (isQuick) return null;
  }
  const found = await input.unit.existingIds(target, ids);
  return found.size === ids.length ? null : createFailure('validation_missing_rel_records');
}

/** Ids of auth records are unique over all auth collections; unusual ids are unique in any case. */
async function checkNewId({ unit, schema, collection, data }: ValidationInput): Promise<ErrorLeaf | null> {
  const id = data.id as string;
  const idField = collection.fields.find((field): field is Extract<Field, { type: 'text' }> => field.name === 'id');
  if (idField !== undefined && idField.pattern !== ordinaryIdPattern && (await unit.hasIdInAnyCase(collection, id))) {
    return createFailure('validation_pk_invalid');
  }
  if (collection.type !== 'auth') return null;
  for (const other of schema.all) {
    if (other.type !== 'auth' || other.id === collection.id) continue;
    if ((await unit.existingIds(other, [id])).size > 0) return createFailure('validation_invalid_auth_id');
  }
  return null;
}

/** A record of a partitioned collection lives where its parent does: their ids start alike. */
function checkPartition({ collection, data, stored }: ValidationInput): ErrorLeaf | null {
  if (collection.partitionBy === '') return null;
  const parent = data[collection.partitionBy] as string;
  if (parent === '') return null;
  const prefix = parent.slice(0, 2);
  const id = (stored === null ? data.id : stored.id) as string;
  if (id === '' || id.startsWith(prefix)) return null;
  return createFailure('validation_partition_mismatch', { prefix, field: collection.partitionBy });
}
