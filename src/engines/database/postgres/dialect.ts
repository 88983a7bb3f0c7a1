import type { ColumnType } from '../../../model/fields/field.ts';
import type { ColumnValue } from '../../../model/commit.ts';
import type { ComparedRelation, Dialect, ListItems, SqlOperand } from '../../../rules/dialect.ts';
import { bind, joinSql, raw, type Sql, sql } from '../../../rules/sql.ts';
import { functionSchema } from './function-schema.ts';
import { quoteIdentifier } from './identifiers.ts';
import { insertionColumn } from './schema.ts';

/**
 * PostgreSQL. Columns: text, list, json and point are `text`, numbers `double precision`, booleans `smallint`. The server converts
 * nothing by itself, so what SQLite's affinities do is written out. Values of unknown type (out of JSON) are `jsonb` scalars: numbers and
 * texts only.
 *
 * Sources: https://www.postgresql.org/docs/15/functions-json.html, https://sqlite.org/datatype3.html#comparison_expressions
 */
export const postgresDialect: Dialect = {
  name: 'postgres',
  identifier: quoteIdentifier,
  equalCaseless: (column, placeholder) => `lower(${column} COLLATE "C") = lower(${placeholder}::text COLLATE "C")`,
  columnValue,
  compare,
  like,
  containing: (text) => sql`('%' || ${text} || '%')`,
  text: textOf,
  withoutAffinity: (column) => column,
  lower: (text) => sql`lower(${asType(text, 'text')} COLLATE "C")`,
  jsonValue,
  listLength: (list) => sql`json_array_length(${list}::json)`,
  listItems,
  listHolds: (list, value) => sql`jsonb_exists(${list}::jsonb, ${value})`,
  strftime: (format, time, modifiers) =>
    call('strftime', sql`${bind(format)}::text`, anyOf(time), textArray(modifiers)),
  distanceKm: (...coordinates) =>
    call('distance_km', ...coordinates.map((operand) => call('coordinate', typed(operand)))),
  orderBy,
  insertionOrder: (alias) => raw(`${quoteIdentifier(alias)}.${quoteIdentifier(insertionColumn)}`),
  random: () => raw('random()'),
};

/** A call of one of our functions. */
function call(name: string, ...args: readonly Sql[]): Sql {
  return sql`${functionSchema}.${name}(${joinSql(args, ', ')})`;
}

/** A bare placeholder takes whatever type its place suggests; it is given one. */
function asType(value: Sql, type: 'text' | 'number'): Sql {
  return value.text === '?' ? sql`${value}::${type === 'text' ? 'text' : 'float8'}` : value;
}

function typed(operand: SqlOperand): Sql {
  return asType(operand.sql, operand.type === 'number' ? 'number' : 'text');
}

function anyOf(operand: SqlOperand): Sql {
  return operand.type === 'any' ? operand.sql : call('any_of', typed(operand));
}

function columnValue(value: ColumnValue, type: ColumnType): Sql {
  if (type === 'number') return sql`${bind(value)}::float8`;
  if (type === 'bool') return sql`${bind(value)}::smallint`;
  return sql`${bind(value)}::text`;
}

/** Both sides of a comparison after each has done to the other what its affinity does. */
function converted(left: SqlOperand, right: SqlOperand): [SqlOperand, SqlOperand] {
  if (left.affinity === right.affinity) return [left, right];
  return [beside(left, right), beside(right, left)];
}

function beside(operand: SqlOperand, other: SqlOperand): SqlOperand {
  if (other.affinity === 'number') {
    if (operand.affinity === 'number' || operand.type === 'number') return operand;
    return { ...operand, sql: call('as_number', typed(operand)), type: 'any' };
  }
  if (other.affinity === 'text' && operand.affinity === 'none' && operand.type !== 'text') {
    return { ...operand, sql: call('as_text', typed(operand)), type: 'text' };
  }
  return operand;
}

/** Two sides in one type, so that the server compares them at all. */
function matched(left: SqlOperand, right: SqlOperand): { a: Sql; b: Sql; isAny: boolean } {
  if (left.type === right.type && left.type !== 'any') return { a: typed(left), b: typed(right), isAny: false };
  return { a: anyOf(left), b: anyOf(right), isAny: true };
}

function compare(relation: ComparedRelation, left: SqlOperand, right: SqlOperand): Sql {
  switch (relation) {
    case 'blank':
    case 'notBlank':
      return blankOrNot(left, relation === 'blank');
    case 'same':
    case 'notSame':
      return sameOrNot(left, right, relation === 'same');
    default:
      return compareConverted(relation, ...converted(left, right));
  }
}

type ValueRelation = Exclude<ComparedRelation, 'blank' | 'notBlank' | 'same' | 'notSame'>;

