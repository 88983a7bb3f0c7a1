import { ErrorCollector } from '../error-data.ts';
import type { ErrorData, ErrorLeaf } from '../errors.ts';
import { checkLength, checkRange, createFailure, createLeaf } from '../validation.ts';
import { toTextList } from './convert.ts';
import type { FileField } from './field.ts';
import type { DraftValue, FieldType, Modifier, ValueContext } from './field-type.ts';
import { UploadedFileValue } from './file-value.ts';
import { isListEmpty, listFromColumn, zeroOfList } from './list-value.ts';
import { integerMax } from './text.ts';

export { createStoredFileName } from './file-name.ts';
export { UploadedFileValue } from './file-value.ts';

/** Bytes of one file when the field names no limit: 5 MiB. */
const defaultFileSize = 5 * 1024 * 1024;

/** Bytes of a stored file's name. */
const nameLengthMax = 150;

/** A stored name or a new file. */
export type FileItem = string | UploadedFileValue;

/** Files that belong to the record. The value is their stored names; while a record is being written, new ones are among them. */
export const fileType: FieldType<FileField> = {
  name: 'file',
  options: {
    maxSelect: 'integer',
    maxSize: 'integer',
    mimeTypes: 'textsOrNull',
    protected: 'bool',
    required: 'bool',
    thumbs: 'textsOrNull',
  },
  modifiers: ['append', 'prepend', 'remove'],
  zero: zeroOfList,
  normalise: (field, input) => fromItems(field, fileItems(input)),
  isEmpty: (_field, value) => isListEmpty(value),
  toColumn: (field, value) => {
    const names = fileItems(value).map(nameOf);
    return field.maxSelect > 1 ? JSON.stringify(names) : (names.at(-1) ?? '');
  },
  fromColumn: listFromColumn,
  validate: (field, value, context) => validateFiles(field, fileItems(value), context),
  validateOptions: (field) => validateFileOptions(field),
  modify: modifyFiles,
};

/** The names and new files of a value, without empty names and duplicates. */
export function fileItems(value: DraftValue): FileItem[] {
  if (value instanceof UploadedFileValue) return [value];
  if (!Array.isArray(value)) return toTextList(value);
  const members = value as readonly DraftValue[];
  if (!members.some((member) => member instanceof UploadedFileValue)) return toTextList(value);
  const items: FileItem[] = [];
  for (const member of members) {
    for (const item of member instanceof UploadedFileValue ? [member] : toTextList(member)) {
      if (!items.includes(item)) items.push(item);
    }
  }
  return items;
}

/** The new files of a value. */
export function uploadsOf(value: DraftValue): UploadedFileValue[] {
  return fileItems(value).filter((item) => item instanceof UploadedFileValue);
}

/** The name that an item is or will be stored under. */
export function nameOf(item: FileItem): string {
  return typeof item === 'string' ? item : item.name;
}

function fromItems(field: FileField, items: readonly FileItem[]): DraftValue {
  return field.maxSelect > 1 ? items : (items.at(-1) ?? '');
}

function modifyFiles(field: FileField, current: DraftValue, modifier: Modifier, operand: DraftValue): DraftValue {
  const before = fileItems(current);
  const given = fileItems(operand);
  if (modifier === 'remove') {
    const names = new Set(given.map(nameOf));
    return fromItems(
      field,
      before.filter((item) => !names.has(nameOf(item))),
    );
  }
  return fromItems(field, fileItems(modifier === 'prepend' ? [...given, ...before] : [...before, ...given]));
}

function validateFiles(field: FileField, items: readonly FileItem[], context: ValueContext): ErrorLeaf | null {
  if (items.length === 0) return field.required ? createFailure('validation_required') : null;
  const stored = toTextList(context.stored ?? '');
  // A name alone can only mean a file that the record has already.
  const invalidFiles = items.filter((item) => typeof item === 'string' && !stored.includes(item));
  if (invalidFiles.length > 0) return createFailure('validation_invalid_file', { invalidFiles });
  const maxSelect = Math.max(1, field.maxSelect);
  if (items.length > maxSelect) return createFailure('validation_too_many_files', { maxSelect });
  for (const item of items) {
    const failure = item instanceof UploadedFileValue ? validateUpload(field, item) : null;
    if (failure !== null) return failure;
  }
  return null;
}

function validateUpload(field: FileField, upload: UploadedFileValue): ErrorLeaf | null {
  const nameFailure = checkLength(upload.name, 1, nameLengthMax);
  if (nameFailure !== null) return nameFailure;
  const maxSize = field.maxSize === 0 ? defaultFileSize : field.maxSize;
  if (upload.size > maxSize) {
    return createFailure('validation_file_size_limit', { file: upload.originalName, maxSize });
  }
  return isTypeAllowed(field, upload.contentType) ? null : createTypeFailure(field, upload.name);
}

function isTypeAllowed(field: FileField, contentType: string): boolean {
  if (field.mimeTypes === null || field.mimeTypes.length === 0) return true;
  const type = bareType(contentType);
  return field.mimeTypes.some((allowed) => bareType(allowed) === type);
}

/** `text/plain` of `text/plain; charset=utf-8`. */
function bareType(contentType: string): string {
  return contentType.split(';', 1)[0]!.trim().toLowerCase();
}

function createTypeFailure(field: FileField, name: string): ErrorLeaf {
  const types = (field.mimeTypes ?? []).join(', ');
  return createLeaf('validation_invalid_mime_type', `"${name}" mime type must be one of: ${types}`);
}

const thumbSize = /^\d{1,9}x\d{1,9}[tbf]?$/;
const noSize = /^0+x0+[tbf]?$/;

function validateFileOptions(field: FileField): ErrorData {
  const errors = new ErrorCollector();
  errors.add('maxSelect', checkRange(field.maxSelect, 0, integerMax));
  errors.add('maxSize', checkRange(field.maxSize, 0, integerMax));
  const thumbErrors = new ErrorCollector();
  (field.thumbs ?? []).forEach((thumb, index) => thumbErrors.add(index, validateThumb(thumb)));
  errors.add('thumbs', thumbErrors.data);
  return errors.data;
}

function validateThumb(thumb: string): ErrorLeaf | null {
  if (thumb === '') return null;
  if (noSize.test(thumb)) return createFailure('validation_not_in_invalid');
  return thumbSize.test(thumb) ? null : createFailure('validation_match_invalid');
}
