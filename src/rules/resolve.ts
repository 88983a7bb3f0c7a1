import type { Collection, Schema } from '../model/collection.ts';
import type { ComparisonNode, Expression, OperandNode } from './ast.ts';
import {
  type Comparison,
  type ConditionNode,
  type ListableNode,
  type Operand,
  parentOf,
  type RecordLikeRow,
  type Resolution,
  type Row,
  rowsOf,
} from './condition.ts';
import { RuleError } from './errors.ts';
import { resolveCall } from './functions.ts';
import { Identifiers } from './identifiers.ts';
import { parseFilter } from './parse.ts';
import type { PathNotes, Visibility } from './paths.ts';

/** On what a text is resolved. */
export interface ResolveOptions {
  readonly schema: Schema;
  /** The collection whose records are judged. */
  readonly base: Collection;
  /**
   * `rule`: the text of a rule, or of a filter that a superuser sent: everything may be named.
   * `client`: a filter of anybody else: no `@request`, no `@collection`, no hidden fields; e-mails count only where they
   * are visible; records of other collections count only where they may be listed.
   */
  readonly mode: 'rule' | 'client';
  /** True for create rules: nothing can refer to the record yet, so its own back-relations are errors. */
  readonly isNew?: boolean;
}

/**
 * A filter or rule that is checked and made ready. It depends on no request and no record, so it may be cached by its text
 * and options as long as `schema.version` stands. What `@request.auth.*` names depends on the collection that the viewer's
 * record is in; that is resolved once for each.
 */
export class Condition {
  readonly base: Collection;
  readonly schema: Schema;
  readonly #resolve: (viewerCollection: Collection | null) => Resolution;
  /** By the id of the viewer's collection; at most as many as there are auth collections, and one for guests. */
  readonly #resolutions = new Map<string, Resolution>();

  constructor(
    options: { readonly base: Collection; readonly schema: Schema },
    make: (viewerCollection: Collection | null) => Resolution,
  ) {
    this.base = options.base;
    this.schema = options.schema;
    this.#resolve = make;
  }

  /** The condition as a viewer of this collection asks it; null for guests. Throws `RuleError`. */
  resolutionFor(viewerCollection: Collection | null): Resolution {
    const key = viewerCollection?.id ?? '';
    let resolution = this.#resolutions.get(key);
    if (resolution === undefined) {
      resolution = this.#resolve(viewerCollection);
      this.#resolutions.set(key, resolution);
    }
    return resolution;
  }

  /** The resolutions for guests and for viewers of every auth collection, as far as they can be made. */
  allResolutions(): Resolution[] {
    const viewers = [null, ...this.schema.all.filter((collection) => collection.type === 'auth')];
    return viewers.flatMap((viewer) => {
      try {
        return [this.resolutionFor(viewer)];
      } catch (error) {
        if (error instanceof RuleError) return [];
        throw error;
      }
    });
  }
}

/**
 * Resolves every name of a parsed filter.
 *
 * Errors: `RuleError` for unknown fields, modifiers, functions and collections, and for what the mode forbids. Unknown fields
 * below `@request.auth` and `@request.body.<relation>` are no errors but null. A path below `@request.auth` that makes no
 * sense for the viewers of one collection is an error only for them, when they ask.
 *
 * @example resolve(parseFilter('author = @request.auth.id'), { schema, base: posts, mode: 'rule' })
 */
export function resolve(expression: Expression, options: ResolveOptions): Condition {
  const condition = new Condition(options, (viewerCollection) => resolveFor(expression, options, viewerCollection));
  condition.resolutionFor(null);
  return condition;
}

/** Both must hold, for the same related records where they follow the same paths. The bases must be the same. */
export function and(left: Condition, right: Condition): Condition {
  return new Condition(left, (viewerCollection) => ({
    base: left.base,
    viewerCollection,
    root: {
      kind: 'and',
      items: [left.resolutionFor(viewerCollection).root, right.resolutionFor(viewerCollection).root],
    },
  }));
}

