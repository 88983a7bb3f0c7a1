import type { ColumnType } from './fields/field.ts';

/** A value as a database column holds it. Booleans are 0 and 1, lists and JSON are text. */
export type ColumnValue = string | number | null;

/** Column values by column name. */
export interface Row {
  [column: string]: ColumnValue;
}

/** A column of a record table, in engine-neutral terms. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** Adds a row. Refused with `unique` when the id, or a unique index, has it already. */
export interface InsertChange {
  readonly kind: 'insert';
  readonly table: string;
  /** Collection id, or the table's own name for tables that are not collections. */
  readonly collectionId: string;
  readonly id: string;
  /** All columns, `id` included. */
  readonly row: Row;
}

/** Replaces columns of a row. Refused with `conflict` unless the row's version is `version`. */
export interface UpdateChange {
  readonly kind: 'update';
  readonly table: string;
  readonly collectionId: string;
  readonly id: string;
  /** The version that was read and that the change was computed from. */
  readonly version: number;
  /** The columns that change. */
  readonly set: Row;
  /** The whole row after the change: what the log keeps. */
  readonly row: Row;
}

/** Removes a row. Refused with `conflict` unless the row's version is `version`. */
export interface DeleteChange {
  readonly kind: 'delete';
  readonly table: string;
  readonly collectionId: string;
  readonly id: string;
  readonly version: number;
  /** The whole row before: what the log keeps. */
  readonly row: Row;
}

/** How to alter one existing column. */
export interface ColumnChange {
  readonly from: string;
  readonly to: string;
  /**
   * `wrap`: text becomes a list (`''` becomes `[]`); `unwrap`: a list becomes its last element; `null`: values stay.
   */
  readonly convert: 'wrap' | 'unwrap' | null;
  readonly type: ColumnType;
}

/** A change of a table's shape. Applied in the same transaction as the rows that describe the collection. */
export type TableChange =
  | { readonly kind: 'createTable'; readonly table: string; readonly columns: readonly Column[] }
  | { readonly kind: 'dropTable'; readonly table: string }
  | {
      readonly kind: 'alterTable';
      readonly table: string;
      /** The new name, or the same one. */
      readonly rename: string;
      readonly drop: readonly string[];
      readonly change: readonly ColumnChange[];
      readonly add: readonly Column[];
    }
  | { readonly kind: 'dropIndex'; readonly index: string }
  | {
      readonly kind: 'createIndex';
      readonly table: string;
      readonly index: string;
      readonly unique: boolean;
      /** The full statement, with the table's present name. */
      readonly sql: string;
    };

/** One change of a commit. */
export type Change =
  | InsertChange
  | UpdateChange
  | DeleteChange
  | { readonly kind: 'schema'; readonly change: TableChange };

/** What must hold at the moment of the commit, besides what the changes themselves demand. */
export type Expectation =
  | { readonly kind: 'version'; readonly table: string; readonly id: string; readonly version: number }
  | { readonly kind: 'exists'; readonly table: string; readonly id: string }
  | { readonly kind: 'absent'; readonly table: string; readonly id: string }
  | UnreferencedExpectation;

/**
 * Apart from the commit's own changes, no row of `table` that was written after `since` names one of `ids` in `column`. What was written up to
 * there has been read by whoever demands this; a row that named one for a moment may count too.
 */
export interface UnreferencedExpectation {
  readonly kind: 'unreferenced';
  readonly table: string;
  readonly column: string;
  /** True for a column that holds a list of ids. */
  readonly isList: boolean;
  /** At least one. */
  readonly ids: readonly string[];
  readonly since: Position;
}

/**
 * A write as a value: everything that happens, or nothing. Nothing else writes. Changes are applied in order; each row
 * change is also written to the log in the same transaction.
 */
export interface Commit {
  /** Makes the commit repeatable: a second commit with the key of a done one is answered with the first's outcome. */
  readonly key: string | null;
  /** The bucket that all rows live in, or null when they live in several or in none (schema, settings). */
  readonly bucket: number | null;
  readonly expects: readonly Expectation[];
  readonly changes: readonly Change[];
}

/** Why a commit was refused; nothing of it happened. */
export type Refusal =
  /** A row was changed or removed since it was read, or an expectation failed (`id`: the first of its ids): read again, decide again. */
  | { readonly kind: 'conflict'; readonly table: string; readonly id: string }
  /** A unique index (or the id) has the value already; `columns` are the index's columns, `change` counts the commit's changes from 0. */
  | { readonly kind: 'unique'; readonly table: string; readonly columns: readonly string[]; readonly change: number }
  /** The engine could not apply a schema change, for instance a unique index over existing duplicates. */
  | { readonly kind: 'schema'; readonly table: string; readonly index: string; readonly message: string };

/**
 * The three outcomes of a commit. `unknown`: the connection or the disk failed at the wrong moment; whether it happened
 * is found out by its key, never by a blind retry.
 */
export type CommitOutcome =
  | { readonly kind: 'done'; readonly position: Position }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'unknown'; readonly cause: Error };

/** A place in the log: opaque text that sorts, as bytes, in log order. The empty text is before everything. */
export type Position = string;

/** One row change as the log keeps it. */
export interface LoggedChange {
  readonly action: 'create' | 'update' | 'delete';
  readonly table: string;
  readonly collectionId: string;
  readonly id: string;
  /** The row's version after the change (of a delete: the last one it had). */
  readonly version: number;
  /** The whole row after the change (of a delete: before it). */
  readonly row: Row;
}

/** One commit as the log keeps it. */
export interface LogEntry {
  readonly position: Position;
  /** Milliseconds since 1970 at the commit. */
  readonly at: number;
  readonly key: string | null;
  readonly changes: readonly LoggedChange[];
  /** True when the commit changed a table's shape too. */
  readonly schema: boolean;
}
