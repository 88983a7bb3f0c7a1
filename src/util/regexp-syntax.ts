import {
  type CharSet,
  codePointMax,
  complementRanges,
  createProperty,
  createSet,
  perlClasses,
  posixClasses,
} from './regexp-sets.ts';
import type { PropertyTest } from './regexp-sets.ts';

/** A place between two characters that a pattern can demand. */
export type Anchor = 'textStart' | 'textEnd' | 'lineStart' | 'lineEnd' | 'wordBoundary' | 'noWordBoundary';

/** A parsed pattern. Groups leave no trace: nothing asks what they captured. */
export type RegexpNode =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'anchor'; readonly anchor: Anchor }
  | { readonly kind: 'concat'; readonly parts: readonly RegexpNode[] }
  | { readonly kind: 'alternate'; readonly options: readonly RegexpNode[] }
  | { readonly kind: 'repeat'; readonly node: RegexpNode; readonly min: number; readonly max: number };

/** A pattern that is not in the syntax. Its message names the mistake and the place. */
export class PatternError extends Error {
  constructor(mistake: string, fragment: string) {
    super(`error parsing regexp: ${mistake}: \`${fragment}\``);
    this.name = 'PatternError';
  }
}

const nestingMax = 100;
const repeatMax = 1000;
/** A pattern itself may not be longer than this. */
const patternLengthMax = 10_000;

interface Flags {
  readonly fold: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

/**
 * Parses the pattern syntax of Go's `regexp` (RE2): everything but what cannot run in linear time, so no back-references and no
 * look-around. Syntax: https://github.com/google/re2/wiki/Syntax
 *
 * @throws PatternError
 */
export function parseRegexp(pattern: string): RegexpNode {
  if (pattern.length > patternLengthMax) throw new PatternError('expression too large', pattern.slice(0, 20));
  const parser = new Parser(Array.from(pattern));
  return parser.parse();
}

class Parser {
  readonly #chars: readonly string[];
  #at = 0;
  #depth = 0;
  #flags: Flags = { fold: false, multiline: false, dotAll: false };

  constructor(chars: readonly string[]) {
    this.#chars = chars;
  }

  parse(): RegexpNode {
    const node = this.#alternation();
    if (this.#at < this.#chars.length) throw new PatternError('unexpected )', this.#rest(0));
    return node;
  }

  #peek(ahead = 0): string {
    return this.#chars[this.#at + ahead] ?? '';
  }

  #rest(start: number): string {
    return this.#chars.slice(start).join('');
  }

