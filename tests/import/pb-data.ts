// Writes a pb_data folder as PocketBase 0.39 lays it out.
import { createCipheriv, randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { JsonObject } from '../../src/util/json.ts';
import { authFields, baseFields, declareColumn, field } from './pb-fields.ts';

/** The password of all users, and its hash by PocketBase. */
export const oldPassword = 'old password';
const oldHash = '$2a$04$1vZ890yO7j3gx9MX5tWtmeoZpHR5FAMCggJe5F.4FbQfCVWGXE1qW';

/** Secrets of the collection `users`. */
export const authSecret = 'a'.repeat(50);
export const fileSecret = 'f'.repeat(50);
export const adaTokenKey = 'k'.repeat(50);

/** Ids that do not sort as they were inserted. */
export const postIds = ['zzzzzzzzzzzzzz1', 'aaaaaaaaaaaaaa2', 'mmmmmmmmmmmmmm3'] as const;
export const postsId = 'pbc_1125843985';

/** The files of the first post, by name. */
export const postFiles: { readonly [name: string]: string } = {
  'cover_abcdefghij.png': 'not really a picture',
  'note_abcdefghij.txt': 'a note',
  'two_abcdefghij.txt': 'another note',
};

const now = '2026-01-02 03:04:05.678Z';

const template = { subject: 'S', body: 'B' };

function authOptions(more: JsonObject = {}): JsonObject {
  const token = (secret: string, duration: number): JsonObject => ({ secret, duration });
  return {
    authRule: '',
    manageRule: null,
    authAlert: { enabled: false, emailTemplate: template },
    oauth2: { providers: null, mappedFields: { id: '', name: '', username: '', avatarURL: '' }, enabled: false },
    passwordAuth: { enabled: true, identityFields: ['email'] },
    mfa: { enabled: false, duration: 600, rule: '' },
    otp: { enabled: false, duration: 180, length: 8, emailTemplate: template },
    authToken: token(authSecret, 604_800),
    passwordResetToken: token('p'.repeat(50), 1800),
    emailChangeToken: token('e'.repeat(50), 1800),
    verificationToken: token('v'.repeat(50), 86_400),
    fileToken: token(fileSecret, 180),
    verificationTemplate: template,
    resetPasswordTemplate: template,
    confirmEmailChangeTemplate: template,
    ...more,
  };
}

/** A row of `_collections`. */
export interface PbCollection {
  readonly id: string;
  readonly name: string;
  readonly type: 'base' | 'auth' | 'view';
  readonly system?: boolean;
  readonly fields: readonly JsonObject[];
  readonly indexes?: readonly string[];
  readonly listRule?: string | null;
  readonly viewRule?: string | null;
  readonly options?: JsonObject;
}

function authCollection(id: string, name: string, more: Partial<PbCollection> = {}): PbCollection {
  const indexes = [
    `CREATE UNIQUE INDEX \`idx_tokenKey_${id}\` ON \`${name}\` (\`tokenKey\`)`,
    `CREATE UNIQUE INDEX \`idx_email_${id}\` ON \`${name}\` (\`email\`) WHERE \`email\` != ''`,
  ];
  return { id, name, type: 'auth', fields: authFields(), indexes, options: authOptions(), ...more };
}

function systemCollections(): PbCollection[] {
  const text = (name: string): JsonObject => field('text', name, { required: true, system: true });
  const reference = (id: string, name: string, ...own: JsonObject[]): PbCollection => ({
    id,
    name,
    type: 'base',
    system: true,
    fields: baseFields(text('collectionRef'), text('recordRef'), ...own),
  });
  return [
    reference('pbc_2279338944', '_mfas', text('method')),
    reference('pbc_1638494021', '_otps', field('password', 'password', { cost: 8 }), text('sentTo')),
    reference('pbc_2281828961', '_externalAuths', text('provider'), text('providerId')),
    reference('pbc_4275539003', '_authOrigins', text('fingerprint')),
    authCollection('pbc_3142635823', '_superusers', { system: true }),
  ];
}

function appCollections(): PbCollection[] {
  const users = '_pb_users_auth_';
  const posts: PbCollection = {
    id: postsId,
    name: 'posts',
    type: 'base',
    listRule: '',
    viewRule: '',
    fields: baseFields(
      field('text', 'title'),
      field('editor', 'body'),
      field('number', 'score'),
      field('bool', 'live'),
      field('email', 'mail'),
      field('url', 'link'),
      field('date', 'at'),
      field('select', 'kind', { values: ['a', 'b'] }),
      field('select', 'tags', { values: ['x', 'y', 'z'], maxSelect: 3 }),
      field('file', 'cover'),
      field('file', 'docs', { maxSelect: 5, protected: true }),
      field('relation', 'author', { collectionId: users, cascadeDelete: true }),
      field('relation', 'friends', { collectionId: users, maxSelect: 9 }),
      field('json', 'data'),
      field('geoPoint', 'place'),
    ),
    indexes: [
      'CREATE INDEX idx_posts_title ON posts (title)',
      'CREATE UNIQUE INDEX `idx_posts_score` ON `posts` (`score`, `title` COLLATE NOCASE) WHERE `score` > 5',
    ],
  };
  const viewQuery = 'SELECT id, title FROM posts';
  const providers = [{ name: 'google', clientId: 'c', clientSecret: 'the client secret' }];
  const second = {
    mfa: { enabled: true, duration: 600, rule: '' },
    otp: { enabled: true, duration: 180, length: 8, emailTemplate: template },
  };
  return [
    authCollection(users, 'users', { fields: authFields(field('text', 'name')) }),
    posts,
    { id: 'pbc_view', name: 'titles', type: 'view', listRule: '', fields: [], options: { viewQuery } },
    {
      id: 'pbc_comments',
      name: 'comments',
      type: 'base',
      listRule: '@collection.titles.id ?= post',
      fields: baseFields(field('relation', 'post', { collectionId: postsId })),
    },
    authCollection('pbc_staff', 'staff', { options: authOptions({ ...second, oauth2: { enabled: true, providers } }) }),
  ];
}

/** What is different from the ordinary folder. */
export interface PbDataOptions {
  /** Encrypts the settings. */
  readonly encryptionKey?: string;
  readonly settings?: JsonObject;
  /** Leaves the last writes in the write-ahead log, as a process does that was killed. */
  readonly leaveLog?: boolean;
  /** Last changes to the database. */
  change?(database: DatabaseSync): void;
}

/** Writes the folder, which must not exist. */
export function writePbData(folder: string, options: PbDataOptions = {}): void {
  const work = options.leaveLog === true ? `${folder}-work` : folder;
  mkdirSync(work, { recursive: true });
  const database = new DatabaseSync(path.join(work, 'data.db'));
  database.exec('PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; PRAGMA synchronous=OFF; BEGIN');
  database.exec(coreTables);
  for (const collection of [...systemCollections(), ...appCollections()]) writeCollection(database, collection);
  writeRecords(database);
  const settings = JSON.stringify(options.settings ?? ordinarySettings);
  const value = options.encryptionKey === undefined ? settings : encrypt(settings, options.encryptionKey);
  insert(database, '_params', { id: 'settings', value: Buffer.from(value), created: now, updated: now });
  options.change?.(database);
  database.exec('COMMIT');
  // A copy of open files is what is left of a process that was killed.
  if (options.leaveLog === true) cpSync(work, folder, { recursive: true });
  database.close();
  if (options.leaveLog === true) rmSync(work, { recursive: true });
  writeFiles(folder);
}

/** Settings of a folder that uses everything. */
export const ordinarySettings: JsonObject = {
  meta: { appName: 'Old app', appURL: 'https://old.example.com', senderName: 'S', senderAddress: 's@example.com' },
  smtp: { enabled: true, host: 'mail.example.com', port: 25, username: 'u', password: 'the mail password' },
  backups: { cron: '0 0 * * *', cronMaxKeep: 3 },
  logs: { maxDays: 9 },
  rateLimits: { enabled: false, rules: [{ label: 'posts:list', audience: '', duration: 60, maxRequests: 5 }] },
};

const coreTables = `
CREATE TABLE _migrations (file VARCHAR(255) PRIMARY KEY NOT NULL, applied INTEGER NOT NULL);
CREATE TABLE _params (id TEXT PRIMARY KEY NOT NULL, value JSON DEFAULT NULL, created TEXT DEFAULT '' NOT NULL, updated TEXT DEFAULT '' NOT NULL);
CREATE TABLE _collections (id TEXT PRIMARY KEY NOT NULL, system BOOLEAN DEFAULT FALSE NOT NULL, type TEXT DEFAULT 'base' NOT NULL,
  name TEXT UNIQUE NOT NULL, fields JSON DEFAULT '[]' NOT NULL, indexes JSON DEFAULT '[]' NOT NULL, listRule TEXT DEFAULT NULL,
  viewRule TEXT DEFAULT NULL, createRule TEXT DEFAULT NULL, updateRule TEXT DEFAULT NULL, deleteRule TEXT DEFAULT NULL,
  options JSON DEFAULT '{}' NOT NULL, created TEXT DEFAULT '' NOT NULL, updated TEXT DEFAULT '' NOT NULL);
`;

function writeCollection(database: DatabaseSync, collection: PbCollection): void {
  const { id, name, type, system = false, fields, indexes = [], options = {} } = collection;
  const { listRule = null, viewRule = null } = collection;
  const row = { id, system: system ? 1 : 0, type, name, listRule, viewRule, created: now, updated: now };
  const json = { fields: JSON.stringify(fields), indexes: JSON.stringify(indexes), options: JSON.stringify(options) };
  insert(database, '_collections', { ...row, ...json });
  if (type === 'view')
    return database.exec(`CREATE VIEW \`${name}\` AS SELECT * FROM (${String(options['viewQuery'])})`);
  const columns = fields.toSorted((a, b) => (String(a['name']) < String(b['name']) ? -1 : 1)).map(declareColumn);
  database.exec(`CREATE TABLE \`${name}\` (${columns.join(', ')})`);
  for (const sql of indexes) database.exec(sql);
}

/** Adds a row to any table. */
export function insert(
  database: DatabaseSync,
  table: string,
  row: { [column: string]: string | number | null | Buffer },
): void {
  const names = Object.keys(row);
  const sql = `INSERT INTO \`${table}\` (${names.map((name) => `\`${name}\``).join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
  database.prepare(sql).run(...Object.values(row));
}