function resolveFor(expression: Expression, options: ResolveOptions, viewerCollection: Collection | null): Resolution {
  const resolver = new Resolver(options, viewerCollection);
  const root = resolver.node(expression);
  return { base: options.base, viewerCollection, root: withListable(root, resolver.listableNodes()) };
}

function withListable(root: ConditionNode, listable: readonly ListableNode[]): ConditionNode {
  return listable.length === 0 ? root : { kind: 'and', items: [root, ...listable] };
}

/** A path of a sort, resolved. */
export interface ResolvedPath {
  readonly operand: Operand;
  readonly emailRows: readonly RecordLikeRow[];
  readonly listable: readonly ListableNode[];
}

/** Resolves one path of a sort, as `resolve` does. */
export function resolvePath(name: string, options: ResolveOptions, viewerCollection: Collection | null): ResolvedPath {
  return new Resolver(options, viewerCollection).path(name);
}

class Resolver implements Visibility {
  readonly everything: boolean;
  readonly #options: ResolveOptions;
  readonly #viewerCollection: Collection | null;
  readonly #identifiers: Identifiers;
  readonly #notes: PathNotes = { emailRows: [], listable: new Map() };

  constructor(options: ResolveOptions, viewerCollection: Collection | null) {
    this.#options = options;
    this.#viewerCollection = viewerCollection;
    this.everything = options.mode === 'rule';
    this.#identifiers = new Identifiers({
      schema: options.schema,
      base: options.base,
      viewerCollection,
      visibility: this,
      notes: this.#notes,
      ownBackRelations: options.isNew !== true,
    });
  }

  /** What must hold of the rows that were named so far. */
  listableNodes(): ListableNode[] {
    return [...this.#notes.listable.values()];
  }

  listable(collection: Collection): Resolution | null {
    if (collection.listRule === null) throw new RuleError(`records of "${collection.name}" cannot be listed`);
    if (collection.listRule === '') return null;
    const options: ResolveOptions = { schema: this.#options.schema, base: collection, mode: 'rule' };
    return resolveFor(parseFilter(collection.listRule), options, this.#viewerCollection);
  }

  node(expression: Expression): ConditionNode {
    if (expression.kind === 'compare') return this.#comparison(expression);
    return { kind: expression.kind, items: expression.items.map((item) => this.node(item)) };
  }

  path(name: string): ResolvedPath {
    const operand = this.#identifiers.path(name);
    return { operand, emailRows: this.#notes.emailRows, listable: this.listableNodes() };
  }

  #comparison(node: ComparisonNode): Comparison {
    this.#notes.emailRows.length = 0;
    const left = this.#operand(node.left, 'left');
    const right = this.#operand(node.right, 'right');
    const rows = [...rowsOf(left), ...rowsOf(right)];
    return {
      kind: 'compare',
      operator: node.operator,
      any: node.any,
      left,
      right,
      emailRows: [...this.#notes.emailRows],
      listable: this.#notes.listable.size === 0 ? [] : this.#listableOn(rows),
    };
  }

  #listableOn(rows: readonly Row[]): ListableNode[] {
    const found = new Set<ListableNode>();
    for (const row of rows) {
      for (let at: Row | null = row; at !== null; at = parentOf(at)) {
        const node = this.#notes.listable.get(at.key);
        if (node !== undefined) found.add(node);
      }
    }
    return [...found];
  }

  #operand(node: OperandNode, side: 'left' | 'right'): Operand {
    if (node.kind === 'text' || node.kind === 'number') return { kind: 'literal', value: node.value };
    try {
      if (node.kind === 'call') return resolveCall(node, (name) => this.#identifiers.resolve(name));
      return this.#identifiers.resolve(node.name);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      throw new RuleError(`invalid ${side} operand "${node.name}" - ${error.message}`);
    }
  }
}
