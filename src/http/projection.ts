import { excerpt } from './excerpt.ts';
import type { ApiRequest } from './types.ts';

/** What to do with a value that was picked. */
type Modifier = (value: string) => string;

/** The picked keys of one level. */
interface Level {
  /** True when `*` was named: keys that are not in `children` are picked as they are, or with `starModifier`. */
  hasStar: boolean;
  starModifier: Modifier | undefined;
  readonly children: Map<string, Pick>;
}

/** One picked key: whole (perhaps changed), or some of what is below it. */
interface Pick {
  isWhole: boolean;
  modifier: Modifier | undefined;
  below: Level | undefined;
}

/** A parsed `fields` parameter. */
export interface Projection {
  /** A copy of the value with the picked fields only; the value itself stays as it is. */
  apply(value: unknown): unknown;
}

/** A path deeper than this picks nothing more: the URL's length allows thousands of dots. */
const levelsMax = 64;

/** The JSON text of a response body after the `fields` parameter of the query; `''` when that parameter is malformed. */
export function projectBody(body: unknown, request: ApiRequest, status: number): string {
  if (request.url.length === request.path.length || status >= 300) return stringify(body);
  const fields = request.query.get('fields');
  if (fields === null) return stringify(body);
  const projection = parseProjection(fields);
  if (projection === 'malformed') return '';
  return stringify(projection === undefined ? body : projection.apply(body));
}

/** `JSON.stringify` gives no text for `undefined`. */
function stringify(body: unknown): string {
  return body === undefined ? 'null' : JSON.stringify(body);
}

/**
 * Parses a `fields` parameter: paths with dots, separated by commas, `*` for the other keys of a level, `:excerpt(max, withEllipsis?)`
 * behind a path. `undefined` for one that names nothing.
 *
 * @example parseProjection('id,expand.author.name,text:excerpt(200,true)')
 */
export function parseProjection(fields: string): Projection | 'malformed' | undefined {
  const terms = splitOutside(fields, ',');
  if (terms === undefined) return 'malformed';
  const root = createLevel();
  let isEmpty = true;
  for (const term of terms) {
    if (term.trim() === '') continue;
    isEmpty = false;
    if (!addTerm(root, term.trim())) return 'malformed';
  }
  if (isEmpty) return undefined;
  return { apply: (value) => pickFromAnswer(value, root) };
}

function createLevel(): Level {
  return { hasStar: false, starModifier: undefined, children: new Map() };
}

/** Adds one term; false when it is malformed. */
function addTerm(root: Level, term: string): boolean {
  const [path = '', text, more] = splitOutside(term, ':') ?? [];
  const modifier = text === undefined ? undefined : parseModifier(text.trim());
  if (more !== undefined || modifier === 'malformed') return false;
  const names = path.trim().split('.', levelsMax);
  const last = names.pop()!;
  let level = root;
  for (const name of names) {
    const pick = (level.children.get(name) ?? addPick(level, name)) satisfies Pick;
    level = pick.below ??= createLevel();
  }
  if (last === '*') {
    level.hasStar = true;
    level.starModifier = modifier;
    return true;
  }
  const pick = level.children.get(last) ?? addPick(level, last);
  pick.isWhole = true;
  pick.modifier = modifier;
  return true;
}

function addPick(level: Level, name: string): Pick {
  const pick: Pick = { isWhole: false, modifier: undefined, below: undefined };
  level.children.set(name, pick);
  return pick;
}

function parseModifier(text: string): Modifier | 'malformed' {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open || text.slice(0, open).trim() !== 'excerpt') return 'malformed';
  const [max = '', ellipsis = ''] = text.slice(open + 1, close).split(',');
  const lengthMax = /^\s*\+?\d{1,15}\s*$/.test(max) ? Number(max) : 0;
  if (lengthMax <= 0) return 'malformed';
  const withEllipsis = ['1', 't', 'true'].includes(ellipsis.trim().toLowerCase());
  return (value) => excerpt(value, lengthMax, withEllipsis);
}

/** Splits at a separator outside parentheses and quotes; `undefined` when those do not pair up. */
function splitOutside(text: string, separator: string): string[] | undefined {
  const parts: string[] = [];
  let start = 0;
  let depth = 0;
  let quote = '';
  for (let index = 0; index < text.length; index++) {
    const letter = text[index]!;
    if (quote !== '') {
      if (letter === quote) quote = '';
    } else if (letter === '"' || letter === "'" || letter === '`') {
      quote = letter;
    } else if (letter === '(') {
      depth += 1;
    } else if (letter === ')') {
      depth -= 1;
      if (depth < 0) return undefined;
    } else if (letter === separator && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  if (quote !== '' || depth !== 0) return undefined;
  parts.push(text.slice(start));
  return parts;
}

const listKeys = ['items', 'page', 'perPage', 'totalItems', 'totalPages'];

/** A page of a list keeps its numbers: the fields are those of its items. */
function pickFromAnswer(value: unknown, level: Level): unknown {
  if (isObject(value) && Array.isArray(value['items']) && listKeys.every((key) => Object.hasOwn(value, key))) {
    return { ...value, items: pickFrom(value['items'], level) };
  }
  return pickFrom(value, level);
}

function pickFrom(value: unknown, level: Level): unknown {
  if (Array.isArray(value)) return value.map((each) => pickFrom(each, level));
  if (!isObject(value)) return value;
  const picked: { [key: string]: unknown } = Object.create(null);
  for (const key of Object.keys(value)) {
    const pick = level.children.get(key);
    if (pick !== undefined) picked[key] = pickOne(value[key], pick);
    else if (level.hasStar) picked[key] = modify(value[key], level.starModifier);
  }
  return picked;
}

function pickOne(value: unknown, pick: Pick): unknown {
  if (pick.isWhole || pick.below === undefined) return modify(value, pick.modifier);
  return pickFrom(value, pick.below);
}

function modify(value: unknown, modifier: Modifier | undefined): unknown {
  return modifier !== undefined && typeof value === 'string' ? modifier(value) : value;
}

function isObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
