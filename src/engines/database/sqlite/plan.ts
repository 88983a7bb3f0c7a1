import type { Connection } from './connection.ts';

/** A statement whose plan may visit more rows than this is kept off the event loop. */
export const rowsOnLoopMax = 20_000;

/** How many rows a virtual table (json_each) is taken to give. */
const virtualRows = 4;
const sizesAgeMsMax = 5000;
const sizesMax = 2048;

/** One step of a plan, as EXPLAIN QUERY PLAN tells it. */
interface PlanStep {
  readonly id: number;
  readonly parent: number;
  readonly detail: string;
}

/** How a statement finds its rows, reduced to what its cost depends on. */
export interface Plan {
  readonly steps: readonly PlanStep[];
  /** True when it visits whole tables or indexes somewhere. */
  readonly hasScan: boolean;
  /** True when it stops by itself after few rows, or is a bare count: no condition, no sort, a limit. */
  readonly isBounded: boolean;
}

/** Asks SQLite for the plan of a statement. Costs about as much as preparing it. */
export function explain(connection: Connection, sql: string): Plan {
  const statement = connection.prepare(`EXPLAIN QUERY PLAN ${sql}`);
  statement.setReturnArrays(true);
  const rows = statement.all() as unknown as [number, number, number, string][];
  const steps = rows.map(([id, parent, , detail]) => ({ id, parent, detail }));
  const scans = steps.filter((step) => step.detail.startsWith('SCAN ') || step.detail.includes('USING AUTOMATIC'));
  const isPlain = steps.length === 1 && !/\b(where|having|group)\b/i.test(sql);
  return {
    steps,
    hasScan: scans.length > 0,
    isBounded: isPlain && (/\blimit\b/i.test(sql) || /^\s*select\s+count\(\*\)\s+(as\s+\S+\s+)?from\b/i.test(sql)),
  };
}

/**
 * How many rows a plan may visit at most, scans inside scans multiplied. `sizeOf` gives a table's row count; a name in a plan can be
 * an alias, then it answers the largest table of the statement.
 */
export function estimateRows(plan: Plan, sizeOf: (name: string) => number): number {
  return walk(plan.steps, 0, 1, sizeOf);
}

function walk(steps: readonly PlanStep[], parent: number, outer: number, sizeOf: (name: string) => number): number {
  let total = 0;
  let factor = outer;
  for (const step of steps) {
    if (step.parent !== parent) continue;
    const { detail } = step;
    const [verb, name = ''] = detail.split(' ', 2);
    if (verb === 'SCAN') {
      factor *= detail.includes('VIRTUAL TABLE') ? virtualRows : Math.max(1, sizeOf(name));
      total += factor;
    } else if (verb === 'SEARCH') {
      // An automatic index is built by visiting the whole table once.
      if (detail.includes('USING AUTOMATIC')) total += sizeOf(name);
      total += factor;
    } else if (detail.startsWith('CORRELATED')) total += walk(steps, step.id, factor, sizeOf);
    else total += walk(steps, step.id, outer, sizeOf);
  }
  return total;
}

/** Upper bounds of tables' row counts: the largest rowid, found in one step, remembered for seconds. */
export class TableSizes {
  readonly #connection: Connection;
  readonly #now: () => number;
  readonly #sizes = new Map<string, { readonly rows: number; readonly at: number }>();

  constructor(connection: Connection, now: () => number) {
    this.#connection = connection;
    this.#now = now;
  }

  /** The row count of a table, 0 when there is no such table. */
  of(table: string): number {
    const found = this.#sizes.get(table);
    if (found !== undefined && this.#now() - found.at < sizesAgeMsMax) return found.rows;
    if (this.#sizes.size >= sizesMax) this.#sizes.clear();
    const rows = this.#measure(table);
    this.#sizes.set(table, { rows, at: this.#now() });
    return rows;
  }

  #measure(table: string): number {
    try {
      const statement = this.#connection.prepare(`SELECT max(rowid) FROM "${table.replaceAll('"', '""')}"`);
      statement.setReturnArrays(true);
      return ((statement.get() as unknown as [number | null] | undefined)?.[0] ?? 0) as number;
    } catch {
      return 0;
    }
  }
}
