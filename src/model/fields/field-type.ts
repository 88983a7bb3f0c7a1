import type { JsonValue } from '../../util/json.ts';
import type { ColumnValue } from '../commit.ts';
import type { ErrorData, ErrorLeaf } from '../errors.ts';
import type { Schema } from '../collection.ts';
import type { Field, FieldBase } from './field.ts';
import type { UploadedFileValue } from './file-value.ts';
import type { PlainPassword } from './password-value.ts';

/**
 * The value of a field in a record that is being written: what {@link JsonValue} can hold, plus what is not yet as it will be stored: a
 * new file and a new password.
 */
export type DraftValue = JsonValue | PlainPassword | UploadedFileValue | readonly (JsonValue | UploadedFileValue)[];

/** The values of a record that is being written, by field name. */
export interface DraftData {
  [field: string]: DraftValue;
}

/** What a body key may say about how its value meets the one that is there: `name+`, `+name`, `name-`, `name:autogenerate`. */
export type Modifier = 'append' | 'prepend' | 'remove' | 'autogenerate';

/** How the options of a type are read and what they are when they are absent or null. */
export type OptionKind =
  /** `false` */
  | 'bool'
  /** A whole number, `0`. */
  | 'integer'
  /** `null` */
  | 'numberOrNull'
  /** `''` */
  | 'text'
  /** A list of texts, `null`. */
  | 'textsOrNull'
  /** Date text, `''`; an unreadable one is empty. */
  | 'date';

/** Kinds of a type's own options by key. */
export type OptionKinds<F extends Field> = { readonly [key in Exclude<keyof F, keyof FieldBase | 'type'>]: OptionKind };

/** What the check of a value may look at besides the value. */
export interface ValueContext {
  /** The value that is stored now; undefined for a new record. */
  readonly stored: JsonValue | undefined;
}

/** What the check of a field's options may look at besides them. */
export interface OptionsContext {
  readonly schema: Schema;
  /** The collection that the field is going to belong to. */
  readonly collection: {
    readonly id: string;
    readonly type: 'base' | 'auth' | 'view';
    readonly fields: readonly Field[];
  };
  /** The field with the same id as it is stored; undefined for a new one. */
  readonly stored: Field | undefined;
}

/**
 * Everything that depends on the type of a field. One file per type implements it. All functions are pure and never throw for bad
 * input: unreadable input becomes the zero value, and a check answers a failure.
 */
export interface FieldType<F extends Field = Field> {
  readonly name: F['type'];
  readonly options: OptionKinds<F>;
  readonly modifiers: readonly Modifier[];
  /** The value of a record that has none. */
  zero(field: F): JsonValue;
  /** Input (JSON, form text or new files) as a typed value. */
  normalise(field: F, input: DraftValue): DraftValue;
  /** True for the values that `required` refuses. */
  isEmpty(field: F, value: DraftValue): boolean;
  /** The value as its column holds it; see `ColumnType`. A new password has to be hashed before. */
  toColumn(field: F, value: DraftValue): ColumnValue;
  /** The value from its column, with patience for what other programs may have put there. */
  fromColumn(field: F, column: ColumnValue): JsonValue;
  /** Checks a typed value without looking anywhere else; what needs the database is checked by the services. */
  validate(field: F, value: DraftValue, context: ValueContext): ErrorLeaf | null;
  /** Checks the type's own options; failures by option key. */
  validateOptions(field: F, context: OptionsContext): ErrorData;
  /** The typed value after a modifier; called only with the modifiers that the type has. */
  modify(field: F, current: DraftValue, modifier: Modifier, operand: DraftValue): DraftValue;
}
