import type { Collection } from '../../model/collection.ts';
import { autogenerate } from '../../model/fields/autogenerate.ts';
import type { DraftData, DraftValue } from '../../model/fields/field-type.ts';
import type { Field, TextField } from '../../model/fields/field.ts';
import { UploadedFileValue } from '../../model/fields/file-value.ts';
import { PlainPassword } from '../../model/fields/password-value.ts';
import { createId } from '../../model/ids.ts';
import type { RecordData } from '../../model/record.ts';
import { formatDate } from '../../util/date.ts';
import { createObject, type JsonValue } from '../../util/json.ts';
import type { PasswordHasher } from '../auth/passwords.ts';

/** The pattern of ordinary ids, made by `createId` and not by the general generator: they know their bucket. */
const ordinaryIdGenerator = '[a-z0-9]{15}';
/** Stands for the id that a record does not have yet while its create rule is asked. */
const placeholderId = '@pending';

/** Gives a draft what no client sends: generated texts, ids, dates and password hashes. */
export class RecordFinisher {
  readonly #passwords: PasswordHasher;
  readonly #clock: { now(): number };

  constructor(passwords: PasswordHasher, clock: { now(): number }) {
    this.#passwords = passwords;
    this.#clock = clock;
  }

  /** A new record as its create rule sees it: not stored, nothing generated, nobody verified. */
  candidate(collection: Collection, draft: DraftData): RecordData {
    const data = plainData(draft);
    if (data.id === '') data.id = placeholderId;
    if (collection.type === 'auth') data.verified = false;
    return data;
  }

  /** Generates what is empty and has a pattern; the id of a partitioned collection's record starts as its parent's. */
  fillNew(collection: Collection, draft: DraftData): void {
    for (const field of collection.fields) {
      if (field.type !== 'text' || field.autogeneratePattern === '' || draft[field.name] !== '') continue;
      draft[field.name] =
        field.name === 'id' ? newId(collection, field, draft) : autogenerate(field.autogeneratePattern);
    }
  }

  /** The values as they will be stored: dates set, new passwords hashed, new files by their names. */
  async finish(collection: Collection, draft: DraftData, stored: RecordData | null): Promise<RecordData> {
    const data = plainData(draft);
    const now = formatDate(this.#clock.now());
    // Whoever made a superuser has vouched for the address.
    if (collection.name === '_superusers') data.verified = true;
    for (const field of collection.fields) {
      const value = draft[field.name]!;
      if (value instanceof PlainPassword) data[field.name] = await this.#hash(value);
      else if (field.type === 'autodate') data[field.name] = autodate(field, stored, now);
    }
    return data;
  }

  async #hash(password: PlainPassword): Promise<string> {
    const text = password.reveal();
    return text === '' ? '' : this.#passwords.hash(text);
  }
}

function newId(collection: Collection, field: TextField, draft: DraftData): string {
  const parent = collection.partitionBy === '' ? '' : (draft[collection.partitionBy] as string);
  const prefix = parent.slice(0, 2);
  if (field.autogeneratePattern === ordinaryIdGenerator) return createId(prefix);
  const generated = autogenerate(field.autogeneratePattern);
  return prefix + generated.slice(prefix.length);
}

function autodate(field: Extract<Field, { type: 'autodate' }>, stored: RecordData | null, now: string): JsonValue {
  const isSet = stored === null ? field.onCreate : field.onUpdate;
  return isSet ? now : (stored?.[field.name] ?? '');
}

/** Draft values as a record holds them: new files by their stored names; a new password is still empty. */
function plainData(draft: DraftData): RecordData {
  const data = createObject();
  for (const name of Object.keys(draft)) data[name] = plainValue(draft[name]!);
  return data;
}

function plainValue(value: DraftValue): JsonValue {
  if (value instanceof UploadedFileValue) return value.name;
  if (value instanceof PlainPassword) return '';
  if (Array.isArray(value)) return (value as readonly DraftValue[]).map(plainValue);
  return value as JsonValue;
}
