import { LruMap } from './lru-map.ts';
import { type CharSet, isWordCodePoint, setHas } from './regexp-sets.ts';
import { type Anchor, parseRegexp, PatternError, type RegexpNode } from './regexp-syntax.ts';

/**
 * Patterns written by people, run without backtracking: the time is linear in the text for every pattern, `^(a+)+$` too. V8 has a
 * linear engine of its own behind a flag, but it knows neither Unicode, nor ignoring case, nor counts above a few dozen; so this is a
 * small one: the pattern becomes a non-deterministic automaton whose sets of states are made into a deterministic one as texts
 * need it, within a bound.
 */
export interface LinearRegexp {
  readonly pattern: string;
  /** True when the pattern matches anywhere in the text; anchor it with `^` and `$` to match all of it. */
  test(text: string): boolean;
}

type Instruction =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'anchor'; readonly anchor: Anchor }
  | { readonly kind: 'split'; targets: number[] }
  | { readonly kind: 'match' };

/** Instructions of one pattern: with texts of a few thousand characters the worst case stays in tens of milliseconds. */
const programSizeMax = 2500;
/** Numbers that the deterministic states of one pattern may hold together. */
const cacheSizeMax = 100_000;
/** Compiled patterns that are kept: a memo of a pure function, so it may live outside any object. */
const patternsKeptMax = 500;

const compiled = new LruMap<string, LinearRegexp>(patternsKeptMax);

/**
 * Compiles a pattern in Go's syntax.
 *
 * @throws PatternError when the pattern is wrong or too large
 * @example compilePattern('^[a-z0-9]+$').test('abc') // true
 */
export function compilePattern(pattern: string): LinearRegexp {
  let regexp = compiled.get(pattern);
  if (regexp === undefined) {
    const machine = new Machine(assemble(parseRegexp(pattern), pattern));
    regexp = { pattern, test: (text) => machine.test(text) };
    compiled.set(pattern, regexp);
  }
  return regexp;
}

