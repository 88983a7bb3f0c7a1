import type { Schema } from '../../model/collection.ts';
import { superusersName } from '../../model/collection-defaults.ts';
import { badRequest } from '../../model/errors.ts';
import type { StoredRecord } from '../../model/record.ts';
import { createFailure, type ValidationCode } from '../../model/validation.ts';
import type { Clock } from '../../util/clock.ts';
import type { JsonObject } from '../../util/json.ts';
import { alphanumeric, randomString } from '../../util/random.ts';
import type { Catalogue } from '../collections/catalogue.ts';
import type { WindowCounters } from '../guards/window-counters.ts';
import type { RequestInfo } from '../records/request-info.ts';
import type { RecordWrites } from '../records/writes.ts';
import { type AuthCollection, findAuthCollection } from './auth-collection.ts';
import type { Authenticator, SignedToken } from './authenticator.ts';
import { FormErrors } from './form.ts';
import type { AuthMails } from './mails.ts';
import type { PasswordHasher } from './passwords.ts';
import type { SignIn } from './sign-in.ts';
import { readClaims, type TokenType } from './tokens.ts';

const invalidForm = 'An error occurred while validating the submitted data.';
/** A second mail of one kind to one record waits this long. */
const resendMs = 120_000;
const randomLength = 30;

/** Reports a mail that could not be sent; the request that caused it has been answered already. */
export type OnMailFailure = (cause: unknown) => void;

/** The flows that prove an address by mail: verification, a new password, a new address. */
export class MailFlows {
  readonly #catalogue: Catalogue;
  readonly #authenticator: Authenticator;
  readonly #passwords: PasswordHasher;
  readonly #writes: RecordWrites;
  readonly #signIn: SignIn;
  readonly #mails: AuthMails;
  readonly #onFailure: OnMailFailure;
  readonly #recent: WindowCounters;
  readonly #clock: Clock;

  constructor(parts: {
    catalogue: Catalogue;
    authenticator: Authenticator;
    passwords: PasswordHasher;
    writes: RecordWrites;
    signIn: SignIn;
    mails: AuthMails;
    onFailure: OnMailFailure;
    /** Counts mails; shared by all threads. */
    recent: WindowCounters;
    clock: Clock;
  }) {
    this.#catalogue = parts.catalogue;
    this.#authenticator = parts.authenticator;
    this.#passwords = parts.passwords;
    this.#writes = parts.writes;
    this.#signIn = parts.signIn;
    this.#mails = parts.mails;
    this.#onFailure = parts.onFailure;
    this.#recent = parts.recent;
    this.#clock = parts.clock;
  }

