import { type ColumnOperand, type ListableNode, type Operand, type Resolution, rowsOf } from './condition.ts';
import { boundOperand, KnownValues, type Side, sideSql } from './compile-operand.ts';
import type { ComparedRelation, SqlOperand } from './dialect.ts';
import { checkPattern } from './like.ts';
import {
  demandedByLeaf,
  demandedRows,
  joinedRows,
  knownPattern,
  type Leaf,
  matchAllSides,
  type NoViolation,
  type Part,
  planNode,
} from './plan.ts';
import { hasAffinity, isNullBlank, type Relation } from './relation.ts';
import { type BaseLink, Joins, Scope } from './scope.ts';
import { bind, joinSql, raw, type Sql, sql } from './sql.ts';
import { applyAffinity } from './values.ts';

/**
 * Turns a condition into SQL on the base record of `scope`, or settles it.
 *
 * A condition speaks of combinations of related rows; the base record passes when one combination satisfies it. "One
 * combination" distributes over `||`. Over `&&` the conjuncts fall into groups that share no row of which there can be
 * several; each group is asked by its own EXISTS. What reads the base record alone stays outside, so that indexes are used.
 */
export function lowerCondition(resolution: Resolution, scope: Scope): Sql | boolean {
  const known = new KnownValues(scope, resolution);
  const part = planNode(resolution.root, known);
  return typeof part === 'boolean' ? part : new Lowering(known).lower(part, scope);
}

class Lowering {
  readonly #known: KnownValues;

  constructor(known: KnownValues) {
    this.#known = known;
  }

  /** A part on the base record of the scope, with sub-selects for all other rows. */
  lower(part: Part, scope: Scope): Sql {
    switch (part.kind) {
      case 'or':
        return sql`(${joinSql(
          part.items.map((item) => this.lower(item, scope)),
          ' OR ',
        )})`;
      case 'and':
        return sql`(${joinSql(
          groupByRows(part.items).map((items) => this.#lowerGroup(items, scope)),
          ' AND ',
        )})`;
      default:
        return part.rows.length === 0 ? this.#inScope(part, scope) : this.#exists([part], scope);
    }
  }

