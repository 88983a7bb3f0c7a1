import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Collection } from '../../model/collection.ts';
import type { ColumnValue, Row } from '../../model/commit.ts';
import { type Field, isMultiple } from '../../model/fields/field.ts';
import { codecOf } from '../../model/record-codec.ts';
import type { RecordData } from '../../model/record.ts';
import type { BulkLoader } from './bulk-loader.ts';
import type { Notes } from './report.ts';
import type { SourceReader, SourceTable } from './source.ts';

/** What the records of a collection are read with and written to. */
export interface RecordImportParts {
  readonly source: SourceReader;
  readonly loader: BulkLoader;
  readonly notes: Notes;
  /** The folder of files, or null when files lie elsewhere and cannot be looked for. */
  readonly storage: string | null;
  /** Called after every record. May throw to end the import. */
  onRecord(): void;
}

/** What became of the records of one collection. */
export interface ImportedRecords {
  readonly records: number;
  readonly files: number;
  readonly missingFiles: number;
}

/** Copies the records of a collection in the order in which they were made, ids and hashes as they are. */
export async function importRecords(
  collection: Collection,
  table: SourceTable,
  parts: RecordImportParts,
): Promise<ImportedRecords> {
  const { source, loader, notes, onRecord } = parts;
  const { present, fields } = matchColumns(collection, table, notes);
  const fileFields = collection.fields.filter((field) => field.type === 'file');
  const counts = { records: 0, files: 0, missingFiles: 0 };
  for (const values of source.rows(table.name, present)) {
    const row = toRow(collection, fields, values, notes);
    const id = row['id'] as string;
    if (id === '') {
      notes.add('record', collection.name, 'has a record without an id, which was left out.');
      continue;
    }
    await loader.add({ kind: 'insert', table: collection.name, collectionId: collection.id, id, row });
    counts.records++;
    if (fileFields.length > 0 && parts.storage !== null) {
      const missing = findMissing(parts.storage, collection, fileFields, row);
      counts.files += missing.present;
      counts.missingFiles += missing.names.length;
      for (const name of missing.names) {
        notes.add('missing file', `${collection.name}/${id}/${name}`, 'is named by its record, but was not found.');
      }
    }
    onRecord();
  }
  return counts;
}

/** The columns that both sides have, and which field each belongs to; the others are noted. */
function matchColumns(
  collection: Collection,
  table: SourceTable,
  notes: Notes,
): { present: string[]; fields: Field[] } {
  const names = new Set(table.columns);
  const fields = collection.fields.filter((field) => names.has(field.name));
  for (const field of collection.fields) {
    if (names.has(field.name)) continue;
    notes.add(
      'column',
      `${collection.name}.${field.name}`,
      'has no column in the source; all records got the empty value.',
    );
  }
  const wanted = new Set(collection.fields.map((field) => field.name));
  for (const name of table.columns) {
    if (!wanted.has(name))
      notes.add('column', `${collection.name}.${name}`, 'belongs to no field and was left behind.');
  }
  return { present: fields.map((field) => field.name), fields };
}

function toRow(collection: Collection, fields: readonly Field[], values: readonly ColumnValue[], notes: Notes): Row {
  const stored: Row = {};
  fields.forEach((field, index) => {
    stored[field.name] = finite(values[index]!);
  });
  const codec = codecOf(collection);
  const data: RecordData = codec.decodeRow(stored);
  const row = codec.encode(data);
  fields.forEach((field, index) => {
    const before = values[index]!;
    // JSON keeps its text: reading and writing it again would round long numbers.
    if (field.type === 'json' && isJsonText(before)) row[field.name] = before;
    else if (!isSame(field, before, row[field.name]!)) {
      const message = `of ${String(row['id'])} is not one of its field's type and was changed.`;
      notes.add('value', `${collection.name}.${field.name}`, message, String(before));
    }
  });
  return row;
}

/** An infinite number cannot be kept; it counts as none. */
function finite(value: ColumnValue): ColumnValue {
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}

function isJsonText(value: ColumnValue): value is string {
  if (typeof value !== 'string') return false;
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

/** True when nothing was lost: lists and points may be written in another way, and what is empty may be empty in another way. */
function isSame(field: Field, before: ColumnValue, after: ColumnValue): boolean {
  if (before === after || before === null || before === '') return true;
  if (field.type === 'json' || field.type === 'geoPoint' || isMultiple(field)) return after !== null;
  return String(before) === String(after);
}

/** File names of a record that lead nowhere. */
function findMissing(
  storage: string,
  collection: Collection,
  fields: readonly Field[],
  row: Row,
): { names: string[]; present: number } {
  const data = codecOf(collection).decodeRow(row);
  const folder = path.join(storage, collection.id, String(row['id']));
  const names = fields.flatMap((field) => [data[field.name] ?? ''].flat() as string[]).filter((name) => name !== '');
  const missing = names.filter((name) => path.basename(name) !== name || !existsSync(path.join(folder, name)));
  return { names: missing, present: names.length - missing.length };
}
