// Calls that are kept to a few places, so that time, chance and the process's end can be steered by tests.
import { BANNED_CALLS, TEST_EQUIPMENT } from './layout.ts';
import { type Token, scan } from './tokens.ts';
import { type Finding, type Tree, isInside } from './tree.ts';

const PATTERNS = BANNED_CALLS.map((banned) => ({
  ...banned,
  texts: scan(banned.call).tokens.map((token) => token.text),
}));

/** Banned calls of layout.ts stand only in their places. */
export function* checkCalls(tree: Tree): Iterable<Finding> {
  for (const { path, tokens } of tree.sources) {
    if (!path.startsWith('src/') || path.startsWith(TEST_EQUIPMENT) || path.endsWith('/contract.ts')) continue;
    const patterns = PATTERNS.filter(({ places }) => !isInside(path, places));
    for (const [at, token] of tokens.entries()) {
      const found = patterns.find(({ texts }) => isCallAt(tokens, at, texts));
      if (found) yield { rule: 'call', path, line: token.line, message: `${found.call}: ${found.instead}` };
    }
  }
}

function isCallAt(tokens: readonly Token[], at: number, texts: readonly string[]): boolean {
  if (tokens[at]?.kind !== 'word' || !texts.every((text, offset) => tokens[at + offset]?.text === text)) return false;
  const [before, after] = [tokens[at - 1]?.text ?? '', tokens[at + texts.length]?.text ?? ''];
  // `socket.setTimeout`, `setTimeout:` and `setTimeout(): void` in a class are other things of the same name.
  if (before === '.' || before === '?.' || after === ':') return false;
  return texts.length > 1 || ['(', ')', ',', ';', '.'].includes(after);
}
