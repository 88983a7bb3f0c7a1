import type { ColumnValue, Row as ColumnRow } from '../model/commit.ts';
import type { Collection } from '../model/collection.ts';
import { type ColumnType, columnTypeOf } from '../model/fields/field.ts';
import type { RecordData } from '../model/record.ts';
import type { JsonValue } from '../util/json.ts';
import type { RecordLikeRow, Row } from './condition.ts';
import type { RequestContext } from './context.ts';
import type { Dialect, ListItems } from './dialect.ts';
import { RuleError } from './errors.ts';
import { submittedList, viewerData } from './given.ts';
import { bind, joinSql, raw, type Sql, sql } from './sql.ts';

/** Where the base record is: a row of the table behind an alias, or values that are in no table. */
export type BaseBinding = { readonly alias: string } | { readonly data: RecordData };

/** What all parts of one statement share. */
export class Statement {
  readonly dialect: Dialect;
  readonly context: RequestContext;
  /** The tables that joins and sub-selects read. */
  readonly tables = new Set<string>();
  #aliases = 0;

  constructor(dialect: Dialect, context: RequestContext) {
    this.dialect = dialect;
    this.context = context;
  }

  newAlias(): string {
    return `r${++this.#aliases}`;
  }
}

/** Rows that have an alias in a part of the statement, and which of them are surely not missing. */
export class Scope {
  readonly statement: Statement;
  readonly base: BaseBinding;
  readonly present: ReadonlySet<string>;
  readonly #aliases = new Map<string, string>();
  readonly #items = new Map<string, ListItems>();

  constructor(statement: Statement, base: BaseBinding, present: ReadonlySet<string> = new Set()) {
    this.statement = statement;
    this.base = base;
    this.present = present;
  }

  /** Can the row be missing here? */
  isOptional(row: Row): boolean {
    return row.kind !== 'base' && row.kind !== 'auth' && !this.present.has(row.key);
  }

  aliasOf(row: Row): string {
    if (row.kind === 'base' && 'alias' in this.base) return this.base.alias;
    const alias = this.#aliases.get(row.key);
    if (alias === undefined) throw new Error(`row ${row.key} is not in scope`);
    return alias;
  }

  /** A column of a record. */
  column(row: RecordLikeRow, name: string, type: ColumnType): Sql {
    const { dialect, context } = this.statement;
    if (row.kind === 'base' && 'data' in this.base)
      return dialect.columnValue(encode(this.base.data[name], type), type);
    if (row.kind === 'auth') return dialect.columnValue(encode(viewerData(context)?.[name], type), type);
    return raw(`${dialect.identifier(this.aliasOf(row))}.${dialect.identifier(name)}`);
  }

  /** The item that an element row stands for. */
  item(row: Row): ListItems {
    const items = this.#items.get(row.key);
    if (items === undefined) throw new Error(`row ${row.key} is not in scope`);
    return items;
  }

  /** Gives the row an alias: what to select from, and what ties it to the row before it. */
  source(row: Row): Source {
    const { dialect, context } = this.statement;
    const alias = this.statement.newAlias();
    this.#aliases.set(row.key, alias);
    if (row.kind === 'element') {
      const list =
        row.parent === null
          ? bind(JSON.stringify(submittedList(row.field, context)))
          : this.column(row.parent, row.field, 'list');
      const items = dialect.listItems(list, alias);
      this.#items.set(row.key, items);
      return { from: items.from, on: null, order: items.order, baseLink: null };
    }
    const { collection } = row as RecordLikeRow;
    this.statement.tables.add(collection.name);
    const from = raw(`${dialect.identifier(collection.name)} AS ${dialect.identifier(alias)}`);
    const baseLink = this.#baseLink(row as RecordLikeRow);
    return { from, on: this.#link(row as RecordLikeRow), order: dialect.insertionOrder(alias), baseLink };
  }

  #link(row: RecordLikeRow): Sql | null {
    const { dialect, context } = this.statement;
    const own = (name: string): Sql => this.column(row, name, 'text');
    switch (row.kind) {
      case 'record':
        return sql`${own('id')} = ${this.column(row.parent, row.field, 'text')}`;
      case 'member':
        return sql`${own('id')} = ${this.item(row.parent).text}`;
      case 'back': {
        const id = this.column(row.parent, 'id', 'text');
        return row.list ? dialect.listHolds(own(row.field), id) : sql`${own(row.field)} = ${id}`;
      }
      case 'submitted':
        return dialect.listHolds(bind(JSON.stringify(submittedList(row.field, context))), own('id'));
      default:
        return null;
    }
  }