function compareConverted(relation: ValueRelation, left: SqlOperand, right: SqlOperand): Sql {
  const { a, b, isAny } = matched(left, right);
  switch (relation) {
    case 'equal':
      return sql`${a} = ${b}`;
    case 'unequal':
      return sql`${a} <> ${b}`;
    case 'distinct':
      return left.nullable || right.nullable ? sql`${a} IS DISTINCT FROM ${b}` : sql`${a} <> ${b}`;
    case 'identical':
      return sql`${a} IS NOT DISTINCT FROM ${b}`;
    case 'notIdentical':
      return sql`${a} IS DISTINCT FROM ${b}`;
    default:
      return isAny ? anyInOrder(relation, a, b) : sql`${a} ${relation} ${b}`;
  }
}

function anyInOrder(relation: '<' | '<=' | '>' | '>=', a: Sql, b: Sql): Sql {
  switch (relation) {
    case '<':
      return call('less', a, b);
    case '<=':
      return sql`NOT ${call('less', b, a)}`;
    case '>':
      return call('less', b, a);
    case '>=':
      return sql`NOT ${call('less', a, b)}`;
  }
}

function blankOrNot(operand: SqlOperand, isBlank: boolean): Sql {
  const value = typed(operand);
  // Null is not unequal to anything, so the one comparison leaves it out too.
  if (!isBlank) {
    if (operand.type === 'number') return sql`${value} IS NOT NULL`;
    return operand.type === 'any' ? sql`${value} <> '""'::jsonb` : sql`${value} <> ''`;
  }
  if (operand.type === 'number') return operand.nullable ? sql`${value} IS NULL` : raw('FALSE');
  const equal = operand.type === 'any' ? sql`${value} = '""'::jsonb` : sql`${value} = ''`;
  return operand.nullable ? sql`(${value} IS NULL OR ${equal})` : equal;
}

/** Null counts as `''`, and nothing is converted. */
function sameOrNot(left: SqlOperand, right: SqlOperand, isSame: boolean): Sql {
  const sign = isSame ? '=' : '<>';
  if (left.type === 'text' && right.type === 'text') return sql`${orBlank(left)} ${sign} ${orBlank(right)}`;
  if (left.type === 'number' && right.type === 'number' && !left.nullable && !right.nullable) {
    return sql`${typed(left)} ${sign} ${typed(right)}`;
  }
  return sql`coalesce(${anyOf(left)}, '""'::jsonb) ${sign} coalesce(${anyOf(right)}, '""'::jsonb)`;
}

function orBlank(operand: SqlOperand): Sql {
  return operand.nullable ? sql`coalesce(${typed(operand)}, '')` : typed(operand);
}

/** A pattern that ends in its escape character is an error here, and matches nothing. */
function like(text: Sql, pattern: Sql, isNegative: boolean): Sql {
  const value = asType(text, 'text');
  if (pattern.text !== '?') {
    const found = call('is_like', value, pattern);
    return isNegative ? sql`NOT ${found}` : found;
  }
  const [given] = pattern.params;
  if (typeof given === 'string' && /(?:^|[^\\])(?:\\\\)*\\$/.test(given)) {
    return sql`CASE WHEN ${value} IS NOT NULL THEN ${isNegative ? 'TRUE' : 'FALSE'} END`;
  }
  return sql`lower(${value} COLLATE "C") ${isNegative ? 'NOT LIKE' : 'LIKE'} lower(${pattern}::text COLLATE "C")`;
}

function textOf(operand: SqlOperand): Sql {
  return operand.type === 'text' ? typed(operand) : call('plain_text', typed(operand));
}

/** `json` and not `jsonb`: it keeps the text of what is inside. A key of digits is an index and nothing else. */
function jsonValue(json: Sql, path: readonly string[]): Sql {
  const steps = path.map((key) => {
    if (!/^\d+$/.test(key)) return sql`${bind(key)}::text`;
    return Number(key) < 2 ** 31 ? raw(key) : raw('NULL::integer');
  });
  return call('scalar', sql`(${joinSql([sql`${json}::json`, ...steps], ' -> ')})`);
}

function listItems(list: Sql, alias: string): ListItems {
  const name = quoteIdentifier(alias);
  return {
    from: sql`json_array_elements(${list}::json) WITH ORDINALITY AS ${name} ("value", "key")`,
    value: call('scalar', raw(`${name}."value"`)),
    text: sql`(${raw(`${name}."value"`)} #>> '{}')`,
    order: raw(`${name}."key"`),
  };
}

function textArray(values: readonly string[]): Sql {
  return values.length === 0 ? raw("'{}'::text[]") : sql`ARRAY[${joinSql(values.map(bind), ', ')}]::text[]`;
}

function orderBy(operand: SqlOperand, descending: boolean): Sql {
  const ending = descending ? ' DESC NULLS LAST' : ' ASC NULLS FIRST';
  const value = typed(operand);
  if (operand.type !== 'any') return sql`${value}${ending}`;
  // jsonb puts texts before numbers.
  return sql`jsonb_typeof(${value}) = 'string'${ending}, ${value}${ending}`;
}
