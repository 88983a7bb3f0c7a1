// Links between documents lead somewhere.
import path from 'node:path';
import type { Finding, Tree } from './tree.ts';

const LINK = /\[[^\]]*\]\(([^)\s]+)(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s*(\S+)/g;
const HEADING = /^#{1,6}\s+(.*?)\s*#*$/;

/** Every relative link in a Markdown file names a file or folder of the repository, and a heading that is there. */
export function* checkLinks(tree: Tree): Iterable<Finding> {
  for (const file of tree.paths.filter((each) => each.endsWith('.md'))) {
    for (const [index, text] of proseLines(tree.readText(file)).entries()) {
      for (const match of text.matchAll(LINK)) {
        const link = match[1] ?? match[2] ?? '';
        const message = /^[a-z]+:/i.test(link) ? undefined : faultOf(tree, file, link);
        if (message !== undefined) yield { rule: 'link', path: file, line: index + 1, message };
      }
    }
  }
}

function faultOf(tree: Tree, file: string, link: string): string | undefined {
  const [target = '', anchor] = link.split('#');
  const found = target === '' ? file : path.posix.join(path.posix.dirname(file), decodeURIComponent(target));
  const isFile = tree.paths.includes(found);
  const folder = `${found.replace(/\/$/, '')}/`;
  if (!isFile && !tree.paths.some((each) => each.startsWith(folder))) return `${link} leads nowhere`;
  if (anchor === undefined || !found.endsWith('.md')) return undefined;
  return anchorsOf(tree.readText(found)).has(anchor) ? undefined : `${found} has no heading for #${anchor}`;
}

/** The anchors that GitHub and its like give to the headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = proseLines(text).flatMap((line) => HEADING.exec(line)?.[1] ?? []);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** The lines of a document, those inside code fences emptied. */
function proseLines(text: string): string[] {
  let isFenced = false;
  return text.split('\n').map((line) => {
    const isFence = line.trimStart().startsWith('```');
    if (isFence) isFenced = !isFenced;
    return isFence || isFenced ? '' : line;
  });
}
