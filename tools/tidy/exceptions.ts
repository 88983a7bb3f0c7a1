// A rule gives way to a written reason: `// tidy: <rule> because <reason>` on the line or directly above it, and for
// sizes `// tidy: file 620 because <reason>` anywhere in the file, `// tidy: function 90 because <reason>` above the function.
import type { SourceFile } from './source-file.ts';
import type { Finding, Tree } from './tree.ts';

interface Exception {
  readonly path: string;
  readonly rule: string;
  readonly line: number;
  /** The line of code that it speaks of: its own or the next one. */
  readonly codeLine: number;
  /** The raised limit, for sizes. */
  readonly limit: number | undefined;
}

const EXCEPTION = /^[\s*]*tidy:\s*([a-z-]+)(?:\s+(\d+))?\s+because\s+\S/m;

/** The findings that no reason excuses, and a finding for each reason that excuses nothing any more. */
export function applyExceptions(tree: Tree, findings: readonly Finding[]): Finding[] {
  const exceptions = tree.sources.flatMap(findExceptions);
  const used = new Set<Exception>();
  const left = findings.filter((finding) => {
    const excuse = exceptions.find((exception) => isExcused(finding, exception));
    if (excuse !== undefined) used.add(excuse);
    return excuse === undefined;
  });
  const idle = exceptions.filter((exception) => !used.has(exception));
  const message = 'this exception is not needed, or its limit is too low';
  return [...left, ...idle.map(({ path, line, rule }) => ({ rule, path, line, message }))];
}

function isExcused(finding: Finding, exception: Exception): boolean {
  if (finding.path !== exception.path || finding.rule !== exception.rule) return false;
  if (finding.size !== undefined && finding.size > (exception.limit ?? 0)) return false;
  return finding.rule === 'file' || finding.line === exception.codeLine;
}

function findExceptions(source: SourceFile): Exception[] {
  return source.comments.flatMap(({ text, line, endLine }) => {
    const [, rule, limit] = EXCEPTION.exec(text) ?? [];
    if (rule === undefined) return [];
    const codeLine = source.codeLines.has(line) ? line : nextCodeLine(source, endLine);
    return [{ path: source.path, rule, line, codeLine, limit: limit === undefined ? undefined : Number(limit) }];
  });
}

function nextCodeLine(source: SourceFile, line: number): number {
  return Math.min(...[...source.codeLines].filter((each) => each > line));
}
