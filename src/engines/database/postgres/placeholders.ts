const pieces = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\?/g;

/**
 * The same text with `$1`, `$2` … in the place of `?`; string literals and quoted identifiers stay as they are.
 *
 * @example numberPlaceholders(`SELECT "a?" FROM "t" WHERE "b" = ?`) // `SELECT "a?" FROM "t" WHERE "b" = $1`
 */
export function numberPlaceholders(sql: string): string {
  let number = 0;
  return sql.replace(pieces, (piece) => (piece === '?' ? `$${++number}` : piece));
}
