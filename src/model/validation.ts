import { type ErrorLeaf, toSentence } from './errors.ts';

/**
 * Every validation failure by its code, with the sentence that goes with it; `{name}` stands for a parameter. Codes are part of the
 * API: never reused, never renamed (one is misspelt for good). The messages are put into sentence case when they are made.
 */
const catalogue = {
  validation_required: 'cannot be blank',
  validation_nil_or_not_empty_required: 'cannot be blank',
  validation_nil: 'must be blank',
  validation_empty: 'must be blank',
  validation_length_out_of_range: 'the length must be between {min} and {max}',
  validation_length_too_long: 'the length must be no more than {max}',
  validation_length_too_short: 'the length must be no less than {min}',
  validation_length_invalid: 'the length must be exactly {min}',
  validation_match_invalid: 'must be in a valid format',
  validation_in_invalid: 'must be a valid value',
  validation_not_in_invalid: 'must not be in list',
  validation_min_greater_equal_than_required: 'must be no less than {threshold}',
  validation_max_less_equal_than_required: 'must be no greater than {threshold}',
  validation_is_email: 'must be a valid email address',
  validation_is_url: 'must be a valid URL',
  validation_is_domain: 'must be a valid domain',
  validation_is_host: 'must be a valid IP address or DNS name',
  validation_is_hex_color: 'must be a valid hexadecimal color code',
  validation_date_invalid: 'must be a valid date',
  validation_date_out_of_range: 'the date is out of range',
  validation_invalid_regex: 'the pattern is not valid',
  validation_values_mismatch: "values don't match",
  validation_unsupported_value_type: 'invalid or unsupported value type',
  validation_invalid_or_existing_id: 'the model id is invalid or already exists',
  validation_invlaid_ip_or_subnet: 'invalid IP or CIDR subnet',
  validation_invalid_value: 'invalid value',
  validation_not_unique: 'value must be unique',

  validation_min_text_constraint: 'must be at least {min} character(s)',
  validation_max_text_constraint: 'must be no more than {max} character(s)',
  validation_invalid_format: 'invalid value format',
  validation_invalid_text: 'the text holds characters that cannot be stored',
  validation_invalid_autogenerate_pattern: 'the pattern cannot be used to generate values',
  validation_invalid_autogenerate_pattern_value:
    'the provided autogenerate pattern could produce invalid field values, ex.: "{sample}"',
  validation_pk_invalid: 'the record primary key is invalid or already exists',
  validation_pk_change: 'the record primary key cannot be changed',
  validation_forbidden_pk_character: "'{ch}' is not a valid primary key character",
  validation_reserved_pk: "the primary key '{reserved}' is reserved and cannot be used",
  validation_unsupported_composite_pk: 'composite PKs are not supported and the collection must have only 1 PK',

  validation_not_a_number: 'the submitted number is not properly formatted',
  validation_only_int_constraint: 'decimal numbers are not allowed',
  validation_min_number_constraint: 'must be greater or equal than {min}',
  validation_max_number_constraint: 'must be less or equal than {max}',
  validation_email_domain_not_allowed: 'email domain is not allowed',
  validation_invalid_url: 'must be a valid url',
  validation_url_domain_not_allowed: 'url domain is not allowed',
  validation_content_size_limit: 'the maximum allowed content size is {maxSize} bytes',
  validation_too_many_values: 'select no more than {maxSelect}',
  validation_not_enough_values: 'select at least {minSelect}',
  validation_missing_rel_records: 'failed to find all relation records with the provided ids',
  validation_missing_rel_collection: 'the relation collection is missing or cannot be accessed',
  validation_invalid_file: 'invalid new files: {invalidFiles}',
  validation_too_many_files: 'the maximum allowed files is {maxSelect}',
  validation_file_size_limit: 'failed to upload {file} - the maximum allowed file size is {maxSize} bytes',
  validation_invalid_mime_type: '{file} mime type must be one of: {types}',
  validation_json_size_limit: 'the maximum allowed JSON size is {maxSize} bytes',
  validation_invalid_json: 'must be a valid json value',
  validation_invalid_latitude: 'latitude must be between -90 and 90 degrees',
  validation_invalid_longitude: 'longitude must be between -180 and 180 degrees',
  validation_invalid_password: 'missing or invalid auth record password',
  validation_invalid_new_email: 'invalid new email address',
  validation_invalid_token: 'invalid or expired token',
  validation_token_collection_mismatch: 'the provided token is for different auth collection',
  validation_token_email_mismatch: "the record email doesn't match with the requested token claims",
  validation_invalid_token_claims: 'missing email token claim',
  validation_invalid_token_payload: 'invalid token payload - newEmail must be set',
  validation_invalid_token_email: 'the new email address is already registered',
  validation_invalid_old_password: 'missing or invalid old password',
  validation_invalid_auth_id: 'the auth record id is invalid or already exists',
  validation_invalid_collection_id: 'missing or invalid collection',
  validation_invalid_collection_type: 'invalid collection type - must be auth',
  validation_invalid_record: 'missing or invalid record',
  /** Pando's own: the id of a record in a partitioned collection has to start as its parent's does. */
  validation_partition_mismatch: 'the id must start with "{prefix}", as the id of the record in {field} does',

  validation_found_via: 'the value cannot contain "_via_"',
  validation_collection_name_exists: 'collection name must be unique (case insensitive)',
  validation_collection_name_id_duplicate: 'the name must not match an existing collection id',
  validation_collection_name_invalid: "the name shouldn't match with an existing internal table",
  validation_collection_type_change: 'collection type cannot be changed',
  validation_collection_system_flag_change: 'system collection state cannot be changed',
  validation_collection_system_name_change: 'system collection name cannot be changed',
  validation_collection_system_rule_change: 'system collection API rule cannot be changed',
  validation_field_type_change: 'field type cannot be changed',
  validation_system_field_change: 'the system field cannot be deleted or renamed',
  validation_missing_primary_key: 'missing or invalid "id" PK field',
  validation_duplicated_field_name: 'duplicated or invalid field name {fieldName}',
  validation_duplicated_field_id: 'duplicated or invalid field id {fieldId}',
  validation_reserved_field_name: 'the field name is reserved and cannot be used',
  validation_field_relation_change: 'the relation collection cannot be changed',
  validation_field_relation_missing_collection: "the relation collection doesn't exist",
  validation_relation_field_non_view_base_collection: 'only view collections may have relations to other views',
  validation_invalid_rule: 'invalid rule',
  validation_indexes_not_supported: "view collections don't support indexes",
  validation_invalid_index_expression: 'invalid CREATE INDEX expression',
  validation_duplicated_index_name: 'the index name already exists',
  validation_existing_index_name: 'the index name is already used in {usedTableName} collection',
  validation_duplicated_index_definition: 'the index definition already exists',
  validation_invalid_unique_system_field_index: 'unique index definition on system fields is invalid or missing',
  validation_missing_required_unique_index: 'missing required unique index for field "{fieldName}"',
  validation_mfa_not_enough_auths: 'MFA requires at least 2 auth methods to be enabled',
  validation_missing_field: 'missing field {fieldName}',
  validation_missing_unique_constraint: "the field {fieldName} doesn't have a UNIQUE constraint",
  validation_missing_provider: 'missing or invalid provider',
  validation_duplicated_provider: 'the provider {name} is already registered',
  validation_conflicting_rate_limit_rule:
    'rate limit rule configuration with label {label} already exists or conflicts with another rule',
  /** Pando's own: the setting belongs to a part that this version does not have yet. */
  validation_not_available: 'this is not available yet in this version of Pando',
  /** Pando's own: `partitionBy` names no field that can decide where a record lives. */
  validation_invalid_partition: 'must name a required, single relation field of the collection',
  /** Pando's own: records would have to change their ids. */
  validation_partition_change: 'the partition cannot be changed once the collection exists',
} as const;

