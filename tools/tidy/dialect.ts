// The dialect: what the language offers and this code does without.
import type { SourceFile } from './source-file.ts';
import type { Token } from './tokens.ts';
import type { Finding, Tree } from './tree.ts';

/** No `any`, enums, parameter properties or default exports; names of files in kebab-case. */
export function* checkDialect(tree: Tree): Iterable<Finding> {
  for (const source of tree.sources) {
    for (const [at, token] of source.tokens.entries()) {
      const found = faultAt(source.tokens, at);
      if (found !== undefined) yield { ...found, path: source.path, line: token.line };
    }
  }
}

type Fault = Pick<Finding, 'rule' | 'message'>;

function faultAt(tokens: readonly Token[], at: number): Fault | undefined {
  const token = tokens[at];
  if (token?.kind !== 'word') return undefined;
  switch (token.text) {
    case 'any':
      return isTypeAt(tokens, at)
        ? { rule: 'any', message: 'any switches the type check off: use unknown' }
        : undefined;
    case 'enum':
      return isEnumAt(tokens, at) ? { rule: 'enum', message: 'use a union of texts' } : undefined;
    case 'constructor':
      return hasParameterProperty(tokens, at)
        ? { rule: 'parameter-property', message: 'declare the member and assign it' }
        : undefined;
    case 'default':
      return isDefaultExport(tokens, at)
        ? { rule: 'default-export', message: 'export by name: a name is found by searching' }
        : undefined;
    default:
      return undefined;
  }
}

const BEFORE_TYPE = new Set(': < | & => , [ ( = as is extends keyof satisfies readonly infer'.split(' '));
const AFTER_TYPE = new Set('> | & [ ] ) , ; = { }'.split(' '));
const SURE_BEFORE_TYPE = new Set(': < | & as satisfies keyof is'.split(' '));

/** Whether the word `any` at this place is the type: a member, key or call of that name is not. */
function isTypeAt(tokens: readonly Token[], at: number): boolean {
  const [before, after] = [tokens[at - 1]?.text ?? '', tokens[at + 1]?.text ?? ''];
  if (!BEFORE_TYPE.has(before) || !AFTER_TYPE.has(after)) return false;
  if (SURE_BEFORE_TYPE.has(before)) return true;
  // `Map<string, any>` is a type, `f(a, any)` and `[any]` may be values: only what closes a type list counts.
  return after === '>' || after === '[' || (before === '=' && after === ';') || before === '=>';
}

function isEnumAt(tokens: readonly Token[], at: number): boolean {
  return tokens[at + 1]?.kind === 'word' && tokens[at + 2]?.text === '{';
}

const MODIFIERS = new Set(['private', 'public', 'protected', 'readonly', 'override']);

function hasParameterProperty(tokens: readonly Token[], at: number): boolean {
  if (tokens[at + 1]?.text !== '(') return false;
  let depth = 0;
  for (let index = at + 1; index < tokens.length; index += 1) {
    const text = tokens[index]?.text ?? '';
    if ('([{'.includes(text)) depth += 1;
    if (')]}'.includes(text)) depth -= 1;
    if (depth === 0) return false;
    const isParameterStart = depth === 1 && ['(', ','].includes(tokens[index - 1]?.text ?? '');
    if (isParameterStart && MODIFIERS.has(text) && tokens[index + 1]?.kind === 'word') return true;
  }
  return false;
}

function isDefaultExport(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.text;
  return before === 'export' || (before === 'as' && ['}', ','].includes(tokens[at + 1]?.text ?? ''));
}

const KEBAB_CASE = /^\.?[a-z0-9]+(?:[-.][a-z0-9]+)*$/;
const NAMED_OTHERWISE = /(?:^|\/)[A-Z]+(?:\.md)?$/;

/** File and folder names are kebab-case; documents that tools look for, such as README.md, are not. */
export function* checkFileNames(tree: Tree): Iterable<Finding> {
  for (const path of tree.paths) {
    const isCode = /\.(?:ts|mjs|md)$/.test(path);
    if (!isCode || NAMED_OTHERWISE.test(path) || path.split('/').every((part) => KEBAB_CASE.test(part))) continue;
    yield { rule: 'file-name', path, line: 1, message: 'names of files and folders are kebab-case' };
  }
}

/** src/index.ts names each export: `export { a } from`, never `export *`, and nothing of its own. */
export function* checkPublicExports(tree: Tree): Iterable<Finding> {
  const index = tree.sources.find(({ path }) => path === 'src/index.ts');
  if (index !== undefined) yield* checkIndex(index);
  if (!tree.paths.includes('package.json')) return;
  const { exports } = JSON.parse(tree.readText('package.json'));
  const entries = Object.keys(exports ?? {});
  if (entries.join() === '.') return;
  const message = `exports ${entries.join(', ') || 'everything'}: "." alone is public`;
  yield { rule: 'public-export', path: 'package.json', line: 1, message };
}

function* checkIndex({ path, tokens, imports }: SourceFile): Iterable<Finding> {
  let depth = 0;
  for (const [at, { text, line }] of tokens.entries()) {
    if (text === '{') depth += 1;
    if (text === '}') depth -= 1;
    if (depth > 0) continue;
    const isStar = text === '*' && ['export', 'type'].includes(tokens[at - 1]?.text ?? '');
    const isOther = /^(?:const|let|var|function|class|interface|import|default)$/.test(text);
    const isAlias = text === 'type' && tokens[at + 1]?.kind === 'word';
    if (isStar || isOther || isAlias) {
      yield { rule: 'public-export', path, line, message: 'only lists names: export { name } from "..."' };
    }
  }
  for (const { specifier, line, target } of imports) {
    if (target === undefined) yield { rule: 'public-export', path, line, message: `exports ${specifier}, not our own` };
  }
}