  /** The tie of a row to the base table, seen from the other side. */
  #baseLink(row: RecordLikeRow): BaseLink | null {
    if (!('alias' in this.base)) return null;
    if (row.kind === 'record' && row.parent.kind === 'base') {
      const outer = this.column(row.parent, row.field, 'text');
      return { outer, inner: this.column(row, 'id', 'text'), items: null, isIndexed: true };
    }
    if (row.kind !== 'back' || row.parent.kind !== 'base') return null;
    const outer = this.column(row.parent, 'id', 'text');
    const column = this.column(row, row.field, row.list ? 'list' : 'text');
    if (!row.list) return { outer, inner: column, items: null, isIndexed: row.lookup !== 'scan' };
    const items = this.statement.dialect.listItems(column, this.statement.newAlias());
    return { outer, inner: items.text, items: items.from, isIndexed: false };
  }
}

/** "`outer`, of the base table, is one of `inner`". */
export interface BaseLink {
  readonly outer: Sql;
  readonly inner: Sql;
  /** The list that `inner` is an item of, to be joined. */
  readonly items: Sql | null;
  /** Are the rows found by `inner` without reading all of them? */
  readonly isIndexed: boolean;
}

/** One thing to select from. */
export interface Source {
  readonly from: Sql;
  /** Null: every row. */
  readonly on: Sql | null;
  /** The order in which a reader comes over its rows. */
  readonly order: Sql;
  readonly baseLink: BaseLink | null;
}

/** Most rows in one FROM; SQLite joins 64 tables. */
const joinedMax = 60;

/** Rows that are put together in one FROM. */
export class Joins {
  readonly #inner: Source[] = [];
  readonly #outer: Source[] = [];

  /** Adds rows, each after the one that it hangs on. Throws `RuleError` for more than an engine can join. */
  add(rows: readonly Row[], scope: Scope): void {
    if (this.#inner.length + this.#outer.length + rows.length > joinedMax) {
      throw new RuleError(`the condition follows more than ${joinedMax} relations at once`);
    }
    for (const row of rows) {
      if (scope.present.has(row.key)) this.#inner.push(scope.source(row));
    }
    for (const row of rows) {
      if (!scope.present.has(row.key)) this.#outer.push(scope.source(row));
    }
  }

  /** What brings the combinations of rows into the order of lists and of insertion. */
  get orders(): Sql[] {
    return [...this.#inner, ...this.#outer].map((source) => source.order);
  }

  /** The ties to the base table; null when a row may be missing, so that the ties say nothing. */
  get baseLinks(): BaseLink[] | null {
    if (this.#outer.length > 0) return null;
    return this.#inner.flatMap((source) => source.baseLink ?? []);
  }

  /** `SELECT … FROM … WHERE …`. */
  select(conditions: readonly Sql[], value: Sql = raw('1')): Sql {
    return select(value, this.#inner, this.#outer, conditions);
  }

  /** `base column IN (SELECT …)`: the same as EXISTS, but the rows are looked for once and not once for every base row. */
  membership(link: BaseLink, conditions: readonly Sql[], isNegative: boolean): Sql {
    const inner = this.#inner.flatMap((source) => {
      if (source.baseLink !== link) return [source];
      const items = link.items === null ? [] : [{ ...source, from: link.items, on: null }];
      return [{ ...source, on: null }, ...items];
    });
    return sql`${link.outer} ${isNegative ? 'NOT IN' : 'IN'} (${select(link.inner, inner, [], conditions)})`;
  }
}

function select(value: Sql, inner: readonly Source[], outer: readonly Source[], conditions: readonly Sql[]): Sql {
  const [first, ...rest] = inner;
  const joined = rest.map(({ from, on }) => sql`${from} ON ${on ?? raw('TRUE')}`);
  const optional = outer.map(({ from, on }) => sql` LEFT JOIN ${from} ON ${on ?? raw('TRUE')}`);
  const head = joinSql([first?.from ?? raw('(SELECT 1) AS "one"'), ...joined], ' JOIN ');
  const where = first?.on ? [first.on, ...conditions] : conditions;
  const tail = where.length === 0 ? raw('') : sql` WHERE ${joinSql(where, ' AND ')}`;
  return sql`SELECT ${value} FROM ${joinSql([head, ...optional], '')}${tail}`;
}

/** A value as its column holds it. */
function encode(value: JsonValue | undefined, type: ColumnType): ColumnValue {
  if (value === undefined || value === null) return null;
  if (type === 'json') return JSON.stringify(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'object' ? JSON.stringify(value) : value;
}

/** The typed values of a row of columns. */
export function decodeRow(collection: Collection, row: ColumnRow): RecordData {
  const data: RecordData = Object.create(null);
  for (const field of collection.fields) {
    const value = Object.hasOwn(row, field.name) ? row[field.name]! : null;
    const type = columnTypeOf(field);
    if (type === 'bool') data[field.name] = value === 1;
    else if (type === 'text' || type === 'number' || value === null) data[field.name] = value;
    else data[field.name] = JSON.parse(String(value)) as JsonValue;
  }
  return data;
}
