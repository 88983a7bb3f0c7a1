import { ErrorCollector } from '../error-data.ts';
import type { ErrorData, ErrorLeaf } from '../errors.ts';
import { createFailure } from '../validation.ts';
import { toNumber } from './convert.ts';
import type { NumberField } from './field.ts';
import type { FieldType } from './field-type.ts';

/** A double. 0 is the empty value: it passes every limit but `required`. */
export const numberType: FieldType<NumberField> = {
  name: 'number',
  options: { max: 'numberOrNull', min: 'numberOrNull', onlyInt: 'bool', required: 'bool' },
  modifiers: ['append', 'remove'],
  zero: () => 0,
  normalise: (_field, input) => toNumber(input),
  isEmpty: (_field, value) => value === 0,
  toColumn: (_field, value) => toFinite(value as number),
  fromColumn: (_field, column) => toFinite(typeof column === 'number' ? column : toNumber(column)),
  validate: (field, value) => validateNumber(field, value as number),
  validateOptions: (field) => validateNumberOptions(field),
  modify: (_field, current, modifier, operand) =>
    modifier === 'remove' ? toNumber(current) - toNumber(operand) : toNumber(current) + toNumber(operand),
};

/** Columns hold no infinity; the check has refused it before anything of the program's own can be stored. */
function toFinite(value: number): number {
  return Number.isFinite(value) && value !== 0 ? value : 0;
}

function validateNumber(field: NumberField, value: number): ErrorLeaf | null {
  if (!Number.isFinite(value)) return createFailure('validation_not_a_number');
  if (value === 0) return field.required ? createFailure('validation_required') : null;
  if (field.onlyInt && !isInteger(value)) return createFailure('validation_only_int_constraint');
  if (field.min !== null && value < field.min) {
    return createFailure('validation_min_number_constraint', { min: field.min });
  }
  if (field.max !== null && value > field.max) {
    return createFailure('validation_max_number_constraint', { max: field.max });
  }
  return null;
}

/** A whole number that 64 bits with a sign can hold: what clients in other languages read integers into. */
function isInteger(value: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
}

function validateNumberOptions(field: NumberField): ErrorData {
  const errors = new ErrorCollector();
  const { min, max } = field;
  if (field.onlyInt && min !== null && !Number.isInteger(min)) {
    errors.add('min', createFailure('validation_only_int_constraint'));
  }
  if (field.onlyInt && max !== null && !Number.isInteger(max)) {
    errors.add('max', createFailure('validation_only_int_constraint'));
  }
  if (min !== null && max !== null && max < min)
    errors.add('max', createFailure('validation_min_number_constraint', { min }));
  return errors.data;
}
