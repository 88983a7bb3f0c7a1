import type { ColumnValue } from '../model/commit.ts';

/** A piece of SQL: text with `?` placeholders, and their values in order. Immutable. */
export interface Sql {
  readonly text: string;
  readonly params: readonly ColumnValue[];
}

const none: readonly ColumnValue[] = Object.freeze([]);

/** SQL without values. Only for words of the language and for identifiers that the dialect has quoted. */
export function raw(text: string): Sql {
  return { text, params: none };
}

/** A placeholder with its value. */
export function bind(value: ColumnValue): Sql {
  return { text: '?', params: [value] };
}

/**
 * Puts pieces together; strings are quoted identifiers or words of the language, never values.
 *
 * @example sql`${column} = ${bind('x')}`
 */
export function sql(strings: TemplateStringsArray, ...pieces: readonly (Sql | string)[]): Sql {
  let text = strings[0]!;
  let params: readonly ColumnValue[] = none;
  for (let index = 0; index < pieces.length; index++) {
    const piece = pieces[index]!;
    if (typeof piece === 'string') {
      text += piece + strings[index + 1]!;
    } else {
      text += piece.text + strings[index + 1]!;
      if (piece.params.length > 0) params = params.length === 0 ? piece.params : [...params, ...piece.params];
    }
  }
  return { text, params };
}

/** Pieces with a separator between them. */
export function joinSql(pieces: readonly Sql[], separator: string): Sql {
  if (pieces.length === 1) return pieces[0]!;
  return { text: pieces.map((piece) => piece.text).join(separator), params: pieces.flatMap((piece) => piece.params) };
}
