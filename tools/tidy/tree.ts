// The files of the repository, and what a rule says about them.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type SourceFile, parseSource } from './source-file.ts';

/** All files that rules look at; paths are relative to the root, with forward slashes, sorted. */
export interface Tree {
  readonly root: string;
  readonly paths: readonly string[];
  /** The TypeScript files. */
  readonly sources: readonly SourceFile[];
  readText(filePath: string): string;
}

/** Something to mend. `size` is the measured size where the rule is a limit that a reason can raise. */
export interface Finding {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly message: string;
  readonly size?: number;
}

/** A check of the whole tree. */
export type Rule = (tree: Tree) => Iterable<Finding>;

/** Folders with files that others wrote, or that a run of the program left. */
const FOREIGN = new Set(['node_modules', 'dist', 'vendor', '.pando']);

const FOLDERS = ['src', 'tools', 'tests', 'bench', 'examples', 'docs', 'bin', 'console', 'deploy'];

/** Reads the tree below a folder. */
export function readTree(root: string): Tree {
  const found = globSync(['*', ...FOLDERS.map((folder) => `${folder}/**/*`)], { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
  const paths = found.filter((file) => !isForeign(file)).toSorted();
  const readText = (file: string): string => readFileSync(path.join(root, file), 'utf8');
  const sources = paths.filter((file) => file.endsWith('.ts')).map((file) => parseSource(file, readText(file)));
  return { root, paths, sources, readText };
}

/** Whether a path is inside one of these folders (ending in a slash) or is one of these files. */
export function isInside(filePath: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? filePath.startsWith(place) : filePath === place));
}

function isForeign(filePath: string): boolean {
  return filePath.split('/').some((part) => FOREIGN.has(part));
}
