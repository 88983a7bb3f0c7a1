/**
 * What differs between SQL engines, as data and small functions; the compiler of rules asks nothing else. Each database driver
 * brings its own. Text compares as bytes in all of them.
 */
export interface Dialect {
  readonly name: string;
  /** Quotes an identifier (table, column, alias). The only place where identifiers enter SQL text. */
  identifier(name: string): string;
}
