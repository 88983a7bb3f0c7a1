import { ErrorCollector } from '../error-data.ts';
import type { ErrorData, ErrorLeaf } from '../errors.ts';
import { checkRange, createFailure } from '../validation.ts';
import { toTextList } from './convert.ts';
import type { RelationField } from './field.ts';
import type { FieldType, OptionsContext } from './field-type.ts';
import { isListEmpty, listFromColumn, listToColumn, modifyList, normaliseList, zeroOfList } from './list-value.ts';
import { integerMax } from './text.ts';

/** Ids of records of another collection (or the same). That they exist is checked by the services, at the moment of the commit. */
export const relationType: FieldType<RelationField> = {
  name: 'relation',
  options: {
    cascadeDelete: 'bool',
    collectionId: 'text',
    maxSelect: 'integer',
    minSelect: 'integer',
    required: 'bool',
  },
  modifiers: ['append', 'prepend', 'remove'],
  zero: zeroOfList,
  normalise: normaliseList,
  isEmpty: (_field, value) => isListEmpty(value),
  toColumn: listToColumn,
  fromColumn: listFromColumn,
  validate: (field, value) => validateRelation(field, toTextList(value)),
  validateOptions: (field, context) => validateRelationOptions(field, context),
  modify: modifyList,
};

function validateRelation(field: RelationField, ids: readonly string[]): ErrorLeaf | null {
  if (ids.length === 0) return field.required ? createFailure('validation_required') : null;
  const { minSelect } = field;
  if (ids.length < minSelect) return createFailure('validation_not_enough_values', { minSelect });
  const maxSelect = Math.max(1, field.maxSelect);
  return ids.length > maxSelect ? createFailure('validation_too_many_values', { maxSelect }) : null;
}

function validateRelationOptions(field: RelationField, context: OptionsContext): ErrorData {
  const errors = new ErrorCollector();
  errors.add('minSelect', checkRange(field.minSelect, 0, integerMax));
  if (field.minSelect > 0 && field.maxSelect === 0) errors.add('maxSelect', createFailure('validation_required'));
  errors.add('maxSelect', checkRange(field.maxSelect, field.minSelect, integerMax));
  errors.add('collectionId', validateTarget(field, context));
  return errors.data;
}

function validateTarget(field: RelationField, context: OptionsContext): ErrorLeaf | null {
  if (field.collectionId === '') return createFailure('validation_required');
  const { stored, collection } = context;
  if (stored?.type === 'relation' && stored.collectionId !== field.collectionId) {
    return createFailure('validation_field_relation_change');
  }
  const target = context.schema.find(field.collectionId);
  // Only ids are stable, so a name is no answer; a collection may relate to itself before it exists.
  const type =
    target?.id === field.collectionId ? target.type : field.collectionId === collection.id ? collection.type : null;
  if (type === null) return createFailure('validation_field_relation_missing_collection');
  const isWrongView = type === 'view' && collection.type !== 'view';
  return isWrongView ? createFailure('validation_relation_field_non_view_base_collection') : null;
}
