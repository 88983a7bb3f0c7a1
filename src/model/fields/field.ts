/** The names of all field types. */
export type FieldTypeName =
  | 'text'
  | 'editor'
  | 'number'
  | 'bool'
  | 'email'
  | 'url'
  | 'date'
  | 'autodate'
  | 'select'
  | 'file'
  | 'relation'
  | 'json'
  | 'geoPoint'
  | 'password';

/** What every field has, whatever its type. */
export interface FieldBase {
  readonly id: string;
  readonly name: string;
  readonly system: boolean;
  readonly hidden: boolean;
  readonly presentable: boolean;
  readonly help: string;
}

export interface TextField extends FieldBase {
  readonly type: 'text';
  readonly min: number;
  readonly max: number;
  readonly pattern: string;
  readonly autogeneratePattern: string;
  readonly required: boolean;
  readonly primaryKey: boolean;
}
export interface EditorField extends FieldBase {
  readonly type: 'editor';
  readonly maxSize: number;
  readonly convertURLs: boolean;
  readonly required: boolean;
}
export interface NumberField extends FieldBase {
  readonly type: 'number';
  readonly min: number | null;
  readonly max: number | null;
  readonly onlyInt: boolean;
  readonly required: boolean;
}
export interface BoolField extends FieldBase {
  readonly type: 'bool';
  readonly required: boolean;
}
export interface EmailField extends FieldBase {
  readonly type: 'email';
  readonly exceptDomains: readonly string[] | null;
  readonly onlyDomains: readonly string[] | null;
  readonly required: boolean;
}
export interface UrlField extends FieldBase {
  readonly type: 'url';
  readonly exceptDomains: readonly string[] | null;
  readonly onlyDomains: readonly string[] | null;
  readonly required: boolean;
}
export interface DateField extends FieldBase {
  readonly type: 'date';
  readonly min: string;
  readonly max: string;
  readonly required: boolean;
}
export interface AutodateField extends FieldBase {
  readonly type: 'autodate';
  readonly onCreate: boolean;
  readonly onUpdate: boolean;
}
export interface SelectField extends FieldBase {
  readonly type: 'select';
  readonly values: readonly string[] | null;
  readonly maxSelect: number;
  readonly required: boolean;
}
export interface FileField extends FieldBase {
  readonly type: 'file';
  readonly maxSelect: number;
  readonly maxSize: number;
  readonly mimeTypes: readonly string[] | null;
  readonly thumbs: readonly string[] | null;
  readonly protected: boolean;
  readonly required: boolean;
}
export interface RelationField extends FieldBase {
  readonly type: 'relation';
  readonly collectionId: string;
  readonly cascadeDelete: boolean;
  readonly minSelect: number;
  readonly maxSelect: number;
  readonly required: boolean;
}
export interface JsonField extends FieldBase {
  readonly type: 'json';
  readonly maxSize: number;
  readonly required: boolean;
}
export interface GeoPointField extends FieldBase {
  readonly type: 'geoPoint';
  readonly required: boolean;
}
export interface PasswordField extends FieldBase {
  readonly type: 'password';
  readonly min: number;
  readonly max: number;
  readonly pattern: string;
  readonly cost: number;
  readonly required: boolean;
}

/** One field of a collection; `type` tells which options it has. */
export type Field =
  | TextField
  | EditorField
  | NumberField
  | BoolField
  | EmailField
  | UrlField
  | DateField
  | AutodateField
  | SelectField
  | FileField
  | RelationField
  | JsonField
  | GeoPointField
  | PasswordField;

/** True for select, file and relation fields that hold a list (`maxSelect` above one). */
export function isMultiple(field: Field): boolean {
  return (field.type === 'select' || field.type === 'file' || field.type === 'relation') && field.maxSelect > 1;
}

/**
 * How a field's value lies in its column, the same in every engine: `text` = text, never null; `number` = a double;
 * `bool` = 0 or 1; `list` = a JSON array of strings as text; `json` = JSON text or null; `point` = JSON text
 * `{"lon":n,"lat":n}`.
 */
export type ColumnType = 'text' | 'number' | 'bool' | 'list' | 'json' | 'point';

/** The column type of a field. */
export function columnTypeOf(field: Field): ColumnType {
  switch (field.type) {
    case 'number':
      return 'number';
    case 'bool':
      return 'bool';
    case 'json':
      return 'json';
    case 'geoPoint':
      return 'point';
    default:
      return isMultiple(field) ? 'list' : 'text';
  }
}
