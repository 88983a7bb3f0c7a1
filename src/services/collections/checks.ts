import type { Collection } from '../../model/collection.ts';
import { collectionsTable } from '../../model/collection-row.ts';
import { type CollectionContext, validateCollection } from '../../model/collection-validate.ts';
import type { ErrorData, ErrorLeaf } from '../../model/errors.ts';
import { createLeaf } from '../../model/validation.ts';
import { RuleError } from '../../rules/rules.ts';
import type { RuleBook } from '../records/rule-book.ts';
import { paramsTable } from './bootstrap.ts';
import { createSchema } from './catalogue.ts';
import { type CollectionEdit, neighboursOf } from './edits.ts';
import { oauth2ProviderNames } from './oauth2-provider-names.ts';

/**
 * Tables beside those of collections, here or in PocketBase's files. Names that only one engine keeps to itself are refused by it, at the
 * commit.
 */
const internalTables: readonly string[] = [collectionsTable, paramsTable, '_log', '_meta', '_logs', '_migrations'];

/** Checks collections against the set that they are going to be part of, before it exists. */
export class CollectionChecks {
  readonly #rules: RuleBook;
  #trials = 0;

  constructor(rules: RuleBook) {
    this.#rules = rules;
  }

  /**
   * What is wrong with the new version of a collection; empty when nothing is.
   *
   * @param all the whole set as it will be, the new version in it
   */
  failuresOf({ previous, next }: CollectionEdit, all: readonly Collection[]): ErrorData {
    if (next === null) return {};
    // A set that may never come to be needs a version of its own, for nothing parsed for it may be taken for another's.
    const trial = createSchema(all, --this.#trials);
    const context: CollectionContext = {
      schema: neighboursOf(all, next),
      isInternalTable: (name) => internalTables.includes(name),
      checkRule: (rule, collection) => {
        try {
          this.#rules.prepare(trial, collection, rule);
          return null;
        } catch (error) {
          if (error instanceof RuleError) return error.message;
          throw error;
        }
      },
      hasOauth2Provider: (name) => oauth2ProviderNames.has(name),
    };
    const failures = validateCollection(next, previous, context);
    return next.type === 'view' ? { ...failures, type: viewFailure() } : failures;
  }
}

function viewFailure(): ErrorLeaf {
  return createLeaf('validation_not_available', 'View collections are not available yet.');
}
