import type { JsonObject } from '../../src/util/json.ts';

const common = { help: '', hidden: false, presentable: false, required: false, system: false };

/** What a field of each type is when nothing is said about it, with every key that PocketBase writes. */
const zeros: { readonly [type: string]: JsonObject } = {
  text: { ...common, autogeneratePattern: '', max: 0, min: 0, pattern: '', primaryKey: false },
  editor: { ...common, convertURLs: false, maxSize: 0 },
  number: { ...common, max: null, min: null, onlyInt: false },
  bool: common,
  email: { ...common, exceptDomains: null, onlyDomains: null },
  url: { ...common, exceptDomains: null, onlyDomains: null },
  date: { ...common, max: '', min: '' },
  autodate: { hidden: false, presentable: false, system: false, onCreate: true, onUpdate: false },
  select: { ...common, maxSelect: 1, values: [] },
  file: { ...common, maxSelect: 1, maxSize: 0, mimeTypes: null, protected: false, thumbs: null },
  relation: { ...common, cascadeDelete: false, collectionId: '', maxSelect: 1, minSelect: 0 },
  json: { ...common, maxSize: 0 },
  geoPoint: common,
  password: { ...common, cost: 0, max: 0, min: 0, pattern: '' },
};

/** A field as `_collections.fields` holds it. */
export function field(type: string, name: string, more: JsonObject = {}): JsonObject {
  return { ...zeros[type], id: `${type}_${name}`, name, type, ...more };
}

const idField = field('text', 'id', {
  autogeneratePattern: '[a-z0-9]{15}',
  id: 'text3208210256',
  max: 15,
  min: 15,
  pattern: '^[a-z0-9]+$',
  primaryKey: true,
  required: true,
  system: true,
});

const autodates = [field('autodate', 'created'), field('autodate', 'updated', { onUpdate: true })];

/** The fields of a base collection: the id, the given ones, the dates. */
export function baseFields(...own: readonly JsonObject[]): JsonObject[] {
  return [idField, ...own, ...autodates];
}

const hidden = { system: true, required: true, hidden: true };

/** The fields of an auth collection: id, the system's, the given ones, the dates. */
export function authFields(...own: readonly JsonObject[]): JsonObject[] {
  return [
    idField,
    field('password', 'password', { ...hidden, min: 8 }),
    field('text', 'tokenKey', { ...hidden, autogeneratePattern: '[a-zA-Z0-9]{50}', max: 60, min: 30 }),
    field('email', 'email', { system: true, required: true }),
    field('bool', 'emailVisibility', { system: true }),
    field('bool', 'verified', { system: true }),
    ...own,
    ...autodates,
  ];
}

/** How PocketBase declares the column of a field. */
export function declareColumn({ name, type, maxSelect = 1 }: JsonObject): string {
  if (name === 'id') return "`id` TEXT PRIMARY KEY DEFAULT ('r'||lower(hex(randomblob(7)))) NOT NULL";
  const isList = (maxSelect as number) > 1;
  const declarations: { readonly [type: string]: string } = {
    number: 'NUMERIC DEFAULT 0 NOT NULL',
    bool: 'BOOLEAN DEFAULT FALSE NOT NULL',
    json: 'JSON DEFAULT NULL',
    geoPoint: 'JSON DEFAULT \'{"lon":0,"lat":0}\' NOT NULL',
  };
  const plain = isList ? "JSON DEFAULT '[]' NOT NULL" : "TEXT DEFAULT '' NOT NULL";
  return `\`${String(name)}\` ${declarations[String(type)] ?? plain}`;
}
