import type { RecordData } from '../model/record.ts';
import type { JsonValue } from '../util/json.ts';
import {
  type Resolution,
  type ConditionNode,
  type Operand,
  pathOf,
  type RecordLikeRow,
  type Row,
  rowsOf,
} from './condition.ts';
import type { RequestContext } from './context.ts';
import { RuleError } from './errors.ts';
import { submittedList, viewerData } from './given.ts';
import type { RecordSource } from './source.ts';
import { jsonToSql, type SqlValue } from './values.ts';

/** Most combinations of related records that one evaluation looks at. */
const combinationsMax = 1_000_000;

/** One combination of rows, while a condition is evaluated on it. */
export interface Frame {
  readonly record: RecordData;
  readonly viewer: RecordData | null;
  /** By slot: a record, an item of a list, or null where the path leads nowhere. */
  readonly rows: (RecordData | SqlValue)[];
  readonly context: RequestContext;
  readonly source: RecordSource;
  readonly budget: { left: number };
}

/** A frame that no row was chosen for yet. */
export function createFrame(record: RecordData, context: RequestContext, source: RecordSource, slots: number): Frame {
  const rows = slots === 0 ? noRows : new Array<null>(slots).fill(null);
  return { record, viewer: viewerData(context), rows, context, source, budget: { left: combinationsMax } };
}

const noRows: (RecordData | SqlValue)[] = [];

/** Which rows a condition goes over, each after the row that it hangs on. */
export class Slots {
  readonly #slots = new Map<string, number>();
  readonly #rows: Row[] = [];

  constructor(condition: Resolution) {
    this.#addNode(condition.root);
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** The slot of a row; throws for the base and the viewer, which have none. */
  of(row: Row): number {
    const slot = this.#slots.get(row.key);
    if (slot === undefined) throw new Error(`no slot for row ${row.key}`);
    return slot;
  }

  /** The rows on the way to an operand, each once and after the row that it hangs on. */
  leadingTo(operand: Operand): Row[] {
    const found = new Map<string, Row>();
    for (const row of rowsOf(operand)) for (const step of pathOf(row)) found.set(step.key, step);
    return [...found.values()].filter(hasSlot);
  }

  #addNode(node: ConditionNode): void {
    switch (node.kind) {
      case 'compare':
        this.#addOperand(node.left);
        this.#addOperand(node.right);
        break;
      case 'listable':
        for (const row of pathOf(node.row)) this.#addRow(row);
        break;
      default:
        for (const item of node.items) this.#addNode(item);
    }
  }

  #addOperand(operand: Operand): void {
    for (const row of this.leadingTo(operand)) this.#addRow(row);
  }

  #addRow(row: Row): void {
    if (!hasSlot(row) || this.#slots.has(row.key)) return;
    this.#slots.set(row.key, this.#rows.length);
    this.#rows.push(row);
  }
}

function hasSlot(row: Row): boolean {
  return row.kind !== 'base' && row.kind !== 'auth';
}

/** The record that a row stands for in a frame. */
export function recordReader(row: RecordLikeRow, slots: Slots): (frame: Frame) => RecordData | null {
  if (row.kind === 'base') return (frame) => frame.record;
  if (row.kind === 'auth') return (frame) => frame.viewer;
  const slot = slots.of(row);
  return (frame) => frame.rows[slot] as RecordData | null;
}

/** Visits every combination of the rows until `visit` says true, and tells whether it did. */
export function someCombination(rows: readonly Row[], slots: Slots, frame: Frame, visit: () => boolean): boolean {
  const [row, ...rest] = rows;
  if (row === undefined) {
    if (frame.budget.left-- <= 0) throw new RuleError('the condition combines too many related records');
    return visit();
  }
  const slot = slots.of(row);
  for (const candidate of candidatesOf(row, slots, frame)) {
    frame.rows[slot] = candidate;
    if (someCombination(rest, slots, frame, visit)) return true;
  }
  return false;
}

/** What can stand at a row, given the rows before it: at least one thing, if only null. */
function candidatesOf(row: Row, slots: Slots, frame: Frame): readonly (RecordData | SqlValue)[] {
  const found = findCandidates(row, slots, frame);
  return found.length === 0 ? [null] : found;
}

function findCandidates(row: Row, slots: Slots, frame: Frame): readonly (RecordData | SqlValue)[] {
  const { source } = frame;
  switch (row.kind) {
    case 'other':
      return source.all(row.collection.id);
    case 'submitted':
      return [...new Set(submittedList(row.field, frame.context))].flatMap((id) =>
        getRecord(source, row.collection.id, id),
      );
    case 'member':
      return getRecord(source, row.collection.id, frame.rows[slots.of(row.parent)] as SqlValue);
    case 'element': {
      if (row.parent === null) return submittedList(row.field, frame.context).map(jsonToSql);
      return listOf(recordReader(row.parent, slots)(frame), row.field);
    }
    case 'record': {
      const parent = recordReader(row.parent, slots)(frame);
      return parent === null ? [] : getRecord(source, row.collection.id, parent[row.field]!);
    }
    case 'back': {
      const parent = recordReader(row.parent, slots)(frame);
      return parent === null ? [] : source.referencing(row.collection.id, row.field, parent['id'] as string);
    }
    default:
      throw new Error(`row ${row.kind} has no candidates`);
  }
}

function listOf(record: RecordData | null, field: string): readonly SqlValue[] {
  return record === null ? [] : (record[field] as readonly JsonValue[]).map(jsonToSql);
}

function getRecord(source: RecordSource, collectionId: string, id: JsonValue): RecordData[] {
  const record = typeof id === 'string' && id !== '' ? source.get(collectionId, id) : undefined;
  return record === undefined ? [] : [record];
}
