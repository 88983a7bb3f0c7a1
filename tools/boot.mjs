// Runs a script of this repository under the pinned Node, after installing what is missing:
// `node tools/boot.mjs tools/test.ts [arguments]`. Runs on Node 20 with no node_modules; npm's scripts start here.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { continueUnderPinnedNode, installMissing } from '../bin/runtime.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [script, ...args] = process.argv.slice(2);

try {
  if (script === undefined) throw new Error('which script? Example: node tools/boot.mjs tools/test.ts');
  await installMissing(root);
  await continueUnderPinnedNode(root, path.join(root, script), args);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
