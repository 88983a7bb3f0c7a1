// A file and a function stay small enough to be read at one go.
import { SIZES } from './layout.ts';
import { countCodeLines } from './source-file.ts';
import type { Finding, Tree } from './tree.ts';

/** Above the hard limit is a finding; a written reason raises it (see exceptions.ts). */
export function* checkSizes(tree: Tree): Iterable<Finding> {
  for (const { rule, path, line, size, what } of measure(tree)) {
    const { hard } = SIZES[rule];
    if (size > hard) yield { rule, path, line, size, message: `${what} has ${size} lines of code, more than ${hard}` };
  }
}

/** How many files and functions are larger than wanted, though not too large. */
export function countLarge(tree: Tree): { files: number; functions: number } {
  const large = [...measure(tree)].filter(({ rule, size }) => size > SIZES[rule].wanted);
  const files = large.filter(({ rule }) => rule === 'file').length;
  return { files, functions: large.length - files };
}

interface Measure {
  readonly rule: 'file' | 'function';
  readonly path: string;
  readonly line: number;
  readonly size: number;
  readonly what: string;
}

function* measure(tree: Tree): Iterable<Measure> {
  for (const source of tree.sources) {
    const { path } = source;
    yield { rule: 'file', path, line: 1, size: source.codeLines.size, what: 'the file' };
    // A suite in a test is a function that holds functions; each of them is as long as its scenario.
    if (path.startsWith('tests/') || path.endsWith('/contract.ts')) continue;
    for (const { name, line, endLine } of source.functions) {
      yield { rule: 'function', path, line, size: countCodeLines(source, line, endLine), what: name };
    }
  }
}
