import { operandSql } from './compile-operand.ts';
import { type CompiledSql, defaultAlias } from './compile.ts';
import type { RequestContext } from './context.ts';
import type { Dialect, SqlOperand } from './dialect.ts';
import { RuleError } from './errors.ts';
import { lowerListable } from './lower.ts';
import { joinedRows } from './plan.ts';
import { type ResolvedPath, resolvePath, type ResolveOptions } from './resolve.ts';
import { rowsOf } from './condition.ts';
import { Joins, Scope, Statement } from './scope.ts';
import { joinSql, type Sql, sql } from './sql.ts';

const termsMax = 8;
const termBytesMax = 255;

/**
 * Compiles a sort text to what stands behind ORDER BY, for a base table under an alias: `-created,title`, `@random`, `@rowid` (the
 * order of insertion), paths through relations. Of several related records the first counts: in the order of the list, or of
 * insertion. In `client` mode related records that may not be listed and e-mails that may not be seen sort as null.
 *
 * Errors: `RuleError` for more than 8 terms, a term above 255 bytes, an empty term, and everything that is no field.
 *
 * @example compileSort('-created,author.name', { schema, base: posts, mode: 'client' }, dialect, context)
 */
export function compileSort(
  text: string,
  options: ResolveOptions,
  dialect: Dialect,
  context: RequestContext,
  alias: string = defaultAlias,
): CompiledSql {
  const terms = text.split(',');
  if (terms.length > termsMax) throw new RuleError(`more than ${termsMax} sort terms`);
  const statement = new Statement(dialect, context);
  const scope = new Scope(statement, { alias });
  const pieces = terms.map((term) => compileTerm(term.trim(), options, scope, alias));
  const { text: order, params } = joinSql(pieces, ', ');
  return { sql: order, params, tables: [...statement.tables] };
}

function compileTerm(term: string, options: ResolveOptions, scope: Scope, alias: string): Sql {
  if (Buffer.byteLength(term) > termBytesMax) throw new RuleError(`a sort term is longer than ${termBytesMax} bytes`);
  const isDescending = term.startsWith('-');
  const name = isDescending || term.startsWith('+') ? term.slice(1) : term;
  const { dialect, context } = scope.statement;
  if (name === '@random') return dialect.random();
  if (name === '@rowid') {
    if (options.base.type === 'view') throw new RuleError('records of a view have no order of insertion');
    return sql`${dialect.insertionOrder(alias)}${isDescending ? ' DESC' : ''}`;
  }
  const path = resolvePath(name, options, context.viewer.auth?.collection ?? null);
  const operand = pathOperand(path, scope);
  // Where there is no record there is no list either: its length is 0, not unknown.
  const isLength = path.operand.kind === 'column' && path.operand.modifier === 'length';
  const sorted =
    isLength && operand.nullable ? { ...operand, sql: sql`coalesce(${operand.sql}, 0)`, nullable: false } : operand;
  return dialect.orderBy(sorted, isDescending);
}

function pathOperand(path: ResolvedPath, outer: Scope): SqlOperand {
  const rows = joinedRows(rowsOf(path.operand));
  const first = rows[0];
  if (first === undefined) return visibleOperand(path, outer);
  const scope = new Scope(outer.statement, outer.base, new Set([first.key]));
  const joins = new Joins();
  joins.add(rows, scope);
  const conditions = path.listable.map((node) => lowerListable(node, scope));
  const operand = visibleOperand(path, scope);
  const select = joins.select(conditions, operand.sql);
  if (!rows.some((row) => row.many)) return { ...operand, sql: sql`(${select})`, nullable: true };
  return { ...operand, sql: sql`(${select} ORDER BY ${joinSql(joins.orders, ', ')} LIMIT 1)`, nullable: true };
}

/** The value, or null for an e-mail that may not be seen. */
function visibleOperand(path: ResolvedPath, scope: Scope): SqlOperand {
  const operand = operandSql(path.operand, scope);
  const [row] = path.emailRows;
  if (row === undefined) return operand;
  const flag = scope.column(row, 'emailVisibility', 'bool');
  return { ...operand, sql: sql`CASE WHEN ${flag} = 1 THEN ${operand.sql} END`, nullable: true };
}