  #slice(start: number): string {
    return this.#chars.slice(start, this.#at).join('');
  }

  #take(text: string): boolean {
    for (let index = 0; index < text.length; index++) if (this.#peek(index) !== text[index]) return false;
    this.#at += text.length;
    return true;
  }

  #alternation(): RegexpNode {
    const options = [this.#concatenation()];
    while (this.#take('|')) options.push(this.#concatenation());
    return options.length === 1 ? options[0]! : { kind: 'alternate', options };
  }

  #concatenation(): RegexpNode {
    const parts: RegexpNode[] = [];
    for (let next = this.#peek(); next !== '' && next !== '|' && next !== ')'; next = this.#peek()) {
      const start = this.#at;
      if (this.#take('\\Q')) {
        parts.push(...this.#quoted());
        continue;
      }
      const node = this.#atom();
      if (node !== null) parts.push(this.#repetition(node, start));
    }
    return parts.length === 1 ? parts[0]! : { kind: 'concat', parts };
  }

  #quoted(): RegexpNode[] {
    const nodes: RegexpNode[] = [];
    while (this.#peek() !== '' && !this.#take('\\E')) nodes.push(this.#literal(this.#next()));
    return nodes;
  }

  #next(): string {
    const char = this.#peek();
    this.#at += 1;
    return char;
  }

  #literal(char: string): RegexpNode {
    const codePoint = char.codePointAt(0)!;
    return { kind: 'set', set: createSet([codePoint, codePoint], this.#flags.fold) };
  }

  /** One thing that can be repeated; null for a group that only sets flags. */
  #atom(): RegexpNode | null {
    const start = this.#at;
    const char = this.#next();
    switch (char) {
      case '(':
        return this.#group(start);
      case '[':
        return { kind: 'set', set: this.#bracket(start) };
      case '.':
        return { kind: 'set', set: createSet(this.#flags.dotAll ? [0, codePointMax] : complementRanges([10, 10])) };
      case '^':
        return { kind: 'anchor', anchor: this.#flags.multiline ? 'lineStart' : 'textStart' };
      case '$':
        return { kind: 'anchor', anchor: this.#flags.multiline ? 'lineEnd' : 'textEnd' };
      case '\\':
        return this.#escape(start);
      case '*':
      case '+':
      case '?':
        throw new PatternError('missing argument to repetition operator', char);
      case '{':
        return this.#brace(start);
      default:
        return this.#literal(char);
    }
  }

  /** A brace that is no count is a letter. */
  #brace(start: number): RegexpNode {
    this.#at = start;
    if (this.#bounds() !== null) throw new PatternError('missing argument to repetition operator', this.#slice(start));
    return this.#literal(this.#next());
  }

  #repetition(node: RegexpNode, start: number): RegexpNode {
    const operatorStart = this.#at;
    const bounds = this.#bounds();
    if (bounds === null) return node;
    this.#take('?'); // Laziness changes what a group captures, never whether the pattern matches.
    const secondStart = this.#at;
    if (this.#bounds() !== null) {
      throw new PatternError('invalid nested repetition operator', this.#chars.slice(operatorStart, this.#at).join(''));
    }
    this.#at = secondStart;
    if (bounds.min > repeatMax || (bounds.max !== Infinity && bounds.max > repeatMax) || bounds.max < bounds.min) {
      throw new PatternError('invalid repeat count', this.#slice(operatorStart));
    }
    this.#checkRepeats(node, Math.max(bounds.min, bounds.max === Infinity ? 1 : bounds.max), start);
    return { kind: 'repeat', node, min: bounds.min, max: bounds.max };
  }

  /** Counts within counts multiply; a product above the bound is refused before it is built. */
  #checkRepeats(node: RegexpNode, times: number, start: number): void {
    if (countRepeats(node) * times > repeatMax) throw new PatternError('invalid repeat count', this.#slice(start));
  }

  #bounds(): { min: number; max: number } | null {
    if (this.#take('*')) return { min: 0, max: Infinity };
    if (this.#take('+')) return { min: 1, max: Infinity };
    if (this.#take('?')) return { min: 0, max: 1 };
    if (this.#peek() !== '{') return null;
    const start = this.#at;
    this.#at += 1;
    const min = this.#number();
    let max = min;
    if (min !== null && this.#take(',')) max = this.#peek() === '}' ? Infinity : this.#number();
    if (min !== null && max !== null && this.#take('}')) return { min, max };
    this.#at = start; // Not a count after all: the brace is a letter.
    return null;
  }

  #number(): number | null {
    const start = this.#at;
    while (/^\d$/.test(this.#peek())) this.#at += 1;
    const digits = this.#slice(start);
    if (digits === '' || (digits.length > 1 && digits.startsWith('0'))) return null;
    return digits.length > 8 ? repeatMax + 1 : Number(digits);
  }

  #group(start: number): RegexpNode | null {
    const outerFlags = this.#flags;
    if (this.#peek() === '?' && !this.#name() && this.#flagGroup(start)) return null;
    this.#depth += 1;
    if (this.#depth > nestingMax) throw new PatternError('expression nests too deeply', this.#rest(0).slice(0, 20));
    const node = this.#alternation();
    if (!this.#take(')')) throw new PatternError('missing closing )', this.#rest(0));
    this.#depth -= 1;
    this.#flags = outerFlags;
    return node;
  }

  /** Reads `?P<name>` or `?<name>`. */
  #name(): boolean {
    const start = this.#at;
    if (!this.#take('?P<') && !this.#take('?<')) return false;
    const nameStart = this.#at;
    while (/^\w$/.test(this.#peek())) this.#at += 1;
    if (this.#at === nameStart || !this.#take('>')) {
      throw new PatternError('invalid named capture', `(${this.#chars.slice(start, this.#at + 1).join('')}`);
    }
    return true;
  }

  /** Reads `?flags)` (true: there is no group) or `?flags:` (false: the group follows). */
  #flagGroup(start: number): boolean {
    this.#at += 1;
    let on = true;
    let { fold, multiline, dotAll } = this.#flags;
    for (;;) {
      const char = this.#next();
      if (char === 'i') fold = on;
      else if (char === 'm') multiline = on;
      else if (char === 's') dotAll = on;
      else if (char === '-' && on) on = false;
      else if (char === ')' || char === ':') {
        this.#flags = { fold, multiline, dotAll };
        return char === ')';
      } else if (char === '') throw new PatternError('missing closing )', this.#rest(0));
      else if (char !== 'U') throw new PatternError('invalid or unsupported Perl syntax', this.#slice(start));
    }
  }

  #escape(start: number): RegexpNode {
    const anchors: { readonly [letter: string]: Anchor } = {
      A: 'textStart',
      z: 'textEnd',
      b: 'wordBoundary',
      B: 'noWordBoundary',
    };
    const anchor = anchors[this.#peek()];
    if (anchor !== undefined) {
      this.#at += 1;
      return { kind: 'anchor', anchor };
    }
    const members = new Members(this.#flags.fold);
    if (this.#classEscape(members)) return { kind: 'set', set: members.toSet(false) };
    const codePoint = this.#charEscape(start);
    return { kind: 'set', set: createSet([codePoint, codePoint], this.#flags.fold) };
  }

  /** Reads `d`, `W`, `pL`, `P{Greek}` and their like behind a backslash. */
  #classEscape(members: Members): boolean {
    const letter = this.#peek();
    const perl = perlClasses[letter.toLowerCase()];
    if (perl !== undefined && letter !== '') {
      this.#at += 1;
      members.ranges.push(...(letter === letter.toLowerCase() ? perl : complementRanges(perl)));
      return true;
    }
    if (letter !== 'p' && letter !== 'P') return false;
    const start = this.#at - 1;
    this.#at += 1;
    let name = this.#next();
    if (name === '{') {
      const nameStart = this.#at;
      while (this.#peek() !== '' && this.#peek() !== '}') this.#at += 1;
      name = this.#slice(nameStart);
      this.#at += 1;
    }
    const inverted = name.startsWith('^');
    const property = createProperty(inverted ? name.slice(1) : name, (letter === 'P') !== inverted);
    if (name === 'Any') members.ranges.push(...(letter === 'p' ? [0, codePointMax] : []));
    else if (property === null) throw new PatternError('invalid character class range', this.#slice(start));
    else members.properties.push(property);
    return true;
  }

  /** The code point of an escape such as `n`, `x41`, `x{1F600}`, `101` or `.`; the backslash is read already. */
  #charEscape(start: number): number {
    const char = this.#next();
    if (char === '') throw new PatternError('trailing backslash at end of expression', '');
    const simple = 'a\x07f\x0ct\tn\nr\rv\x0b';
    const index = simple.indexOf(char);
    if (index >= 0 && index % 2 === 0) return simple.codePointAt(index + 1)!;
    if (char === 'x') return this.#hex(start);
    if (/^[0-7]$/.test(char) && (char === '0' || /^[0-7]$/.test(this.#peek()))) {
      while (this.#at - start < 4 && /^[0-7]$/.test(this.#peek())) this.#at += 1;
      return Number.parseInt(this.#slice(start + 1), 8);
    }
    if (char.codePointAt(0)! < 0x80 && !/^[A-Za-z0-9]$/.test(char)) return char.codePointAt(0)!;
    throw new PatternError('invalid escape sequence', this.#slice(start));
  }

  #hex(start: number): number {
    const match = this.#peek() === '{' ? /^\{([0-9A-Fa-f]{1,8})\}/.exec(this.#rest(this.#at)) : null;
    const digits = match?.[1] ?? /^[0-9A-Fa-f]{2}/.exec(this.#peek() + this.#peek(1))?.[0];
    const codePoint = digits === undefined ? Number.NaN : Number.parseInt(digits, 16);
    if (!(codePoint <= codePointMax)) throw new PatternError('invalid escape sequence', this.#slice(start));
    this.#at += match === null ? 2 : match[0].length;
    return codePoint;
  }

  /** A class in brackets; the opening one is read already. */
  #bracket(start: number): CharSet {
    const negated = this.#take('^');
    const members = new Members(this.#flags.fold);
    for (let isFirst = true; isFirst || this.#peek() !== ']'; isFirst = false) {
      if (this.#peek() === '') throw new PatternError('missing closing ]', this.#rest(start));
      if (this.#take('[:')) this.#posix(members);
      else if (this.#peek() !== '\\' || !this.#bracketClass(members)) this.#range(members);
    }
    this.#at += 1;
    return members.toSet(negated);
  }

  #bracketClass(members: Members): boolean {
    this.#at += 1;
    if (this.#classEscape(members)) return true;
    this.#at -= 1;
    return false;
  }

  #posix(members: Members): void {
    const match = /^(\^?)([a-z]+):\]/.exec(this.#rest(this.#at).slice(0, 20));
    const name = match?.[2] ?? '';
    const ranges = Object.hasOwn(posixClasses, name) ? posixClasses[name] : undefined;
    if (match === null || ranges === undefined) {
      throw new PatternError('invalid character class range', `[:${this.#rest(this.#at).split(']')[0]}]`);
    }
    this.#at += match[0].length;
    members.ranges.push(...(match[1] === '' ? ranges : complementRanges(ranges)));
  }

  #range(members: Members): void {
    const start = this.#at;
    const first = this.#member();
    let last = first;
    if (this.#peek() === '-' && this.#peek(1) !== ']' && this.#peek(1) !== '') {
      this.#at += 1;
      last = this.#member();
    }
    if (last < first) throw new PatternError('invalid character class range', this.#slice(start));
    members.ranges.push(first, last);
  }

  #member(): number {
    const start = this.#at;
    const char = this.#next();
    if (char === '') throw new PatternError('missing closing ]', this.#rest(0));
    return char === '\\' ? this.#charEscape(start) : char.codePointAt(0)!;
  }
}

/** A class while it is read. */
class Members {
  readonly ranges: number[] = [];
  readonly properties: PropertyTest[] = [];
  readonly #folded: boolean;

  constructor(folded: boolean) {
    this.#folded = folded;
  }

  toSet(negated: boolean): CharSet {
    return { ranges: this.ranges, properties: this.properties, negated, folded: this.#folded };
  }
}

/** How often the most repeated part of a node occurs when its counts are written out. */
function countRepeats(node: RegexpNode): number {
  switch (node.kind) {
    case 'concat':
      return Math.max(1, ...node.parts.map(countRepeats));
    case 'alternate':
      return Math.max(1, ...node.options.map(countRepeats));
    case 'repeat':
      return countRepeats(node.node) * Math.max(1, node.min, node.max === Infinity ? 1 : node.max);
    default:
      return 1;
  }
}
