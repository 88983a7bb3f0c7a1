import type { Collection } from '../../model/collection.ts';
import { blankCollection } from '../../model/collection-defaults.ts';
import { serialiseCollection } from '../../model/collection-json.ts';
import { badRequest } from '../../model/errors.ts';
import { createField } from '../../model/fields/field-codec.ts';
import type { AutodateField, BoolField, TextField } from '../../model/fields/field.ts';
import type { RecordData } from '../../model/record.ts';
import { RuleError, usesForbiddenPrefix } from '../../rules/rules.ts';
import { createObject } from '../../util/json.ts';
import { randomInteger } from '../../util/random.ts';
import { readPaging, type RecordPage } from '../records/reads.ts';
import type { RequestInfo } from '../records/request-info.ts';
import type { RuleBook } from '../records/rule-book.ts';
import { createSchema } from './catalogue.ts';

/** Keys that a list may be sorted by at once. */
const sortTermsMax = 8;
/** Bytes of one of them. */
const sortTermBytesMax = 255;

/** A collection as a row that filters and sorts see. */
interface Row {
  readonly id: string;
  readonly created: string;
  readonly updated: string;
  readonly name: string;
  readonly system: boolean;
  readonly type: string;
}

const sortable: readonly (keyof Row)[] = ['id', 'created', 'updated', 'name', 'system', 'type'];

/** The set of collections as if it were a collection itself: filters are checked against it. */
const collectionOfCollections: Collection = {
  ...blankCollection('base'),
  id: 'collections',
  name: 'collections',
  fields: [
    ...['id', 'name', 'type'].map((name) => createField<TextField>({ type: 'text', name })),
    ...['created', 'updated'].map((name) => createField<AutodateField>({ type: 'autodate', name, onCreate: true })),
    createField<BoolField>({ type: 'bool', name: 'system' }),
  ],
};
const schemaOfCollections = createSchema([collectionOfCollections], 0);

/**
 * A page of the collections. Query: page, perPage, skipTotal, and over id, created, updated, name, system and type a filter and a sort. Without
 * a sort they come in the order of their creation. Throws 400 for everything that cannot be read.
 */
export function listCollections(collections: readonly Collection[], info: RequestInfo, rules: RuleBook): RecordPage {
  const { page, perPage, skipTotal } = readPaging(info.query);
  const order = readSort(info.query['sort'] ?? '');
  const found = filterCollections(collections, info, rules);
  if (order !== null) found.sort(order);
  const start = (page - 1) * perPage;
  return {
    items: found.slice(start, start + perPage).map(serialiseCollection),
    page,
    perPage,
    totalItems: skipTotal ? -1 : found.length,
    totalPages: skipTotal ? -1 : Math.ceil(found.length / perPage),
  };
}

function filterCollections(collections: readonly Collection[], info: RequestInfo, rules: RuleBook): Collection[] {
  const filter = info.query['filter'] ?? '';
  if (filter === '') return [...collections];
  if (usesForbiddenPrefix(filter) !== null) throw badRequest();
  try {
    const { predicate } = rules.prepare(schemaOfCollections, collectionOfCollections, filter);
    if (predicate === null) throw badRequest();
    return collections.filter((collection) => rules.test(predicate, toData(collection), info));
  } catch (error) {
    if (error instanceof RuleError) throw badRequest(undefined, undefined, error);
    throw error;
  }
}

function toData(collection: Collection): RecordData {
  return Object.assign(createObject(), toRow(collection));
}

function toRow({ id, created, updated, name, system, type }: Collection): Row {
  return { id, created, updated, name, system, type };
}

type Compare = (a: Collection, b: Collection) => number;

/** A comparison by a comma list of keys, `-` for descending; null for none. Text compares as bytes. */
function readSort(text: string): Compare | null {
  if (text === '') return null;
  const terms = text.split(',').map((term) => term.trim());
  if (terms.length > sortTermsMax) throw badRequest();
  const compares = terms.map(readSortTerm);
  return (a, b) => {
    for (const compare of compares) {
      const result = compare(a, b);
      if (result !== 0) return result;
    }
    return 0;
  };
}

function readSortTerm(term: string): Compare {
  if (Buffer.byteLength(term) > sortTermBytesMax) throw badRequest();
  const sign = term.startsWith('-') ? -1 : 1;
  const name = /^[+-]/.test(term) ? term.slice(1) : term;
  if (name === '@random') return randomOrder();
  // The order in which they are held is the order of their creation.
  if (name === '@rowid') return (a, b) => sign * compareValues(a.created, b.created);
  const key = sortable.find((each) => each === name);
  if (key === undefined) throw badRequest();
  return (a, b) => sign * compareValues(toRow(a)[key], toRow(b)[key]);
}

/** Every collection gets one random place, so that the comparison does not contradict itself. */
function randomOrder(): Compare {
  const places = new Map<string, number>();
  const placeOf = ({ id }: Collection): number => {
    const place = places.get(id) ?? randomInteger(2 ** 31);
    places.set(id, place);
    return place;
  };
  return (a, b) => placeOf(a) - placeOf(b);
}

function compareValues(a: string | boolean, b: string | boolean): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