  #lowerGroup(items: readonly Part[], scope: Scope): Sql {
    return items.length === 1 ? this.lower(items[0]!, scope) : this.#exists(items, scope);
  }

  #exists(items: readonly Part[], outer: Scope): Sql {
    const rows = [...new Map(items.flatMap((item) => item.rows).map((row) => [row.key, row])).values()];
    const present = new Set(items.flatMap((item) => [...demandedRows(item)]));
    const scope = new Scope(outer.statement, outer.base, present);
    const joins = new Joins();
    joins.add(rows, scope);
    const tie = this.#onlyTie(items, joins, scope);
    if (tie !== null && (!tie.link.isIndexed || items.some((item) => isFewLookup(item)))) {
      const others = items.filter((item) => item !== tie.item).map((item) => this.#inScope(item, scope));
      return joins.membership(tie.link, others, false);
    }
    return sql`EXISTS (${joins.select(items.map((item) => this.#inScope(item, scope)))})`;
  }

  /** The one thing that ties the rows to the base table, or null when there is none or more than one. */
  #onlyTie(items: readonly Part[], joins: Joins, scope: Scope): { link: BaseLink; item: Part | null } | null {
    const links = joins.baseLinks;
    if (links === null || !('alias' in scope.base)) return null;
    const ties: { link: BaseLink; item: Part | null }[] = links.map((link) => ({ link, item: null }));
    for (const item of items) {
      if (!readsBase(item)) continue;
      const link = item.kind === 'leaf' ? this.#comparedLink(item, scope) : null;
      if (link === null) return null;
      ties.push({ link, item });
    }
    return ties.length === 1 ? ties[0]! : null;
  }

  /** "A column of a row is the same as one of the base table" as a link; null for any other comparison. */
  #comparedLink(leaf: Leaf, scope: Scope): BaseLink | null {
    if (leaf.relation !== 'same') return null;
    const [left, right] = [leaf.left.operand, leaf.right.operand];
    const [base, other] = left.kind === 'column' && left.row.kind === 'base' ? [left, right] : [right, left];
    if (!isPlainText(base) || !isPlainText(other) || base.row.kind !== 'base' || other.row.kind === 'base') return null;
    const outer = scope.column(base.row, base.name, 'text');
    const inner = scope.column(other.row, other.name, 'text');
    return { outer, inner, items: null, isIndexed: other.lookup !== 'scan' };
  }

  /** A part whose rows are all in scope. */
  #inScope(part: Part, scope: Scope): Sql {
    switch (part.kind) {
      case 'leaf':
        return this.#compare(part, part.relation, scope, scope);
      case 'noViolation':
        return this.#noViolation(part, scope);
      case 'emailVisible':
        return sql`${scope.column(part.row, 'emailVisibility', 'bool')} = 1`;
      case 'listable':
        return lowerListable(part.node, scope);
      default:
        return sql`(${joinSql(
          part.items.map((item) => this.#inScope(item, scope)),
          part.kind === 'and' ? ' AND ' : ' OR ',
        )})`;
    }
  }

  /** Each side that asks for all its rows gets its own, independent of the ones that satisfy the comparison. */
  #noViolation(part: NoViolation, outer: Scope): Sql {
    const { leaf } = part;
    const relation = leaf.violation;
    const all = matchAllSides(leaf);
    const demanded = new Set(demandedByLeaf(leaf, relation));
    const emailRows = leaf.comparison.emailRows;
    for (const row of joinedRows(emailRows)) demanded.add(row.key);
    const joins = new Joins();
    const guards: Sql[] = [];
    const sideScope = (side: Side, isAll: boolean): Scope => {
      if (!isAll) return outer;
      const scope = new Scope(outer.statement, outer.base, demanded);
      const rows = joinedRows(rowsOf(side.operand));
      const keys = new Set(rows.map((row) => row.key));
      joins.add(rows, scope);
      for (const row of emailRows)
        if (keys.has(row.key)) guards.push(this.#inScope({ kind: 'emailVisible', row, rows }, scope));
      for (const node of leaf.comparison.listable) {
        if (keys.has(node.row.key)) guards.push(lowerListable(node, scope));
      }
      return scope;
    };
    const left = sideScope(leaf.left, all.left);
    const right = sideScope(leaf.right, all.right);
    const conditions = [this.#compare(leaf, relation, left, right), ...guards];
    const [link, ...others] = joins.baseLinks ?? [];
    if (link === undefined || others.length > 0 || link.isIndexed || outer.present.size > 0 || readsBase(leaf)) {
      return sql`NOT EXISTS (${joins.select(conditions)})`;
    }
    return joins.membership(link, conditions, true);
  }

  #compare(leaf: Leaf, relation: Relation, leftScope: Scope, rightScope: Scope): Sql {
    const { dialect } = leftScope.statement;
    if (relation === 'like' || relation === 'notLike') return this.#like(leaf, relation, leftScope, rightScope);
    const [left, right] = [leaf.left, leaf.right];
    if (relation === 'blank' || relation === 'notBlank') {
      const operand = left.known === undefined ? this.#sql(left, leftScope) : this.#sql(right, rightScope);
      return dialect.compare(relation, operand, operand);
    }
    return dialect.compare(
      relation as ComparedRelation,
      this.#beside(left, right, relation, leftScope),
      this.#beside(right, left, relation, rightScope),
    );
  }

  /** A side beside another one: a known value already has the type that the other one gives it. */
  #beside(side: Side, other: Side, relation: Relation, scope: Scope): SqlOperand {
    if (side.known === undefined) return this.#sql(side, scope);
    if (isNullBlank(relation) || side.traits.affinity === 'none') {
      const affinity = hasAffinity(relation) ? other.traits.affinity : 'none';
      const isBlank = side.known === null && side.traits.class === 'given' && isNullBlank(relation);
      const value = isBlank ? '' : side.known;
      return boundOperand(applyAffinity(value, side.traits.affinity, affinity, side.traits.form));
    }
    return sideSql(side, scope);
  }

  #like(leaf: Leaf, relation: 'like' | 'notLike', leftScope: Scope, rightScope: Scope): Sql {
    const { dialect } = leftScope.statement;
    const text = this.#text(leaf.left, leftScope);
    return dialect.like(text, this.#pattern(leaf.right, rightScope), relation === 'notLike');
  }

  #text(side: Side, scope: Scope): Sql {
    const { dialect } = scope.statement;
    if (side.known === undefined) return dialect.text(this.#sql(side, scope));
    return bind(applyAffinity(side.known, 'none', 'text', side.traits.form));
  }

  #pattern(side: Side, scope: Scope): Sql {
    const { dialect } = scope.statement;
    if (side.known === undefined) {
      const text = dialect.text(this.#sql(side, scope));
      return side.operand.kind === 'strftime' ? text : dialect.containing(text);
    }
    const pattern = knownPattern(side, this.#known);
    if (pattern !== null) checkPattern(pattern);
    return bind(pattern);
  }

  #sql(side: Side, scope: Scope): SqlOperand {
    const { operand } = side;
    if (operand.kind !== 'changed' || side.known !== undefined) return sideSql(side, scope);
    const comparison = {
      kind: 'compare',
      operator: '!=',
      any: true,
      left: operand.sent,
      right: operand.column,
      emailRows: [],
      listable: [],
    } as const;
    const part = planNode(comparison, this.#known);
    const isChanged = typeof part === 'boolean' ? raw(part ? 'TRUE' : 'FALSE') : this.#inScope(part, scope);
    return { sql: sql`CASE WHEN ${isChanged} THEN 1 ELSE 0 END`, type: 'number', affinity: 'none', nullable: false };
  }
}

