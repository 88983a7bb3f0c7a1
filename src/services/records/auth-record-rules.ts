import type { Schema } from '../../model/collection.ts';
import { ownedCollectionNames, superusersName } from '../../model/collection-defaults.ts';
import { badRequest, type ErrorData, type ErrorLeaf } from '../../model/errors.ts';
import { toText } from '../../model/fields/convert.ts';
import { PlainPassword } from '../../model/fields/password-value.ts';
import type { RecordData, StoredRecord } from '../../model/record.ts';
import { createFailure } from '../../model/validation.ts';
import { alphanumeric, randomString } from '../../util/random.ts';
import type { PasswordHasher } from '../auth/passwords.ts';
import type { Draft } from './draft.ts';
import type { RuleBook } from './rule-book.ts';
import type { SubmittedBody } from './rule-context.ts';
import type { UnitOfWork } from './unit-of-work.ts';
import type { WriteRequest } from './writes.ts';

const tokenKeyLength = 50;

/** Rows of the system's own collections that belong to one auth record. */
type OwnedCollection = (typeof ownedCollectionNames)[number];

/**
 * What holds for records that can sign in, beyond their fields: who may set a password, an address or `verified`, and what a change of
 * them ends.
 */
export class AuthRecordRules {
  readonly #rules: RuleBook;
  readonly #passwords: PasswordHasher;

  constructor(parts: { rules: RuleBook; passwords: PasswordHasher }) {
    this.#rules = parts.rules;
    this.#passwords = parts.passwords;
  }

  /** Throws 400 unless the draft of a new record keeps the rules. */
  async checkCreate(write: WriteRequest, draft: Draft, candidate: RecordData, body: SubmittedBody): Promise<void> {
    const errors: { [field: string]: ErrorLeaf } = {};
    const isManager = await this.#manages(write, candidate, null, body);
    if (!isManager && draft.data.verified === true) errors.verified = createFailure('validation_values_mismatch');
    checkPasswordPair(errors, draft, true);
    throwIfAny('Failed to create record.', errors);
  }

  /** Throws 400 unless the draft of a changed record keeps the rules. */
  async checkUpdate(write: WriteRequest, draft: Draft, before: StoredRecord, body: SubmittedBody): Promise<void> {
    const errors: { [field: string]: ErrorLeaf } = {};
    const isManager = await this.#manages(write, before.data, before, body);
    if (!isManager) {
      for (const name of ['email', 'verified']) {
        if (draft.data[name] !== before.data[name]) errors[name] = createFailure('validation_values_mismatch');
      }
    }
    const isNewPassword = draft.data.password instanceof PlainPassword && draft.data.password.reveal() !== '';
    checkPasswordPair(errors, draft, isNewPassword);
    if (isNewPassword && !isManager) {
      const failure = await this.#checkOldPassword(draft.sent.oldPassword, before);
      if (failure !== null) errors.oldPassword = failure;
    }
    if (!isNewPassword) draft.data.password = before.data.password!;
    throwIfAny('Failed to update record.', errors);
  }

  /** Throws 400 for the last superuser: without one nobody could manage the system any more. */
  async checkDelete(unit: UnitOfWork, record: StoredRecord): Promise<void> {
    if (record.collection.name !== superusersName) return;
    const selection = { where: null, orderBy: null, limit: 2, offset: 0 };
    const other = (await unit.select(record.collection, selection)).find(({ id }) => id !== record.id);
    if (other === undefined) throw badRequest("You can't delete the only existing superuser.");
    // Two that delete each other at the same moment would both see one left.
    unit.expectExists(record.collection.name, other.id);
  }

