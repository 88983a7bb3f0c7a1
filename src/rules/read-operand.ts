import type { RecordData } from '../model/record.ts';
import type { JsonValue } from '../util/json.ts';
import type { ColumnOperand, Operand } from './condition.ts';
import { type Frame, recordReader, type Slots } from './frame.ts';
import { distanceKm } from './geo.ts';
import { giveValue, isUnsent } from './given.ts';
import { holds, settle, traitsOf } from './relation.ts';
import { formatTime } from './strftime.ts';
import { jsonToSql, lowerAscii, plainText, type SqlValue } from './values.ts';

/** Makes the function that reads an operand in a frame. */
export function operandReader(operand: Operand, slots: Slots): (frame: Frame) => SqlValue {
  switch (operand.kind) {
    case 'column':
      return columnReader(operand, slots);
    case 'element': {
      const slot = slots.of(operand.row);
      return (frame) => frame.rows[slot] as SqlValue;
    }
    case 'changed':
      return changedReader(operand, slots);
    case 'geoDistance': {
      const [lonA, latA, lonB, latB] = operand.args.map((arg) => operandReader(arg, slots)) as [Read, Read, Read, Read];
      return (frame) => distanceKm(lonA(frame), latA(frame), lonB(frame), latB(frame));
    }
    case 'strftime': {
      const time = operand.time === null ? null : operandReader(operand.time, slots);
      const { format, modifiers } = operand;
      return (frame) => formatTime(format, time === null ? 'now' : time(frame), modifiers, frame.context.now);
    }
    default:
      return (frame) => giveValue(operand, frame.context);
  }
}

type Read = (frame: Frame) => SqlValue;

function changedReader(operand: Extract<Operand, { kind: 'changed' }>, slots: Slots): Read {
  const column = columnReader(operand.column, slots);
  const traits = traitsOf(operand.column);
  const sentTraits = traitsOf(operand.sent);
  const { name } = operand.column;
  return (frame) => {
    if (!Object.hasOwn(frame.context.body, name)) return 0;
    const sent = giveValue(operand.sent, frame.context);
    const { relation } = settle('!=', 'given', traits.class, sent, null);
    const value = column(frame);
    const isChanged =
      relation === 'notBlank'
        ? holds(relation, value, null, traits, sentTraits)
        : holds(relation, sent, value, sentTraits, traits);
    return isChanged ? 1 : 0;
  };
}

function columnReader(operand: ColumnOperand, slots: Slots): Read {
  const record = recordReader(operand.row, slots);
  const read = fieldReader(operand);
  const missing = (frame: Frame): SqlValue => {
    return operand.modifier === 'length' && !isUnsent(operand.row, frame.context) ? 0 : null;
  };
  return (frame) => {
    const data = record(frame);
    return data === null ? missing(frame) : read(data);
  };
}

/** Reads a column from the record's data, as its column would answer. */
export function fieldReader(operand: ColumnOperand): (data: RecordData) => SqlValue {
  const { name, path, modifier, type } = operand;
  if (path !== null) {
    if (modifier !== 'lower') return (data) => jsonToSql(jsonAt(data[name], path));
    return (data) => lowerValue(jsonToSql(jsonAt(data[name], path)));
  }
  if (modifier === 'length') return (data) => lengthOf(data[name]);
  if (modifier === 'lower') return (data) => lowerValue(jsonToSql(data[name]));
  if (type === 'text' || type === 'number') return (data) => data[name] as SqlValue;
  return (data) => jsonToSql(data[name]);
}

function lengthOf(value: JsonValue | undefined): number {
  if (Array.isArray(value)) return value.length;
  return value === undefined || value === '' ? 0 : 1;
}

function lowerValue(value: SqlValue): SqlValue {
  if (value === null) return null;
  return lowerAscii(typeof value === 'number' ? plainText(value) : value);
}

/** Digits are indexes of lists, everything else is a key of an object; what is not there is null. */
function jsonAt(root: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    const isIndex = /^\d+$/.test(key);
    if (Array.isArray(value) !== isIndex) return undefined;
    if (isIndex) value = (value as readonly JsonValue[])[Number(key)];
    else value = Object.hasOwn(value, key) ? (value as { readonly [key: string]: JsonValue })[key] : undefined;
  }
  return value;
}
