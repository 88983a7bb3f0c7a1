import type { Collection, Schema } from '../../model/collection.ts';
import { collectionsTable, collectionToRow } from '../../model/collection-row.ts';
import type { Change, TableChange } from '../../model/commit.ts';
import { planTable } from '../../model/table-plan.ts';
import { assert } from '../../util/assert.ts';
import { insertCollection } from './bootstrap.ts';
import { collectionsMax, createSchema, type Snapshot } from './catalogue.ts';

/** One collection's step from what it is (null: it is not there yet) to what it will be (null: it goes). */
export interface CollectionEdit {
  readonly previous: Collection | null;
  readonly next: Collection | null;
}

/** The set of collections as it will be after the edits: those that stay in their order, new ones behind them. */
export function applyEdits(present: readonly Collection[], edits: readonly CollectionEdit[]): Collection[] {
  const byId = new Map(edits.map((edit) => [edit.previous?.id, edit]));
  const kept = present.flatMap((collection) => {
    const edit = byId.get(collection.id);
    if (edit === undefined) return [collection];
    return edit.next === null ? [] : [edit.next];
  });
  const added = edits.flatMap(({ previous, next }) => (previous === null && next !== null ? [next] : []));
  return [...kept, ...added];
}

/** The set of collections that a member of it has around it. */
export function neighboursOf(collections: readonly Collection[], member: Collection): Schema {
  return createSchema(
    collections.filter((collection) => collection !== member),
    0,
  );
}

/** True when there would be more collections than are ever read. */
export function exceedsMax(collections: readonly Collection[]): boolean {
  return collections.length > collectionsMax;
}

/** What comes first, so that names that one collection gives up are free for another: tables and indexes go before they come. */
const order: readonly TableChange['kind'][] = ['dropTable', 'dropIndex', 'alterTable', 'createTable', 'createIndex'];

/** The changes of tables and of the rows that describe them, for one commit. */
export function changesOf(edits: readonly CollectionEdit[], snapshot: Snapshot): Change[] {
  const tables = edits.flatMap(({ previous, next }) => planTable(previous, next));
  tables.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const rows = edits.map((edit) => rowChange(edit, snapshot));
  const gone = rows.filter((change) => change.kind === 'delete');
  return [
    ...tables.map((change): Change => ({ kind: 'schema', change })),
    ...gone,
    ...rows.filter((change) => change.kind !== 'delete'),
  ];
}

function rowChange({ previous, next }: CollectionEdit, { versions }: Snapshot): Change {
  if (previous === null) {
    assert(next !== null, 'An edit of nothing.');
    return insertCollection(next);
  }
  const { id } = previous;
  const place = { table: collectionsTable, collectionId: collectionsTable, id, version: versions.get(id)! };
  if (next === null) return { kind: 'delete', ...place, row: collectionToRow(previous) };
  const row = collectionToRow(next);
  return { kind: 'update', ...place, set: row, row };
}
