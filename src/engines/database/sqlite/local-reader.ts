import type { ColumnValue } from '../../../model/commit.ts';
import { DatabaseError, type Query } from '../driver.ts';
import { type Connection, toError } from './connection.ts';
import { estimateRows, explain, type Plan, rowsOnLoopMax, TableSizes } from './plan.ts';
import { StatementCache } from './statements.ts';

const statementsMax = 512;
const slowTextsMax = 256;
/** A statement that held the loop this long runs elsewhere from then on. */
const slowMs = 25;

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
  readonly #slow = new Set<string>();

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
      if (!plan.hasScan) return statement.all(...query.params) as unknown as ColumnValue[][];
      const started = performance.now();
      const rows = statement.all(...query.params) as unknown as ColumnValue[][];
      if (performance.now() - started > slowMs) this.#remember(query.sql);
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
    if (!plan.hasScan || (plan.isBounded && !skipsMany(query))) return false;
    if (this.#slow.has(query.sql)) return true;
    const sizeOf = (name: string): number =>
      query.tables.includes(name)
        ? this.#sizes.of(name)
        : query.tables.reduce((largest, table) => Math.max(largest, this.#sizes.of(table)), 0);
    return estimateRows(plan, sizeOf) > rowsOnLoopMax;
  }

  #remember(sql: string): void {
    if (this.#slow.size >= slowTextsMax) this.#slow.delete(this.#slow.values().next().value!);
    this.#slow.add(sql);
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
