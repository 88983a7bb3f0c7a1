import { ErrorCollector } from '../error-data.ts';
import { checkRange, createFailure } from '../validation.ts';
import { textFromColumn, textToColumn, toText } from './convert.ts';
import type { EditorField } from './field.ts';
import type { FieldType } from './field-type.ts';
import { integerMax } from './text.ts';

/** Bytes of rich text when the field names no limit: 5 MiB. */
const defaultEditorSize = 5 * 1024 * 1024;

/** Rich text (HTML), stored as it comes: who shows it cleans it. */
export const editorType: FieldType<EditorField> = {
  name: 'editor',
  options: { convertURLs: 'bool', maxSize: 'integer', required: 'bool' },
  modifiers: [],
  zero: () => '',
  normalise: (_field, input) => toText(input),
  isEmpty: (_field, value) => value === '',
  toColumn: (_field, value) => textToColumn(value),
  fromColumn: (_field, column) => textFromColumn(column),
  validate: (field, value) => {
    if (value === '') return field.required ? createFailure('validation_required') : null;
    const maxSize = field.maxSize === 0 ? defaultEditorSize : field.maxSize;
    const isLarge = Buffer.byteLength(value as string) > maxSize;
    return isLarge ? createFailure('validation_content_size_limit', { maxSize }) : null;
  },
  validateOptions: (field) => new ErrorCollector().add('maxSize', checkRange(field.maxSize, 0, integerMax)).data,
  modify: (_field, current) => current,
};
