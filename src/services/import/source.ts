import type { ColumnValue } from '../../model/commit.ts';

/** A table or view of the database that is imported. */
export interface SourceTable {
  readonly name: string;
  readonly kind: 'table' | 'view';
  readonly columns: readonly string[];
  /** The statement that made it. */
  readonly sql: string;
}

/** The database of another program, open for reading. It is never changed. */
export interface SourceReader {
  tables(): readonly SourceTable[];
  count(table: string): number;
  /** In the order in which the rows were inserted. */
  rows(table: string, columns: readonly string[]): Iterable<readonly ColumnValue[]>;
  /** Throws when somebody has written to it meanwhile. */
  assertUnchanged(): void;
  close(): void;
}

/** Something about the source or the target that the person who imports can mend. The message says what to do. */
export class ImportError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ImportError';
  }
}
