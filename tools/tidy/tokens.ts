// Splits TypeScript into tokens and comments. TypeScript 7 offers no stable parser to programs, and the tree's rules
// need no more than this: what is code, what is text, what is a comment, and on which line.

/** A `template` is one piece of text between backticks and `${}`; the code inside `${}` gives tokens of its own. */
export type TokenKind = 'word' | 'number' | 'string' | 'template' | 'regexp' | 'punctuation';

/** Lines count from 1. Text of strings, templates and regular expressions includes their delimiters. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly line: number;
  readonly endLine: number;
}

/** Text is without the comment's own delimiters. */
export interface Comment {
  readonly text: string;
  readonly line: number;
  readonly endLine: number;
}

/** Everything in a file but white space. */
export interface Scan {
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
}

const SPACE = /\s+/y;
const LINE_COMMENT = /\/\/[^\n]*/y;
const BLOCK_COMMENT = /\/\*[^]*?(?:\*\/|$)/y;
const WORD = /#?[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;
const NUMBER = /\d[\w.]*/y;
const STRING = /'(?:\\[^]|[^'\\\n])*'?|"(?:\\[^]|[^"\\\n])*"?/y;
const TEMPLATE = /(?:\\[^]|\$(?!\{)|[^`\\$])*(?:\$\{|`|$)/y;
const REGEXP = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/\w*/y;
const PUNCTUATION = /=>|\.\.\.|\?\.(?!\d)|[^]/y;
const SHEBANG = /^#![^\n]*/y;

/** After one of these words a slash begins a regular expression; after any other word it divides. */
const WORDS_BEFORE_OPERAND = new Set(
  'return typeof case in of delete void throw new else do await yield instanceof'.split(' '),
);

/** Splits a source text. Never fails: text that is no TypeScript gives tokens of no use. */
export function scan(source: string): Scan {
  return new Scanner(source).scan();
}

class Scanner {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  readonly #comments: Comment[] = [];
  /** For each template that is open: how many braces are open inside its current `${}`. */
  readonly #templates: number[] = [];
  #at = 0;
  #line = 1;

  constructor(source: string) {
    this.#source = source;
  }

  scan(): Scan {
    this.#take(SHEBANG);
    while (this.#at < this.#source.length) this.#next();
    return { tokens: this.#tokens, comments: this.#comments };
  }

  #next(): void {
    if (this.#take(SPACE) !== undefined) return;
    const line = this.#line;
    const comment = this.#take(LINE_COMMENT) ?? this.#take(BLOCK_COMMENT);
    if (comment === undefined) this.#nextToken(line);
    else this.#comments.push({ text: comment.replaceAll(/^\/[/*]|\*\/$/g, ''), line, endLine: this.#line });
  }

  #nextToken(line: number): void {
    const [kind, text] = this.#takeToken();
    this.#tokens.push({ kind, text, line, endLine: this.#line });
  }

  #takeToken(): [TokenKind, string] {
    const next = this.#source[this.#at];
    if (next === '`') return ['template', this.#takeTemplate()];
    if (next === '}' && this.#templates.at(-1) === 0) {
      this.#templates.pop();
      return ['template', this.#takeTemplate()];
    }
    for (const [kind, pattern] of [
      ['word', WORD],
      ['number', NUMBER],
      ['string', STRING],
    ] as const) {
      const text = this.#take(pattern);
      if (text !== undefined) return [kind, text];
    }
    const regexp = next === '/' && this.#isOperandNext() ? this.#take(REGEXP) : undefined;
    if (regexp !== undefined) return ['regexp', regexp];
    return ['punctuation', this.#takePunctuation()];
  }

  #takePunctuation(): string {
    const text = this.#take(PUNCTUATION) ?? '';
    const depth = this.#templates.length - 1;
    if (depth >= 0 && text === '{') this.#templates[depth] = (this.#templates[depth] ?? 0) + 1;
    if (depth >= 0 && text === '}') this.#templates[depth] = (this.#templates[depth] ?? 0) - 1;
    return text;
  }

  /** Takes a piece of a template: from a backtick or a closing brace to the next `${` or the end. */
  #takeTemplate(): string {
    const opening = this.#source.slice(this.#at, ++this.#at);
    const text = this.#take(TEMPLATE) ?? '';
    if (text.endsWith('${')) this.#templates.push(0);
    return opening + text;
  }

  #isOperandNext(): boolean {
    const previous = this.#tokens.at(-1);
    if (previous === undefined) return true;
    if (previous.kind === 'word') return WORDS_BEFORE_OPERAND.has(previous.text);
    if (previous.kind === 'template') return previous.text.endsWith('${');
    return previous.kind === 'punctuation' && !')]}'.includes(previous.text);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#source)?.[0];
    if (text === undefined || text === '') return undefined;
    this.#at += text.length;
    for (const character of text) if (character === '\n') this.#line += 1;
    return text;
  }
}
