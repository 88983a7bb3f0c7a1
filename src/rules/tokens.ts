import { RuleError } from './errors.ts';

/** What a token is. `open` and `close` are parentheses, `sign` a comparison operator, `join` is `&&` or `||`. */
export type TokenKind =
  | 'identifier'
  | 'call'
  | 'text'
  | 'number'
  | 'sign'
  | 'join'
  | 'open'
  | 'close'
  | 'comma'
  | 'end';

const isSpace = 1;
const isDigit = 2;
const isLetter = 4;
const isSign = 8;

/** Character classes of ASCII; everything above is no part of the language outside quotes. */
const classes = new Uint8Array(128);
for (const character of ' \t\n') classes[character.charCodeAt(0)]! |= isSpace;
for (const character of '0123456789') classes[character.charCodeAt(0)]! |= isDigit;
for (const character of 'abcdefghijklmnopqrstuvwxyz') {
  classes[character.charCodeAt(0)]! |= isLetter;
  classes[character.toUpperCase().charCodeAt(0)]! |= isLetter;
}
for (const character of '_@#') classes[character.charCodeAt(0)]! |= isLetter;
for (const character of '=!<>~?') classes[character.charCodeAt(0)]! |= isSign;

const signs: ReadonlySet<string> = new Set(
  ['=', '!=', '>', '>=', '<', '<=', '~', '!~'].flatMap((sign) => [sign, `?${sign}`]),
);

function classAt(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code < 128 ? classes[code]! : 0;
}

function characterAt(text: string, index: number): string {
  return String.fromCodePoint(text.codePointAt(index)!);
}

/**
 * Reads the tokens of a filter one by one, without copying the text. After `next()`, `kind` and `value` hold the token:
 * `value` is the unquoted text, the operator, or the name (of a call: without its parenthesis, which is consumed).
 */
export class Tokens {
  readonly #text: string;
  #at = 0;
  kind: TokenKind = 'end';
  value = '';

  constructor(text: string) {
    this.#text = text;
  }

  /** Moves to the next token and tells its kind. Throws `RuleError` for what is no token. */
  next(): TokenKind {
    this.#read();
    return this.kind;
  }

  #read(): void {
    this.#skipBlank();
    const text = this.#text;
    const start = this.#at;
    if (start >= text.length) return this.#set('end', '', start);
    const kind = classAt(text, start);
    if ((kind & isLetter) !== 0) return this.#readName(start);
    if ((kind & isDigit) !== 0 || text[start] === '-') return this.#readNumber(start);
    if ((kind & isSign) !== 0) return this.#readSign(start);
    switch (text[start]) {
      case "'":
      case '"':
        return this.#readText(start);
      case '(':
        return this.#set('open', '(', start + 1);
      case ')':
        return this.#set('close', ')', start + 1);
      case ',':
        return this.#set('comma', ',', start + 1);
      case '&':
      case '|':
        return this.#readJoin(start);
      default:
        throw new RuleError(`unexpected character '${characterAt(text, start)}'`);
    }
  }

  #set(kind: TokenKind, value: string, end: number): void {
    this.kind = kind;
    this.value = value;
    this.#at = end;
  }

  #skipBlank(): void {
    const text = this.#text;
    let at = this.#at;
    for (;;) {
      while (at < text.length && (classAt(text, at) & isSpace) !== 0) at++;
      if (text[at] !== '/' || text[at + 1] !== '/') break;
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end + 1;
    }
    this.#at = at;
  }

  #readName(start: number): void {
    const text = this.#text;
    let end = start + 1;
    while (
      end < text.length &&
      ((classAt(text, end) & (isLetter | isDigit)) !== 0 || text[end] === '.' || text[end] === ':')
    ) {
      end++;
    }
    const name = text.slice(start, end);
    if (name.endsWith('.') || name.endsWith(':')) throw new RuleError(`invalid identifier "${name}"`);
    if (text[end] === '(') this.#set('call', name, end + 1);
    else this.#set('identifier', name, end);
  }

  #readNumber(start: number): void {
    const text = this.#text;
    let end = start + 1;
    while (end < text.length && ((classAt(text, end) & isDigit) !== 0 || text[end] === '.')) end++;
    const number = text.slice(start, end);
    if (!/^-?\d+(?:\.\d+)?$/.test(number)) throw new RuleError(`invalid number "${number}"`);
    this.#set('number', number, end);
  }

  #readSign(start: number): void {
    const text = this.#text;
    let end = start + 1;
    while (end < text.length && (classAt(text, end) & isSign) !== 0) end++;
    const sign = text.slice(start, end);
    if (!signs.has(sign)) throw new RuleError(`invalid sign operator "${sign}"`);
    this.#set('sign', sign, end);
  }

  #readJoin(start: number): void {
    const text = this.#text;
    let end = start + 1;
    while (text[end] === '&' || text[end] === '|') end++;
    const join = text.slice(start, end);
    if (join !== '&&' && join !== '||') throw new RuleError(`invalid join operator "${join}"`);
    this.#set('join', join, end);
  }

  #readText(start: number): void {
    const text = this.#text;
    const quote = text.charCodeAt(start);
    let end = start + 1;
    let escaped = false;
    for (; end < text.length && text.charCodeAt(end) !== quote; end++) {
      if (text.charCodeAt(end) === backslash) {
        escaped = true;
        end++;
      }
    }
    if (end >= text.length) throw new RuleError(`invalid quoted text "${text.slice(start)}"`);
    const inner = text.slice(start + 1, end);
    this.#set('text', escaped ? unescape(inner) : inner, end + 1);
  }
}

const backslash = 92;
const escapes: { readonly [letter: string]: string } = { n: '\n', r: '\r', t: '\t', '\\': '\\', "'": "'", '"': '"' };

/** Every other backslash stands for itself, as in `\%` of a pattern. */
function unescape(text: string): string {
  return text.replace(/\\([nrt\\'"])/g, (_, letter: string) => escapes[letter]!);
}
