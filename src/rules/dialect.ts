import type { ColumnValue } from '../model/commit.ts';
import type { ColumnType } from '../model/fields/field.ts';
import type { Relation } from './relation.ts';
import type { Sql } from './sql.ts';
import type { Affinity } from './values.ts';

/** An expression with what is known of its values. */
export interface SqlOperand {
  readonly sql: Sql;
  /** What its values are when they are not null. `any`: numbers and texts, as JSON holds them. */
  readonly type: 'text' | 'number' | 'any';
  /** What it does to the other side of a comparison, see `values.ts`. Engines without such a thing must bring it about. */
  readonly affinity: Affinity;
  readonly nullable: boolean;
}

/** The relations that are compared in SQL, see `relation.ts`. */
export type ComparedRelation = Exclude<Relation, 'always' | 'never' | 'like' | 'notLike'>;

/** The items of a list, as something to select from. */
export interface ListItems {
  /** What stands behind FROM or JOIN, with its alias. */
  readonly from: Sql;
  /** The item as JSON holds it, the item as text (of lists that hold only texts), and its place in the list. */
  readonly value: Sql;
  readonly text: Sql;
  readonly order: Sql;
}

/**
 * What differs between SQL engines, as data and small functions; the compiler of rules asks nothing else. Each database driver
 * brings its own. All of them must give the answers that `docs/rules.md` describes: text compares as bytes, every number is
 * less than every text, a null is less than both in an ordering.
 */
export interface Dialect {
  readonly name: string;
  /** Quotes an identifier (table, column, alias). The only place where identifiers enter SQL text. */
  identifier(name: string): string;
  /** Compares a text column with a placeholder without regard to the case of A to Z. */
  equalCaseless(column: string, placeholder: string): string;

  /** A given value in the place of a column of this type: it must compare as the column would. */
  columnValue(value: ColumnValue, type: ColumnType): Sql;
  /** The values of a relation; `right` means nothing to `blank` and `notBlank`. Affinities apply but in `same` and `notSame`. */
  compare(relation: ComparedRelation, left: SqlOperand, right: SqlOperand): Sql;
  /** LIKE with `\` as the escape character, without regard to the case of A to Z; null when either side is. */
  like(text: Sql, pattern: Sql, isNegative: boolean): Sql;
  /** The pattern that finds a text anywhere; its wildcards are wildcards. */
  containing(text: Sql): Sql;
  /** The text of a value; numbers as people write them: `5`, `0.1`. */
  text(operand: SqlOperand): Sql;
  /** The expression without the column's affinity. */
  withoutAffinity(column: Sql): Sql;
  /** Lowers A to Z of a text. */
  lower(text: Sql): Sql;

  /** A value inside JSON text: keys, and indexes as digits; null where there is none. Booleans are 1 and 0, objects their text. */
  jsonValue(json: Sql, path: readonly string[]): Sql;
  /** How many items a list has; null of null. */
  listLength(list: Sql): Sql;
  listItems(list: Sql, alias: string): ListItems;
  /** Does the list hold the text? */
  listHolds(list: Sql, value: Sql): Sql;

  /** `strftime` of SQLite; null for what is no time. Only `now` never gets here. */
  strftime(format: string, time: SqlOperand, modifiers: readonly string[]): Sql;
  /** See `distanceKm`. */
  distanceKm(lonA: SqlOperand, latA: SqlOperand, lonB: SqlOperand, latB: SqlOperand): Sql;

  /** One term of an ORDER BY: nulls first, and last when descending. */
  orderBy(operand: SqlOperand, descending: boolean): Sql;
  /** An expression that orders the rows of a table as they were inserted. */
  insertionOrder(alias: string): Sql;
  random(): Sql;
}
