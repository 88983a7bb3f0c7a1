import { assert } from '../../util/assert.ts';
import { ErrorCollector } from '../error-data.ts';
import type { ErrorData, ErrorLeaf } from '../errors.ts';
import { checkRange, createFailure, createLeaf } from '../validation.ts';
import { countCodePoints, textFromColumn, toText } from './convert.ts';
import type { PasswordField } from './field.ts';
import type { FieldType } from './field-type.ts';
import { PlainPassword } from './password-value.ts';
import { matchesPattern, validatePattern } from './text.ts';

export { PlainPassword } from './password-value.ts';

/** Longest password in code points, and the limit when the field names none. */
export const passwordLengthMax = 71;

/**
 * Longest password in bytes. The old hash looks at no more than 72 bytes; more are refused rather than cut, and the limit
 * stays with the new hash, so that a password means the same wherever the record goes.
 */
const passwordBytesMax = 72;

/** A password, stored as its hash. Input is a {@link PlainPassword} until the services have hashed it; text is a hash. */
export const passwordType: FieldType<PasswordField> = {
  name: 'password',
  options: { cost: 'integer', max: 'integer', min: 'integer', pattern: 'text', required: 'bool' },
  modifiers: [],
  zero: () => '',
  normalise: (_field, input) => {
    if (input instanceof PlainPassword) return input;
    const text = toText(input);
    return text === '' ? '' : new PlainPassword(text);
  },
  isEmpty: (_field, value) => value === '',
  toColumn: (_field, value) => {
    assert(typeof value === 'string', 'A password has to be hashed before it is stored');
    return value;
  },
  fromColumn: (_field, column) => textFromColumn(column),
  validate: (field, value) => {
    if (value instanceof PlainPassword) return validatePassword(field, value.reveal());
    return value === '' && field.required ? createFailure('validation_required') : null;
  },
  validateOptions: (field) => validatePasswordOptions(field),
  modify: (_field, current) => current,
};

function validatePassword(field: PasswordField, password: string): ErrorLeaf | null {
  if (Buffer.byteLength(password) > passwordBytesMax) return createFailure('validation_invalid_value');
  const length = countCodePoints(password);
  if (length < field.min) {
    return createLeaf('validation_min_text_constraint', `must be at least ${field.min} character(s)`);
  }
  const max = field.max === 0 ? passwordLengthMax : field.max;
  if (length > max) return createLeaf('validation_max_text_constraint', `must be less than ${max} character(s)`);
  if (field.pattern !== '' && !matchesPattern(field.pattern, password))
    return createFailure('validation_invalid_format');
  return null;
}

const costMin = 4;
const costMax = 31;

function validatePasswordOptions(field: PasswordField): ErrorData {
  const errors = new ErrorCollector();
  errors.add('min', checkRange(field.min, 1, passwordLengthMax));
  errors.add('max', checkRange(field.max, Math.max(0, field.min), passwordLengthMax));
  errors.add('cost', checkRange(field.cost, costMin, costMax));
  errors.add('pattern', validatePattern(field.pattern));
  return errors.data;
}
