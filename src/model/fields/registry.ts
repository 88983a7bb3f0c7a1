import type { JsonValue } from '../../util/json.ts';
import type { ColumnValue } from '../commit.ts';
import type { ErrorLeaf } from '../errors.ts';
import { createFailure } from '../validation.ts';
import { autodateType } from './autodate.ts';
import { boolType } from './bool.ts';
import { isStorable } from './convert.ts';
import { dateType } from './date.ts';
import { editorType } from './editor.ts';
import { emailType } from './email.ts';
import type { Field } from './field.ts';
import type { DraftValue, FieldType, Modifier, ValueContext } from './field-type.ts';
import { fileType } from './file.ts';
import { geoPointType } from './geo-point.ts';
import { jsonType } from './json.ts';
import { numberType } from './number.ts';
import { passwordType } from './password.ts';
import { relationType } from './relation.ts';
import { selectType } from './select.ts';
import { textType } from './text.ts';
import { urlType } from './url.ts';

/** No type takes text that some database cannot hold. */
function refuseUnstorable(type: FieldType): FieldType {
  return {
    ...type,
    validate: (field, value, context) =>
      isStorable(value) ? type.validate(field, value, context) : createFailure('validation_invalid_text'),
  };
}

const plainTypes: readonly FieldType[] = [
  textType,
  editorType,
  numberType,
  boolType,
  emailType,
  urlType,
  dateType,
  autodateType,
  selectType,
  fileType,
  relationType,
  jsonType,
  geoPointType,
  passwordType,
];

/** All field types. */
export const fieldTypes: readonly FieldType[] = plainTypes.map(refuseUnstorable);

const byName = new Map<string, FieldType>(fieldTypes.map((type) => [type.name, type]));

/** The type of a name from outside, or undefined. */
export function findFieldType(name: string): FieldType | undefined {
  return byName.get(name);
}

/** The type of a field. */
export function fieldTypeOf(field: Field): FieldType {
  return byName.get(field.type)!;
}

/** The value of a record that has none: `''`, 0, false, `[]`, null or the point 0/0. */
export function zeroValue(field: Field): JsonValue {
  return fieldTypeOf(field).zero(field);
}

/** Input as a typed value; never fails. */
export function normaliseValue(field: Field, input: DraftValue): DraftValue {
  return fieldTypeOf(field).normalise(field, input);
}

/** The value as its column holds it. */
export function valueToColumn(field: Field, value: DraftValue): ColumnValue {
  return fieldTypeOf(field).toColumn(field, value);
}

/** The value from its column. */
export function valueFromColumn(field: Field, column: ColumnValue): JsonValue {
  return fieldTypeOf(field).fromColumn(field, column);
}

/** Checks a typed value; what needs the database (relations, taken ids) is left to the services. */
export function validateValue(field: Field, value: DraftValue, context: ValueContext): ErrorLeaf | null {
  return fieldTypeOf(field).validate(field, value, context);
}

/** The typed value after a modifier; without that modifier in the field's type, the current one. */
export function modifyValue(field: Field, current: DraftValue, modifier: Modifier, operand: DraftValue): DraftValue {
  const type = fieldTypeOf(field);
  return type.modifiers.includes(modifier) ? type.modify(field, current, modifier, operand) : current;
}
