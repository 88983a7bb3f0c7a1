import { createFailure } from '../validation.ts';
import { toBool } from './convert.ts';
import type { BoolField } from './field.ts';
import type { FieldType } from './field-type.ts';

/** True or false; `required` means it must be true. */
export const boolType: FieldType<BoolField> = {
  name: 'bool',
  options: { required: 'bool' },
  modifiers: [],
  zero: () => false,
  normalise: (_field, input) => toBool(input),
  isEmpty: (_field, value) => value === false,
  toColumn: (_field, value) => (value === true ? 1 : 0),
  fromColumn: (_field, column) => toBool(column),
  validate: (field, value) => (field.required && value !== true ? createFailure('validation_required') : null),
  validateOptions: () => ({}),
  modify: (_field, current) => current,
};
