import { createTokenSecret, tokenKeys } from '../../model/auth-options.ts';
import type { AuthOptions, Collection } from '../../model/collection.ts';
import { collectionFromRow, collectionRowColumns, collectionsTable } from '../../model/collection-row.ts';
import type { Row } from '../../model/commit.ts';
import type { ErrorData, ErrorLeaf } from '../../model/errors.ts';
import { FormatError } from '../../model/format-error.ts';
import { parseIndex } from '../../model/index-definition.ts';
import type { CollectionChecks } from '../collections/checks.ts';
import type { Notes } from './report.ts';
import { ImportError, type SourceReader } from './source.ts';

/** Collections of short-lived rows, which are not carried over. */
export const shortLivedCollections: readonly string[] = ['_mfas', '_otps'];

/**
 * The collections of a source as they will be here, views left out; what is left out or not in use yet is noted. Throws `ImportError` when
 * one cannot be read.
 */
export function readCollections(source: SourceReader, notes: Notes): Collection[] {
  const all: Collection[] = [];
  for (const values of source.rows(collectionsTable, collectionRowColumns)) {
    const row: Row = Object.fromEntries(collectionRowColumns.map((name, index) => [name, values[index] ?? null]));
    all.push(readCollection(row));
  }
  const views = all.filter((collection) => collection.type === 'view');
  for (const { name, viewQuery } of views) {
    notes.add('view', name, 'is a view, which is not available yet; its query is in the report.', viewQuery);
  }
  const kept = all
    .filter((collection) => collection.type !== 'view')
    .map((collection) => withReadableIndexes(withSecrets(collection), notes));
  for (const collection of kept) {
    noteInactiveAuth(collection, notes);
    notePublicRules(collection, notes);
  }
  if (kept.some(({ auth }) => auth?.authAlert.enabled === true)) {
    notes.add('alert', 'authAlert', 'mails about logins from new places are not available yet; the settings are kept.');
  }
  return kept;
}

function readCollection(row: Row): Collection {
  try {
    return collectionFromRow(row);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new ImportError(
      `The collection ${String(row['name'])} has a part that is not known here (${error.message}). It may come from a newer PocketBase, or from one that was extended.`,
      error,
    );
  }
}

/** A token secret that is missing would leave a kind of token signed with half a key. */
function withSecrets(collection: Collection): Collection {
  const { auth } = collection;
  if (auth === null) return collection;
  const missing = tokenKeys.filter((key) => auth[key].secret === '');
  const fresh = missing.map((key) => [key, { ...auth[key], secret: createTokenSecret() }]);
  return { ...collection, auth: { ...auth, ...(Object.fromEntries(fresh) as Partial<AuthOptions>) } };
}

function withReadableIndexes(collection: Collection, notes: Notes): Collection {
  const indexes = collection.indexes.filter((sql) => {
    const isReadable = parseIndex(sql) !== null;
    if (!isReadable)
      notes.add('index', collection.name, 'has an index that cannot be made here; it was left out.', sql);
    return isReadable;
  });
  return { ...collection, indexes };
}

function noteInactiveAuth({ name, auth }: Collection, notes: Notes): void {
  if (auth === null) return;
  if (auth.oauth2.enabled) {
    const providers = auth.oauth2.providers.map((provider) => provider.name).join(', ');
    notes.add('oauth2', name, `signs in through ${providers || 'OAuth2'}: kept, but not available yet.`);
  }
  if (auth.otp.enabled) notes.add('otp', name, 'signs in with one-time passwords: kept, but not available yet.');
  if (auth.mfa.enabled) {
    notes.add(
      'mfa',
      name,
      'asks for a second factor, which is not available yet: passwords alone are refused until it is switched off.',
    );
  }
}

const ruleNames = ['listRule', 'viewRule', 'createRule', 'updateRule', 'deleteRule'] as const;

function notePublicRules(collection: Collection, notes: Notes): void {
  const open = ruleNames.filter((rule) => collection[rule] === '');
  if (open.length > 0) notes.add('public', collection.name, `is open to everybody by ${open.join(', ')}.`);
}

/** Notes what of the collections could not be saved here as it is, above all rules: one that cannot be asked lets nobody pass. */
export function noteFailures(collections: readonly Collection[], checks: CollectionChecks, notes: Notes): void {
  for (const collection of collections) {
    const failures = checks.failuresOf({ previous: collection, next: collection }, collections);
    for (const [path, failure] of leavesOf(failures)) {
      const isRule = path.endsWith('Rule') || path === 'mfa.rule';
      const message = isRule ? 'cannot be asked here, so nobody passes it' : 'could not be saved here as it is';
      notes.add(isRule ? 'rule' : 'collection', `${collection.name}.${path}`, `${message}: ${failure.message}`);
    }
  }
}

/** Every failure with the path to it. */
export function leavesOf(failures: ErrorData, prefix = ''): [path: string, failure: ErrorLeaf][] {
  return Object.entries(failures).flatMap(([key, failure]): [string, ErrorLeaf][] =>
    typeof failure.code === 'string'
      ? [[prefix + key, failure as ErrorLeaf]]
      : leavesOf(failure as ErrorData, `${prefix}${key}.`),
  );
}
