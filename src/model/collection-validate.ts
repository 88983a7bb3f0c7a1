import { validateAuthOptions } from './auth-validate.ts';
import type { Collection, CollectionRules, Schema } from './collection.ts';
import { ErrorCollector } from './error-data.ts';
import type { ErrorData, ErrorLeaf } from './errors.ts';
import { validateFields } from './fields-validate.ts';
import { validateIndexes } from './index-validate.ts';
import { validateName } from './names.ts';
import { type CheckRule, validateRule, validateSystemRule } from './rule-validate.ts';
import { checkLength, createFailure } from './validation.ts';

/** What a collection is checked against. */
export interface CollectionContext {
  readonly schema: Schema;
  /** True for names (given in lower case) of tables that are not collections, and for those that the engine keeps to itself. */
  isInternalTable(name: string): boolean;
  readonly checkRule: CheckRule;
  /** True when there is an OAuth2 provider of this name. */
  hasOauth2Provider(name: string): boolean;
}

const idLengthMax = 100;
const nameLengthMax = 255;

/** The keys of the rules, in the order in which they are checked. */
const ruleKeys = [
  'listRule',
  'viewRule',
  'createRule',
  'updateRule',
  'deleteRule',
] as const satisfies readonly (keyof CollectionRules)[];

/**
 * Everything that can be told about a completed collection without asking the database: names, fields and their options, what may not
 * change, rules, indexes, auth options. That an index can be built over the present rows, only the commit can tell.
 *
 * @param next as `completeCollection` made it
 * @param previous as it is stored, or null for a new one
 * @returns failures by key, nested as the collection is; empty when all is well
 */
export function validateCollection(
  next: Collection,
  previous: Collection | null,
  context: CollectionContext,
): ErrorData {
  const errors = new ErrorCollector();
  errors.add('id', validateId(next, previous, context.schema));
  errors.add('type', validateType(next, previous));
  errors.add('name', validateCollectionName(next, previous, context));
  if (previous !== null && previous.system !== next.system) {
    errors.add('system', createFailure('validation_collection_system_flag_change'));
  }
  errors.add('fields', validateFields(next, previous, context.schema));
  for (const key of ruleKeys) errors.add(key, validateOwnRule(key, next, previous, context));
  errors.add('indexes', validateIndexes(next, previous, context.schema, !errors.has('fields')));
  errors.add('partitionBy', validatePartition(next, previous));
  if (next.auth !== null) addAuthErrors(next, previous, context, errors);
  return errors.data;
}

function addAuthErrors(
  next: Collection,
  previous: Collection | null,
  context: CollectionContext,
  errors: ErrorCollector,
): void {
  const failures = validateAuthOptions(next, previous, context);
  for (const [key, failure] of Object.entries(failures)) errors.add(key, failure);
}

function validateId(next: Collection, previous: Collection | null, schema: Schema): ErrorLeaf | null {
  if (previous !== null) return previous.id === next.id ? null : createFailure('validation_values_mismatch');
  const length = checkLength(next.id, 1, idLengthMax);
  if (length !== null) return length;
  if (!/^\w+$/.test(next.id)) return createFailure('validation_match_invalid');
  const isTaken = schema.all.some((other) => other.id === next.id);
  return isTaken ? createFailure('validation_invalid_or_existing_id') : null;
}

function validateType(next: Collection, previous: Collection | null): ErrorLeaf | null {
  if (next.type !== 'base' && next.type !== 'auth' && next.type !== 'view') {
    return createFailure('validation_in_invalid');
  }
  const isChanged = previous !== null && previous.type !== next.type;
  return isChanged ? createFailure('validation_collection_type_change') : null;
}

function validateCollectionName(
  next: Collection,
  previous: Collection | null,
  context: CollectionContext,
): ErrorLeaf | null {
  const { name } = next;
  if (previous?.system === true && previous.name !== name) {
    return createFailure('validation_collection_system_name_change');
  }
  const format = validateName(name, nameLengthMax);
  if (format !== null) return format;
  if (previous?.name === name) return null;
  const lower = name.toLowerCase();
  const others = context.schema.all.filter((other) => other.id !== previous?.id);
  if (others.some((other) => other.name.toLowerCase() === lower)) {
    return createFailure('validation_collection_name_exists');
  }
  if (others.some((other) => other.id.toLowerCase() === lower)) {
    return createFailure('validation_collection_name_id_duplicate');
  }
  return context.isInternalTable(lower) ? createFailure('validation_collection_name_invalid') : null;
}

function validateOwnRule(
  key: keyof CollectionRules,
  next: Collection,
  previous: Collection | null,
  context: CollectionContext,
): ErrorLeaf | null {
  const rule = next[key];
  const isWrite = key === 'createRule' || key === 'updateRule' || key === 'deleteRule';
  if (next.type === 'view' && isWrite && rule !== null) return createFailure('validation_nil');
  return validateRule(rule, next, context.checkRule) ?? validateSystemRule(rule, previous?.[key], previous);
}

/**
 * A partitioned collection's records live with the record that one of their relations names, by the first letters of their ids. So the relation
 * has to be there always, has to name one record, and cannot be another one later.
 */
function validatePartition(next: Collection, previous: Collection | null): ErrorLeaf | null {
  if (previous !== null && isPartitionChanged(next, previous)) return createFailure('validation_partition_change');
  if (next.partitionBy === '') return null;
  const field = next.fields.find((candidate) => candidate.name === next.partitionBy);
  const isGood =
    next.type !== 'view' && field?.type === 'relation' && field.required && field.maxSelect <= 1 && !field.system;
  return isGood ? null : createFailure('validation_invalid_partition');
}

/** The field may get another name, but not be another field. */
function isPartitionChanged(next: Collection, previous: Collection): boolean {
  const idOf = (collection: Collection): string =>
    collection.fields.find((field) => field.name === collection.partitionBy)?.id ?? '';
  return (next.partitionBy === '') !== (previous.partitionBy === '') || idOf(next) !== idOf(previous);
}
