import { lowerAlphanumeric, randomString } from '../util/random.ts';
import { createAuthOptions } from './auth-options.ts';
import type { Collection, CollectionRules, CollectionType } from './collection.ts';
import { completeCollection, completeFields, requiredIndexes } from './collection-complete.ts';
import type { AutodateField, Field, FileField, PasswordField, TextField } from './fields/field.ts';
import { createField } from './fields/field-codec.ts';

/** The name of the collection of superusers. */
export const superusersName = '_superusers';

/**
 * The system's collections whose rows belong to one auth record, named by `collectionRef` and `recordRef`: linked sign-ins, half-done ones,
 * one-time passwords, known places.
 */
export const ownedCollectionNames = ['_externalAuths', '_mfas', '_otps', '_authOrigins'] as const;

/** Well-known ids, the same on every server. */
export const wellKnownIds = Object.freeze({
  superusers: 'pbc_3142635823',
  externalAuths: 'pbc_2281828961',
  mfas: 'pbc_2279338944',
  otps: 'pbc_1638494021',
  authOrigins: 'pbc_4275539003',
  users: '_pb_users_auth_',
});

/** Five times "superusers only". */
export const lockedRules: CollectionRules = Object.freeze({
  listRule: null,
  viewRule: null,
  createRule: null,
  updateRule: null,
  deleteRule: null,
});

/** A collection of a type before anything is said about it: no name, no id, no fields. */
export function blankCollection(type: CollectionType): Collection {
  return {
    id: '',
    name: '',
    type,
    system: false,
    fields: [],
    indexes: [],
    ...lockedRules,
    created: '',
    updated: '',
    auth: type === 'auth' ? createAuthOptions() : null,
    viewQuery: '',
    partitionBy: '',
  };
}

/** A blank collection with its system fields and indexes, for forms to start from. It has neither id nor name. */
export function createScaffold(type: CollectionType): Collection {
  const blank = blankCollection(type);
  const fields = completeFields(blank);
  // There is no id yet to name the indexes by.
  const indexes = requiredIndexes({ ...blank, id: randomString(10, lowerAlphanumeric) });
  return { ...blank, fields, indexes };
}

const ownerRule =
  "@request.auth.id != '' && recordRef = @request.auth.id && collectionRef = @request.auth.collectionId";

function systemText(name: string, required = true, hidden = false): TextField {
  return createField<TextField>({ type: 'text', name, system: true, required, hidden });
}

/** `created` and `updated`. */
function autodates(system: boolean): AutodateField[] {
  return [
    createField<AutodateField>({ type: 'autodate', name: 'created', system, onCreate: true }),
    createField<AutodateField>({ type: 'autodate', name: 'updated', system, onCreate: true, onUpdate: true }),
  ];
}

/** What a system collection says about itself. */
interface SystemPlan {
  readonly id: string;
  readonly name: string;
  readonly type: 'base' | 'auth';
  readonly fields: readonly Field[];
  /** Index name, unique or not, columns. */
  readonly indexes?: readonly (readonly [string, boolean, string])[];
  readonly rules?: Partial<CollectionRules>;
}

/** The fields that say whose row it is. */
function references(...more: readonly Field[]): Field[] {
  return [systemText('collectionRef'), systemText('recordRef'), ...more, ...autodates(true)];
}

const ownerReads = { listRule: ownerRule, viewRule: ownerRule };
const ownerReadsAndDeletes = { ...ownerReads, deleteRule: ownerRule };

function systemPlans(): SystemPlan[] {
  return [
    {
      id: wellKnownIds.mfas,
      name: '_mfas',
      type: 'base',
      fields: references(systemText('method')),
      indexes: [['idx_mfas_collectionRef_recordRef', false, 'collectionRef,recordRef']],
      rules: ownerReads,
    },
    {
      id: wellKnownIds.otps,
      name: '_otps',
      type: 'base',
      fields: references(
        createField<PasswordField>({
          type: 'password',
          name: 'password',
          system: true,
          hidden: true,
          required: true,
          cost: 8,
        }),
        systemText('sentTo', false, true),
      ),
      indexes: [['idx_otps_collectionRef_recordRef', false, 'collectionRef, recordRef']],
      rules: ownerReads,
    },
    {
      id: wellKnownIds.externalAuths,
      name: '_externalAuths',
      type: 'base',
      fields: references(systemText('provider'), systemText('providerId')),
      indexes: [
        ['idx_externalAuths_record_provider', true, 'collectionRef, recordRef, provider'],
        ['idx_externalAuths_collection_provider', true, 'collectionRef, provider, providerId'],
      ],
      rules: ownerReadsAndDeletes,
    },
    {
      id: wellKnownIds.authOrigins,
      name: '_authOrigins',
      type: 'base',
      fields: references(systemText('fingerprint')),
      indexes: [['idx_authOrigins_unique_pairs', true, 'collectionRef, recordRef, fingerprint']],
      rules: ownerReadsAndDeletes,
    },
    { id: wellKnownIds.superusers, name: superusersName, type: 'auth', fields: autodates(true) },
  ];
}

/**
 * The five system collections of a new installation, with new token secrets.
 *
 * @param now stored date text
 */
export function createSystemCollections(now: string): Collection[] {
  return systemPlans().map((plan) => {
    const blank = blankCollection(plan.type);
    const indexes = (plan.indexes ?? []).map(
      ([name, unique, columns]) =>
        `CREATE ${unique ? 'UNIQUE ' : ''}INDEX \`${name}\` ON \`${plan.name}\` (${columns})`,
    );
    const auth = blank.auth === null ? null : { ...blank.auth, authToken: { secret: '', duration: 86_400 } };
    const { id, name } = plan;
    // The collection's own fields come behind those that every collection of its type has.
    const fields = [...completeFields(blank), ...plan.fields];
    const own = { ...blank, ...plan.rules, id, name, system: true, auth, fields, indexes, created: now, updated: now };
    return completeCollection(own, null, []);
  });
}

/**
 * The `users` collection that a new installation starts with.
 *
 * @param now stored date text
 */
export function createUsersCollection(now: string): Collection {
  const blank = blankCollection('auth');
  const auth = createAuthOptions();
  const mappedFields = { ...auth.oauth2.mappedFields, name: 'name', avatarURL: 'avatar' };
  const ownRule = 'id = @request.auth.id';
  const mimeTypes = ['image/jpeg', 'image/png', 'image/svg+xml', 'image/gif', 'image/webp'];
  const users: Collection = {
    ...blank,
    id: wellKnownIds.users,
    name: 'users',
    listRule: ownRule,
    viewRule: ownRule,
    createRule: '',
    updateRule: ownRule,
    deleteRule: ownRule,
    created: now,
    updated: now,
    auth: { ...auth, oauth2: { ...auth.oauth2, mappedFields } },
    fields: [
      ...completeFields(blank),
      createField<TextField>({ type: 'text', name: 'name', max: 255 }),
      createField<FileField>({ type: 'file', name: 'avatar', maxSelect: 1, mimeTypes }),
      ...autodates(false),
    ],
  };
  return completeCollection(users, null, []);
}
