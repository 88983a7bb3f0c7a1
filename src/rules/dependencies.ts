import { type ConditionNode, type Operand, pathOf, type Resolution, type Row, rowsOf } from './condition.ts';
import type { Condition } from './resolve.ts';

/** What the answer of a condition depends on, besides the record that is judged. */
export interface Dependencies {
  /** The ids of the collections whose records are read, sorted. The base collection is among them only if others of its records are. */
  readonly collections: readonly string[];
  /** Does it matter who asks? */
  readonly auth: boolean;
  /**
   * The names below `@request.auth` that matter, sorted: viewers of one collection who agree in them get the same answers. Of paths through
   * relations only the first name; what lies behind is among `collections`.
   */
  readonly authFields: readonly string[];
  readonly headers: boolean;
  readonly query: boolean;
  readonly body: boolean;
  readonly method: boolean;
  readonly context: boolean;
  /** Does it change with time alone? */
  readonly time: boolean;
}

type Flag = 'headers' | 'query' | 'body' | 'method' | 'context' | 'time';

/** What a condition depends on, whoever asks. */
export function dependenciesOf(condition: Condition): Dependencies {
  const found = new Found();
  for (const resolution of condition.allResolutions()) found.addResolution(resolution);
  return {
    collections: [...found.collections].sort(),
    auth: found.authFields.size > 0,
    authFields: [...found.authFields].sort(),
    headers: found.flags.has('headers'),
    query: found.flags.has('query'),
    body: found.flags.has('body'),
    method: found.flags.has('method'),
    context: found.flags.has('context'),
    time: found.flags.has('time'),
  };
}

/**
 * Can the condition be evaluated without other records than the one judged and the viewer's? Then `createPredicate` needs no
 * source; everything else is asked of the database.
 */
export function isLocal(condition: Condition): boolean {
  const found = new Found();
  for (const resolution of condition.allResolutions()) found.addResolution(resolution);
  return found.collections.size === 0;
}

class Found {
  readonly collections = new Set<string>();
  readonly authFields = new Set<string>();
  readonly flags = new Set<Flag>();

  addResolution(resolution: Resolution): void {
    this.#addNode(resolution.root);
  }

  #addNode(node: ConditionNode): void {
    switch (node.kind) {
      case 'compare':
        this.#addOperand(node.left);
        this.#addOperand(node.right);
        break;
      case 'listable':
        this.#addRow(node.row);
        this.addResolution(node.condition);
        break;
      default:
        for (const item of node.items) this.#addNode(item);
    }
  }

  #addOperand(operand: Operand): void {
    for (const row of rowsOf(operand)) this.#addRow(row);
    switch (operand.kind) {
      case 'column':
        if (operand.row.kind === 'auth') this.authFields.add(operand.name);
        break;
      case 'macro':
        this.flags.add('time');
        break;
      case 'request':
        if (operand.source === 'auth') this.authFields.add(operand.path[0]!);
        else this.flags.add(operand.source);
        break;
      case 'isset':
        this.flags.add(operand.source);
        break;
      case 'submittedLength':
      case 'changed':
        this.flags.add('body');
        break;
      case 'geoDistance':
        for (const arg of operand.args) this.#addOperand(arg);
        break;
      case 'strftime':
        this.#addTime(operand.time);
        break;
    }
  }

  /** A column may hold the word `now` too, but dates that fields have written never do. */
  #addTime(time: Operand | null): void {
    if (time === null || (time.kind === 'literal' && typeof time.value === 'string' && isNow(time.value))) {
      this.flags.add('time');
    } else {
      this.#addOperand(time);
    }
  }

  #addRow(row: Row): void {
    for (const step of pathOf(row)) this.#addStep(step);
  }

  #addStep(row: Row): void {
    switch (row.kind) {
      case 'base':
      case 'auth':
        return;
      case 'element':
        if (row.parent === null) this.flags.add('body');
        else if (row.parent.kind === 'auth') this.authFields.add(row.field);
        return;
      case 'submitted':
        this.flags.add('body');
        break;
      case 'record':
        if (row.parent.kind === 'auth') this.authFields.add(row.field);
        break;
      case 'back':
        if (row.parent.kind === 'auth') this.authFields.add('id');
    }
    this.collections.add(row.collection.id);
  }
}

function isNow(text: string): boolean {
  return ['now', 'subsec', 'subsecond'].includes(text.toLowerCase());
}