/** What is wrong with a pattern, or null when nothing is. */
export function patternError(pattern: string): string | null {
  try {
    compilePattern(pattern);
    return null;
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}

/** Turns a parsed pattern into instructions; control falls through to the next one unless it is a split. */
function assemble(root: RegexpNode, pattern: string): Instruction[] {
  const program: Instruction[] = [];
  const push = (instruction: Instruction): number => {
    if (program.length >= programSizeMax) throw new PatternError('expression too large', pattern.slice(0, 40));
    return program.push(instruction) - 1;
  };
  const split = (targets: number[]): { targets: number[] } => {
    const instruction = { kind: 'split' as const, targets };
    push(instruction);
    return instruction;
  };
  const emitRepeat = (node: RegexpNode, min: number, max: number): void => {
    for (let count = 0; count < min; count++) emit(node);
    if (max === Infinity) {
      const start = program.length;
      const loop = split([]);
      emit(node);
      split([start]);
      loop.targets.push(start + 1, program.length);
      return;
    }
    const exits: { targets: number[] }[] = [];
    for (let count = min; count < max; count++) {
      const at = program.length;
      exits.push(split([at + 1]));
      emit(node);
    }
    for (const exit of exits) exit.targets.push(program.length);
  };
  const emitAlternate = (options: readonly RegexpNode[]): void => {
    const fork = split([]);
    const ends: { targets: number[] }[] = [];
    for (const option of options) {
      fork.targets.push(program.length);
      emit(option);
      ends.push(split([]));
    }
    for (const end of ends) end.targets.push(program.length);
  };
  const emit = (node: RegexpNode): void => {
    if (node.kind === 'concat') for (const part of node.parts) emit(part);
    else if (node.kind === 'alternate') emitAlternate(node.options);
    else if (node.kind === 'repeat') emitRepeat(node.node, node.min, node.max);
    else push(node);
  };
  emit(root);
  push({ kind: 'match' });
  return program;
}

/** Facts about a place between two characters, as bits. */
const textStart = 1;
const textEnd = 2;
const lineStart = 4;
const lineEnd = 8;
const wordBoundary = 16;
const placeCount = 32;

/** A set of instructions that wait for the next character, and where each character leads from here. */
interface State {
  readonly waiting: readonly number[];
  readonly next: Map<number, State>;
}

class Machine {
  readonly #program: readonly Instruction[];
  readonly #hasAnchors: boolean;
  readonly #states = new Map<string, State>();
  readonly #start: State;
  readonly #matched: State = { waiting: [], next: new Map() };
  readonly #seen: Uint32Array;
  #round = 0;
  #cacheSize = 0;

  constructor(program: readonly Instruction[]) {
    this.#program = program;
    this.#hasAnchors = program.some((instruction) => instruction.kind === 'anchor');
    this.#start = { waiting: [0], next: new Map() };
    this.#seen = new Uint32Array(program.length);
  }

  test(text: string): boolean {
    let state = this.#start;
    let before = -1;
    for (let index = 0; index <= text.length; ) {
      const after = index < text.length ? text.codePointAt(index)! : -1;
      const place = this.#hasAnchors ? describePlace(before, after) : 0;
      state = this.#follow(state, after, place);
      if (state === this.#matched) return true;
      index += after > 0xffff ? 2 : 1;
      before = after;
    }
    return false;
  }

  /** The state after passing a place and then the character behind it (-1 at the end). */
  #follow(state: State, codePoint: number, place: number): State {
    const key = (codePoint + 1) * placeCount + place;
    const known = state.next.get(key);
    if (known !== undefined) return known;
    const next = this.#compute(state, codePoint, place);
    this.#remember(state, key, next);
    return next;
  }

  #remember(state: State, key: number, next: State): void {
    this.#cacheSize += 1;
    if (this.#cacheSize > cacheSizeMax) {
      // Starting over keeps memory bounded; a state in use just loses its place in the map.
      for (const each of this.#states.values()) each.next.clear();
      this.#start.next.clear();
      this.#states.clear();
      this.#cacheSize = 0;
      return;
    }
    state.next.set(key, next);
  }

  #compute(state: State, codePoint: number, place: number): State {
    const reached = this.#reach(state.waiting, place);
    if (reached === null) return this.#matched;
    const waiting: number[] = [];
    for (const at of reached) {
      const instruction = this.#program[at]!;
      if (instruction.kind === 'set' && codePoint >= 0 && setHas(instruction.set, codePoint)) waiting.push(at + 1);
    }
    waiting.push(0); // A match may also start at the next character.
    return this.#intern(waiting);
  }

  #intern(waiting: readonly number[]): State {
    const name = waiting.join();
    let state = this.#states.get(name);
    if (state === undefined) {
      state = { waiting, next: new Map() };
      this.#states.set(name, state);
      this.#cacheSize += waiting.length;
    }
    return state;
  }

  /** The instructions that wait for a character, from the given ones on through splits and anchors; null: matched. */
  #reach(from: readonly number[], place: number): number[] | null {
    this.#round = (this.#round + 1) >>> 0 || 1;
    const stack = [...from];
    const reached: number[] = [];
    while (stack.length > 0) {
      const at = stack.pop()!;
      if (this.#seen[at] === this.#round) continue;
      this.#seen[at] = this.#round;
      const instruction = this.#program[at]!;
      if (instruction.kind === 'match') return null;
      if (instruction.kind === 'set') reached.push(at);
      else if (instruction.kind === 'split') stack.push(...instruction.targets);
      else if (isAnchored(instruction.anchor, place)) stack.push(at + 1);
    }
    return reached;
  }
}

function describePlace(before: number, after: number): number {
  let place = 0;
  if (before === -1) place |= textStart | lineStart;
  if (after === -1) place |= textEnd | lineEnd;
  if (before === 10) place |= lineStart;
  if (after === 10) place |= lineEnd;
  if (isWordCodePoint(before) !== isWordCodePoint(after)) place |= wordBoundary;
  return place;
}

function isAnchored(anchor: Anchor, place: number): boolean {
  switch (anchor) {
    case 'textStart':
      return (place & textStart) !== 0;
    case 'textEnd':
      return (place & textEnd) !== 0;
    case 'lineStart':
      return (place & lineStart) !== 0;
    case 'lineEnd':
      return (place & lineEnd) !== 0;
    case 'wordBoundary':
      return (place & wordBoundary) !== 0;
    case 'noWordBoundary':
      return (place & wordBoundary) === 0;
  }
}
