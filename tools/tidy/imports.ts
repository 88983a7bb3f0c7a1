// Which file may import which: levels, engines, packages, public entries.
import { LEVELS, PACKAGES, TEST_EQUIPMENT } from './layout.ts';
import type { Import, SourceFile } from './source-file.ts';
import { type Finding, type Tree, isInside } from './tree.ts';

/** A file imports its own top folder or one with a lower level. */
export function* checkLevels(tree: Tree): Iterable<Finding> {
  for (const [source, imported, target] of importsOf(tree)) {
    const [from, to] = [folderOf(source.path), folderOf(target)];
    if (from === to || isEntry(source.path) || source.path.startsWith(TEST_EQUIPMENT)) continue;
    const say = (message: string): Finding => ({ rule: 'level', path: source.path, line: imported.line, message });
    if (to === undefined) yield say(`imports ${target}, which is outside src/`);
    else if (target.startsWith(TEST_EQUIPMENT)) {
      if (!isContract(source.path)) yield say(`imports ${target}: test equipment is for tests and contract suites`);
    } else {
      const [own, other] = [LEVELS[from ?? ''], LEVELS[to]];
      if (own === undefined) yield say(`src/${from} has no level in tools/tidy/layout.ts`);
      else if (other === undefined) yield say(`imports ${target}: src/${to} has no level in tools/tidy/layout.ts`);
      else if (other >= own)
        yield say(`imports ${target}: level ${own} (${from}) must not know level ${other} (${to})`);
    }
  }
}

/** An engine kind knows no other kind, a product no other product; everyone else imports `<kind>.ts` only. */
export function* checkEngines(tree: Tree): Iterable<Finding> {
  for (const [source, imported, target] of importsOf(tree)) {
    const message = engineFault(source.path, target);
    if (message !== undefined) yield { rule: 'engine', path: source.path, line: imported.line, message };
  }
}

function engineFault(from: string, target: string): string | undefined {
  const to = placeInEngines(target);
  if (to === undefined) return undefined;
  const own = placeInEngines(from);
  if (own !== undefined && own.kind !== to.kind) return `engines/${own.kind} must not know engines/${to.kind}`;
  const isOwnProduct = own?.product === to.product || to.product === undefined;
  if (own !== undefined) return isOwnProduct ? undefined : `${to.product} is known in its own folder only`;
  const isEntryOfKind = target === `src/engines/${to.kind}/${to.kind}.ts`;
  if (isEntryOfKind || from === 'src/app/engines.ts' || from.startsWith(TEST_EQUIPMENT)) return undefined;
  return `imports ${target}: outside engines/${to.kind} only ${to.kind}.ts is imported`;
}

function placeInEngines(filePath: string): { kind: string; product: string | undefined } | undefined {
  const [top, engines, kind, ...rest] = filePath.split('/');
  if (top !== 'src' || engines !== 'engines' || kind === undefined) return undefined;
  return { kind, product: rest.length > 1 ? rest[0] : undefined };
}

/** A package is imported only where layout.ts places it. */
export function* checkPackages(tree: Tree): Iterable<Finding> {
  for (const source of tree.sources) {
    if (!source.path.startsWith('src/') || source.path.startsWith(TEST_EQUIPMENT)) continue;
    for (const { specifier, line } of source.imports) {
      const message = packageFault(source.path, specifier);
      if (message !== undefined) yield { rule: 'package', path: source.path, line, message };
    }
  }
}

function packageFault(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return undefined;
  const place = PACKAGES.find(({ name }) => isPackage(specifier, name));
  if (place === undefined) {
    return specifier.startsWith('node:') ? undefined : `${specifier} has no place in tools/tidy/layout.ts`;
  }
  if (isInside(from, place.places)) return undefined;
  return `${specifier} belongs in ${place.places.join(', ')}: ${place.reason}`;
}

function isPackage(specifier: string, name: string): boolean {
  if (name.endsWith('/*')) return specifier.startsWith(name.slice(0, -1));
  return specifier === name || (specifier.startsWith(`${name}/`) && !name.startsWith('node:'));
}

/** Examples, the benchmark and the console use what a user of the package can use. */
export function* checkEntries(tree: Tree): Iterable<Finding> {
  for (const source of tree.sources) {
    const top = source.path.split('/')[0] ?? '';
    if (!['examples', 'bench', 'console'].includes(top)) continue;
    for (const { target, line } of source.imports) {
      if (target === undefined || !target.startsWith('src/') || isEntry(target)) continue;
      yield { rule: 'entry', path: source.path, line, message: `imports ${target}: only src/index.ts is public` };
    }
  }
}

/** Every relative import of a file in src/. */
function* importsOf(tree: Tree): Iterable<[SourceFile, Import, string]> {
  for (const source of tree.sources) {
    if (!source.path.startsWith('src/')) continue;
    for (const imported of source.imports) if (imported.target) yield [source, imported, imported.target];
  }
}

/** The folder below src/ that a file is in, '' for a file directly in src/. */
function folderOf(filePath: string): string | undefined {
  const [top, folder, ...rest] = filePath.split('/');
  if (top !== 'src') return undefined;
  return rest.length === 0 ? '' : folder;
}

function isEntry(filePath: string): boolean {
  return filePath === 'src/index.ts';
}

function isContract(filePath: string): boolean {
  return /^src\/engines\/[^/]+\/contract\.ts$/.test(filePath);
}
