import { ErrorCollector } from '../error-data.ts';
import { createLeaf } from '../validation.ts';
import { textFromColumn, textToColumn, toText } from './convert.ts';
import { dateFromColumn } from './date.ts';
import type { AutodateField } from './field.ts';
import type { FieldType } from './field-type.ts';

/** The moment of a record's creation, of its last change, or of both. Set by the server just before the write; input is ignored. */
export const autodateType: FieldType<AutodateField> = {
  name: 'autodate',
  options: { onCreate: 'bool', onUpdate: 'bool' },
  modifiers: [],
  zero: () => '',
  normalise: (_field, input) => dateFromColumn(toText(input)),
  isEmpty: (_field, value) => value === '',
  toColumn: (_field, value) => textToColumn(value),
  fromColumn: (_field, column) => dateFromColumn(textFromColumn(column)),
  validate: () => null,
  validateOptions: (field) => {
    const errors = new ErrorCollector();
    if (!field.onCreate && !field.onUpdate) {
      const failure = createLeaf('validation_required', 'either onCreate or onUpdate must be enabled');
      errors.add('onCreate', failure).add('onUpdate', failure);
    }
    return errors.data;
  },
  modify: (_field, current) => current,
};