  /**
   * What follows from a change, in the same commit. A new password or address ends all tokens of the record; a new password forgets the
   * places it was used from; the first proof of the address drops sign-ins that others may have linked before.
   *
   * @param after the values to be; `tokenKey` may be renewed in place
   */
  async afterChange(unit: UnitOfWork, schema: Schema, before: StoredRecord, after: RecordData): Promise<void> {
    const isNewPassword = after.password !== before.data.password;
    const isVerifiedNow = after.verified === true && before.data.verified !== true;
    const owned = { unit, schema, record: before };
    if (isNewPassword || after.email !== before.data.email) {
      if (after.tokenKey === before.data.tokenKey) after.tokenKey = randomString(tokenKeyLength, alphanumeric);
    }
    if (isNewPassword) {
      await this.#deleteOwned(owned, '_mfas');
      await this.#deleteOwned(owned, '_authOrigins');
    }
    if (isVerifiedNow && (await this.#deleteOwned(owned, '_externalAuths')) > 0) {
      if (after.tokenKey === before.data.tokenKey) after.tokenKey = randomString(tokenKeyLength, alphanumeric);
    }
    if (after.tokenKey !== before.data.tokenKey) await this.#deleteOwned(owned, '_otps');
  }

  /** Removes what belongs to a record that goes. */
  async afterDelete(unit: UnitOfWork, schema: Schema, record: StoredRecord): Promise<void> {
    if (record.collection.type !== 'auth') return;
    for (const name of ownedCollectionNames) await this.#deleteOwned({ unit, schema, record }, name);
  }

  /** Whether the requester may manage the record: superusers may, others by the collection's manage rule. */
  async #manages(
    write: WriteRequest,
    data: RecordData,
    stored: StoredRecord | null,
    body: SubmittedBody,
  ): Promise<boolean> {
    const { collection, info, schema, unit } = write;
    if (info.viewer.isSuperuser) return true;
    const rule = collection.auth?.manageRule;
    if (!rule || info.viewer.auth === null) return false;
    if (stored === null) return this.#rules.passesOnCandidate(write, rule, data, body);
    const prepared = this.#rules.tryPrepare(schema, collection, rule);
    if (prepared === null) return false;
    if (prepared.predicate !== null) return this.#rules.test(prepared.predicate, data, info, body);
    const where = this.#rules.tryFilterOf(schema, collection, rule, info, body);
    return where !== 'nobody' && (await unit.findMany(collection, [stored.id], where)).length > 0;
  }

  async #checkOldPassword(given: unknown, before: StoredRecord): Promise<ErrorLeaf | null> {
    if (typeof given !== 'string' || given === '') return createFailure('validation_required');
    const matches = await this.#passwords.verify(before.data.password as string, given);
    return matches ? null : createFailure('validation_invalid_old_password');
  }

  /** Adds the deletion of a record's rows in one of the system's collections; answers how many. */
  async #deleteOwned(
    { unit, schema, record }: { unit: UnitOfWork; schema: Schema; record: StoredRecord },
    name: OwnedCollection,
  ): Promise<number> {
    const collection = schema.find(name);
    if (collection === undefined) return 0;
    const where = this.#rules.ownedBy(schema, collection, record.collection.id, record.id);
    const rows = await unit.select(collection, { where, orderBy: null, limit: -1, offset: 0 });
    for (const row of rows) unit.delete(row);
    return rows.length;
  }
}

/** A new password has to be typed twice. */
function checkPasswordPair(errors: { [field: string]: ErrorLeaf }, draft: Draft, isRequired: boolean): void {
  const { password } = draft.data;
  const text = password instanceof PlainPassword ? password.reveal() : '';
  const confirmed = draft.sent.passwordConfirm;
  const confirmText = toText(confirmed ?? null);
  const isConfirmSent = confirmText !== '';
  if (!isRequired && !isConfirmSent) return;
  if (text === '') errors.password = createFailure('validation_required');
  if (!isConfirmSent) errors.passwordConfirm = createFailure('validation_required');
  else if (confirmText !== text) errors.passwordConfirm = createFailure('validation_values_mismatch');
}

function throwIfAny(message: string, errors: ErrorData): void {
  if (Object.keys(errors).length > 0) throw badRequest(message, errors);
}
