import { RuleError } from './errors.ts';

/** Longest pattern, in bytes of UTF-8; the limit of SQLite. */
const patternBytesMax = 50_000;

/** Refuses a pattern that an engine would refuse. */
export function checkPattern(pattern: string): void {
  if (pattern.length > patternBytesMax / 3 && Buffer.byteLength(pattern) > patternBytesMax) {
    throw new RuleError(`the text to search for is longer than ${patternBytesMax} bytes`);
  }
}

/**
 * The pattern for a given text on the right of `~`. With an unescaped `%` the text is the pattern itself; otherwise it is
 * searched for as it stands: `\`, `%` and `_` are escaped unless they already are, and the whole may be anywhere.
 */
export function patternOf(text: string): string {
  let escaped = '';
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    const next = text[index + 1];
    if (character === '\\' && (next === '\\' || next === '%' || next === '_')) {
      escaped += character + next;
      index++;
    } else if (character === '%') {
      return text;
    } else {
      escaped += character === '\\' || character === '_' ? `\\${character}` : character;
    }
  }
  return `%${escaped}%`;
}

function fold(codePoint: number): number {
  return codePoint >= 65 && codePoint <= 90 ? codePoint + 32 : codePoint;
}

/** One element of a pattern: a folded code point, or one of the two wildcards. */
const anyOne = -1;
const anyRun = -2;

function readPattern(pattern: string): number[] {
  const elements: number[] = [];
  for (let index = 0; index < pattern.length; ) {
    let codePoint = pattern.codePointAt(index)!;
    index += codePoint > 0xffff ? 2 : 1;
    if (codePoint === 37) {
      if (elements.at(-1) !== anyRun) elements.push(anyRun);
      continue;
    }
    if (codePoint === 95) {
      elements.push(anyOne);
      continue;
    }
    if (codePoint === 92) {
      // A pattern that ends in its escape character matches nothing.
      if (index >= pattern.length) return [];
      codePoint = pattern.codePointAt(index)!;
      index += codePoint > 0xffff ? 2 : 1;
    }
    elements.push(fold(codePoint));
  }
  return elements;
}

/**
 * A matcher for LIKE with `\` as the escape character: `%` is any run, `_` any one character, A to Z equal a to z.
 * Takes at most (text length * pattern length) steps: it only ever goes back to the last `%`.
 *
 * @example createLike('%b_d%')('ABCD') // true
 */
export function createLike(pattern: string): (text: string) => boolean {
  checkPattern(pattern);
  const elements = readPattern(pattern);
  if (pattern !== '' && elements.length === 0) return () => false;
  return (text) => matches(elements, text);
}

function matches(elements: readonly number[], text: string): boolean {
  let at = 0;
  let element = 0;
  let runElement = -1;
  let runAt = 0;
  while (at < text.length) {
    const codePoint = text.codePointAt(at)!;
    const expected = elements[element];
    if (expected === anyRun) {
      runElement = element++;
      runAt = at;
    } else if (expected === anyOne || expected === fold(codePoint)) {
      element++;
      at += codePoint > 0xffff ? 2 : 1;
    } else if (runElement >= 0) {
      runAt += text.codePointAt(runAt)! > 0xffff ? 2 : 1;
      at = runAt;
      element = runElement + 1;
    } else {
      return false;
    }
  }
  while (elements[element] === anyRun) element++;
  return element === elements.length;
}
