import { compilePattern, patternError } from '../../util/linear-regexp.ts';
import { ErrorCollector } from '../error-data.ts';
import type { ErrorData, ErrorLeaf } from '../errors.ts';
import { checkRange, createFailure, createLeaf } from '../validation.ts';
import { autogenerate, AutogenerateError } from './autogenerate.ts';
import { countCodePoints, textFromColumn, textToColumn, toText } from './convert.ts';
import type { TextField } from './field.ts';
import type { FieldType, OptionsContext, ValueContext } from './field-type.ts';

/** Length limit of a text field that names none, in code points. */
const defaultTextMax = 5000;

/** The pattern of ids unless a collection says otherwise. */
export const defaultIdPattern = '^[a-z0-9]+$';

/** Largest whole number that is exact. */
export const integerMax = Number.MAX_SAFE_INTEGER;

/** Text of a bounded number of characters, with an optional pattern; also the type of every `id`. */
export const textType: FieldType<TextField> = {
  name: 'text',
  options: {
    autogeneratePattern: 'text',
    max: 'integer',
    min: 'integer',
    pattern: 'text',
    primaryKey: 'bool',
    required: 'bool',
  },
  modifiers: ['autogenerate'],
  zero: () => '',
  normalise: (_field, input) => toText(input),
  isEmpty: (_field, value) => value === '',
  toColumn: (_field, value) => textToColumn(value),
  fromColumn: (_field, column) => textFromColumn(column),
  validate: (field, value, context) => validateText(field, value as string, context),
  validateOptions: (field, context) => validateTextOptions(field, context),
  modify: (field, _current, _modifier, operand) => toText(operand) + autogenerateText(field),
};

/** A generated value for the field; `''` when it has no pattern to generate by. */
function autogenerateText(field: TextField): string {
  return field.autogeneratePattern === '' ? '' : autogenerate(field.autogeneratePattern);
}

function validateText(field: TextField, text: string, context: ValueContext): ErrorLeaf | null {
  if (field.primaryKey && context.stored !== undefined) {
    return context.stored === text ? null : createFailure('validation_pk_change');
  }
  return validateFormat(field, text) ?? (field.primaryKey ? validateId(text) : null);
}

/** Checks requirement, length and pattern: what the options of the field say. */
function validateFormat(field: TextField, text: string): ErrorLeaf | null {
  if (text === '') return field.required ? createFailure('validation_required') : null;
  const length = countCodePoints(text);
  if (length < field.min) return createFailure('validation_min_text_constraint', { min: field.min });
  const max = field.max === 0 ? defaultTextMax : field.max;
  if (length > max) return createFailure('validation_max_text_constraint', { max });
  if (field.pattern !== '' && !matchesPattern(field.pattern, text)) return createFailure('validation_invalid_format');
  return null;
}

/** A pattern from an imported collection may be one that cannot run; then nothing matches it. */
export function matchesPattern(pattern: string, text: string): boolean {
  return patternError(pattern) === null && compilePattern(pattern).test(text);
}

/** Signs that mean something in file names, addresses or filters of some system. */
const forbiddenInIds = '\\/|"\'`<>:?*%$.\0\t\n\r ';
/** Device names of Windows, which no file may have; ids name folders. */
const reservedIds = /^(?:CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])$/i;

function validateId(id: string): ErrorLeaf | null {
  for (const ch of id) {
    if (forbiddenInIds.includes(ch)) return createFailure('validation_forbidden_pk_character', { ch });
  }
  if (!reservedIds.test(id)) return null;
  return createFailure('validation_reserved_pk', { reserved: id.toUpperCase() });
}

function validateTextOptions(field: TextField, context: OptionsContext): ErrorData {
  const errors = new ErrorCollector();
  errors.add('min', checkRange(field.min, 0, integerMax));
  errors.add('max', checkRange(field.max, Math.max(0, field.min), integerMax));
  errors.add('pattern', validatePattern(field.pattern));
  if (field.primaryKey) addPrimaryKeyErrors(field, context, errors);
  errors.add('autogeneratePattern', validateAutogeneratePattern(field));
  return errors.data;
}

/** The failure of a pattern that does not compile; null for none or a good one. */
export function validatePattern(pattern: string): ErrorLeaf | null {
  const mistake = pattern === '' ? null : patternError(pattern);
  return mistake === null ? null : createLeaf('validation_invalid_regex', mistake);
}

function addPrimaryKeyErrors(field: TextField, context: OptionsContext, errors: ErrorCollector): void {
  if (field.name !== 'id')
    errors.add('name', createLeaf('validation_in_invalid', 'The primary key must be named "id".'));
  if (field.pattern === '') errors.add('pattern', createFailure('validation_required'));
  if (!field.required) errors.add('required', createFailure('validation_required'));
  const keys = context.collection.fields.filter((other) => other.type === 'text' && other.primaryKey);
  if (keys.length > 1) errors.add('primaryKey', createFailure('validation_unsupported_composite_pk'));
}

/** Values that are generated have to pass the field's own checks; this many are tried. */
const samplesCount = 10;

function validateAutogeneratePattern(field: TextField): ErrorLeaf | null {
  if (field.autogeneratePattern === '') return null;
  const mistake = validatePattern(field.autogeneratePattern);
  if (mistake !== null) return mistake;
  try {
    for (let count = 0; count < samplesCount; count++) {
      const sample = autogenerate(field.autogeneratePattern);
      const isBad = validateFormat(field, sample) !== null || (field.primaryKey && validateId(sample) !== null);
      // The sample belongs in the sentence, not in the parameters.
      if (isBad) return createLeaf('validation_invalid_autogenerate_pattern_value', sampleMessage(sample));
    }
    return null;
  } catch (error) {
    if (!(error instanceof AutogenerateError)) throw error;
    return createLeaf('validation_invalid_autogenerate_pattern', error.message);
  }
}

function sampleMessage(sample: string): string {
  return `The provided autogenerate pattern could produce invalid field values, ex.: ${JSON.stringify(sample)}.`;
}
