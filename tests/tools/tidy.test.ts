import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { suite } from 'node:test';
import { checkTree } from '../../tools/tidy.ts';
import { readTree } from '../../tools/tidy/tree.ts';

type Files = Readonly<Record<string, string>>;

/** Writes a small tree, checks it, and answers the findings as `path:line rule`. */
function check(files: Files): string[] {
  const root = mkdtempSync(path.join(tmpdir(), 'pando-tidy-'));
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), text);
    }
    return checkTree(readTree(root)).map((finding) => `${finding.path}:${finding.line} ${finding.rule}`);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** `count` lines of code. */
function lines(count: number): string {
  return Array.from({ length: count }, (_, index) => `export const value${index} = ${index};\n`).join('');
}

/** A function of `count` lines of code. */
function longFunction(count: number): string {
  return `export function work(): Promise<{ a: number }> {\n${'  step();\n'.repeat(count - 2)}}\n`;
}

const CASES: Readonly<Record<string, readonly { title: string; files: Files; found: readonly string[] }[]>> = {
  'import levels': [
    {
      title: 'own folder and lower levels are fine',
      files: { 'src/log/reader.ts': `import { a } from './commit.ts';\nimport { b } from '../util/assert.ts';\n` },
      found: [],
    },
    {
      title: 'never up',
      files: { 'src/model/ids.ts': `import type { Log } from '../log/commit.ts';\n` },
      found: ['src/model/ids.ts:1 level'],
    },
    {
      title: 'never sideways, not even by import()',
      files: { 'src/api/records.ts': `const load = () => import('../consumers/realtime/hub.ts');\n` },
      found: ['src/api/records.ts:1 level'],
    },
    {
      title: 'not through a re-export',
      files: { 'src/services/a.ts': `\nexport { hub } from '../consumers/hub.ts';\n` },
      found: ['src/services/a.ts:2 level'],
    },
    {
      title: 'a new folder needs a level',
      files: { 'src/misc/a.ts': `import { b } from '../util/b.ts';\n` },
      found: ['src/misc/a.ts:1 level'],
    },
    {
      title: 'nothing outside src',
      files: { 'src/cli/serve.ts': `import { ROOT } from '../../tools/steps.ts';\n` },
      found: ['src/cli/serve.ts:1 level'],
    },
    {
      title: 'the public index may name everything',
      files: { 'src/index.ts': `export { serve } from './app/compose.ts';\n` },
      found: [],
    },
    {
      title: 'test equipment is for contract suites',
      files: {
        'src/engines/bus/contract.ts': `import { a } from '../../testing/a.ts';\n`,
        'src/engines/bus/bus.ts': `import { a } from '../../testing/a.ts';\n`,
      },
      found: ['src/engines/bus/bus.ts:1 level'],
    },
    {
      title: 'words of an import in texts and comments are no imports',
      files: { 'src/util/a.ts': `// import { x } from '../app/x.ts';\nexport const text = "import '../app/x.ts'";\n` },
      found: [],
    },
  ],
  engines: [
    {
      title: 'outside, only the class of the kind',
      files: {
        'src/log/a.ts': `import { Database } from '../engines/database/database.ts';\n`,
        'src/log/b.ts': `import type { Driver } from '../engines/database/driver.ts';\n`,
      },
      found: ['src/log/b.ts:1 engine'],
    },
    {
      title: 'a kind knows no other kind',
      files: { 'src/engines/cache/cache.ts': `import { Bus } from '../bus/bus.ts';\n` },
      found: ['src/engines/cache/cache.ts:1 engine'],
    },
    {
      title: 'a product knows its port and no other product',
      files: {
        'src/engines/bus/memory/a.ts': `import { Driver } from '../driver.ts';\nimport { b } from './b.ts';\n`,
        'src/engines/bus/memory/c.ts': `import { d } from '../other/d.ts';\n`,
        'src/engines/bus/bus.ts': `import { a } from './memory/a.ts';\n`,
      },
      found: ['src/engines/bus/bus.ts:1 engine', 'src/engines/bus/memory/c.ts:1 engine'],
    },
    {
      title: 'the composition root picks products',
      files: { 'src/app/engines.ts': `import { a } from '../engines/bus/memory/a.ts';\n` },
      found: [],
    },
  ],
  packages: [
    {
      title: 'a client package lives in its product folder',
      files: {
        'src/engines/database/sqlite/open.ts': `import { DatabaseSync } from 'node:sqlite';\n`,
        'src/log/a.ts': `import { DatabaseSync } from 'node:sqlite';\n`,
        'src/services/mail.ts': `import { createTransport } from 'nodemailer/lib/x.js';\n`,
        'src/services/bus.ts': `const load = () => import('@nats-io/transport-node');\n`,
      },
      found: [
        'src/log/a.ts:1 package',
        'src/log/a.ts:1 product',
        'src/services/bus.ts:1 package',
        'src/services/bus.ts:1 product',
        'src/services/mail.ts:1 package',
      ],
    },
    {
      title: 'an unlisted package is refused, a builtin is not',
      files: { 'src/util/a.ts': `import fs from 'node:fs';\nimport { x } from 'left-pad';\n` },
      found: ['src/util/a.ts:2 package'],
    },
    {
      title: 'examples and the benchmark use public entries',
      files: {
        'examples/a/start.ts': `import { serve } from '../../src/index.ts';\n`,
        'bench/run.ts': `import { open } from '../src/engines/database/database.ts';\n`,
      },
      found: ['bench/run.ts:1 entry'],
    },
  ],
  cycles: [
    {
      title: 'of value imports',
      files: {
        'src/util/a.ts': `import { b } from './b.ts';\n`,
        'src/util/b.ts': `import { c } from './c.ts';\n`,
        'src/util/c.ts': `export * from './b.ts';\n`,
      },
      found: ['src/util/b.ts:1 cycle'],
    },
    {
      title: 'types and import() may',
      files: {
        'src/util/a.ts': `import { b } from './b.ts';\n`,
        'src/util/b.ts': `import type { A } from './a.ts';\nexport const load = () => import('./a.ts');\n`,
      },
      found: [],
    },
  ],
  'product names': [
    {
      title: 'not in identifiers or texts',
      files: {
        'src/log/a.ts': `const openSqliteFile = 1;\n`,
        'src/log/b.ts': 'const url = `redis://${host}`;\n',
        'src/log/c.ts': `type Kind = 'postgres' | 'other';\n`,
        'src/engines/database/contract.ts': `const isSQLite = true;\n`,
      },
      found: [
        'src/engines/database/contract.ts:1 product',
        'src/log/a.ts:1 product',
        'src/log/b.ts:1 product',
        'src/log/c.ts:1 product',
      ],
    },
    {
      title: 'but in comments, in their places and inside longer words',
      files: {
        'src/log/a.ts': `// sqlite syncs here\nconst signatures = 1, alternates = 'coordinates';\n`,
        'src/app/engines.ts': `const sqlite = 1;\n`,
        'src/config/options.ts': `const name = 'postgres';\n`,
        'src/engines/database/sqlite/open.ts': `const sqlite = 1;\n`,
        'tests/unit/a.test.ts': `const sqlite = 1;\n`,
      },
      found: [],
    },
  ],
  sizes: [
    { title: 'a file of 500 lines passes', files: { 'src/util/a.ts': lines(500) }, found: [] },
    { title: 'one of 501 does not', files: { 'src/util/a.ts': lines(501) }, found: ['src/util/a.ts:1 file'] },
    {
      title: 'comments and blank lines are not counted',
      files: { 'src/util/a.ts': `${lines(500)}\n\n// why\n/* and\n * why\n */\n` },
      found: [],
    },
    {
      title: 'a written reason raises the limit',
      files: { 'src/util/a.ts': `// tidy: file 520 because it is one table\n${lines(510)}` },
      found: [],
    },
    {
      title: 'not beyond what it says',
      files: { 'src/util/a.ts': `// tidy: file 505 because it is one table\n${lines(510)}` },
      found: ['src/util/a.ts:1 file', 'src/util/a.ts:1 file'],
    },
    {
      title: 'a reason that is no longer needed must go',
      files: { 'src/util/a.ts': `// tidy: file 520 because it is one table\n${lines(10)}` },
      found: ['src/util/a.ts:1 file'],
    },
    { title: 'a function of 70 lines passes', files: { 'src/util/a.ts': longFunction(70) }, found: [] },
    { title: 'one of 71 does not', files: { 'src/util/a.ts': longFunction(71) }, found: ['src/util/a.ts:1 function'] },
    {
      title: 'a function may have its reason too',
      files: { 'src/util/a.ts': `/** Works.\n * tidy: function 80 because it is a table */\n${longFunction(75)}` },
      found: [],
    },
    {
      title: 'methods, getters and arrow functions are functions',
      files: {
        'src/util/a.ts': `class A {\n  async *run<T>(a: T): Promise<T> {\n${'    step();\n'.repeat(70)}  }\n}\n`,
        'src/util/b.ts': `class A {\n  get #all() {\n${'    step();\n'.repeat(70)}  }\n}\n`,
        'src/util/c.ts': `const run = async ({ a }: { a: number }) => {\n${'  step();\n'.repeat(70)}};\n`,
      },
      found: ['src/util/a.ts:2 function', 'src/util/b.ts:2 function', 'src/util/c.ts:1 function'],
    },
    {
      title: 'blocks, calls, objects and types are not',
      files: {
        'src/util/a.ts': `for (const a of b(c)) {\n${'  step();\n'.repeat(80)}}\n`,
        'src/util/b.ts': `const x = a ? f(b) : {\n${'  a: 1,\n'.repeat(80)}};\n`,
        'src/util/c.ts': `interface A {\n  run(a: number): void;\n${'  a: 1;\n'.repeat(80)}}\n`,
        'src/util/d.ts': `switch (a) {\n  case f(b): {\n${'    step();\n'.repeat(80)}  }\n}\n`,
      },
      found: [],
    },
  ],
  dialect: [
    {
      title: 'no any in a type position',
      files: {
        'src/util/a.ts': `let a: any;\n`,
        'src/util/b.ts': `const b = c as any;\n`,
        'src/util/c.ts': `function f(): Promise<any> {}\n`,
        'src/util/d.ts': `type D = Map<string, any>;\n`,
        'src/util/e.ts': `let e: any[] = [];\n`,
        'src/util/f.ts': `type F = string | any;\n`,
        'src/util/g.ts': `type G = () => any;\n`,
      },
      found: 'abcdefg'.split('').map((name) => `src/util/${name}.ts:1 any`),
    },
    {
      title: 'the word any elsewhere',
      files: {
        'src/util/a.ts': `// any\nconst any = { any: 'any', b: a.any, c: f(any, any) };\nfunction any2(any: string) { return any; }\n`,
      },
      found: [],
    },
    {
      title: 'no enums, parameter properties, default exports',
      files: {
        'src/util/a.ts': `export enum Color { red }\n`,
        'src/util/b.ts': `class B {\n  constructor(a: string, private readonly b: number) {}\n}\n`,
        'src/util/c.ts': `export default 1;\n`,
        'src/util/d.ts': `export { a as default };\n`,
      },
      found: [
        'src/util/a.ts:1 enum',
        'src/util/b.ts:2 parameter-property',
        'src/util/c.ts:1 default-export',
        'src/util/d.ts:1 default-export',
      ],
    },
    {
      title: 'a switch has a default, a parameter may be readonly',
      files: {
        'src/util/a.ts': `switch (a) {\n  default:\n    b();\n}\nclass C {\n  constructor(a: readonly string[]) {}\n}\n`,
      },
      found: [],
    },
    {
      title: 'a reason excuses one place',
      files: {
        'src/util/a.ts': `// tidy: default-export because the loader asks for it\nexport default 1;\nexport { a as default };\n`,
      },
      found: ['src/util/a.ts:3 default-export'],
    },
    {
      title: 'file names are kebab-case',
      files: { 'src/util/someThing.ts': '', 'src/util/some-thing.test.ts': '', 'README.md': '', 'docs/A_b.md': '' },
      found: ['docs/A_b.md:1 file-name', 'src/util/someThing.ts:1 file-name'],
    },
  ],
  'banned calls': [
    {
      title: 'time, chance, exit and console have their places',
      files: {
        'src/log/a.ts': `const now = Date.now();\n`,
        'src/log/b.ts': `const now = new Date();\n`,
        'src/log/c.ts': `const id = Math.random();\n`,
        'src/log/d.ts': `setTimeout(() => {}, 1);\n`,
        'src/log/e.ts': `process.exit(1);\n`,
        'src/log/f.ts': `console.log(1);\n`,
        'src/log/g.ts': `import { setTimeout } from 'node:timers/promises';\n`,
      },
      found: [...'abcdef'.split('').map((name) => `src/log/${name}.ts:1 call`), 'src/log/g.ts:1 package'],
    },
    {
      title: 'and other things have the same names',
      files: {
        'src/log/a.ts': `const day = new Date(0);\nsocket.setTimeout(5);\nclock.now();\nthis.process.exit();\n`,
        'src/util/clock.ts': `export const now = (): number => Date.now();\n`,
        'src/cli/main.ts': `console.log(new Date());\nprocess.exit(1);\n`,
        'tests/a.test.ts': `setTimeout(() => {}, Math.random());\n`,
      },
      found: [],
    },
    {
      title: 'code inside a template is code, its text is not',
      files: { 'src/log/a.ts': 'const text = `Date.now ${`${Date.now()}`} Math.random()`;\n' },
      found: ['src/log/a.ts:1 call'],
    },
    {
      title: 'a regular expression is no code',
      files: { 'src/log/a.ts': 'const found = /[/"]Date.now()`/.test(a) || b / c / Math.random();\n' },
      found: ['src/log/a.ts:1 call'],
    },
  ],
  'public exports': [
    {
      title: 'are listed by hand',
      files: {
        'src/index.ts': `export { a, b } from './a.ts';\nexport type { C } from './c.ts';\nexport * from './d.ts';\nexport const e = 1;\n`,
      },
      found: ['src/index.ts:3 public-export', 'src/index.ts:4 public-export'],
    },
    {
      title: 'the package has one entry',
      files: { 'package.json': '{"exports":{".":"./dist/index.js","./x":"./dist/x.js"}}' },
      found: ['package.json:1 public-export'],
    },
  ],
  links: [
    {
      title: 'lead to files, folders and headings',
      files: {
        'README.md': '# A b, c!\n[a](docs/x.md) [b](docs) [c](docs/x.md#the-end) [d](#a-b-c) [e](https://x.org)\n',
        'docs/x.md': '## The `end`\n[up](../README.md)\n```\n[no](nowhere.md)\n```\n',
      },
      found: [],
    },
    {
      title: 'nowhere else',
      files: { 'README.md': '# A\n[a](docs/x.md)\n[b](#b)\n' },
      found: ['README.md:2 link', 'README.md:3 link'],
    },
  ],
};

for (const [title, cases] of Object.entries(CASES)) {
  suite(title, () => {
    for (const { title: name, files, found } of cases) {
      test(name, () => assert.deepEqual(check(files), found));
    }
  });
}
