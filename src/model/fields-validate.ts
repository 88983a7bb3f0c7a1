import type { Collection, Schema } from './collection.ts';
import { ErrorCollector } from './error-data.ts';
import type { ErrorData, ErrorLeaf } from './errors.ts';
import type { Field, FieldTypeName } from './fields/field.ts';
import type { OptionsContext } from './fields/field-type.ts';
import { fieldTypeOf } from './fields/registry.ts';
import { validateName } from './names.ts';
import { checkLength, createFailure, createLeaf } from './validation.ts';

const nameLengthMax = 100;
const helpLengthMax = 300;

/** Names that mean something else in rules, filters or answers. */
const reservedNames: readonly string[] = [
  'null',
  'true',
  'false',
  '_rowid_',
  'collectionId',
  'collectionName',
  'expand',
];
const reservedAuthNames: readonly string[] = ['passwordConfirm', 'oldPassword'];

/** What an auth collection cannot be without. */
const authFieldTypes: { readonly [name: string]: FieldTypeName } = {
  password: 'password',
  tokenKey: 'text',
  email: 'email',
  emailVisibility: 'bool',
  verified: 'bool',
};

/**
 * Checks the fields of a completed collection.
 *
 * @returns one failure when the list as a whole is wrong, else failures by index and option
 */
export function validateFields(next: Collection, previous: Collection | null, schema: Schema): ErrorData | ErrorLeaf {
  const failure = validateList(next, previous);
  if (failure !== null) return failure;
  const errors = new ErrorCollector();
  const taken: Taken = { names: new Set(), ids: new Set() };
  next.fields.forEach((field, index) => {
    const stored = previous?.fields.find((other) => other.id === field.id);
    errors.add(index, validateField(field, { schema, collection: next, stored }, taken));
    taken.names.add(field.name.toLowerCase());
    taken.ids.add(field.id);
  });
  return errors.data;
}

function validateList(next: Collection, previous: Collection | null): ErrorLeaf | null {
  // The fields of a view follow from its query.
  if (next.type === 'view') return null;
  if (next.fields.length === 0) return createFailure('validation_required');
  const id = next.fields.find((field) => field.name === 'id');
  if (id?.type !== 'text' || !id.primaryKey) return createFailure('validation_missing_primary_key');
  if (previous !== null && previous.fields.some((field) => field.system && !isKept(field, next))) {
    return createLeaf('validation_system_field_change', 'System fields cannot be deleted or renamed.');
  }
  return next.type === 'auth' ? validateAuthFields(next) : null;
}

function isKept(field: Field, next: Collection): boolean {
  return next.fields.some((other) => other.id === field.id && other.name === field.name);
}

function validateAuthFields(next: Collection): ErrorLeaf | null {
  for (const [name, type] of Object.entries(authFieldTypes)) {
    if (!next.fields.some((field) => field.name === name && field.type === type)) {
      return createLeaf(`validation_missing_${name}_field`, `Missing or invalid "${name}" field.`);
    }
  }
  return null;
}

/** What earlier fields of the list are called. */
interface Taken {
  readonly names: Set<string>;
  readonly ids: Set<string>;
}

function validateField(field: Field, context: OptionsContext, taken: Taken): ErrorData | ErrorLeaf {
  if (context.stored !== undefined && context.stored.type !== field.type) {
    return createFailure('validation_field_type_change');
  }
  const errors = new ErrorCollector();
  errors.add('id', validateFieldId(field.id, taken));
  errors.add('name', validateFieldName(field.name, context, taken));
  errors.add('help', checkLength(field.help, 1, helpLengthMax));
  for (const [key, failure] of Object.entries(fieldTypeOf(field).validateOptions(field, context))) {
    errors.add(key, failure);
  }
  return errors.data;
}

function validateFieldId(id: string, taken: Taken): ErrorLeaf | null {
  if (id === '') return createFailure('validation_required');
  const length = checkLength(id, 1, nameLengthMax);
  if (length !== null) return length;
  return taken.ids.has(id) ? createFailure('validation_duplicated_field_id', { fieldId: id }) : null;
}

function validateFieldName(name: string, context: OptionsContext, taken: Taken): ErrorLeaf | null {
  const format = validateName(name, nameLengthMax);
  if (format !== null) return format;
  if (reservedNames.includes(name)) return createFailure('validation_not_in_invalid');
  if (context.collection.type === 'auth' && reservedAuthNames.includes(name)) {
    return createFailure('validation_reserved_field_name');
  }
  return taken.names.has(name.toLowerCase())
    ? createFailure('validation_duplicated_field_name', { fieldName: name })
    : null;
}
