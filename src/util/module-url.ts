/**
 * The URL of a sibling module that runs in a thread or process of its own: `.ts` from a clone, `.js` in the built package.
 *
 * @example new Worker(siblingModule(import.meta.url, 'checkpoint-thread'))
 */
export function siblingModule(self: string, name: string): URL {
  return new URL(`./${name}${self.endsWith('.ts') ? '.ts' : '.js'}`, self);
}
