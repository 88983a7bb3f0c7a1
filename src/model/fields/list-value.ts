import type { JsonValue } from '../../util/json.ts';
import type { ColumnValue } from '../commit.ts';
import { numberToText, parseTextList, textFromColumn, toDistinct, toTextList } from './convert.ts';
import type { DraftValue, Modifier } from './field-type.ts';

/**
 * Values that are one text or several: select, relation and file. With `maxSelect` above 1 the value is a list, otherwise the last of
 * what was given.
 */
export interface ListOptions {
  readonly maxSelect: number;
}

/** The typed value of a list of texts. */
export function fromTextList(options: ListOptions, texts: readonly string[]): JsonValue {
  return options.maxSelect > 1 ? texts : (texts.at(-1) ?? '');
}

/** Input as the typed value. */
export function normaliseList(options: ListOptions, input: DraftValue): JsonValue {
  return fromTextList(options, toTextList(input));
}

/** The value of a record that has none. */
export function zeroOfList(options: ListOptions): JsonValue {
  return options.maxSelect > 1 ? [] : '';
}

/** True for no text at all. */
export function isListEmpty(value: DraftValue): boolean {
  return value === '' || (Array.isArray(value) && value.length === 0);
}

/** The value as its column holds it. */
export function listToColumn(options: ListOptions, value: DraftValue): string {
  const texts = toTextList(value);
  return options.maxSelect > 1 ? JSON.stringify(texts) : (texts.at(-1) ?? '');
}

/**
 * The value from its column. A list that is a plain text (or, in files of other programs, a number) is a list of one, and a single value that
 * is a list is its last member.
 */
export function listFromColumn(options: ListOptions, column: ColumnValue): JsonValue {
  if (options.maxSelect > 1) return textsFromColumn(column);
  const text = textFromColumn(column);
  return text.startsWith('[') ? (textsFromColumn(text).at(-1) ?? '') : text;
}

function textsFromColumn(column: ColumnValue): string[] {
  if (column === '[]' || column === '' || column === null) return [];
  if (typeof column === 'number') return [numberToText(column)];
  return column.startsWith('[') ? toDistinct(parseTextList(column) ?? [column]) : [column];
}

/** The typed value after `name+`, `+name` or `name-`. */
export function modifyList(
  options: ListOptions,
  current: DraftValue,
  modifier: Modifier,
  operand: DraftValue,
): JsonValue {
  return fromTextList(options, combineTexts(toTextList(current), modifier, toTextList(operand)));
}

function combineTexts(current: readonly string[], modifier: Modifier, operand: readonly string[]): string[] {
  if (modifier === 'remove') return current.filter((text) => !operand.includes(text));
  return toDistinct(modifier === 'prepend' ? [...operand, ...current] : [...current, ...operand]);
}
