import { ErrorCollector } from '../error-data.ts';
import type { ErrorData, ErrorLeaf } from '../errors.ts';
import { checkRange, createFailure, createLeaf } from '../validation.ts';
import { toTextList } from './convert.ts';
import type { SelectField } from './field.ts';
import type { FieldType } from './field-type.ts';
import { isListEmpty, listFromColumn, listToColumn, modifyList, normaliseList, zeroOfList } from './list-value.ts';

/** One or several of a list of words. */
export const selectType: FieldType<SelectField> = {
  name: 'select',
  options: { maxSelect: 'integer', required: 'bool', values: 'textsOrNull' },
  modifiers: ['append', 'prepend', 'remove'],
  zero: zeroOfList,
  normalise: normaliseList,
  isEmpty: (_field, value) => isListEmpty(value),
  toColumn: listToColumn,
  fromColumn: listFromColumn,
  validate: (field, value) => validateSelect(field, toTextList(value)),
  validateOptions: (field) => validateSelectOptions(field),
  modify: modifyList,
};

function validateSelect(field: SelectField, chosen: readonly string[]): ErrorLeaf | null {
  if (chosen.length === 0) return field.required ? createFailure('validation_required') : null;
  const maxSelect = Math.max(1, field.maxSelect);
  if (chosen.length > maxSelect) return createFailure('validation_too_many_values', { maxSelect });
  const value = chosen.find((text) => !field.values?.includes(text));
  if (value === undefined) return null;
  return createLeaf('validation_invalid_value', `invalid value ${value}`, { value });
}

function validateSelectOptions(field: SelectField): ErrorData {
  const errors = new ErrorCollector();
  const count = field.values?.length ?? 0;
  if (count === 0) errors.add('values', createFailure('validation_required'));
  errors.add('maxSelect', checkRange(field.maxSelect, 0, count));
  return errors.data;
}
