import type { Collection } from './collection.ts';
import type { ErrorLeaf } from './errors.ts';
import { createFailure, createLeaf } from './validation.ts';

/** What is wrong with a rule for records of a collection, or null: the rule language is not known here. */
export type CheckRule = (rule: string, collection: Collection) => string | null;

/** The failure of a rule that does not parse or that names what is not there. Null and empty rules need no look. */
export function validateRule(rule: string | null, collection: Collection, checkRule: CheckRule): ErrorLeaf | null {
  const mistake = rule === null || rule === '' ? null : checkRule(rule, collection);
  return mistake === null ? null : createLeaf('validation_invalid_rule', `Invalid rule. Raw error: ${mistake}`);
}

/** The failure of a changed rule of a system collection: those are part of the program. */
export function validateSystemRule(
  rule: string | null,
  before: string | null | undefined,
  previous: Collection | null,
): ErrorLeaf | null {
  const isChanged = previous?.system === true && rule !== before;
  return isChanged ? createFailure('validation_collection_system_rule_change') : null;
}
