import { type ApiError, forbidden, notFound, unauthorized } from '../model/errors.ts';
import type { Viewer } from '../model/record.ts';
import type { Access } from './types.ts';

/** Finds a collection by its id or, in any case, its name. */
export type CollectionFinder = (nameOrId: string) => { readonly id: string; readonly name: string } | undefined;

/**
 * The one check in front of every route: why this viewer may not call it, or `undefined` when it may. What a route does for
 * whom is for the rules behind it.
 *
 * @param collection the `:collection` of the path, for `sameCollection`
 */
export function refuseAccess(
  access: Access,
  viewer: Viewer,
  collection: string,
  findCollection: CollectionFinder,
): ApiError | undefined {
  if (access === 'public') return undefined;
  const wanted = access === 'sameCollection' ? findCollection(collection) : undefined;
  if (access === 'sameCollection' && wanted === undefined) return notFound('Missing or invalid collection context.');
  const { auth } = viewer;
  if (auth === null) return unauthorized('The request requires valid record authorization token.');
  if (access === 'superuser' && !viewer.isSuperuser) {
    return forbidden('The authorized record is not allowed to perform this action.');
  }
  if (wanted !== undefined && wanted.id !== auth.collection.id) {
    return forbidden(`The request requires auth record from ${auth.collection.name} collection.`);
  }
  return undefined;
}
