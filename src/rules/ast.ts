/** How two operands are compared. `~` is "contains" (LIKE). */
export type Operator = '=' | '!=' | '>' | '>=' | '<' | '<=' | '~' | '!~';

/** A name as written, modifiers included: `author.name:lower`, `@request.auth.id`. */
export interface IdentifierNode {
  readonly kind: 'identifier';
  readonly name: string;
}

/** A quoted text, unescaped. */
export interface TextNode {
  readonly kind: 'text';
  readonly value: string;
}

/** A number literal. */
export interface NumberNode {
  readonly kind: 'number';
  readonly value: number;
}

/** A call: `geoDistance(lon, lat, 1, 2)`. */
export interface CallNode {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly OperandNode[];
}

/** One side of a comparison, or an argument of a call. */
export type OperandNode = IdentifierNode | TextNode | NumberNode | CallNode;

/** `left operator right`. With `any` (`?=` and the like) one related record that satisfies it is enough. */
export interface ComparisonNode {
  readonly kind: 'compare';
  readonly operator: Operator;
  readonly any: boolean;
  readonly left: OperandNode;
  readonly right: OperandNode;
}

/** At least two expressions joined by the same operator. */
export interface GroupNode {
  readonly kind: 'and' | 'or';
  readonly items: readonly Expression[];
}

/** A parsed filter or rule. Its depth is at most the number of its comparisons. */
export type Expression = ComparisonNode | GroupNode;
