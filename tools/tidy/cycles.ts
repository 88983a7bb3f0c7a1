// Files that load each other in a circle see each other half-made.
import type { Finding, Tree } from './tree.ts';

/** Value imports form no cycle. Types and `import()` may: they load nothing while modules are being made. */
export function* checkCycles(tree: Tree): Iterable<Finding> {
  const graph = new Map<string, readonly string[]>();
  for (const { path, imports } of tree.sources) {
    const loaded = imports.filter(({ isType, isDynamic }) => !isType && !isDynamic);
    graph.set(
      path,
      loaded.flatMap(({ target }) => target ?? []),
    );
  }
  for (const cycle of findCycles(graph)) {
    const message = `imports itself: ${[...cycle, cycle[0]].join(' -> ')}`;
    yield { rule: 'cycle', path: cycle[0] ?? '', line: 1, message };
  }
}

/** Depth-first search; each cycle is the way from a file to itself at the moment it is first met. */
function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const finished = new Set<string>();
  const way: string[] = [];
  const visit = (file: string): void => {
    if (finished.has(file)) return;
    const seenAt = way.indexOf(file);
    if (seenAt >= 0) {
      cycles.push(way.slice(seenAt));
      return;
    }
    way.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    way.pop();
    finished.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return cycles;
}
