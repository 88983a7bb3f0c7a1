// One TypeScript file as the tree's rules see it.
import path from 'node:path';
import { type FunctionRange, findFunctions } from './functions.ts';
import { type Comment, type Token, scan } from './tokens.ts';

/** An `import`, an `export ... from` or an `import()` of a fixed text. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Types only: nothing is loaded. */
  readonly isType: boolean;
  /** `import()`: loaded later, if at all. */
  readonly isDynamic: boolean;
  /** The imported file relative to the root, for a relative specifier. */
  readonly target: string | undefined;
}

/** Paths are relative to the root, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
  /** Lines that hold more than comments and white space. */
  readonly codeLines: ReadonlySet<number>;
  readonly imports: readonly Import[];
  readonly functions: readonly FunctionRange[];
}

/** Reads a source text. */
export function parseSource(filePath: string, text: string): SourceFile {
  const { tokens, comments } = scan(text);
  return {
    path: filePath,
    tokens,
    comments,
    codeLines: new Set(tokens.flatMap(({ line, endLine }) => linesBetween(line, endLine))),
    imports: findImports(filePath, tokens),
    functions: findFunctions(tokens),
  };
}

/** How many lines of code stand between two lines, both included. */
export function countCodeLines(source: SourceFile, line: number, endLine: number): number {
  return linesBetween(line, endLine).filter((each) => source.codeLines.has(each)).length;
}

function linesBetween(line: number, endLine: number): number[] {
  return Array.from({ length: endLine - line + 1 }, (_, offset) => line + offset);
}

function findImports(filePath: string, tokens: readonly Token[]): Import[] {
  const imports: Import[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== 'word' || tokens[at - 1]?.text === '.') continue;
    const found =
      token.text === 'import' ? readImport(tokens, at) : token.text === 'export' && readExportFrom(tokens, at);
    if (!found) continue;
    const specifier = found.specifier.text.slice(1, -1);
    const target = specifier.startsWith('.') ? path.posix.join(path.posix.dirname(filePath), specifier) : undefined;
    imports.push({ specifier, line: token.line, isType: found.isType, isDynamic: found.isDynamic, target });
  }
  return imports;
}

interface FoundImport {
  readonly specifier: Token;
  readonly isType: boolean;
  readonly isDynamic: boolean;
}

function readImport(tokens: readonly Token[], at: number): FoundImport | undefined {
  const next = tokens[at + 1];
  if (next?.kind === 'string') return { specifier: next, isType: false, isDynamic: false };
  if (next?.text === '(') {
    const specifier = tokens[at + 2];
    return specifier?.kind === 'string' ? { specifier, isType: false, isDynamic: true } : undefined;
  }
  return readFrom(tokens, at + 1);
}

function readExportFrom(tokens: readonly Token[], at: number): FoundImport | undefined {
  const start = tokens[at + 1]?.text === 'type' ? at + 2 : at + 1;
  return ['{', '*'].includes(tokens[start]?.text ?? '') ? readFrom(tokens, at + 1) : undefined;
}

/** Reads `type { a, b } from 'x'` and its like: names, signs and braces, then `from` and a text. */
function readFrom(tokens: readonly Token[], start: number): FoundImport | undefined {
  const isType = tokens[start]?.text === 'type' && !['from', ','].includes(tokens[start + 1]?.text ?? '');
  for (let at = start; at < tokens.length; at += 1) {
    const token = tokens[at];
    const specifier = tokens[at + 1];
    if (token?.text === 'from' && specifier?.kind === 'string') return { specifier, isType, isDynamic: false };
    if (token?.kind !== 'word' && !['{', '}', ',', '*'].includes(token?.text ?? '')) return undefined;
    if (token?.text === '}' && specifier?.text !== 'from') return undefined;
  }
  return undefined;
}
