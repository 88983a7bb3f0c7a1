import type { ColumnType } from '../model/fields/field.ts';
import { type ColumnOperand, type Operand, type Resolution, rowsOf } from './condition.ts';
import type { Dialect, SqlOperand } from './dialect.ts';
import { createFrame, type Frame, Slots } from './frame.ts';
import { givenForm, isGiven, isUnsent } from './given.ts';
import { operandReader } from './read-operand.ts';
import { traitsOf, type Traits } from './relation.ts';
import type { Scope } from './scope.ts';
import { bind, raw, type Sql, sql } from './sql.ts';
import type { SqlValue } from './values.ts';

/** An operand on its way into SQL. */
export interface Side {
  readonly operand: Operand;
  readonly traits: Traits;
  /** The value where it is known before any row is read, else undefined. */
  readonly known: SqlValue | undefined;
}

/** Reads the operands whose values are known: of the request, the viewer, and a base record that is given as values. */
export class KnownValues {
  readonly #frame: Frame;
  readonly #isBaseKnown: boolean;
  readonly #slots: Slots;

  constructor(scope: Scope, resolution: Resolution) {
    const { base } = scope;
    this.#isBaseKnown = 'data' in base;
    this.#frame = createFrame('data' in base ? base.data : {}, scope.statement.context, noSource, 0);
    this.#slots = new Slots({ ...resolution, root: { kind: 'and', items: [] } });
  }

  get frame(): Frame {
    return this.#frame;
  }

  side(operand: Operand): Side {
    const traits = traitsOf(operand);
    if (isGiven(operand)) {
      const value = operandReader(operand, this.#slots)(this.#frame);
      return { operand, traits: { ...traits, form: givenForm(operand, this.#frame.context) }, known: value };
    }
    return {
      operand,
      traits,
      known: this.#isKnown(operand) ? operandReader(operand, this.#slots)(this.#frame) : undefined,
    };
  }

  #isKnown(operand: Operand): boolean {
    if (operand.kind === 'changed' && !Object.hasOwn(this.#frame.context.body, operand.column.name)) return true;
    return rowsOf(operand).every((row) => row.kind === 'auth' || (row.kind === 'base' && this.#isBaseKnown));
  }
}

const noSource = {
  get: () => undefined,
  referencing: () => [],
  all: () => [],
};

/** A value that is bound as it is. */
export function boundOperand(value: SqlValue): SqlOperand {
  return {
    sql: bind(value),
    type: typeof value === 'number' ? 'number' : 'text',
    affinity: 'none',
    nullable: value === null,
  };
}

/** The SQL of one side. A known value of a whole column keeps the column's affinity. */
export function sideSql(side: Side, scope: Scope): SqlOperand {
  const { operand, known } = side;
  if (known === undefined) return operandSql(operand, scope);
  const isWholeColumn = operand.kind === 'column' && operand.path === null && operand.modifier === null;
  return isWholeColumn ? { ...operandSql(operand, scope), nullable: known === null } : boundOperand(known);
}

/** The SQL of an operand that reads rows, or of an argument of a function. */
export function operandSql(operand: Operand, scope: Scope): SqlOperand {
  const { dialect } = scope.statement;
  const argument = (each: Operand): SqlOperand => argumentSql(each, scope);
  switch (operand.kind) {
    case 'column':
      return columnSql(operand, scope);
    case 'element': {
      const isAny = operand.row.parent === null;
      const { value, text } = scope.item(operand.row);
      return {
        sql: isAny ? value : text,
        type: isAny ? 'any' : 'text',
        affinity: 'none',
        nullable: scope.isOptional(operand.row),
      };
    }
    case 'geoDistance': {
      const [lonA, latA, lonB, latB] = operand.args;
      const distance = dialect.distanceKm(argument(lonA), argument(latA), argument(lonB), argument(latB));
      return { sql: distance, type: 'number', affinity: 'none', nullable: true };
    }
    case 'strftime': {
      const time = operand.time === null ? boundOperand('now') : argument(operand.time);
      const text = dialect.strftime(operand.format, time, operand.modifiers);
      return { sql: text, type: 'text', affinity: 'none', nullable: true };
    }
    default:
      throw new Error(`an operand of kind ${operand.kind} reads no rows`);
  }
}

function argumentSql(operand: Operand, scope: Scope): SqlOperand {
  if (!isGiven(operand)) return operandSql(operand, scope);
  const frame = createFrame({}, scope.statement.context, noSource, 0);
  return boundOperand(operandReader(operand, emptySlots)(frame));
}

const emptySlots = new Slots({
  base: null as never,
  viewerCollection: null,
  root: { kind: 'and', items: [] },
});

function columnSql(operand: ColumnOperand, scope: Scope): SqlOperand {
  const { dialect } = scope.statement;
  const { row, name, type, path, modifier } = operand;
  const column = scope.column(row, name, type);
  const isOptional = scope.isOptional(row);
  if (path !== null) {
    const value: SqlOperand = { sql: dialect.jsonValue(column, path), type: 'any', affinity: 'none', nullable: true };
    return modifier === 'lower' ? lowered(value, dialect) : value;
  }
  const isNumber = type === 'number' || type === 'bool';
  const isJson = type === 'list' || type === 'point';
  const whole: SqlOperand = {
    // SQLite puts the other side of `column = value` wherever the column stands, in functions of JSON too.
    sql: isJson ? dialect.withoutAffinity(column) : column,
    type: isNumber ? 'number' : 'text',
    affinity: isNumber ? 'number' : 'text',
    nullable: isOptional,
  };
  switch (modifier) {
    case 'length':
      if (isUnsent(row, scope.statement.context)) return { ...boundOperand(null), type: 'number' };
      return { sql: lengthSql(column, type, isOptional, dialect), type: 'number', affinity: 'none', nullable: false };
    case 'lower':
      return lowered(whole, dialect);
    case 'each':
      return { ...whole, sql: dialect.withoutAffinity(column), affinity: 'none' };
    default:
      return whole;
  }
}

function lowered(operand: SqlOperand, dialect: Dialect): SqlOperand {
  return { sql: dialect.lower(dialect.text(operand)), type: 'text', affinity: 'none', nullable: operand.nullable };
}

/** Of a missing row, and of an empty single value, it is 0. */
function lengthSql(column: Sql, type: ColumnType, isOptional: boolean, dialect: Dialect): Sql {
  if (type !== 'list') return sql`CASE WHEN ${column} <> '' THEN 1 ELSE 0 END`;
  const length = dialect.listLength(column);
  return isOptional ? sql`coalesce(${length}, ${raw('0')})` : length;
}