function writeRecords(database: DatabaseSync): void {
  const account = (id: string, email: string, tokenKey: string): { [column: string]: string | number } => ({
    id,
    email,
    tokenKey,
    password: oldHash,
    emailVisibility: 0,
    verified: 1,
    created: now,
    updated: now,
  });
  insert(database, '_superusers', account('superuser000001', 'root@example.com', 's'.repeat(50)));
  insert(database, 'users', { ...account('user0000000ada1', 'ada@example.com', adaTokenKey), name: 'Ada' });
  insert(database, 'users', { ...account('user0000000bob2', 'bob@example.com', 'b'.repeat(50)), name: 'Bob' });
  const [cover, ...docs] = Object.keys(postFiles);
  const full = {
    title: 'Grüße 😀',
    body: '<p>hi</p>',
    score: 1.5,
    live: 1,
    mail: 'x@example.com',
    link: 'https://example.com/a',
    at: '2024-05-06 07:08:09.000Z',
    kind: 'b',
    tags: '["z","x"]',
    cover: cover!,
    docs: JSON.stringify(docs),
    author: 'user0000000ada1',
    friends: '["user0000000bob2","user0000000ada1"]',
    data: '{"n": 12345678901234567890, "deep": [1, {"a": null}]}',
    place: '{"lon":1.5,"lat":-2.25}',
  };
  insert(database, 'posts', { id: postIds[0], ...full, created: now, updated: now });
  insert(database, 'posts', { id: postIds[1], title: 'empty', created: now, updated: now });
  insert(database, 'posts', {
    id: postIds[2],
    title: 'a file is gone',
    cover: 'gone_abcdefghij.png',
    created: now,
    updated: now,
  });
  const reference = { collectionRef: '_pb_users_auth_', recordRef: 'user0000000ada1', created: now, updated: now };
  insert(database, '_externalAuths', { id: 'external0000001', ...reference, provider: 'google', providerId: 'g1' });
  insert(database, '_authOrigins', { id: 'origin000000001', ...reference, fingerprint: 'f1' });
  insert(database, '_mfas', { id: 'mfa000000000001', ...reference, method: 'password' });
}

function writeFiles(folder: string): void {
  const record = path.join(folder, 'storage', postsId, postIds[0]);
  mkdirSync(record, { recursive: true });
  for (const [name, text] of Object.entries(postFiles)) {
    writeFileSync(path.join(record, name), text);
    const type = name.endsWith('.png') ? 'image/png' : 'text/plain; charset=utf-8';
    writeFileSync(
      path.join(record, `${name}.attrs`),
      JSON.stringify({ 'user.content_type': type, 'user.metadata': null, md5: '' }),
    );
  }
  const thumbs = path.join(record, `thumbs_${Object.keys(postFiles)[0]}`);
  mkdirSync(thumbs);
  writeFileSync(path.join(thumbs, `100x100_${Object.keys(postFiles)[0]}`), 'small');
}

/** Base64 of nonce, text and tag. */
function encrypt(text: string, key: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key), nonce);
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
}