/** A code of the catalogue, or one of those made from a field's name. */
export type ValidationCode = keyof typeof catalogue;

/** The values of a failure's sentence. */
export interface FailureParams {
  readonly [name: string]: unknown;
}

/** All codes and their templates, for the docs. */
export const validationMessages: { readonly [code: string]: string } = catalogue;

/**
 * A validation failure of the catalogue.
 *
 * @example createFailure('validation_min_text_constraint', { min: 3 })
 * // { code: 'validation_min_text_constraint', message: 'Must be at least 3 character(s).', params: { min: 3 } }
 */
export function createFailure(code: ValidationCode, params?: FailureParams): ErrorLeaf {
  const message = params === undefined ? catalogue[code] : fillTemplate(catalogue[code], params);
  return createLeaf(code, message, params);
}

/**
 * A failure of the catalogue by a code that is held in a variable; a code that is not in it reads as an invalid value.
 */
export function leaf(code: string, params?: FailureParams): ErrorLeaf {
  const known = Object.hasOwn(catalogue, code) ? (code as ValidationCode) : null;
  return known === null ? createLeaf(code, catalogue.validation_invalid_value, params) : createFailure(known, params);
}

/** A failure with a message of its own (a parser's, for instance), put into sentence case. */
export function createLeaf(code: ValidationCode | (string & {}), message: string, params?: FailureParams): ErrorLeaf {
  const sentence = toSentence(message);
  return params === undefined ? { code, message: sentence } : { code, message: sentence, params };
}

function fillTemplate(template: string, params: FailureParams): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(params, name) ? params[name] : whole;
    return Array.isArray(value) ? `[${value.join(' ')}]` : String(value);
  });
}

/** The failure of text whose length in bytes is outside bounds (0 = none); null when it is inside or empty. */
export function checkLength(text: string, min: number, max: number): ErrorLeaf | null {
  const length = Buffer.byteLength(text);
  if (length === 0 || (length >= min && (max === 0 || length <= max))) return null;
  if (min === 0) return createFailure('validation_length_too_long', { min, max });
  if (max === 0) return createFailure('validation_length_too_short', { min, max });
  return createFailure(min === max ? 'validation_length_invalid' : 'validation_length_out_of_range', { min, max });
}

/** The failure of a number outside bounds; null when it is inside or 0, which counts as not given. */
export function checkRange(value: number, min: number, max: number): ErrorLeaf | null {
  if (value === 0) return null;
  if (value < min) return createFailure('validation_min_greater_equal_than_required', { threshold: min });
  if (value > max) return createFailure('validation_max_less_equal_than_required', { threshold: max });
  return null;
}
