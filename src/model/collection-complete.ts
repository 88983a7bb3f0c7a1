import { createTokenSecret, tokenKeys } from './auth-options.ts';
import type { AuthOptions, Collection } from './collection.ts';
import type { BoolField, EmailField, Field, PasswordField, TextField } from './fields/field.ts';
import { createField } from './fields/field-codec.ts';
import { defaultIdPattern } from './fields/text.ts';
import { freeChecksumId } from './ids.ts';
import { findUniqueIndex, moveIndex } from './index-definition.ts';

/** Longest index name that is made here. */
const indexNameMax = 64;

/** What a collection is completed against: those that exist. */
export type Neighbours = readonly { readonly id: string }[];

/**
 * Gives a collection that is about to be saved what every one has whatever was sent: an id, the system fields with what cannot be
 * chosen, indexes on its own table, the unique indexes of auth collections, token secrets. To be called before the validation.
 *
 * @param next the collection as it was sent, merged onto the stored one or onto a blank one
 * @param previous the stored one, or null for a new one
 * @param neighbours all existing collections
 */
export function completeCollection(next: Collection, previous: Collection | null, neighbours: Neighbours): Collection {
  const isTaken = (id: string): boolean => neighbours.some((neighbour) => neighbour.id === id);
  const id = next.id === '' ? freeChecksumId('pbc_', next.type + next.name, isTaken) : next.id;
  const complete = { ...next, id, fields: completeFields(next) };
  const auth = complete.auth === null ? null : completeAuth(complete, complete.auth, previous?.auth ?? null);
  if (complete.type === 'view') return { ...complete, auth };
  const own = complete.indexes.map((sql) => moveIndex(sql, complete.name));
  return { ...complete, auth, indexes: [...own, ...requiredIndexes({ ...complete, indexes: own })] };
}

/** The fields with the system fields of the type put back or put right. Views have none. */
export function completeFields(collection: Pick<Collection, 'type' | 'fields'>): Field[] {
  if (collection.type === 'view') return [...collection.fields];
  let fields = [...collection.fields];
  const id = fields.find((field): field is TextField => field.name === 'id' && field.type === 'text');
  if (id === undefined) fields = addIdField(fields);
  else fields = fields.map((field) => (field === id ? forceId(id) : field));
  if (collection.type !== 'auth') return fields;
  for (const { create, force } of authFields) fields = forceField(fields, create(), force);
  return fields;
}

/** Puts a system field in the place of what has its name, or behind everything. */
function forceField(fields: readonly Field[], fallback: Field, force: (field: Field) => Field): Field[] {
  const index = fields.findIndex((field) => field.name === fallback.name);
  if (index < 0) return [...fields, fallback];
  const present = fields[index]!;
  // A field of another type gives its id away, so that a stored column is not taken for it.
  const forced = present.type === fallback.type ? force(present) : { ...fallback, id: present.id };
  return fields.with(index, forced);
}

/** Another field that has taken the place of `id` keeps it: the validation misses the primary key then. */
function addIdField(fields: readonly Field[]): Field[] {
  const id = createIdField();
  return fields.some((field) => field.id === id.id) ? [...fields] : [id, ...fields];
}

function createIdField(): TextField {
  return createField<TextField>({
    type: 'text',
    name: 'id',
    system: true,
    primaryKey: true,
    required: true,
    min: 15,
    max: 15,
    pattern: defaultIdPattern,
    autogeneratePattern: '[a-z0-9]{15}',
  });
}

function forceId(field: TextField): TextField {
  const pattern = field.pattern === '' ? defaultIdPattern : field.pattern;
  return { ...field, system: true, primaryKey: true, required: true, hidden: false, pattern };
}

/** The system fields of auth collections: how they are made, and what of them cannot be chosen. */
const authFields: readonly { create: () => Field; force: (field: Field) => Field }[] = [
  {
    create: () =>
      createField<PasswordField>({
        type: 'password',
        name: 'password',
        system: true,
        hidden: true,
        required: true,
        min: 8,
      }),
    force: (field) => ({ ...(field as PasswordField), system: true, hidden: true, required: true }),
  },
  {
    create: () =>
      createField<TextField>({
        type: 'text',
        name: 'tokenKey',
        system: true,
        hidden: true,
        required: true,
        min: 30,
        max: 60,
        autogeneratePattern: '[a-zA-Z0-9]{50}',
      }),
    force: (field) => ({ ...(field as TextField), system: true, hidden: true, required: true }),
  },
  {
    create: () => createField<EmailField>({ type: 'email', name: 'email', system: true, required: true }),
    force: (field) => ({ ...(field as EmailField), system: true, hidden: false }),
  },
  {
    create: () => createField<BoolField>({ type: 'bool', name: 'emailVisibility', system: true }),
    force: (field) => ({ ...field, system: true }),
  },
  {
    create: () => createField<BoolField>({ type: 'bool', name: 'verified', system: true }),
    force: (field) => ({ ...field, system: true }),
  },
];

/** The unique indexes that an auth collection needs and does not have. */
export function requiredIndexes(collection: Pick<Collection, 'id' | 'name' | 'type' | 'indexes'>): string[] {
  if (collection.type !== 'auth') return [];
  const missing: string[] = [];
  for (const [column, condition] of [
    ['tokenKey', ''],
    ['email', " WHERE `email` != ''"],
  ] as const) {
    if (findUniqueIndex(collection.indexes, column) !== null) continue;
    const name = `idx_${column}_${collection.id}`.slice(0, indexNameMax);
    missing.push(`CREATE UNIQUE INDEX \`${name}\` ON \`${collection.name}\` (\`${column}\`)${condition}`);
  }
  return missing;
}

function completeAuth(collection: Collection, auth: AuthOptions, before: AuthOptions | null): AuthOptions {
  let complete = clearMappings(auth, collection.fields);
  // An empty secret of an existing collection was asked for, and is refused by the validation.
  if (before === null) complete = createSecrets(complete);
  else if (before.authRule !== auth.authRule && before.authToken.secret === auth.authToken.secret) {
    // Who signed in under the old rule may not be who the new one lets in.
    complete = { ...complete, authToken: { ...complete.authToken, secret: createTokenSecret() } };
  }
  return collection.system && collection.name === '_superusers' ? forceSuperusers(complete) : complete;
}

function createSecrets(auth: AuthOptions): AuthOptions {
  const complete: { -readonly [key in keyof AuthOptions]: AuthOptions[key] } = { ...auth };
  for (const key of tokenKeys) {
    if (complete[key].secret === '') complete[key] = { ...complete[key], secret: createTokenSecret() };
  }
  return complete;
}

/** Mappings to fields that are not there say nothing. */
function clearMappings(auth: AuthOptions, fields: readonly Field[]): AuthOptions {
  const keep = (name: string): string => (fields.some((field) => field.name === name) ? name : '');
  const { id, name, username, avatarURL } = auth.oauth2.mappedFields;
  const mappedFields = { id: keep(id), name: keep(name), username: keep(username), avatarURL: keep(avatarURL) };
  return { ...auth, oauth2: { ...auth.oauth2, mappedFields } };
}

/** Superusers sign in with a password, never through somebody else; a one-time password alone is not enough for them. */
function forceSuperusers(auth: AuthOptions): AuthOptions {
  return {
    ...auth,
    oauth2: { ...auth.oauth2, enabled: false },
    passwordAuth: { ...auth.passwordAuth, enabled: true },
    mfa: { ...auth.mfa, enabled: auth.mfa.enabled || auth.otp.enabled },
  };
}
