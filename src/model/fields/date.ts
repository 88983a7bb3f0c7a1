import { parseDate } from '../../util/date.ts';
import type { ErrorLeaf } from '../errors.ts';
import { createFailure, createLeaf } from '../validation.ts';
import { textFromColumn, textToColumn } from './convert.ts';
import type { DateField } from './field.ts';
import type { FieldType } from './field-type.ts';

/** A moment, stored as text in UTC; see `util/date.ts`. Unreadable input is no date. */
export const dateType: FieldType<DateField> = {
  name: 'date',
  options: { max: 'date', min: 'date', required: 'bool' },
  modifiers: [],
  zero: () => '',
  normalise: (_field, input) => parseDate(input),
  isEmpty: (_field, value) => value === '',
  toColumn: (_field, value) => textToColumn(value),
  fromColumn: (_field, column) => dateFromColumn(textFromColumn(column)),
  validate: (field, value) => validateDate(field, value as string),
  validateOptions: () => ({}),
  modify: (_field, current) => current,
};

/** Stored text as it is; text of another layout, as other programs write it, in the stored one. */
export function dateFromColumn(text: string): string {
  return text === '' || (text.length === 24 && text.endsWith('Z')) ? text : parseDate(text);
}

function validateDate(field: DateField, text: string): ErrorLeaf | null {
  if (text === '') return field.required ? createFailure('validation_required') : null;
  // The stored layout sorts as text.
  if (field.min !== '' && text < field.min) {
    return createRangeFailure('validation_min_greater_equal_than_required', 'less', field.min);
  }
  if (field.max !== '' && text > field.max) {
    return createRangeFailure('validation_max_less_equal_than_required', 'greater', field.max);
  }
  return null;
}

function createRangeFailure(
  code: 'validation_min_greater_equal_than_required' | 'validation_max_less_equal_than_required',
  direction: string,
  limit: string,
): ErrorLeaf {
  const fraction = limit.slice(19, 23).replace(/\.?0+$/, '');
  const threshold = `${limit.slice(0, 10)}T${limit.slice(11, 19)}${fraction}Z`;
  return createLeaf(code, `must be no ${direction} than ${limit.slice(0, 19)}${fraction} +0000 UTC`, { threshold });
}
