/** One part of an index: a column or an expression. */
export interface IndexColumn {
  /** The column's name; null for an expression. */
  readonly name: string | null;
  /** The expression as written; of a column its quoted name. */
  readonly expression: string;
  /** The name behind COLLATE, or `''`. */
  readonly collate: string;
  readonly sort: '' | 'ASC' | 'DESC';
}

/** A `CREATE INDEX` statement taken apart. */
export interface IndexDefinition {
  readonly unique: boolean;
  readonly ifNotExists: boolean;
  readonly name: string;
  readonly table: string;
  readonly columns: readonly IndexColumn[];
  /** The condition of a partial index as written, or `''`. */
  readonly where: string;
}

interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'sign';
  /** A word or sign as written; the inside of quotes. */
  readonly text: string;
  /** Where it stands in the statement. */
  readonly start: number;
  readonly end: number;
}

const lengthMax = 3000;
const nestingMax = 20;

/** A statement that cannot be taken apart. Never leaves this file. */
class IndexSyntaxError extends Error {}

/**
 * Takes a `CREATE [UNIQUE] INDEX [IF NOT EXISTS] name ON table (columns) [WHERE condition]` apart. Names may be bare or in backticks, double
 * quotes or brackets. Everything that could be more than one statement is refused: semicolons, comments, placeholders, sub-selects.
 *
 * @returns null when the text is anything else
 */
export function parseIndex(sql: string): IndexDefinition | null {
  if (sql.length > lengthMax) return null;
  try {
    return new Parser(sql, tokenise(sql)).parse();
  } catch (error) {
    if (error instanceof IndexSyntaxError) return null;
    throw error;
  }
}

const tokenPattern =
  /\s*(?:(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|`(?<tick>(?:[^`]|``)*)`|"(?<double>(?:[^"]|"")*)"|\[(?<bracket>[^\]]*)\]|'(?<string>(?:[^']|'')*)'|(?<number>\d+(?:\.\d+)?)|(?<sign>->>|->|\|\||<=|>=|<>|!=|==|[-+*/%<>=(),.~&|]))/y;

function tokenise(sql: string): Token[] {
  const length = sql.trimEnd().length;
  const tokens: Token[] = [];
  const pattern = new RegExp(tokenPattern);
  while (pattern.lastIndex < length) {
    const match = pattern.exec(sql);
    if (match?.groups === undefined) throw new IndexSyntaxError();
    const start = match.index + match[0].length - match[0].trimStart().length;
    if (sql.startsWith('--', start) || sql.startsWith('/*', start)) throw new IndexSyntaxError();
    tokens.push({ ...readToken(match.groups), start, end: pattern.lastIndex });
  }
  return tokens;
}

function readToken(groups: { readonly [name: string]: string | undefined }): Pick<Token, 'kind' | 'text'> {
  if (groups['word'] !== undefined) return { kind: 'word', text: groups['word'] };
  if (groups['string'] !== undefined) return { kind: 'string', text: groups['string'].replaceAll("''", "'") };
  if (groups['number'] !== undefined) return { kind: 'number', text: groups['number'] };
  if (groups['sign'] !== undefined) return { kind: 'sign', text: groups['sign'] };
  const quoted =
    groups['tick']?.replaceAll('``', '`') ?? groups['double']?.replaceAll('""', '"') ?? groups['bracket'] ?? '';
  return { kind: 'quoted', text: quoted };
}

/** Words that start something which no index may hold. */
const forbiddenWords: readonly string[] = [
  'select',
  'attach',
  'pragma',
  'insert',
  'update',
  'delete',
  'drop',
  'create',
];

