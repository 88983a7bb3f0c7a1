import type { JsonObject, JsonValue } from '../util/json.ts';
import { authToPublicJson } from './auth-options.ts';
import type { Collection } from './collection.ts';
import { serialiseField } from './fields/field-codec.ts';

/**
 * A collection as clients see it. Secrets are not in it. `partitionBy`, Pando's own, is there only when it is set, so that what other
 * servers export and import looks the same.
 */
export function serialiseCollection(collection: Collection): JsonObject {
  const { id, listRule, viewRule, createRule, updateRule, deleteRule, name, type, created, updated, system } =
    collection;
  const json: { [key: string]: JsonValue } = {
    id,
    listRule,
    viewRule,
    createRule,
    updateRule,
    deleteRule,
    name,
    type,
    fields: collection.fields.map(serialiseField),
    indexes: collection.indexes,
    created,
    updated,
    system,
  };
  if (collection.partitionBy !== '') json['partitionBy'] = collection.partitionBy;
  if (type === 'view') json['viewQuery'] = collection.viewQuery;
  return collection.auth === null ? json : { ...json, ...authToPublicJson(collection.auth) };
}