/** "The row is missing, or satisfies the rule that lists its collection." */
export function lowerListable({ row, condition }: ListableNode, scope: Scope): Sql {
  const lowered = lowerCondition(condition, new Scope(scope.statement, { alias: scope.aliasOf(row) }));
  const shown = typeof lowered === 'boolean' ? raw(lowered ? 'TRUE' : 'FALSE') : lowered;
  if (!scope.isOptional(row)) return shown;
  return sql`(${scope.column(row, 'id', 'text')} IS NULL OR ${shown})`;
}

function isPlainText(operand: Operand): operand is ColumnOperand {
  return operand.kind === 'column' && operand.type === 'text' && operand.modifier === null;
}

/** Does a part read the base record, besides through the ties of its rows? */
function readsBase(part: Part): boolean {
  switch (part.kind) {
    case 'leaf':
      return [part.left, part.right].some(({ operand, known }) => {
        return known === undefined && rowsOf(operand).some((row) => row.kind === 'base');
      });
    case 'and':
    case 'or':
      return part.items.some(readsBase);
    case 'emailVisible':
      return part.row.kind === 'base';
    case 'listable':
      return false;
    case 'noViolation':
      return true;
  }
}

/** Does the part leave few rows, which an index finds, and from which the way back to the base table is indexed too? */
function isFewLookup(part: Part): boolean {
  if (part.kind === 'and') return part.items.some(isFewLookup);
  if (part.kind !== 'leaf' || part.relation !== 'equal') return false;
  return [part.left, part.right].some(({ operand, known }) => {
    if (known !== undefined || operand.kind !== 'column' || operand.lookup !== 'few') return false;
    if (operand.modifier !== null) return false;
    const [, ...steps] = joinedRows([operand.row]);
    return steps.every((row) => row.kind === 'back' || (row.kind === 'record' && row.lookup !== 'scan'));
  });
}

/**
 * Conjuncts that share a row of which there can be several belong together. So do comparisons that demand the same
 * single related record: they need to look it up only once.
 */
function groupByRows(items: readonly Part[]): Part[][] {
  const groups: { keys: Set<string>; items: Part[] }[] = [];
  for (const item of items) {
    const keys = sharingKeys(item);
    const touching = groups.filter((group) => !group.keys.isDisjointFrom(keys));
    const merged = { keys: new Set(keys), items: [] as Part[] };
    for (const group of touching) {
      for (const key of group.keys) merged.keys.add(key);
      merged.items.push(...group.items);
      groups.splice(groups.indexOf(group), 1);
    }
    merged.items.push(item);
    groups.push(merged);
  }
  return groups.map((group) => group.items);
}

function sharingKeys(part: Part): Set<string> {
  const many = part.rows.filter((row) => row.many).map((row) => row.key);
  const first = part.rows[0];
  const isPlain = part.kind === 'leaf' || part.kind === 'emailVisible';
  if (many.length > 0 || !isPlain || first === undefined || !demandedRows(part).has(first.key)) return new Set(many);
  return new Set([first.key]);
}