class Parser {
  readonly #sql: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(sql: string, tokens: readonly Token[]) {
    this.#sql = sql;
    this.#tokens = tokens;
  }

  parse(): IndexDefinition {
    this.#expectWord('create');
    const unique = this.#takeWord('unique');
    this.#expectWord('index');
    const ifNotExists = this.#takeWord('if');
    if (ifNotExists) {
      this.#expectWord('not');
      this.#expectWord('exists');
    }
    const name = this.#name();
    this.#expectWord('on');
    const table = this.#name();
    const columns = this.#columns();
    const where = this.#takeWord('where') ? this.#condition() : '';
    if (this.#at < this.#tokens.length || name === '') throw new IndexSyntaxError();
    return { unique, ifNotExists, name, table, columns, where };
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #isWord(word: string): boolean {
    const token = this.#peek();
    return token?.kind === 'word' && token.text.toLowerCase() === word;
  }

  #takeWord(word: string): boolean {
    const isThere = this.#isWord(word);
    if (isThere) this.#at += 1;
    return isThere;
  }

  #expectWord(word: string): void {
    if (!this.#takeWord(word)) throw new IndexSyntaxError();
  }

  #takeSign(sign: string): boolean {
    const token = this.#peek();
    const isThere = token?.kind === 'sign' && token.text === sign;
    if (isThere) this.#at += 1;
    return isThere;
  }

  #name(): string {
    const token = this.#peek();
    if (token?.kind !== 'word' && token?.kind !== 'quoted') throw new IndexSyntaxError();
    if (token.kind === 'word' && token.text.toLowerCase() === 'on') throw new IndexSyntaxError();
    this.#at += 1;
    return token.text;
  }

  #columns(): IndexColumn[] {
    if (!this.#takeSign('(')) throw new IndexSyntaxError();
    const columns: IndexColumn[] = [];
    do columns.push(this.#column());
    while (this.#takeSign(','));
    if (!this.#takeSign(')')) throw new IndexSyntaxError();
    return columns;
  }

  #column(): IndexColumn {
    const start = this.#at;
    this.#skipExpression(['collate', 'asc', 'desc']);
    const tokens = this.#tokens.slice(start, this.#at);
    if (tokens.length === 0) throw new IndexSyntaxError();
    const only =
      tokens.length === 1 && (tokens[0]!.kind === 'word' || tokens[0]!.kind === 'quoted') ? tokens[0]! : null;
    const collate = this.#takeWord('collate') ? this.#name() : '';
    const sort = this.#takeWord('asc') ? 'ASC' : this.#takeWord('desc') ? 'DESC' : '';
    return {
      name: only?.text ?? null,
      expression: only === null ? this.#source(start) : quoteName(only.text),
      collate,
      sort,
    };
  }

  #condition(): string {
    const start = this.#at;
    this.#skipExpression([]);
    if (this.#at === start) throw new IndexSyntaxError();
    return this.#source(start);
  }

  /** What was written from a token up to here. */
  #source(start: number): string {
    return this.#sql.slice(this.#tokens[start]!.start, this.#tokens[this.#at - 1]!.end);
  }

  /** Passes over balanced tokens up to a comma or bracket of the outside, or one of the words. */
  #skipExpression(stopWords: readonly string[]): void {
    let depth = 0;
    for (let token = this.#peek(); token !== undefined; token = this.#peek()) {
      const word = token.kind === 'word' ? token.text.toLowerCase() : '';
      if (forbiddenWords.includes(word)) throw new IndexSyntaxError();
      if (depth === 0 && stopWords.includes(word)) return;
      if (depth === 0 && token.kind === 'sign' && (token.text === ',' || token.text === ')')) return;
      if (token.kind === 'sign' && token.text === '(') depth += 1;
      if (token.kind === 'sign' && token.text === ')') depth -= 1;
      if (depth > nestingMax) throw new IndexSyntaxError();
      this.#at += 1;
    }
    if (depth > 0) throw new IndexSyntaxError();
  }
}

function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** The statement of a definition, names in backticks, several columns each on a line of its own. */
export function renderIndex(definition: IndexDefinition): string {
  const { columns } = definition;
  const parts = columns.map(renderColumn);
  const body = parts.length === 1 ? `(${parts[0]})` : `(\n  ${parts.join(',\n  ')}\n)`;
  return renderAround(definition, body, definition.where, quoteName);
}

/** The statement of a definition as every engine can read it: names in double quotes, on one line. */
export function renderStandardIndex(definition: IndexDefinition): string {
  const parts = definition.columns.map((column) => {
    const expression = column.name === null ? toStandardSql(column.expression) : quoteStandard(column.name);
    return renderColumn({ ...column, expression });
  });
  return renderAround(definition, `(${parts.join(', ')})`, toStandardSql(definition.where), quoteStandard);
}

function renderColumn({ expression, collate, sort }: IndexColumn): string {
  return [expression, collate === '' ? '' : `COLLATE ${collate}`, sort].filter((part) => part !== '').join(' ');
}

function renderAround(
  { unique, ifNotExists, name, table }: IndexDefinition,
  body: string,
  where: string,
  quote: (name: string) => string,
): string {
  const start = `CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${ifNotExists ? 'IF NOT EXISTS ' : ''}${quote(name)}`;
  return `${start} ON ${quote(table)} ${body}${where === '' ? '' : ` WHERE ${where}`}`;
}

function quoteStandard(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** An expression with every quoted name in double quotes; everything else as written. */
function toStandardSql(sql: string): string {
  let text = '';
  let end = 0;
  for (const token of tokenise(sql)) {
    const piece = token.kind === 'quoted' ? quoteStandard(token.text) : sql.slice(token.start, token.end);
    text += sql.slice(end, token.start) + piece;
    end = token.end;
  }
  return text;
}

/** The same index on another table: as it is when the table has that name already. Text that is no index stays, to be refused later. */
export function moveIndex(sql: string, table: string): string {
  const definition = parseIndex(sql);
  return definition === null || definition.table === table ? sql : renderIndex({ ...definition, table });
}

/** True for a unique index over exactly this one column (whatever its collation, order or condition). */
function isUniqueOver(definition: IndexDefinition, column: string): boolean {
  const { unique, columns } = definition;
  return unique && columns.length === 1 && columns[0]!.name?.toLowerCase() === column.toLowerCase();
}

/** The unique index over exactly this one column among the statements, or null. */
export function findUniqueIndex(indexes: readonly string[], column: string): IndexDefinition | null {
  for (const sql of indexes) {
    const definition = parseIndex(sql);
    if (definition !== null && isUniqueOver(definition, column)) return definition;
  }
  return null;
}
