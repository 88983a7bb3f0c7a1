import type { ColumnValue } from '../../../model/commit.ts';
import { DatabaseError, type Query } from '../driver.ts';
import { type Connection, toError } from './connection.ts';
import { estimateRows, explain, type Plan, rowsOnLoopMax, TableSizes } from './plan.ts';
import { StatementCache } from './statements.ts';

const statementsMax = 512;
const slowPlansMax = 256;
/** When a statement held the loop this long, statements with its plan run elsewhere for a while. */
const slowMs = 25;
/** How many times longer than it was held the loop is spared then: a pause of the process itself is soon forgotten. */
const sparedTimes = 400;

/** Runs a statement somewhere else than on the event loop. Rejects with `DatabaseError`. */
export type ScanRunner = (query: Query) => Promise<ColumnValue[][]>;

/**
 * Reads of one connection: quick statements at once on the event loop, those that may visit many rows through `scan`.
 * Which is which is decided from the plan, once per statement, and from the tables' present sizes.
 */
export class LocalReader {
  readonly #statements: StatementCache<Plan>;
  readonly #sizes: TableSizes;
  readonly #scan: ScanRunner;
  /** Until when statements with a plan run elsewhere. */
  readonly #slow = new Map<string, number>();

  constructor(connection: Connection, scan: ScanRunner) {
    this.#statements = new StatementCache(connection, statementsMax, (sql) => explain(connection, sql));
    this.#sizes = new TableSizes(connection, () => performance.now());
    this.#scan = scan;
  }

  /** Rows at once, or a promise of them when the statement runs elsewhere. Throws or rejects with `DatabaseError`. */
  read(query: Query): ColumnValue[][] | Promise<ColumnValue[][]> {
    assertSelect(query.sql);
    try {
      const { statement, extra: plan } = this.#statements.get(query.sql);
      if (this.#isHeavy(query, plan)) return this.#scan(query);
      if (plan.isKeyed) return statement.all(...query.params) as unknown as ColumnValue[][];
      const started = performance.now();
      const rows = statement.all(...query.params) as unknown as ColumnValue[][];
      const tookMs = performance.now() - started;
      if (tookMs > slowMs) this.#remember(plan.signature, tookMs);
      return rows;
    } catch (error) {
      throw toQueryError(error);
    }
  }

  /** Rows at once, whatever the plan: for a read that only this connection, in its present transaction, can answer. */
  readHere(query: Query): ColumnValue[][] {
    assertSelect(query.sql);
    try {
      return this.#statements.get(query.sql).statement.all(...query.params) as unknown as ColumnValue[][];
    } catch (error) {
      throw toQueryError(error);
    }
  }

  /** Must be called after every change of the schema. */
  forgetStatements(): void {
    this.#statements.clear();
    this.#slow.clear();
  }

  #isHeavy(query: Query, plan: Plan): boolean {
    if (plan.isKeyed || (plan.isBounded && !skipsMany(query))) return false;
    if (this.#slow.size > 0 && this.#isSlow(plan.signature)) return true;
    if (!plan.hasScan) return false;
    // A name that is no table's is an alias of one of them.
    const largest = (name: string, measure: (table: string) => number): number => {
      const { tables } = query;
      return tables.includes(name) ? measure(name) : tables.reduce((most, table) => Math.max(most, measure(table)), 0);
    };
    const size = (name: string): number => largest(name, (table) => this.#sizes.of(table));
    const group = (name: string, column: string): number => largest(name, (table) => this.#sizes.group(table, column));
    return estimateRows(plan, { size, group }) > rowsOnLoopMax;
  }

  #isSlow(signature: string): boolean {
    const until = this.#slow.get(signature);
    if (until === undefined) return false;
    if (until > performance.now()) return true;
    this.#slow.delete(signature);
    return false;
  }

  #remember(signature: string, tookMs: number): void {
    if (this.#slow.size >= slowPlansMax) this.#slow.delete(this.#slow.keys().next().value!);
    this.#slow.set(signature, performance.now() + tookMs * sparedTimes);
  }
}

/** True when a page lies so far behind that getting there is the work. The offset is the last value of a text that ends with it. */
function skipsMany({ sql, params }: Query): boolean {
  return /\boffset\s+\?\s*$/i.test(sql) && Number(params.at(-1)) > rowsOnLoopMax;
}

/** Refuses a text that is not a reading one. A guard against mistakes, not against enemies: no text comes from outside. */
export function assertSelect(sql: string): void {
  if (/^\s*(select|with|values)\b/i.test(sql)) return;
  throw new DatabaseError('query', 'Only SELECT statements can be read.');
}

/** What a failing statement's error means to the caller. */
export function toQueryError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { message } = toError(error);
  const code = (error as { errcode?: unknown } | null)?.errcode;
  // Disk errors, a full disk, corruption, out of memory, a file that cannot be opened.
  const isStore = typeof code === 'number' && [7, 10, 11, 13, 14, 26].includes(code & 0xff);
  return new DatabaseError(isStore ? 'unavailable' : 'query', message, error);
}
