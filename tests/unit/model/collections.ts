import { completeCollection } from '../../../src/model/collection-complete.ts';
import { createSystemCollections, createUsersCollection } from '../../../src/model/collection-defaults.ts';
import { createCollectionFrom, mergeCollection } from '../../../src/model/collection-merge.ts';
import { type CollectionContext, validateCollection } from '../../../src/model/collection-validate.ts';
import type { Collection, Schema } from '../../../src/model/collection.ts';
import type { ErrorData } from '../../../src/model/errors.ts';
import type { JsonObject } from '../../../src/util/json.ts';

const now = '2024-01-01 00:00:00.000Z';

/** A set of collections for tests. */
export function schemaOf(...more: readonly Collection[]): Schema {
  const all = [...createSystemCollections(now), createUsersCollection(now), ...more];
  const find = (name: string): Collection | undefined =>
    all.find((collection) => collection.id === name || collection.name === name);
  return { version: 1, all, find };
}

/** A context whose rule language knows one mistake: ending in `=`. */
export function contextOf(schema: Schema): CollectionContext {
  return {
    schema,
    isInternalTable: (name) => name === '_collections',
    checkRule: (rule) => (rule.endsWith('=') ? 'invalid or incomplete filter expression' : null),
    hasOauth2Provider: (name) => name === 'google',
  };
}

/** A new collection as a request would make it. */
export function create(sent: JsonObject, schema = schemaOf()): { collection: Collection; errors: ErrorData } {
  const collection = completeCollection(createCollectionFrom({ name: 'things', ...sent }), null, schema.all);
  return { collection, errors: validateCollection(collection, null, contextOf(schema)) };
}

/** A changed collection as a request would make it. */
export function change(
  previous: Collection,
  sent: JsonObject,
  schema = schemaOf(previous),
): { collection: Collection; errors: ErrorData } {
  const collection = completeCollection(mergeCollection(previous, sent), previous, schema.all);
  return { collection, errors: validateCollection(collection, previous, contextOf(schema)) };
}

/** Failures as lines `path code`, sorted. */
export function codes(errors: ErrorData, path = ''): string[] {
  return Object.entries(errors)
    .flatMap(([key, failure]) => {
      const own = path === '' ? key : `${path}.${key}`;
      return typeof failure.code === 'string' ? [`${own} ${failure.code}`] : codes(failure as ErrorData, own);
    })
    .sort();
}
