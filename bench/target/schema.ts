/** A collection as the collections API takes it. Only what differs from the API's defaults is said. */
export interface CollectionDefinition {
  id: string;
  name: string;
  type: 'base' | 'auth';
  listRule: string | null;
  viewRule: string | null;
  createRule: string | null;
  updateRule: string | null;
  deleteRule: string | null;
  fields: readonly Readonly<Record<string, unknown>>[];
  indexes: readonly string[];
  [option: string]: unknown;
}

/** The collections whose records are posts: name and number of records at full scale. */
export const POST_COLLECTIONS = [
  { name: 'posts10k', size: 10_000 },
  { name: 'posts25k', size: 25_000 },
  { name: 'posts50k', size: 50_000 },
  { name: 'posts100k', size: 100_000 },
] as const;

/** The id of a collection that only the benchmark makes: how a later run knows that it may delete what it finds. */
export const MARK_COLLECTION_ID = 'bench_orgs';

const OPEN_RULES = { viewRule: '', createRule: '', updateRule: '', deleteRule: '' } as const;
const SIGNED_IN = "@request.auth.id != ''";

/** What both the raw lines and the event fan-out ask of a viewer: the record is public, or the viewer's own. */
export const NOTE_RULE = "@request.auth.id != '' && (public = true || author = @request.auth.id)";

const DATE_FIELDS = [
  { name: 'created', type: 'autodate', onCreate: true, onUpdate: false },
  { name: 'updated', type: 'autodate', onCreate: true, onUpdate: true },
];

function authorField(): Readonly<Record<string, unknown>> {
  return { name: 'author', type: 'relation', collectionId: 'bench_users', maxSelect: 1, cascadeDelete: true };
}

function postCollection(name: string): CollectionDefinition {
  return {
    id: `bench_${name}`,
    name,
    type: 'base',
    listRule: '',
    ...OPEN_RULES,
    fields: [
      { name: 'title', type: 'text' },
      { name: 'description', type: 'editor' },
      { name: 'public', type: 'bool' },
      { name: 'type', type: 'select', maxSelect: 3, values: ['a', 'b', 'c', 'd'] },
      authorField(),
      ...DATE_FIELDS,
    ],
    indexes: [],
  };
}

function noteCollection(name: string): CollectionDefinition {
  return {
    id: `bench_${name}`,
    name,
    type: 'base',
    listRule: NOTE_RULE,
    viewRule: NOTE_RULE,
    createRule: SIGNED_IN,
    updateRule: null,
    deleteRule: null,
    fields: [
      { name: 'title', type: 'text' },
      { name: 'text', type: 'text' },
      { name: 'public', type: 'bool' },
      authorField(),
      ...DATE_FIELDS,
    ],
    indexes: [],
  };
}

/**
 * The benchmark's collections in an order in which they can be created. Fields, rules and indexes of organizations, permissions, users and
 * posts are those of github.com/pocketbase/benchmarks (benchmarks/schema.go); `notes` and `streams` are ours, for the raw and fan-out lines.
 */
export function benchmarkCollections(): CollectionDefinition[] {
  return [
    {
      id: MARK_COLLECTION_ID,
      name: 'organizations',
      type: 'base',
      listRule: SIGNED_IN,
      ...OPEN_RULES,
      fields: [{ name: 'name', type: 'text' }, ...DATE_FIELDS],
      indexes: [],
    },
    {
      id: 'bench_permissions',
      name: 'permissions',
      type: 'base',
      listRule: SIGNED_IN,
      ...OPEN_RULES,
      fields: [{ name: 'name', type: 'text' }, { name: 'active', type: 'bool' }, ...DATE_FIELDS],
      indexes: [],
    },
    usersCollection(),
    ...POST_COLLECTIONS.map(({ name }) => postCollection(name)),
    noteCollection('notes'),
    noteCollection('streams'),
  ];
}

function usersCollection(): CollectionDefinition {
  return {
    id: 'bench_users',
    name: 'users',
    type: 'auth',
    listRule: SIGNED_IN,
    ...OPEN_RULES,
    authRule: '',
    manageRule: null,
    authAlert: { enabled: false },
    passwordAuth: { enabled: true, identityFields: ['email', 'username'] },
    fields: [
      {
        name: 'username',
        type: 'text',
        required: true,
        min: 3,
        max: 150,
        pattern: '^[\\w][\\w\\.\\-]*$',
        autogeneratePattern: 'users[0-9]{6}',
      },
      {
        name: 'organization',
        type: 'relation',
        collectionId: MARK_COLLECTION_ID,
        maxSelect: 1,
        cascadeDelete: true,
        required: true,
      },
      {
        name: 'permissions',
        type: 'relation',
        collectionId: 'bench_permissions',
        maxSelect: 2_147_483_647,
        cascadeDelete: true,
      },
      ...DATE_FIELDS,
    ],
    indexes: ['CREATE UNIQUE INDEX `idx_bench_username` ON `users` (username COLLATE NOCASE)'],
  };
}
