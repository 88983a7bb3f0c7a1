import type { Operator } from './ast.ts';
import type { Operand } from './condition.ts';
import { type Affinity, applyAffinity, compareValues, type NumberForm, type SqlValue } from './values.ts';

/**
 * How an operand takes part in `=` and `!=`. `given`: the same for every record, so it is known whether it is blank (null
 * or `''`). `column`: null counts as `''`. `sent`: an item of a submitted list; when there is none, it equals nothing. `strict`:
 * JSON values, distances and `:changed`, where null, `''` and `'5'` and 5 are all different.
 */
export type OperandClass = 'given' | 'column' | 'sent' | 'strict';

/** What comparisons must know of an operand besides its value. */
export interface Traits {
  readonly class: OperandClass;
  readonly affinity: Affinity;
  readonly form: NumberForm;
}

/**
 * A comparison whose operand classes and blanks are settled.
 *
 * - `equal`, `unequal`, the orders, `like` and `notLike` hold of no null.
 * - `distinct`: not equal, or null. Only beside a value that is not null; a given null is `''` here.
 * - `blank`, `notBlank`: of one operand; the other is a blank given value.
 * - `same`, `notSame`: null counts as `''`. `identical`, `notIdentical`: null equals null only.
 * - `always`, `never`: settled by the given values alone.
 */
export type Relation =
  | 'equal'
  | 'unequal'
  | 'distinct'
  | 'blank'
  | 'notBlank'
  | 'same'
  | 'notSame'
  | 'identical'
  | 'notIdentical'
  | '<'
  | '<='
  | '>'
  | '>='
  | 'like'
  | 'notLike'
  | 'always'
  | 'never';

const opposites: { readonly [relation in Relation]: Relation } = {
  equal: 'unequal',
  unequal: 'equal',
  distinct: 'equal',
  blank: 'notBlank',
  notBlank: 'blank',
  same: 'notSame',
  notSame: 'same',
  identical: 'notIdentical',
  notIdentical: 'identical',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  like: 'notLike',
  notLike: 'like',
  always: 'never',
  never: 'always',
};

/** A settled comparison, and what holds of a row that violates it. Of a row of nulls neither may hold. */
export interface Settled {
  readonly relation: Relation;
  readonly violation: Relation;
}

function settled(relation: Relation, violation: Relation = opposites[relation]): Settled {
  return { relation, violation };
}

/** The traits of an operand. */
export function traitsOf(operand: Operand): Traits {
  switch (operand.kind) {
    case 'column':
      if (operand.path !== null) return { class: 'strict', affinity: 'none', form: 'plain' };
      if (operand.modifier !== null) return { class: 'column', affinity: 'none', form: 'plain' };
      return {
        class: 'column',
        affinity: operand.type === 'number' || operand.type === 'bool' ? 'number' : 'text',
        form: 'plain',
      };
    case 'element':
      return { class: operand.row.parent === null ? 'sent' : 'column', affinity: 'none', form: 'plain' };
    case 'strftime':
      return { class: 'column', affinity: 'none', form: 'plain' };
    case 'changed':
      return { class: 'strict', affinity: 'none', form: 'plain' };
    case 'geoDistance':
      return { class: 'strict', affinity: 'none', form: 'real' };
    default:
      return { class: 'given', affinity: 'none', form: 'plain' };
  }
}

/** Null and the empty text. */
export function isBlank(value: SqlValue): boolean {
  return value === null || value === '';
}

/**
 * Settles an operator. `left` and `right` are the values of given operands; of others they are not looked at. For `blank`
 * and `notBlank` the operand in question is the one that is not given.
 */
export function settle(
  operator: Operator,
  leftClass: OperandClass,
  rightClass: OperandClass,
  left: SqlValue,
  right: SqlValue,
): Settled {
  if (operator === '~') return settled('like');
  if (operator === '!~') return settled('notLike');
  if (operator !== '=' && operator !== '!=') return settled(operator);
  const isPositive = operator === '=';
  if (leftClass === 'strict' || rightClass === 'strict') return settled(isPositive ? 'identical' : 'notIdentical');
  if (leftClass === 'given' && rightClass === 'given') {
    const isEqual = isBlank(left) ? isBlank(right) : left === right;
    return settled(isEqual === isPositive ? 'always' : 'never');
  }
  const isOneGiven = leftClass === 'given' || rightClass === 'given';
  const given = leftClass === 'given' ? left : right;
  if (leftClass === 'sent' || rightClass === 'sent') return settleSent(isPositive, isOneGiven, given);
  if (!isOneGiven) return settled(isPositive ? 'same' : 'notSame');
  if (isBlank(given)) return settled(isPositive ? 'blank' : 'notBlank');
  return settled(isPositive ? 'equal' : 'distinct');
}

/** A missing item equals nothing, but it violates like a blank one. */
function settleSent(isPositive: boolean, isOneGiven: boolean, given: SqlValue): Settled {
  if (!isOneGiven) return isPositive ? settled('equal', 'notSame') : settled('distinct', 'same');
  if (!isBlank(given)) return settled(isPositive ? 'equal' : 'distinct');
  return isPositive ? settled('equal', 'notBlank') : settled('distinct', 'blank');
}

/** Do the two sides change each other's type in this relation? */
export function hasAffinity(relation: Relation): boolean {
  return relation !== 'same' && relation !== 'notSame' && relation !== 'blank' && relation !== 'notBlank';
}

/** Does a given null stand for `''` in this relation? */
export function isNullBlank(relation: Relation): boolean {
  return relation === 'equal' || relation === 'unequal' || relation === 'distinct';
}

/** Tests any relation but the likes on two values. For `blank` and `notBlank`, `right` is not looked at. */
export function holds(
  relation: Relation,
  left: SqlValue,
  right: SqlValue,
  leftTraits: Traits,
  rightTraits: Traits,
): boolean {
  let a = left;
  let b = right;
  if (isNullBlank(relation)) {
    if (leftTraits.class === 'given') a ??= '';
    if (rightTraits.class === 'given') b ??= '';
  }
  if (hasAffinity(relation) && leftTraits.affinity !== rightTraits.affinity) {
    [a, b] = [
      applyAffinity(a, leftTraits.affinity, rightTraits.affinity, leftTraits.form),
      applyAffinity(b, rightTraits.affinity, leftTraits.affinity, rightTraits.form),
    ];
  }
  switch (relation) {
    case 'equal':
      return a !== null && a === b;
    case 'unequal':
      return a !== null && b !== null && a !== b;
    case 'distinct':
    case 'notIdentical':
      return a !== b;
    case 'identical':
      return a === b;
    case 'blank':
      return isBlank(a);
    case 'notBlank':
      return !isBlank(a);
    case 'same':
      return (a ?? '') === (b ?? '');
    case 'notSame':
      return (a ?? '') !== (b ?? '');
    case 'always':
      return true;
    case 'never':
      return false;
    default:
      return a !== null && b !== null && inOrder(relation, compareValues(a, b));
  }
}

function inOrder(relation: Relation, order: number): boolean {
  switch (relation) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}
