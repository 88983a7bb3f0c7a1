import type { ColumnType } from '../../../model/fields/field.ts';
import type { ColumnValue } from '../../../model/commit.ts';
import type { ComparedRelation, Dialect, ListItems, SqlOperand } from '../../../rules/dialect.ts';
import { bind, joinSql, raw, type Sql, sql } from '../../../rules/sql.ts';
import { quoteIdentifier } from './connection.ts';

/**
 * SQLite. Columns: text, list, json and point are TEXT, numbers REAL, booleans INTEGER. Its own rules of affinity are the
 * ones that rules follow, so most comparisons are written as they are.
 *
 * Sources: https://sqlite.org/datatype3.html#comparison_expressions, https://sqlite.org/json1.html
 */
export const sqliteDialect: Dialect = {
  name: 'sqlite',
  identifier: quoteIdentifier,
  equalCaseless: (column, placeholder) => `${column} = ${placeholder} COLLATE NOCASE`,
  columnValue,
  compare,
  like: (text, pattern, isNegative) => sql`${text} ${isNegative ? 'NOT LIKE' : 'LIKE'} ${pattern} ESCAPE '\\'`,
  containing: (text) => sql`('%' || ${text} || '%')`,
  text: textOf,
  withoutAffinity: (column) => sql`+${column}`,
  lower: (text) => sql`lower(${text})`,
  jsonValue: (json, path) => sql`json_extract(${json}, ${bind(jsonPath(path))})`,
  listLength: (list) => sql`json_array_length(${list})`,
  listItems,
  listHolds: (list, value) => sql`${value} IN (SELECT "value" FROM json_each(${list}))`,
  strftime: (format, time, modifiers) =>
    sql`strftime(${joinSql([bind(format), time.sql, ...modifiers.map(bind)], ', ')})`,
  distanceKm,
  orderBy: (operand, descending) => sql`${operand.sql}${descending ? ' DESC' : ''}`,
  insertionOrder: (alias) => raw(`${quoteIdentifier(alias)}."_rowid_"`),
  random: () => raw('random()'),
};

/** A bound value has no affinity of its own; a cast gives it the column's. */
function columnValue(value: ColumnValue, type: ColumnType): Sql {
  if (type === 'number') return sql`CAST(${bind(value)} AS REAL)`;
  if (type === 'bool') return sql`CAST(${bind(value)} AS INTEGER)`;
  return sql`CAST(${bind(value)} AS TEXT)`;
}

const signs: { readonly [relation in ComparedRelation]?: string } = {
  equal: '=',
  unequal: '<>',
  distinct: 'IS NOT',
  identical: 'IS',
  notIdentical: 'IS NOT',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

function compare(relation: ComparedRelation, left: SqlOperand, right: SqlOperand): Sql {
  switch (relation) {
    case 'blank':
      if (left.nullable) return sql`(${left.sql} IS NULL OR ${left.sql} = '')`;
      return left.type === 'number' ? raw('FALSE') : sql`${left.sql} = ''`;
    case 'notBlank':
      // Null is not unequal to anything, so the one comparison leaves it out too.
      return left.type === 'number' ? sql`${left.sql} IS NOT NULL` : sql`${left.sql} <> ''`;
    case 'same':
    case 'notSame':
      return sameOrNot(left, right, relation === 'same');
    case 'distinct':
      return sql`${left.sql} ${left.nullable || right.nullable ? 'IS NOT' : '<>'} ${right.sql}`;
    default:
      return sql`${left.sql} ${signs[relation]!} ${right.sql}`;
  }
}

/** Null counts as `''`, and nothing is converted: `coalesce` takes the affinity away. */
function sameOrNot(left: SqlOperand, right: SqlOperand, isSame: boolean): Sql {
  const sign = isSame ? '=' : '<>';
  if (left.type === right.type) return sql`${orBlank(left)} ${sign} ${orBlank(right)}`;
  return sql`coalesce(${left.sql}, '') ${sign} coalesce(${right.sql}, '')`;
}

function orBlank(operand: SqlOperand): Sql {
  return operand.nullable ? sql`coalesce(${operand.sql}, '')` : operand.sql;
}

/** Whole numbers lie in REAL columns and would become `5.0`. */
function textOf(operand: SqlOperand): Sql {
  if (operand.type !== 'number') return operand.sql;
  const value = operand.sql;
  return sql`CASE WHEN ${value} = CAST(${value} AS INTEGER) THEN CAST(CAST(${value} AS INTEGER) AS TEXT) ELSE CAST(${value} AS TEXT) END`;
}

function jsonPath(path: readonly string[]): string {
  return path.reduce((text, key) => (/^\d+$/.test(key) ? `${text}[${key}]` : `${text}."${key}"`), '$');
}

function listItems(list: Sql, alias: string): ListItems {
  const name = quoteIdentifier(alias);
  return {
    from: sql`json_each(${list}) AS ${name}`,
    value: raw(`${name}."value"`),
    text: raw(`${name}."value"`),
    order: raw(`${name}."key"`),
  };
}

function distanceKm(lonA: SqlOperand, latA: SqlOperand, lonB: SqlOperand, latB: SqlOperand): Sql {
  const [fromLon, fromLat, toLon, toLat] = [lonA, latA, lonB, latB].map((each) => sql`radians(${each.sql})`) as [
    Sql,
    Sql,
    Sql,
    Sql,
  ];
  const cosine = sql`cos(${fromLat}) * cos(${toLat}) * cos(${toLon} - ${fromLon}) + sin(${fromLat}) * sin(${toLat})`;
  return sql`(6371 * acos(min(1.0, max(-1.0, ${cosine}))))`;
}
