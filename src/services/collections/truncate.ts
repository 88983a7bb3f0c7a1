import type { FileStore } from '../../engines/files/files.ts';
import { RefusedError } from '../../log/commit.ts';
import type { Collection, Schema } from '../../model/collection.ts';
import { superusersName } from '../../model/collection-defaults.ts';
import { badRequest } from '../../model/errors.ts';
import type { StoredRecord } from '../../model/record.ts';
import { CascadeDelete, StillReferencedError } from '../records/cascade.ts';
import { fileNames, type OnLeftover, removeFilesOf } from '../records/file-changes.ts';
import type { RuleBook } from '../records/rule-book.ts';
import { changesMax, type UnitOfWork } from '../records/unit-of-work.ts';
import type { OwnedRows } from './owned-rows.ts';

export const truncateMessage =
  'Failed to truncate collection (most likely due to required cascade delete record references).';

/** What truncating is made of. */
export interface TruncateParts {
  readonly rules: RuleBook;
  readonly owned: OwnedRows;
}

/**
 * Adds the deletion of all records of a collection to the unit, with everything that follows from it, as one commit: the same as
 * deleting them one by one. Answers all records that go.
 *
 * Throws 400 when a required relation keeps a record, when no superuser would be left, and when it is more than one commit holds.
 */
export async function truncate(
  { rules, owned }: TruncateParts,
  unit: UnitOfWork,
  schema: Schema,
  collection: Collection,
): Promise<StoredRecord[]> {
  const everything = { where: null, orderBy: null, limit: changesMax + 1, offset: 0 };
  const records = await unit.select(collection, everything);
  if (records.length > changesMax) throw tooMany();
  const gone: StoredRecord[] = [];
  try {
    await new CascadeDelete(rules).runAll(unit, schema, records, (record) => gone.push(record), collection);
    if (collection.type === 'auth') await owned.deleteAll(unit, schema, collection);
    const elsewhere = gone.filter((record) => record.collection !== collection);
    await owned.deleteOf(unit, schema, elsewhere);
  } catch (error) {
    if (error instanceof StillReferencedError) throw badRequest(truncateMessage, {}, error);
    throw error instanceof RefusedError ? tooMany(error) : error;
  }
  await refuseLastSuperuser(unit, gone);
  return gone;
}

/** Without a superuser nobody could manage the system any more. */
async function refuseLastSuperuser(unit: UnitOfWork, gone: readonly StoredRecord[]): Promise<void> {
  const superuser = gone.find((record) => record.collection.name === superusersName);
  if (superuser === undefined) return;
  const left = await unit.select(superuser.collection, { where: null, orderBy: null, limit: 1, offset: 0 });
  if (left.length === 0) throw badRequest(truncateMessage);
  unit.expectExists(superuser.collection.name, left[0]!.id);
}

function tooMany(cause?: unknown): Error {
  const message =
    `The collection is too large to be truncated: more than ${changesMax} records would change at once. ` +
    'Delete records in parts first.';
  return badRequest(message, {}, cause);
}

/** Removes the files of records that are gone, one record after the other; a failure leaves a file behind. */
export async function removeFiles(
  files: FileStore,
  gone: readonly StoredRecord[],
  onLeftover: OnLeftover,
): Promise<void> {
  for (const record of gone) {
    await removeFilesOf(files, record, fileNames(record.collection, record.data), onLeftover);
  }
}
