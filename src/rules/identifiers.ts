import type { Collection, Schema } from '../model/collection.ts';
import { type Field, isMultiple } from '../model/fields/field.ts';
import type { GivenOperand, Operand, RecordLikeRow } from './condition.ts';
import { RuleError } from './errors.ts';
import { findMacro } from './macros.ts';
import { columnOf, findField, type PathNotes, Paths, UnknownNameError, type Visibility } from './paths.ts';

/** What of the signed-in record is known without asking the database, also for guests (who have none of it). */
const ownKeys: ReadonlySet<string> = new Set([
  'id',
  'collectionId',
  'collectionName',
  'email',
  'emailVisibility',
  'verified',
]);

const nothing: GivenOperand = { kind: 'literal', value: null };

const plainPath = /^\w+[\w.:]*$/;

/** Where names are looked up. */
export interface NameScope {
  readonly schema: Schema;
  readonly base: Collection;
  readonly viewerCollection: Collection | null;
  readonly visibility: Visibility;
  readonly notes: PathNotes;
  /** Can other records refer to the base record? Not while it is being created. */
  readonly ownBackRelations: boolean;
}

/** Turns names into operands. */
export class Identifiers {
  readonly #scope: NameScope;
  readonly #paths: Paths;
  readonly #base: RecordLikeRow;

  constructor(scope: NameScope) {
    this.#scope = scope;
    this.#paths = new Paths(scope.schema, scope.visibility, scope.notes, scope.ownBackRelations);
    this.#base = { kind: 'base', key: '', many: false, matchAll: false, collection: scope.base };
  }

  /** Resolves a name of any kind. Throws `RuleError` with the bare reason. */
  resolve(name: string): Operand {
    if (name.startsWith('@')) return this.#special(name);
    const word = name.toLowerCase();
    if ((word === 'null' || word === 'true' || word === 'false') && findField(this.#scope.base, name) === undefined) {
      return word === 'null' ? nothing : { kind: 'boolean', value: word === 'true' };
    }
    return this.path(name);
  }

  /** Resolves a path that starts at the base record or at another collection. */
  path(name: string): Operand {
    if (name.startsWith('@collection.')) return this.#other(name);
    if (!plainPath.test(name)) throw unresolved(name);
    return this.#paths.follow(this.#base, name.split('.'));
  }

  #special(name: string): Operand {
    if (findMacro(name) !== undefined) return { kind: 'macro', name };
    if (name.startsWith('@collection.')) return this.#other(name);
    const match = /^@request\.(context|method|(?:auth|headers|query|body)\.([\w.:]+))$/.exec(name);
    if (match === null) throw unresolved(name);
    if (!this.#scope.visibility.everything) throw new RuleError('only superusers can filter by @request');
    const parts = match[2]?.split('.') ?? [];
    if (name.startsWith('@request.auth.')) return this.#auth(parts);
    if (name.startsWith('@request.body.')) return this.#body(parts);
    if (match[2] === undefined) return request(match[1] as 'context' | 'method', []);
    return this.#submitted(name.startsWith('@request.query.') ? 'query' : 'headers', parts);
  }

  #other(name: string): Operand {
    const match = /^@collection\.(\w+)(?::(\w+))?\.([\w.:]+)$/.exec(name);
    if (match === null) throw unresolved(name);
    if (!this.#scope.visibility.everything) throw new RuleError('only superusers can filter by @collection');
    const collection = this.#scope.schema.find(match[1]!);
    if (collection === undefined)
      throw new RuleError(`failed to load collection "${match[1]}" from field path "${name}"`);
    const key = `@collection.${collection.id}:${match[2] ?? ''}`;
    return this.#paths.follow({ kind: 'other', key, many: true, matchAll: true, collection }, match[3]!.split('.'));
  }

  #auth(parts: readonly string[]): Operand {
    const collection = this.#scope.viewerCollection;
    if (collection === null) return nothing;
    if (parts.length === 1 && ownKeys.has(parts[0]!)) return request('auth', parts);
    return this.#orNothing({ kind: 'auth', key: '@auth', many: false, matchAll: false, collection }, parts);
  }

  #orNothing(row: RecordLikeRow, parts: readonly string[]): Operand {
    try {
      return this.#paths.follow(row, parts);
    } catch (error) {
      if (error instanceof UnknownNameError) return nothing;
      throw error;
    }
  }

  #body(parts: readonly string[]): Operand {
    const first = parts[0]!;
    const field = findField(this.#scope.base, first);
    if (field?.type === 'relation' && parts.length > 1) {
      const collection = this.#scope.schema.find(field.collectionId);
      if (collection === undefined) throw new RuleError(`failed to load the collection of field "${first}"`);
      const many = isMultiple(field);
      const key = `@body.${first}`;
      return this.#orNothing(
        { kind: 'submitted', key, many, matchAll: many, field: first, collection },
        parts.slice(1),
      );
    }
    return this.#submitted('body', parts);
  }

  /** A value of the headers, the query or the body, with its modifier. */
  #submitted(source: 'headers' | 'query' | 'body', parts: readonly string[]): Operand {
    const last = parts.at(-1)!;
    const [name, modifier, ...rest] = last.split(':');
    if (name === '' || parts.some((part, index) => part === '' || (index < parts.length - 1 && part.includes(':')))) {
      throw unresolved(`@request.${source}.${parts.join('.')}`);
    }
    if (rest.length > 0) return nothing;
    const path = [...parts.slice(0, -1), name!];
    switch (modifier) {
      case undefined:
        return request(source, path, { numeric: findField(this.#scope.base, name!)?.type === 'number' });
      case 'lower':
        return request(source, path, { lower: true, blank: source === 'body' && isField(path, this.#scope.base) });
      case 'isset':
        return { kind: 'isset', source, path };
    }
    if (source !== 'body' || !['changed', 'length', 'each'].includes(modifier)) {
      throw new RuleError(`unknown modifier in "${last}"`);
    }
    const field = path.length === 1 ? findField(this.#scope.base, name!) : undefined;
    if (field === undefined) throw new RuleError(`invalid modifier sequence ${last}`);
    return modifier === 'changed' ? this.#changed(field) : submittedItems(field, modifier);
  }

  #changed(field: Field): Operand {
    const sent = request('body', [field.name], { numeric: field.type === 'number' });
    return { kind: 'changed', sent, column: columnOf(this.#base, field) };
  }
}

function submittedItems(field: Field, modifier: string): Operand {
  if (field.type !== 'select' && field.type !== 'file' && field.type !== 'relation') {
    throw new RuleError(`field "${field.name}" doesn't support multivalue operations`);
  }
  if (modifier === 'length') return { kind: 'submittedLength', field: field.name };
  const key = `@body.${field.name}[]`;
  const matchAll = isMultiple(field);
  return { kind: 'element', row: { kind: 'element', key, many: true, matchAll, parent: null, field: field.name } };
}

function request(
  source: Extract<GivenOperand, { kind: 'request' }>['source'],
  path: readonly string[],
  options: { numeric?: boolean; lower?: boolean; blank?: boolean } = {},
): GivenOperand {
  return { kind: 'request', source, path, numeric: false, lower: false, blank: false, ...options };
}

function isField(path: readonly string[], collection: Collection): boolean {
  return path.length === 1 && findField(collection, path[0]!) !== undefined;
}

function unresolved(name: string): RuleError {
  return new RuleError(`failed to resolve field "${name}"`);
}
