// Writes the pages of docs/ that are made from the code: options, errors, limits.
//
// `node tools/docs.ts` writes them, `node tools/docs.ts --check` exits with 1 when one of them is not as it would be written.
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { renderOptionsPage } from '../src/config/option-docs.ts';
import { defaultHttpLimits } from '../src/http/limits.ts';
import { defaultMessages } from '../src/model/errors.ts';
import { validationMessages } from '../src/model/validation.ts';

/** One generated page. */
interface Page {
  /** Relative to the repository. */
  readonly path: string;
  render(root: string): string;
}

const pages: readonly Page[] = [
  { path: 'docs/options.md', render: renderOptionsPage },
  { path: 'docs/errors.md', render: renderErrorsPage },
  { path: 'docs/limits.md', render: renderLimitsPage },
];

const generated = 'then run `node tools/boot.mjs tools/docs.ts`.';

/** The pages that are missing or are not what the code would make of them. */
export function findStalePages(root: string): string[] {
  return pages
    .filter((page) => {
      const file = path.join(root, page.path);
      return !existsSync(file) || readFileSync(file, 'utf8') !== page.render(root);
    })
    .map((page) => page.path);
}

function renderErrorsPage(): string {
  const statuses = Object.entries(defaultMessages).map(([status, message]) => `| ${status} | ${message} |`);
  const codes = Object.entries(validationMessages)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([code, message]) => `| \`${code}\` | ${message.replaceAll('|', '\\|')} |`);
  return [
    '# Errors',
    '',
    `Generated from \`src/model/errors.ts\` and \`src/model/validation.ts\`: change those, ${generated}`,
    '',
    'Every error has the same body, `Content-Type: application/json`:',
    '',
    '```json',
    '{"data": {}, "message": "A sentence.", "status": 400}',
    '```',
    '',
    '`data` is empty or holds what is wrong with which value: a leaf is `{"code", "message"}` and, when the sentence was made with',
    'values, `"params"`. Objects nest by key, lists by index (`data.fields.3.name.code`). Texts of the machine, of SQL or of files are',
    'never in an answer; they are in the log.',
    '',
    '## Statuses and their messages',
    '',
    'An endpoint may have a message of its own; these are the ones of errors that have none. 503 means that nothing was done and the',
    'same request may be sent again, after the seconds in `Retry-After`.',
    '',
    '| Status | Message |',
    '|---|---|',
    ...statuses,
    '',
    '## Validation codes',
    '',
    'Codes are part of the API: never reused, never renamed. `{name}` stands for a parameter; messages are put into sentence case.',
    '',
    '| Code | Message |',
    '|---|---|',
    ...codes,
    '',
  ].join('\n');
}

function renderLimitsPage(root: string): string {
  const limits = readFileSync(path.join(root, 'src/http/limits.ts'), 'utf8');
  const http = Object.entries(defaultHttpLimits).map(([name, value]) => {
    const meaning = commentBefore(limits, limits.indexOf(`readonly ${name}:`));
    return `| \`${name}\` | ${value.toLocaleString('en')} | ${meaning} |`;
  });
  const files = globSync('src/**/*.ts', { cwd: root }).toSorted();
  const constants = files.flatMap((file) => findBounds(file, readFileSync(path.join(root, file), 'utf8')));
  return [
    '# Limits',
    '',
    `Generated from the constants of the code: change those, ${generated}`,
    '',
    'Every queue, cache, buffer, body, retry and recursion has a bound. Past it the answer is a named error (400, 408, 413, 429, 431, 503),',
    'never a slow death. Names end in their unit: `Bytes`, `Ms`; without one they are counts.',
    '',
    '## HTTP',
    '',
    'Some can be set, see [options](options.md).',
    '',
    '| Limit | Default | Meaning |',
    '|---|---|---|',
    ...http,
    '',
    '## All others',
    '',
    '| Limit | Value | Where | Meaning |',
    '|---|---|---|---|',
    ...constants,
    '',
  ].join('\n');
}

/** Constants at the top of a file whose name says that they are a bound, as rows of the table. */
function findBounds(file: string, text: string): string[] {
  const isEquipment = file.startsWith('src/testing/') || file.includes('/contract');
  if (isEquipment) return [];
  const rows = [];
  for (const match of text.matchAll(/^(?:export )?const (\w+(?:Max|TimeoutMs)) = ([^;]+);$/gm)) {
    const value = match[2]!.replace(/\s+/g, ' ').replaceAll('|', '\\|');
    rows.push(`| \`${match[1]}\` | ${value} | \`${file}\` | ${commentBefore(text, match.index)} |`);
  }
  return rows;
}

/** The words of the comment that ends right before an index, on one line. */
function commentBefore(text: string, index: number): string {
  const lines = text.slice(0, index).trimEnd().split('\n');
  const words: string[] = [];
  for (let line = lines.pop()?.trim(); line !== undefined; line = lines.pop()?.trim()) {
    const isComment = line.startsWith('/**') || line.startsWith('*') || line.startsWith('//');
    if (!isComment) break;
    words.unshift(
      line
        .replace(/^\/\*\*|^\*\/|^\/\/|^\*/, '')
        .replace(/\*\/$/, '')
        .trim(),
    );
    if (line.startsWith('/**')) break;
  }
  return words.join(' ').replaceAll('|', '\\|').trim();
}

function main(root: string, isCheck: boolean): void {
  const stale = findStalePages(root);
  for (const page of stale) {
    if (!isCheck) writeFileSync(path.join(root, page), pages.find((each) => each.path === page)!.render(root));
    console.log(
      isCheck ? `${page} is not what the code says: run \`node tools/boot.mjs tools/docs.ts\`` : `wrote ${page}`,
    );
  }
  process.exitCode = isCheck && stale.length > 0 ? 1 : 0;
}

if (import.meta.main) main(path.dirname(import.meta.dirname), process.argv.includes('--check'));
