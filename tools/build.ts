// `npm run build`: the publishable package. JavaScript and type declarations go to dist/, in the shape of src/.
import { cpSync, globSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT, runTool } from './steps.ts';

const source = path.join(ROOT, 'src');
const target = path.join(ROOT, 'dist');

rmSync(target, { recursive: true, force: true });
const isCompiled = await runTool('tsc', ['-p', 'tsconfig.build.json']);
// What is not TypeScript (templates, pages, SQL) is read beside the file that uses it, so it keeps its place.
for (const file of globSync('**/*.*', { cwd: source, exclude: ['**/*.ts', '**/*.md'] })) {
  cpSync(path.join(source, file), path.join(target, file), { recursive: true });
}
process.exitCode = isCompiled ? 0 : 1;
