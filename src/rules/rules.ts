/**
 * The rule and filter language: one syntax tree, two back ends. A text is parsed (`parseFilter`), its names are resolved
 * for a collection (`resolve`), and the condition is either compiled to SQL (`compileFilter`) or to a function that judges a
 * record in memory (`createPredicate`). See `docs/rules.md`.
 */
export type { Expression } from './ast.ts';
export { type CompiledSql, compileFilter, compileFilterOnRow, defaultAlias } from './compile.ts';
export { headerKey, type RequestContext, type RequestContextName, type UploadView } from './context.ts';
export { type Dependencies, dependenciesOf, isLocal } from './dependencies.ts';
export { RuleError } from './errors.ts';
export { createPredicate, type Predicate } from './evaluate.ts';
export { comparisonsMax, filterBytesMax, parseClientFilter, parseFilter } from './parse.ts';
export { usesForbiddenPrefix } from './prefixes.ts';
export { and, Condition, resolve, type ResolveOptions } from './resolve.ts';
export { compileSort } from './sort.ts';
export type { RecordSource } from './source.ts';
