import { LruMap } from '../../util/lru-map.ts';
import { randomInteger } from '../../util/random.ts';
import { type CharSet, codePointMax, complementRanges, setHas } from '../../util/regexp-sets.ts';
import { parseRegexp, type RegexpNode } from '../../util/regexp-syntax.ts';

/** A pattern that no text can be generated from. */
export class AutogenerateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AutogenerateError';
  }
}

/** How often `*` and `+` repeat at most. */
const repeatMax = 5;
/** Characters of one generated text; a pattern that asks for more is refused. */
const lengthMax = 10_000;
/** Parsed patterns that are kept: a memo of a pure function. */
const parsed = new LruMap<string, RegexpNode>(200);

/**
 * A random text that the pattern (Go's syntax, see `util/regexp-syntax.ts`) matches: alternatives and members of a class are equally
 * likely, `.` stands for letters and digits, `*` gives 0 to 5 and `+` 1 to 5 repetitions, `{m,n}` m to n-1, and an optional part is
 * left out. The randomness is fit for secrets.
 *
 * @throws PatternError when the pattern is wrong
 * @throws AutogenerateError when it has something that is no character: an anchor, a word boundary or nothing at all
 * @example autogenerate('[a-z0-9]{15}') // 'q0v8zjw2hs41mfp'
 */
export function autogenerate(pattern: string): string {
  let node = parsed.get(pattern);
  if (node === undefined) {
    node = parseRegexp(pattern);
    parsed.set(pattern, node);
  }
  const out: string[] = [];
  generate(node, out);
  return out.join('');
}

function generate(node: RegexpNode, out: string[]): void {
  switch (node.kind) {
    case 'set':
      if (out.length >= lengthMax)
        throw new AutogenerateError(`The pattern generates more than ${lengthMax} characters.`);
      out.push(String.fromCodePoint(pick(node.set)));
      return;
    case 'concat':
      for (const part of node.parts) generate(part, out);
      return;
    case 'alternate':
      checkOptions(node.options);
      generate(node.options[randomInteger(node.options.length)]!, out);
      return;
    case 'repeat':
      for (let left = countOf(node.min, node.max); left > 0; left--) generate(node.node, out);
      return;
    case 'anchor':
      throw new AutogenerateError(`The pattern has an unsupported operator (${node.anchor}).`);
  }
}

/** An empty alternative says "or nothing", which would give values that are no values. */
function checkOptions(options: readonly RegexpNode[]): void {
  if (options.some((option) => option.kind === 'concat' && option.parts.length === 0)) {
    throw new AutogenerateError('The pattern has an unsupported operator (empty alternative).');
  }
}

function countOf(min: number, max: number): number {
  if (min === max) return min;
  if (max === Infinity) return min + randomInteger(Math.max(1, repeatMax + 1 - min));
  return min + randomInteger(max - min);
}

const lettersAndDigits = [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a];
const printable = [0x20, 0x7e];
/** Where the letters of most scripts are. */
const alphabets = [0xa1, 0x2fff];
/** Ranges wider than this were not written out by anybody: they are `.`, `\D`, `[^x]` and their like. */
const wideSize = 0x8000;

/** A code point of the set. From wide and property sets only plain characters are taken. */
function pick(set: CharSet): number {
  const own = set.negated ? complementRanges(set.ranges) : set.ranges;
  const isPlain = set.properties.length === 0 && sizeOf(own) < wideSize;
  const candidates = isPlain ? [own] : [lettersAndDigits, printable, alphabets, own, [0, codePointMax]];
  for (const ranges of candidates) {
    const found = pickFrom(ranges, set);
    if (found !== null) return found;
  }
  throw new AutogenerateError('The pattern has a character class without usable characters.');
}

function sizeOf(ranges: readonly number[]): number {
  let size = 0;
  for (let index = 0; index < ranges.length; index += 2) size += ranges[index + 1]! - ranges[index]! + 1;
  return size;
}

/** How many random members of a range are tried before the next range is. */
const triesMax = 2000;

function pickFrom(ranges: readonly number[], set: CharSet): number | null {
  const size = sizeOf(ranges);
  if (size === 0) return null;
  for (let tries = 0; tries < triesMax; tries++) {
    const codePoint = memberAt(ranges, randomInteger(size));
    const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
    if (!isSurrogate && setHas(set, codePoint)) return codePoint;
  }
  return null;
}

function memberAt(ranges: readonly number[], position: number): number {
  let left = position;
  for (let index = 0; ; index += 2) {
    const size = ranges[index + 1]! - ranges[index]! + 1;
    if (left < size) return ranges[index]! + left;
    left -= size;
  }
}
