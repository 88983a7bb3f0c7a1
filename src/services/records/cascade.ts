import type { Collection, Schema } from '../../model/collection.ts';
import { isMultiple, type RelationField } from '../../model/fields/field.ts';
import type { StoredRecord } from '../../model/record.ts';
import { internalInfo, type RuleBook } from './rule-book.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** Records whose references are looked for in one statement. */
const chunkSize = 100;

/** A record cannot go because another one, whose relation is required and does not cascade, points at it. */
export class StillReferencedError extends Error {
  constructor(collection: Collection) {
    super(`still referenced by ${collection.name}`);
    this.name = 'StillReferencedError';
  }
}

/** Called for every record that goes, before its row does. */
export type OnDelete = (record: StoredRecord) => void;

/**
 * Deletes records with everything that follows from it, in one commit: references to them are taken out of other records; a record
 * whose cascading relation is left empty goes too; a required relation that would be left empty stops it all.
 */
export class CascadeDelete {
  readonly #rules: RuleBook;

  constructor(rules: RuleBook) {
    this.#rules = rules;
  }

  /** Adds the deletion to the unit. Throws `StillReferencedError`; `RefusedError` when more follows from it than one commit holds. */
  run(unit: UnitOfWork, schema: Schema, first: StoredRecord, onDelete: OnDelete): Promise<void> {
    return this.runAll(unit, schema, [first], onDelete);
  }

  /**
   * Adds the deletion of several records at once.
   *
   * @param emptied the collection that is left without any record by it: references from there need no look
   */
  async runAll(
    unit: UnitOfWork,
    schema: Schema,
    first: readonly StoredRecord[],
    onDelete: OnDelete,
    emptied: Collection | null = null,
  ): Promise<void> {
    const since = await unit.position();
    const state: CascadeState = { unit, schema, gone: new Set(first.map(keyOf)), changed: new Map() };
    let level = first;
    while (level.length > 0) {
      for (const record of level) {
        onDelete(record);
        unit.delete(record);
      }
      const next: StoredRecord[] = [];
      for (const collection of new Set(level.map((record) => record.collection))) {
        const ids = level.filter((record) => record.collection === collection).map((record) => record.id);
        for (const reference of referencesTo(schema, collection)) {
          // Whoever begins to refer to one of them in the meantime is to be seen, too.
          unit.expectUnreferenced(reference.collection, reference.field, ids, since);
          if (reference.collection !== emptied) next.push(...(await this.#release(state, reference, ids)));
        }
      }
      level = next;
    }
  }

  /** Takes ids out of one relation field wherever they stand; answers the records that must go too. */
  async #release(
    state: CascadeState,
    { collection, field }: Reference,
    ids: readonly string[],
  ): Promise<StoredRecord[]> {
    const doomed: StoredRecord[] = [];
    for (let start = 0; start < ids.length; start += chunkSize) {
      const chunk = ids.slice(start, start + chunkSize);
      const where = this.#rules.referencing(state.schema, collection, field, chunk, '', internalInfo);
      const found = await state.unit.select(collection, { where, orderBy: null, limit: -1, offset: 0 });
      for (const read of found) {
        const key = keyOf(read);
        if (state.gone.has(key)) continue;
        const referrer = state.changed.get(key) ?? read;
        const rest = idsWithout(referrer.data[field.name] as string | readonly string[], new Set(chunk));
        if (rest.length === 0 && field.cascadeDelete) {
          state.gone.add(key);
          doomed.push(referrer);
        } else if (rest.length === 0 && field.required) {
          throw new StillReferencedError(collection);
        } else {
          const value = isMultiple(field) ? rest : (rest.at(-1) ?? '');
          state.changed.set(key, state.unit.update(referrer, { ...referrer.data, [field.name]: value }));
        }
      }
    }
    return doomed;
  }
}

interface CascadeState {
  readonly unit: UnitOfWork;
  readonly schema: Schema;
  /** Records that go, by collection and id. */
  readonly gone: Set<string>;
  /** Records that stay, as they are after what was taken out of them. */
  readonly changed: Map<string, StoredRecord>;
}

interface Reference {
  readonly collection: Collection;
  readonly field: RelationField;
}

/** Every relation field that points at a collection, collections in order of their names. */
function referencesTo(schema: Schema, target: Collection): Reference[] {
  return schema.all
    .filter((collection) => collection.type !== 'view')
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((collection) =>
      collection.fields
        .filter((field): field is RelationField => field.type === 'relation' && field.collectionId === target.id)
        .map((field) => ({ collection, field })),
    );
}

function idsWithout(value: string | readonly string[], ids: ReadonlySet<string>): string[] {
  return (typeof value === 'string' ? [value] : [...value]).filter((each) => each !== '' && !ids.has(each));
}

function keyOf(record: StoredRecord): string {
  return `${record.collection.id}/${record.id}`;
}