  /** Sends a verification mail. Says nothing about whether the address is known. */
  async requestVerification(nameOrId: string, body: JsonObject): Promise<void> {
    const { collection } = await this.#open(nameOrId);
    if (collection.name === superusersName) throw badRequest('All superusers are verified by default.');
    const email = readEmail(body);
    const record = await this.#signIn.findByValue(collection, 'email', email);
    if (record === null || record.data.verified === true || this.#wasRecent('verification', record)) return;
    this.#sendLater(async () => {
      const token = this.#authenticator.sign(record, 'verification', { email });
      await this.#mails.send(record, collection.auth.verificationTemplate, { TOKEN: token });
    });
  }

  /** Marks the record of a verification token as verified. */
  async confirmVerification(nameOrId: string, body: JsonObject): Promise<void> {
    const { schema, collection } = await this.#open(nameOrId);
    const form = new FormErrors(body);
    const token = form.text('token', { required: true });
    form.check(invalidForm);
    const { record } = await this.#openMailed(collection, token, 'verification');
    if (record.data.verified === true) return;
    // Where nobody signs in by password, whoever set one before the address was proven must not keep it.
    const random = (): JsonObject => ({ verified: true, password: randomString(randomLength, alphanumeric) });
    const changes = collection.auth.passwordAuth.enabled ? { verified: true } : random();
    await this.#writes.change(schema, record, changes, { check: onlyOnce(record) });
  }

  /** Sends a password-reset mail. Says nothing about whether the address is known. */
  async requestPasswordReset(nameOrId: string, body: JsonObject): Promise<void> {
    const { collection } = await this.#open(nameOrId);
    if (!collection.auth.passwordAuth.enabled) {
      throw badRequest('The collection is not configured to allow password authentication.');
    }
    const email = readEmail(body);
    const record = await this.#signIn.findByValue(collection, 'email', email);
    if (record === null || this.#wasRecent('passwordReset', record)) return;
    this.#sendLater(async () => {
      const token = this.#authenticator.sign(record, 'passwordReset', { email });
      await this.#mails.send(record, collection.auth.resetPasswordTemplate, { TOKEN: token });
    });
  }

  /** Sets a new password with a reset token; whoever has the token has the address, so the record becomes verified. */
  async confirmPasswordReset(nameOrId: string, body: JsonObject): Promise<void> {
    const { schema, collection } = await this.#open(nameOrId);
    const form = new FormErrors(body);
    const token = form.text('token', { required: true });
    const password = form.text('password', { required: true, lengthMax: 255 });
    const confirmed = form.text('passwordConfirm', { required: true });
    if (password !== confirmed) form.add('passwordConfirm', createFailure('validation_values_mismatch'));
    form.check(invalidForm);
    const { record, claims } = await this.#openMailed(collection, token, 'passwordReset');
    const sameAddress = claims.email === record.data.email;
    const changes: JsonObject = sameAddress ? { password, verified: true } : { password };
    const options = { message: 'Failed to set new password.', check: onlyOnce(record) };
    await this.#writes.change(schema, record, changes, options);
  }

  /** Sends a mail to a new address; the address changes when its reader confirms. */
  async requestEmailChange(nameOrId: string, info: RequestInfo, body: JsonObject): Promise<void> {
    const { collection } = await this.#open(nameOrId);
    if (collection.name === superusersName) throw badRequest('All superusers can change their emails directly.');
    const record = info.viewer.auth!;
    const form = new FormErrors(body);
    const newEmail = form.text('newEmail', { required: true, email: true });
    if (newEmail !== '' && newEmail === record.data.email)
      form.add('newEmail', createFailure('validation_not_in_invalid'));
    else if (newEmail !== '' && (await this.#signIn.findByValue(collection, 'email', newEmail)) !== null) {
      form.add('newEmail', createFailure('validation_invalid_new_email'));
    }
    form.check(invalidForm);
    const token = this.#authenticator.sign(record, 'emailChange', { email: record.data.email as string, newEmail });
    try {
      await this.#mails.send(record, collection.auth.confirmEmailChangeTemplate, { TOKEN: token }, newEmail);
    } catch (error) {
      throw badRequest('Failed to request email change.', {}, error);
    }
  }

  /** Changes the address to the one that a token proves, with the record's password as a second proof. */
  async confirmEmailChange(nameOrId: string, body: JsonObject): Promise<void> {
    const { schema, collection } = await this.#open(nameOrId);
    const form = new FormErrors(body);
    const token = form.text('token', { required: true });
    const password = form.text('password', { required: true, lengthMax: 100 });
    form.check(invalidForm);
    const { record, claims } = await this.#openMailed(collection, token, 'emailChange');
    const newEmail = claims.newEmail ?? '';
    if (newEmail === '') return form.fail('token', createFailure('validation_invalid_token_payload'), invalidForm);
    if ((await this.#signIn.findByValue(collection, 'email', newEmail)) !== null) {
      form.fail('token', createFailure('validation_invalid_token_email'), invalidForm);
    }
    if (!(await this.#passwords.verify(record.data.password as string, password))) {
      form.fail('password', createFailure('validation_invalid_password'), invalidForm);
    }
    await this.#writes.change(schema, record, { email: newEmail, verified: true }, { check: onlyOnce(record) });
  }

  async #open(nameOrId: string): Promise<{ schema: Schema; collection: AuthCollection }> {
    const schema = await this.#catalogue.schema();
    return { schema, collection: findAuthCollection(schema, nameOrId) };
  }

  /** The record behind a mailed token, or the 400 that says what is wrong with it. */
  async #openMailed(collection: AuthCollection, token: string, type: TokenType): Promise<SignedToken> {
    // Whether it is still alive is asked below, with its signature.
    const claims = readClaims(token, 0);
    if (claims === null || !claims.email) return failToken('validation_invalid_token_claims');
    const signed = await this.#authenticator.open(token, type);
    if (signed === null) return failToken('validation_invalid_token');
    if (signed.collection.id !== collection.id) return failToken('validation_token_collection_mismatch');
    if (type === 'verification' && signed.record.data.email !== claims.email) {
      return failToken('validation_token_email_mismatch');
    }
    return signed;
  }

  /** True when such a mail went to this record a moment ago; remembers that one goes now otherwise. */
  #wasRecent(kind: TokenType, record: StoredRecord): boolean {
    return this.#recent.take(`${kind} ${record.collection.id}/${record.id}`, 1, resendMs, this.#clock.now()) > 0;
  }

  /** Begins when the answer is on its way: its time would tell whether the address is known. */
  #sendLater(send: () => Promise<void>): void {
    setImmediate(() => void send().catch(this.#onFailure));
  }
}

/** A check that the token's record has not been given a new token key since: of many uses of one token at once, one succeeds. */
function onlyOnce(record: StoredRecord): (now: StoredRecord) => void {
  return (now) => {
    if (now.data.tokenKey !== record.data.tokenKey) failToken('validation_invalid_token');
  };
}

function failToken(code: ValidationCode): never {
  return new FormErrors({}).fail('token', createFailure(code), invalidForm);
}

function readEmail(body: JsonObject): string {
  const form = new FormErrors(body);
  const email = form.text('email', { required: true, email: true, lengthMax: 255 });
  form.check(invalidForm);
  return email;
}
