import type { ComparisonNode, Expression, OperandNode, Operator } from './ast.ts';
import { RuleError } from './errors.ts';
import { type TokenKind, Tokens } from './tokens.ts';

/** Longest filter that a client may send, in bytes of UTF-8. */
export const filterBytesMax = 3500;
/** Longest rule or filter of any origin, in characters; far above what 200 comparisons need. */
const ruleCharactersMax = 100_000;
/** Most comparisons in one filter or rule. */
export const comparisonsMax = 200;
/** Deepest nesting of calls. */
const callDepthMax = 3;

/** An open parenthesis: finished alternatives, and the conjunction that is being read. */
interface Group {
  readonly alternatives: Expression[];
  conjunction: Expression[];
}

/**
 * Parses a rule or a filter. Nesting is read with an explicit stack, so that no depth overflows.
 *
 * Errors: `RuleError` for everything that is no filter, and for more than 200 comparisons. The empty text is one too:
 * callers treat `''` as "no filter" before they come here.
 *
 * @example parseFilter("title ~ 'pando' && (public = true || author = @request.auth.id)")
 */
export function parseFilter(text: string): Expression {
  if (text.length > ruleCharactersMax) throw new RuleError('too long filter expression');
  return new Parser(text).parse();
}

/** `parseFilter` for filters that clients send: at most 3500 bytes of UTF-8. */
export function parseClientFilter(text: string): Expression {
  if (text.length > filterBytesMax || Buffer.byteLength(text) > filterBytesMax) {
    throw new RuleError(`the filter must be at most ${filterBytesMax} bytes long`);
  }
  return parseFilter(text);
}

class Parser {
  readonly #tokens: Tokens;
  #comparisons = 0;

  constructor(text: string) {
    this.#tokens = new Tokens(text);
    this.#tokens.next();
  }

  parse(): Expression {
    const open: Group[] = [];
    let group: Group = { alternatives: [], conjunction: [] };
    for (;;) {
      if (this.#tokens.kind === 'open') {
        open.push(group);
        group = { alternatives: [], conjunction: [] };
        this.#tokens.next();
        continue;
      }
      group.conjunction.push(this.#readComparison());
      while (this.#tokens.kind === 'close') {
        const outer = open.pop();
        if (outer === undefined) throw new RuleError("unexpected character ')'");
        outer.conjunction.push(closeGroup(group));
        group = outer;
        this.#tokens.next();
      }
      if (this.#tokens.kind === 'end') break;
      this.#readJoin(group);
    }
    if (open.length > 0) throw new RuleError(`invalid formatted group - missing ${open.length} closing bracket(s)`);
    return closeGroup(group);
  }

  #readJoin(group: Group): void {
    const tokens = this.#tokens;
    if (tokens.kind !== 'join') throw new RuleError(`expected && or ||, got "${tokens.value}" (${tokens.kind})`);
    if (tokens.value === '||') {
      group.alternatives.push(closeItems('and', group.conjunction));
      group.conjunction = [];
    }
    if (tokens.next() === 'end') throw incomplete();
  }

  #readComparison(): ComparisonNode {
    const tokens = this.#tokens;
    if (tokens.kind === 'close' || (tokens.kind === 'end' && this.#comparisons === 0)) {
      throw new RuleError('empty filter expression');
    }
    const left = this.#readOperand('left', 1);
    if (tokens.kind === 'end') throw incomplete();
    if (tokens.kind !== 'sign') throw new RuleError(`expected a sign operator, got "${tokens.value}" (${tokens.kind})`);
    const sign = tokens.value;
    if (tokens.next() === 'open') throw incomplete();
    const right = this.#readOperand('right', 1);
    this.#comparisons++;
    if (this.#comparisons > comparisonsMax) throw new RuleError('max filter expressions limit reached');
    const any = sign.startsWith('?');
    return { kind: 'compare', operator: (any ? sign.slice(1) : sign) as Operator, any, left, right };
  }

  #readOperand(side: 'left' | 'right' | 'argument', depth: number): OperandNode {
    const tokens = this.#tokens;
    const value = tokens.value;
    switch (tokens.kind) {
      case 'identifier':
        tokens.next();
        return { kind: 'identifier', name: value };
      case 'text':
        tokens.next();
        return { kind: 'text', value };
      case 'number':
        tokens.next();
        return { kind: 'number', value: Number(value) };
      case 'call':
        return { kind: 'call', name: value, args: this.#readArguments(value, depth) };
      case 'end':
        throw incomplete();
      default:
        throw new RuleError(
          `expected ${side} operand (identifier, function, text or number), got "${value}" (${tokens.kind})`,
        );
    }
  }

  #readArguments(name: string, depth: number): OperandNode[] {
    if (depth > callDepthMax) throw new RuleError(`max nested function arguments reached (max: ${callDepthMax})`);
    const tokens = this.#tokens;
    const args: OperandNode[] = [];
    for (let kind = tokens.next(); kind !== 'close'; kind = tokens.kind) {
      args.push(this.#readOperand('argument', depth + 1));
      const after = tokens.kind as TokenKind;
      if (after === 'comma') tokens.next();
      else if (after !== 'close') throw new RuleError(`invalid or incomplete function "${name}"`);
    }
    tokens.next();
    return args;
  }
}

function incomplete(): RuleError {
  return new RuleError('invalid or incomplete filter expression');
}

function closeItems(kind: 'and' | 'or', items: Expression[]): Expression {
  return items.length === 1 ? items[0]! : { kind, items };
}

function closeGroup(group: Group): Expression {
  const last = closeItems('and', group.conjunction);
  return group.alternatives.length === 0 ? last : { kind: 'or', items: [...group.alternatives, last] };
}
