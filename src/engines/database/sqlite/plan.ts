import { closeStatement, type Connection, quoteIdentifier } from './connection.ts';

/** A statement whose plan may visit more rows than this is kept off the event loop. */
export const rowsOnLoopMax = 20_000;

/** How many rows a virtual table (json_each) is taken to give. */
const virtualRows = 4;
const sizesAgeMsMax = 5000;
const sizesMax = 2048;
/** Values of an index that are counted at most. */
const groupsMax = 256;

/** One step of a plan, as EXPLAIN QUERY PLAN tells it. */
interface PlanStep {
  readonly id: number;
  readonly parent: number;
  readonly detail: string;
}

/** How a statement finds its rows, reduced to what its cost depends on. */
export interface Plan {
  readonly steps: readonly PlanStep[];
  /** True when it visits whole tables, whole ranges of an index, or all rows with one value, somewhere. */
  readonly hasScan: boolean;
  /** True when it finds every row by the whole key of a unique index, so that it cannot be much work. */
  readonly isKeyed: boolean;
  /** The same for statements that work alike, whatever their conditions on single rows. */
  readonly signature: string;
  /** True when it stops by itself after few rows, or is a bare count: no condition, no sort, a limit. */
  readonly isBounded: boolean;
}

/** A search by the id, which is the table's only key that every search by it uses whole. */
const keyedPattern = /^SEARCH \S+ USING (COVERING )?INDEX sqlite_autoindex_\S+_1 \(id=\?\)/;

/** True for a search that no equation bounds from the first column of its index on: `(a>?)`, `(ANY(a) AND b=?)`. */
function isRange(detail: string): boolean {
  return detail.startsWith('SEARCH ') && /\((ANY\(|[^=<>]*[<>])/.test(detail);
}

/** Asks SQLite for the plan of a statement. Costs about as much as preparing it. */
export function explain(connection: Connection, sql: string): Plan {
  const statement = connection.prepare(`EXPLAIN QUERY PLAN ${sql}`);
  statement.setReturnArrays(true);
  const rows = statement.all() as unknown as [number, number, number, string][];
  closeStatement(statement);
  const steps = rows.map(([id, parent, , detail]) => ({ id, parent, detail }));
  const scans = steps.filter(
    ({ detail }) =>
      detail.startsWith('SCAN ') ||
      detail.includes('USING AUTOMATIC') ||
      isRange(detail) ||
      groupColumn(detail) !== null,
  );
  const isPlain = steps.length === 1 && !/\b(where|having|group)\b/i.test(sql);
  return {
    steps,
    hasScan: scans.length > 0,
    isKeyed: steps.every(({ detail }) => keyedPattern.test(detail)),
    signature: steps.map(({ detail }) => detail).join('\n'),
    isBounded: isPlain && (/\blimit\b/i.test(sql) || /^\s*select\s+count\(\*\)\s+(as\s+\S+\s+)?from\b/i.test(sql)),
  };
}

/** The column of a search by one equation on an index that may find many rows, else null. */
function groupColumn(detail: string): string | null {
  if (!detail.startsWith('SEARCH ') || detail.includes('INDEX sqlite_autoindex_')) return null;
  return /\((\w+)=\?\)/.exec(detail)?.[1] ?? null;
}

/** What an estimate is made from. A name in a plan can be an alias; then the answer is the largest of all tables of the statement. */
export interface Sizes {
  /** The row count of a table. */
  size(name: string): number;
  /** How many rows of a table have the same value in a column, on average; at most 1 when that is not known or few. */
  group(name: string, column: string): number;
}

/** How many rows a plan may visit at most, scans inside scans multiplied. */
export function estimateRows(plan: Plan, sizes: Sizes): number {
  return walk(plan.steps, 0, 1, sizes);
}

function walk(steps: readonly PlanStep[], parent: number, outer: number, sizes: Sizes): number {
  let total = 0;
  let factor = outer;
  for (const step of steps) {
    if (step.parent !== parent) continue;
    const { detail } = step;
    const [verb, name = ''] = detail.split(' ', 2);
    if (verb === 'SCAN') {
      factor *= detail.includes('VIRTUAL TABLE') ? virtualRows : Math.max(1, sizes.size(name));
      total += factor;
    } else if (verb === 'SEARCH') {
      const column = groupColumn(detail);
      if (isRange(detail)) factor *= Math.max(1, sizes.size(name));
      else if (column !== null) factor *= Math.max(1, sizes.group(name, column));
      // An automatic index is built by visiting the whole table once.
      if (detail.includes('USING AUTOMATIC')) total += sizes.size(name);
      total += factor;
    } else if (detail.startsWith('CORRELATED')) total += walk(steps, step.id, factor, sizes);
    else total += walk(steps, step.id, outer, sizes);
  }
  return total;
}

/**
 * Upper bounds of tables' row counts (the largest rowid), and how many rows of large tables share a value where there are few values. Each
 * is found in a few steps and remembered for seconds.
 */
export class TableSizes {
  readonly #connection: Connection;
  readonly #now: () => number;
  readonly #found = new Map<string, { readonly rows: number; readonly at: number }>();

  constructor(connection: Connection, now: () => number) {
    this.#connection = connection;
    this.#now = now;
  }

  /** The row count of a table, 0 when there is no such table. */
  of(table: string): number {
    return this.#remembered(table, () => this.#ask(`SELECT max(rowid) FROM ${quoteIdentifier(table)}`));
  }

  /**
   * How many rows share a value of a column, on average, if that is more than may be visited on the event loop; else 1. The column must
   * lead an index.
   */
  group(table: string, column: string): number {
    const rows = this.of(table);
    if (rows <= rowsOnLoopMax) return 1;
    return this.#remembered(`${table}.${column}`, () => {
      const valuesMax = Math.min(groupsMax, Math.ceil(rows / rowsOnLoopMax));
      const values = this.#ask(countValuesSql(quoteIdentifier(table), quoteIdentifier(column), valuesMax));
      return values === 0 || values >= valuesMax ? 1 : Math.ceil(rows / values);
    });
  }

  #remembered(key: string, measure: () => number): number {
    const found = this.#found.get(key);
    if (found !== undefined && this.#now() - found.at < sizesAgeMsMax) return found.rows;
    if (this.#found.size >= sizesMax) this.#found.clear();
    const rows = measure();
    this.#found.set(key, { rows, at: this.#now() });
    return rows;
  }

  #ask(sql: string): number {
    try {
      const statement = this.#connection.prepare(sql);
      statement.setReturnArrays(true);
      return ((statement.get() as unknown as [number | null] | undefined)?.[0] ?? 0) as number;
    } catch {
      return 0;
    }
  }
}

/** Counts the values of an index's first column up to a bound: from each value one step to the next. */
function countValuesSql(table: string, column: string, valuesMax: number): string {
  return (
    `WITH RECURSIVE found(value) AS (SELECT min(${column}) FROM ${table} UNION ALL` +
    ` SELECT (SELECT min(${column}) FROM ${table} WHERE ${column} > value) FROM found WHERE value IS NOT NULL LIMIT ${valuesMax + 1})` +
    ' SELECT count(value) FROM found'
  );
}
