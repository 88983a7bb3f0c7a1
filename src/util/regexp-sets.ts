/** A Unicode property of a class, such as `\p{Greek}` or, negated, `\P{L}`. */
export interface PropertyTest {
  readonly test: RegExp;
  readonly negated: boolean;
}

/** A set of code points: what one step of a pattern accepts. */
export interface CharSet {
  /** Pairs of first and last code point. */
  readonly ranges: readonly number[];
  readonly properties: readonly PropertyTest[];
  readonly negated: boolean;
  /** Case does not matter. */
  readonly folded: boolean;
}

/** The largest code point. */
export const codePointMax = 0x10ffff;

/** A set of ranges. */
export function createSet(ranges: readonly number[], folded = false): CharSet {
  return { ranges, properties: [], negated: false, folded };
}

/** True when the set has the code point. */
export function setHas(set: CharSet, codePoint: number): boolean {
  return set.folded ? hasFolded(set, codePoint) : hasExactly(set, codePoint) !== set.negated;
}

function hasFolded(set: CharSet, codePoint: number): boolean {
  if (hasExactly(set, codePoint)) return !set.negated;
  const text = String.fromCodePoint(codePoint);
  const found = [text.toLowerCase(), text.toUpperCase()].some((variant) => {
    const first = variant.codePointAt(0)!;
    // A variant of several letters, as of the German sharp s, is no match for one.
    return String.fromCodePoint(first) === variant && hasExactly(set, first);
  });
  return found !== set.negated;
}

function hasExactly(set: CharSet, codePoint: number): boolean {
  const { ranges } = set;
  for (let index = 0; index < ranges.length; index += 2) {
    if (codePoint >= ranges[index]! && codePoint <= ranges[index + 1]!) return true;
  }
  return set.properties.some(({ test, negated }) => test.test(String.fromCodePoint(codePoint)) !== negated);
}

const digit = [0x30, 0x39];
const upper = [0x41, 0x5a];
const lower = [0x61, 0x7a];
const word = [...digit, ...upper, 0x5f, 0x5f, ...lower];

/** The classes with a letter: `\d`, `\w` and `\s` know only ASCII. */
export const perlClasses: { readonly [letter: string]: readonly number[] } = {
  d: digit,
  w: word,
  s: [0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20],
};

/** The classes with a name inside brackets: `[[:alpha:]]`. */
export const posixClasses: { readonly [name: string]: readonly number[] } = {
  alnum: [...digit, ...upper, ...lower],
  alpha: [...upper, ...lower],
  ascii: [0, 0x7f],
  blank: [0x09, 0x09, 0x20, 0x20],
  cntrl: [0, 0x1f, 0x7f, 0x7f],
  digit,
  graph: [0x21, 0x7e],
  lower,
  print: [0x20, 0x7e],
  punct: [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e],
  space: [0x09, 0x0d, 0x20, 0x20],
  upper,
  word,
  xdigit: [...digit, 0x41, 0x46, 0x61, 0x66],
};

/** True for the letters of `\w`. */
export function isWordCodePoint(codePoint: number): boolean {
  return (
    (codePoint >= 0x61 && codePoint <= 0x7a) ||
    (codePoint >= 0x41 && codePoint <= 0x5a) ||
    (codePoint >= 0x30 && codePoint <= 0x39) ||
    codePoint === 0x5f
  );
}

/** The code points outside sorted or unsorted ranges, as ranges. */
export function complementRanges(ranges: readonly number[]): number[] {
  const pairs: [number, number][] = [];
  for (let index = 0; index < ranges.length; index += 2) pairs.push([ranges[index]!, ranges[index + 1]!]);
  pairs.sort((left, right) => left[0] - right[0]);
  const result: number[] = [];
  let next = 0;
  for (const [first, last] of pairs) {
    if (first > next) result.push(next, first - 1);
    next = Math.max(next, last + 1);
  }
  if (next <= codePointMax) result.push(next, codePointMax);
  return result;
}

/** A property by its general category or script, or null when there is none of that name. */
export function createProperty(name: string, negated: boolean): PropertyTest | null {
  if (!/^[A-Za-z_]{1,40}$/.test(name)) return null;
  const query = /^[A-Z][a-z]?$/.test(name) ? `General_Category=${name}` : `Script=${name}`;
  try {
    return { test: new RegExp(`^\\p{${query}}$`, 'u'), negated };
  } catch {
    return null;
  }
}
