// Finds the functions of a file in its tokens: where each begins and ends.
import type { Token } from './tokens.ts';

/** A function, method, accessor or arrow function with a body in braces. */
export interface FunctionRange {
  readonly name: string;
  readonly line: number;
  readonly endLine: number;
}

const CONTROL_WORDS = new Set('if for while switch catch with await return super'.split(' '));

/** Words and signs of a type after which another type must follow, so that a brace there opens an object type. */
const TYPE_OPERATORS = new Set(': | & => < , . ? is asserts keyof readonly typeof extends infer unique new'.split(' '));

/** A return type longer than this is not looked at further. */
const TYPE_TOKENS_MAX = 400;

/** All functions, outer ones before inner ones. */
export function findFunctions(tokens: readonly Token[]): FunctionRange[] {
  const partners = matchBrackets(tokens);
  const functions: FunctionRange[] = [];
  for (const [at, token] of tokens.entries()) {
    const found =
      token.text === '=>' ? findArrow(tokens, partners, at) : token.text === ')' && findNamed(tokens, partners, at);
    if (found) functions.push(found);
  }
  return functions.toSorted((a, b) => a.line - b.line || b.endLine - a.endLine);
}

/** Index of each bracket's partner. */
function matchBrackets(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const partners = new Map<number, number>();
  const open: number[] = [];
  for (const [at, { kind, text }] of tokens.entries()) {
    if (kind !== 'punctuation') continue;
    if ('([{'.includes(text)) open.push(at);
    if (!')]}'.includes(text)) continue;
    const partner = open.pop();
    if (partner === undefined) continue;
    partners.set(at, partner);
    partners.set(partner, at);
  }
  return partners;
}

function findArrow(
  tokens: readonly Token[],
  partners: ReadonlyMap<number, number>,
  arrow: number,
): FunctionRange | undefined {
  if (tokens[arrow + 1]?.text !== '{') return undefined;
  const close = partners.get(arrow + 1);
  const before = arrow - 1;
  const start = tokens[before]?.text === ')' ? (partners.get(before) ?? before) : before;
  return rangeOf(tokens, nameOfArrow(tokens, start), start, close);
}

/** The name that an arrow function is given: `const name = (`, `name: (`, `name = async (`. */
function nameOfArrow(tokens: readonly Token[], start: number): string {
  const at = tokens[start - 1]?.text === 'async' ? start - 1 : start;
  const name = tokens[at - 2];
  const isNamed = name?.kind === 'word' && [':', '='].includes(tokens[at - 1]?.text ?? '');
  return isNamed ? name.text : 'arrow function';
}

/** A function or method whose parameters end at `close`: `name(...) {`, `name<T>(...): Type {`. */
function findNamed(
  tokens: readonly Token[],
  partners: ReadonlyMap<number, number>,
  close: number,
): FunctionRange | undefined {
  const open = partners.get(close);
  const body = findBody(tokens, partners, close + 1);
  if (open === undefined || body === undefined) return undefined;
  const start = skipTypeParameters(tokens, open - 1);
  const name = tokens[start];
  const isName = name !== undefined && (name.kind === 'word' || name.kind === 'string' || name.text === ']');
  if (!isName || CONTROL_WORDS.has(name.text)) return undefined;
  return rangeOf(tokens, name.text === 'function' ? 'function' : name.text, start, partners.get(body));
}

/** Going back from `at`: the token before `<...>`, or `at` itself when there is no such list. */
function skipTypeParameters(tokens: readonly Token[], at: number): number {
  if (tokens[at]?.text !== '>') return at;
  let depth = 0;
  for (let back = at; back >= 0 && at - back < TYPE_TOKENS_MAX; back -= 1) {
    if (tokens[back]?.text === '>') depth += 1;
    if (tokens[back]?.text === '<') depth -= 1;
    if (depth === 0) return back - 1;
  }
  return at;
}

/** The brace that opens the body, at once or behind a return type; undefined for a signature, a call or a ternary. */
function findBody(tokens: readonly Token[], partners: ReadonlyMap<number, number>, start: number): number | undefined {
  if (tokens[start]?.text === '{') return start;
  if (tokens[start]?.text !== ':') return undefined;
  let isTypeNext = true;
  let depth = 0;
  for (let at = start + 1; at < start + TYPE_TOKENS_MAX; at += 1) {
    const token = tokens[at];
    if (token === undefined) return undefined;
    if (token.text === '{' && !isTypeNext) return at;
    if ('([{'.includes(token.text)) {
      at = partners.get(at) ?? tokens.length;
      isTypeNext = false;
    } else if (TYPE_OPERATORS.has(token.text)) {
      if (token.text === ',' && depth === 0) return undefined;
      if (token.text === '<') depth += 1;
      isTypeNext = true;
    } else {
      const isOperand = token.kind !== 'punctuation';
      if (token.text === '>') depth -= 1;
      else if (!isOperand || !isTypeNext) return undefined;
      isTypeNext = false;
    }
  }
  return undefined;
}

function rangeOf(
  tokens: readonly Token[],
  name: string,
  start: number,
  end: number | undefined,
): FunctionRange | undefined {
  const [first, last] = [tokens[start], tokens[end ?? -1]];
  return first && last && { name, line: first.line, endLine: last.endLine };
}
