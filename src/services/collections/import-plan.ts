import type { Collection } from '../../model/collection.ts';
import { completeCollection } from '../../model/collection-complete.ts';
import { createCollectionFrom, mergeCollection } from '../../model/collection-merge.ts';
import type { JsonObject } from '../../util/json.ts';
import type { CollectionEdit } from './edits.ts';

/** What an import asks for. */
export interface ImportRequest {
  /** Collections as they are exported; absent keys stay as they are. */
  readonly collections: readonly JsonObject[];
  /** True to remove what is not in the list: collections, and fields of those that are. System collections and fields stay. */
  readonly deleteMissing: boolean;
}

/**
 * The steps from the present collections to what an import asks for, those that go first. One in the list is a present one when it has
 * its id, or no id and its name. Nothing is checked here but the format.
 *
 * @param now stored date text
 * @throws FormatError when a value is of another kind than its key demands
 */
export function planImport(present: readonly Collection[], request: ImportRequest, now: string): CollectionEdit[] {
  const edits = new Map<string, CollectionEdit>();
  for (const sent of request.collections) {
    const working = [...present.filter(({ id }) => !edits.has(id)), ...[...edits.values()].map((edit) => edit.next!)];
    const base = findPresent(working, sent);
    const previous = present.find((collection) => collection.id === base?.id) ?? null;
    const merged = base === null ? createCollectionFrom(sent) : mergeOnto(base, sent, request.deleteMissing);
    const next = completeCollection(merged, previous, working);
    edits.set(next.id, { previous, next: { ...next, created: previous?.created ?? now, updated: now } });
  }
  if (!request.deleteMissing) return [...edits.values()];
  const gone = present.filter(({ id, system }) => !system && !edits.has(id));
  return [...gone.map((previous) => ({ previous, next: null })), ...edits.values()];
}

function findPresent(collections: readonly Collection[], { id, name }: JsonObject): Collection | null {
  const isSame =
    typeof id === 'string' && id !== ''
      ? (collection: Collection): boolean => collection.id === id
      : (collection: Collection): boolean => collection.name === name;
  return collections.find(isSame) ?? null;
}

/** Fields that are not in the list stay, behind those that are; with `deleteMissing` only system fields do. */
function mergeOnto(base: Collection, sent: JsonObject, deleteMissing: boolean): Collection {
  const isListed = sent['fields'] !== undefined && sent['fields'] !== null;
  const merged = mergeCollection(base, isListed || !deleteMissing ? withoutNullFields(sent) : { ...sent, fields: [] });
  const missing = base.fields.filter((field) => !merged.fields.some((other) => other.id === field.id));
  const kept = missing.filter((field) => field.system || !deleteMissing);
  return { ...merged, fields: [...merged.fields, ...kept] };
}

function withoutNullFields(sent: JsonObject): JsonObject {
  if (sent['fields'] !== null) return sent;
  const { fields: _none, ...rest } = sent;
  return rest;
}
