import type { ColumnValue, Row as ColumnRow } from '../model/commit.ts';
import type { Condition } from './resolve.ts';
import { type Resolution } from './condition.ts';
import type { RequestContext } from './context.ts';
import type { Dialect } from './dialect.ts';
import { lowerCondition } from './lower.ts';
import { decodeRow, Scope, Statement } from './scope.ts';
import { raw, type Sql } from './sql.ts';

/** A piece of SQL or a whole query, with its values. */
export interface CompiledSql {
  readonly sql: string;
  readonly params: readonly ColumnValue[];
  /** The tables that its sub-selects read, without the base table. */
  readonly tables: readonly string[];
}

/** The alias that the base table has unless another one is named. */
export const defaultAlias = 'base';

function finish(piece: Sql, statement: Statement): CompiledSql {
  return { sql: piece.text, params: piece.params, tables: [...statement.tables] };
}

/** The resolution of a condition for whoever asks. */
function resolutionFor(condition: Condition, context: RequestContext): Resolution {
  return condition.resolutionFor(context.viewer.auth?.collection ?? null);
}

/**
 * Compiles a condition to what stands behind WHERE, for a base table under an alias. Conditions on related records become
 * EXISTS, so no row comes twice.
 *
 * Errors: `RuleError` when the condition cannot be resolved for this viewer, or a text to search for is too long.
 *
 * @example
 * const { sql, params } = compileFilter(condition, dialect, context);
 * `SELECT "id" FROM "posts" AS "base" WHERE ${sql}`
 */
export function compileFilter(
  condition: Condition,
  dialect: Dialect,
  context: RequestContext,
  options: { readonly alias?: string } = {},
): CompiledSql {
  const statement = new Statement(dialect, context);
  const scope = new Scope(statement, { alias: options.alias ?? defaultAlias });
  return finish(asSql(lowerCondition(resolutionFor(condition, context), scope)), statement);
}

/**
 * Compiles a condition to a query that answers one row when it holds of a record that is in no table (yet), and none when it
 * does not. Related records are looked for in their tables.
 *
 * `row` holds the record's columns, `id` included.
 */
export function compileFilterOnRow(
  condition: Condition,
  dialect: Dialect,
  context: RequestContext,
  row: ColumnRow,
): CompiledSql {
  const statement = new Statement(dialect, context);
  const scope = new Scope(statement, { data: decodeRow(condition.base, row) });
  const where = asSql(lowerCondition(resolutionFor(condition, context), scope));
  return finish({ text: `SELECT 1 WHERE ${where.text}`, params: where.params }, statement);
}

function asSql(lowered: Sql | boolean): Sql {
  return typeof lowered === 'boolean' ? raw(lowered ? 'TRUE' : 'FALSE') : lowered;
}
