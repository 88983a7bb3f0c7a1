// Products are named where they are chosen and in their own folders; everything else speaks of ports.
import { PRODUCTS, PRODUCT_PLACES } from './layout.ts';
import { type Finding, type Tree, isInside } from './tree.ts';

const NAMED = new RegExp(String.raw`(?<![a-z])(?:${PRODUCTS.join('|')})(?![a-z])`, 'i');
const IN_PRODUCT_FOLDER = /^src\/engines\/[^/]+\/[^/]+\//;

/** No identifier or text in src/ names a product, but for those places. Comments may. */
export function* checkProducts(tree: Tree): Iterable<Finding> {
  for (const source of tree.sources) {
    const { path } = source;
    if (!path.startsWith('src/') || isInside(path, PRODUCT_PLACES) || IN_PRODUCT_FOLDER.test(path)) continue;
    for (const { kind, text, line } of source.tokens) {
      if (kind === 'punctuation' || kind === 'number') continue;
      const name = NAMED.exec(separateWords(text))?.[0];
      if (name !== undefined) yield { rule: 'product', path, line, message: `names a product: ${name}` };
    }
  }
}

/** `openSqliteFile` becomes `open Sqlite File`, so that `nats` is not found in `signatures`. */
function separateWords(text: string): string {
  return text.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, ' ');
}
