/** One part of an index: a column or an expression. */
export interface IndexColumn {
  /** The column's name; null for an expression. */
  readonly name: string | null;
  /** The text of the expression; of a column its quoted name. */
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
  /** The condition of a partial index, or `''`. */
  readonly where: string;
}

interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'sign';
  /** A word or sign as written; the inside of quotes. */
  readonly text: string;
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
    return new Parser(tokenise(sql)).parse();
  } catch (error) {
    if (error instanceof IndexSyntaxError) return null;
    throw error;
  }
}

const tokenPattern =
  /\s*(?:(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|`(?<tick>(?:[^`]|``)*)`|"(?<double>(?:[^"]|"")*)"|\[(?<bracket>[^\]]*)\]|'(?<string>(?:[^']|'')*)'|(?<number>\d+(?:\.\d+)?)|(?<sign>->>|->|\|\||<=|>=|<>|!=|==|[-+*/%<>=(),.~&|]))/y;

function tokenise(sql: string): Token[] {
  const text = sql.trim();
  const tokens: Token[] = [];
  const pattern = new RegExp(tokenPattern);
  while (pattern.lastIndex < text.length) {
    const start = pattern.lastIndex;
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined || text.startsWith('--', start) || text.startsWith('/*', start))
      throw new IndexSyntaxError();
    tokens.push(toToken(groups));
  }
  return tokens;
}

function toToken(groups: { readonly [name: string]: string | undefined }): Token {
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
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
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
      expression: only === null ? renderTokens(tokens) : quoteName(only.text),
      collate,
      sort,
    };
  }

  #condition(): string {
    const start = this.#at;
    this.#skipExpression([]);
    if (this.#at === start) throw new IndexSyntaxError();
    return renderTokens(this.#tokens.slice(start, this.#at));
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

/** Tokens as SQL, one space between them except where brackets and points stick to their neighbours. */
function renderTokens(tokens: readonly Token[]): string {
  let text = '';
  let last = '';
  for (const token of tokens) {
    const piece = renderToken(token);
    const sticks = text === '' || piece === ')' || piece === ',' || piece === '.' || last === '(' || last === '.';
    const isCall = piece === '(' && /\w$/.test(last) && !/^(?:and|or|not|in|is|like|between)$/i.test(last);
    text += sticks || isCall ? piece : ` ${piece}`;
    last = piece;
  }
  return text;
}

function renderToken(token: Token): string {
  if (token.kind === 'quoted') return quoteName(token.text);
  return token.kind === 'string' ? `'${token.text.replaceAll("'", "''")}'` : token.text;
}

/** The statement of a definition, names in backticks. */
export function renderIndex(definition: IndexDefinition): string {
  const { unique, ifNotExists, name, table, columns, where } = definition;
  const parts = columns.map(({ expression, collate, sort }) =>
    [expression, collate === '' ? '' : `COLLATE ${collate}`, sort].filter((part) => part !== '').join(' '),
  );
  const start = `CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${ifNotExists ? 'IF NOT EXISTS ' : ''}${quoteName(name)}`;
  return `${start} ON ${quoteName(table)} (${parts.join(', ')})${where === '' ? '' : ` WHERE ${where}`}`;
}

/** The same index on another table: as it is when the table has that name already. Text that is no index stays, to be refused later. */
export function moveIndex(sql: string, table: string): string {
  const definition = parseIndex(sql);
  return definition === null || definition.table === table ? sql : renderIndex({ ...definition, table });
}

/** True for a unique index over exactly this one column (whatever its collation, order or condition). */
export function isUniqueOver(definition: IndexDefinition, column: string): boolean {
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
