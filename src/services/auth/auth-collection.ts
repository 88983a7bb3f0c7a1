import type { AuthOptions, Collection, Schema } from '../../model/collection.ts';
import { notFound } from '../../model/errors.ts';

/** A collection whose records can sign in. */
export interface AuthCollection extends Collection {
  readonly auth: AuthOptions;
}

/** The auth collection with this id or name. Throws 404 as the auth endpoints word it. */
export function findAuthCollection(schema: Schema, nameOrId: string): AuthCollection {
  const collection = schema.find(nameOrId);
  if (collection === undefined) throw notFound('Missing or invalid collection context.');
  if (collection.auth === null) throw notFound('Missing or invalid auth collection context.');
  return collection as AuthCollection;
}
