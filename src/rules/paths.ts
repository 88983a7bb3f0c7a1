import type { Collection, Schema } from '../model/collection.ts';
import { columnTypeOf, type Field, isMultiple, type RelationField } from '../model/fields/field.ts';
import type { ColumnOperand, ListableNode, Operand, RecordLikeRow, Row } from './condition.ts';
import { RuleError } from './errors.ts';
import { lookupOf, uniquenessOf } from './index-use.ts';

/** Most relations that one path may follow. */
const hopsMax = 6;

/** A path that names no field. Below `@request` it stands for null, elsewhere it is an error. */
export class UnknownNameError extends RuleError {}

/** What the asker of a filter may see; rules see everything. */
export interface Visibility {
  /** False for filters and sorts of clients that are no superusers. */
  readonly everything: boolean;
  /** The condition under which a record of the collection may be listed; null when all may. Throws when none may. */
  listable(collection: Collection): ListableNode['condition'] | null;
}

/** What a path needs to be judged by, besides its operand. */
export interface PathNotes {
  /** Rows whose e-mail was read. */
  readonly emailRows: RecordLikeRow[];
  /** By row key: what must hold of the rows for the asker to list them. */
  readonly listable: Map<string, ListableNode>;
}

/** Finds a field by its exact name. */
export function findField(collection: Collection, name: string): Field | undefined {
  for (const field of collection.fields) if (field.name === name) return field;
  return undefined;
}

/** Follows dotted paths from a row to an operand. */
export class Paths {
  readonly #schema: Schema;
  readonly #visibility: Visibility;
  readonly #notes: PathNotes;
  readonly #ownBackRelations: boolean;

  constructor(schema: Schema, visibility: Visibility, notes: PathNotes, ownBackRelations: boolean) {
    this.#schema = schema;
    this.#visibility = visibility;
    this.#notes = notes;
    this.#ownBackRelations = ownBackRelations;
  }

  /** Resolves `parts`, a path split at its dots, from `start`. */
  follow(start: RecordLikeRow, parts: readonly string[]): Operand {
    let row = start;
    let hops = 0;
    for (let index = 0; index < parts.length - 1; index++) {
      const name = parts[index]!;
      const field = findField(row.collection, name);
      if (field === undefined) {
        row = this.#backRow(row, name);
      } else {
        this.#checkVisible(field);
        if (field.type === 'json' || field.type === 'geoPoint') {
          return { ...columnOf(row, field), path: parts.slice(index + 1).map(jsonKey) };
        }
        if (field.type !== 'relation') throw new RuleError(`field "${name}" is not a valid relation`);
        if (!isMultiple(field) && index === parts.length - 2 && parts[index + 1] === 'id') return columnOf(row, field);
        row = this.#relatedRow(row, field);
      }
      if (++hops > hopsMax) throw new RuleError(`a path follows more than ${hopsMax} relations`);
      this.noteRow(row);
    }
    return this.#last(row, parts.at(-1)!);
  }

  /** Remembers what the asker must be allowed to read this row. */
  noteRow(row: RecordLikeRow): void {
    if (this.#visibility.everything || this.#notes.listable.has(row.key)) return;
    const condition = this.#visibility.listable(row.collection);
    if (condition !== null) this.#notes.listable.set(row.key, { kind: 'listable', row, condition });
  }

  #checkVisible(field: Field): void {
    if (field.hidden && !this.#visibility.everything) throw new RuleError(`non-filterable field "${field.name}"`);
  }

  #relatedRow(row: RecordLikeRow, field: RelationField): RecordLikeRow {
    const collection = this.#target(field);
    const key = `${row.key}.${field.name}`;
    if (!isMultiple(field)) {
      const lookup = lookupOf(row.collection, field.name);
      const { matchAll } = row;
      return { kind: 'record', key, many: false, matchAll, parent: row, field: field.name, lookup, collection };
    }
    const element = elementRow(row, field.name);
    return { kind: 'member', key, many: false, matchAll: true, parent: element, collection };
  }

  #target(field: RelationField): Collection {
    const collection = this.#schema.find(field.collectionId);
    if (collection === undefined) throw new RuleError(`failed to load the collection of field "${field.name}"`);
    return collection;
  }

  #backRow(row: RecordLikeRow, name: string): RecordLikeRow {
    const match = /^(\w+)_via_(\w+)$/.exec(name);
    if (match === null) throw new UnknownNameError(`failed to resolve field "${name}"`);
    const collection = this.#schema.find(match[1]!);
    if (collection === undefined) throw new RuleError(`failed to load collection "${match[1]}"`);
    const field = findField(collection, match[2]!);
    if (field?.type !== 'relation') throw new RuleError(`missing relation field "${match[2]}" of a back relation`);
    if (field.collectionId !== row.collection.id) {
      throw new RuleError(`invalid collection reference of a back relation field "${match[2]}"`);
    }
    this.#checkVisible(field);
    if (row.kind === 'base' && !this.#ownBackRelations) {
      throw new RuleError(`nothing refers to a new record yet, so "${name}" cannot be used`);
    }
    const unique = uniquenessOf(collection, field.name);
    const list = isMultiple(field);
    return {
      kind: 'back',
      key: `${row.key}.${collection.id}_via_${field.name}`,
      many: unique !== 'full' || list,
      matchAll: row.matchAll || unique === 'none',
      parent: row,
      collection,
      field: field.name,
      list,
      lookup: list ? 'scan' : lookupOf(collection, field.name),
    };
  }

  #last(row: RecordLikeRow, part: string): Operand {
    const [name, modifier, ...rest] = part.split(':');
    const field = rest.length > 0 ? undefined : findField(row.collection, name!);
    if (field === undefined) throw new UnknownNameError(`unknown field "${part}"`);
    this.#checkVisible(field);
    if (field.name === 'email' && row.collection.type === 'auth' && !this.#visibility.everything) {
      this.#notes.emailRows.push(row);
    }
    return this.#modified(row, field, modifier, part);
  }

  #modified(row: RecordLikeRow, field: Field, modifier: string | undefined, part: string): Operand {
    const column = columnOf(row, field);
    const isChoice = field.type === 'select' || field.type === 'file' || field.type === 'relation';
    switch (modifier) {
      case undefined:
      case 'isset':
      case 'changed':
        return column;
      case 'lower':
        return { ...column, modifier };
      case 'length':
        return isChoice ? { ...column, modifier } : column;
      case 'each':
        if (isMultiple(field)) return { kind: 'element', row: elementRow(row, field.name) };
        return isChoice ? { ...column, modifier } : column;
      default:
        throw new UnknownNameError(`unknown modifier in "${part}"`);
    }
  }
}

/** The operand of a whole column. */
export function columnOf(row: RecordLikeRow, field: Field): ColumnOperand {
  const path = field.type === 'json' ? [] : null;
  // How the base record is found is the engine's affair.
  const lookup = row.kind === 'base' || row.kind === 'auth' ? 'scan' : lookupOf(row.collection, field.name);
  return { kind: 'column', row, name: field.name, type: columnTypeOf(field), modifier: null, path, lookup };
}

function elementRow(parent: RecordLikeRow, field: string): Extract<Row, { kind: 'element' }> {
  return { kind: 'element', key: `${parent.key}.${field}[]`, many: true, matchAll: true, parent, field };
}

/** Colons have no meaning inside a JSON path and fall out of it. */
function jsonKey(part: string): string {
  const key = part.replaceAll(':', '');
  if (key === '') throw new RuleError('empty name in a JSON path');
  if (/^\d{10,}$/.test(key)) throw new RuleError(`too large index ${key} in a JSON path`);
  return key;
}
