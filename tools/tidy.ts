// The tree checks itself: import levels, packages, product names, sizes, dialect, banned calls, public exports, links.
//
// `node tools/tidy.ts [folder]` prints what there is to mend, one line each as `path:line rule message`, and exits with
// 1 if there is anything. What the rules hold is in tidy/layout.ts.
import path from 'node:path';
import { checkCalls } from './tidy/calls.ts';
import { checkCycles } from './tidy/cycles.ts';
import { checkDialect, checkFileNames, checkPublicExports } from './tidy/dialect.ts';
import { applyExceptions } from './tidy/exceptions.ts';
import { checkEngines, checkEntries, checkLevels, checkPackages } from './tidy/imports.ts';
import { checkLinks } from './tidy/links.ts';
import { checkProducts } from './tidy/products.ts';
import { checkSizes, countLarge } from './tidy/sizes.ts';
import { type Finding, type Rule, type Tree, readTree } from './tidy/tree.ts';

const RULES: readonly Rule[] = [
  checkLevels,
  checkEngines,
  checkPackages,
  checkEntries,
  checkCycles,
  checkProducts,
  checkSizes,
  checkDialect,
  checkFileNames,
  checkCalls,
  checkPublicExports,
  checkLinks,
];

/** Everything to mend in a tree, sorted by place. */
export function checkTree(tree: Tree): Finding[] {
  const findings = RULES.flatMap((rule) => [...rule(tree)]);
  return applyExceptions(tree, findings).toSorted((a, b) => a.path.localeCompare(b.path, 'en') || a.line - b.line);
}

function main(root: string): void {
  const tree = readTree(root);
  const findings = checkTree(tree);
  for (const { path: file, line, rule, message } of findings) console.log(`${file}:${line} ${rule} ${message}`);
  const large = countLarge(tree);
  console.log(`larger than wanted, within the limit: ${large.files} files, ${large.functions} functions`);
  console.log(`${tree.sources.length} files, ${findings.length} to mend`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}

if (import.meta.main) main(path.resolve(process.argv[2] ?? path.dirname(import.meta.dirname)));
