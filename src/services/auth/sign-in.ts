import type { Database } from '../../engines/database/database.ts';
import { ConflictError } from '../../log/commit.ts';
import type { Schema } from '../../model/collection.ts';
import { superusersName } from '../../model/collection-defaults.ts';
import { badRequest, forbidden, notFound } from '../../model/errors.ts';
import type { StoredRecord } from '../../model/record.ts';
import type { JsonObject } from '../../util/json.ts';
import type { Catalogue } from '../collections/catalogue.ts';
import { type Expander, parseExpand } from '../records/expand.ts';
import type { SuperuserIps } from '../guards/superuser-ips.ts';
import type { RequestInfo } from '../records/request-info.ts';
import type { RuleBook } from '../records/rule-book.ts';
import { baseAlias, type RecordStore } from '../records/store.ts';
import { UnitOfWork } from '../records/unit-of-work.ts';
import { type AuthCollection, findAuthCollection } from './auth-collection.ts';
import type { Authenticator } from './authenticator.ts';
import { FormErrors } from './form.ts';
import type { PasswordHasher } from './passwords.ts';
import { readClaims } from './tokens.ts';

/** What a successful sign-in answers. */
export interface SignedIn {
  readonly token: string;
  readonly record: JsonObject;
  readonly meta?: JsonObject;
}

/** Signs records in: by password, by a token they have, or by a superuser in their name. */
export class SignIn {
  readonly #catalogue: Catalogue;
  readonly #database: Database;
  readonly #store: RecordStore;
  readonly #rules: RuleBook;
  readonly #expander: Expander;
  readonly #authenticator: Authenticator;
  readonly #passwords: PasswordHasher;
  readonly #superuserIps: SuperuserIps;
  readonly #clock: { now(): number };

  constructor(parts: {
    catalogue: Catalogue;
    database: Database;
    store: RecordStore;
    rules: RuleBook;
    expander: Expander;
    authenticator: Authenticator;
    passwords: PasswordHasher;
    superuserIps: SuperuserIps;
    clock: { now(): number };
  }) {
    this.#catalogue = parts.catalogue;
    this.#database = parts.database;
    this.#store = parts.store;
    this.#rules = parts.rules;
    this.#expander = parts.expander;
    this.#authenticator = parts.authenticator;
    this.#passwords = parts.passwords;
    this.#superuserIps = parts.superuserIps;
    this.#clock = parts.clock;
  }

  /** How this collection's records can sign in. */
  async methods(nameOrId: string): Promise<JsonObject> {
    const { auth } = findAuthCollection(await this.#catalogue.schema(), nameOrId);
    const { passwordAuth, mfa } = auth;
    const identityFields = passwordAuth.enabled ? [...passwordAuth.identityFields] : [];
    return {
      password: { enabled: passwordAuth.enabled, identityFields },
      oauth2: { enabled: false, providers: [] },
      mfa: { enabled: mfa.enabled, duration: mfa.enabled ? mfa.duration : 0 },
      // One-time passwords and other providers are kept in the collection; there is no way to sign in by them yet.
      otp: { enabled: false, duration: 0 },
      authProviders: null,
      usernamePassword: identityFields.includes('username'),
      emailPassword: identityFields.includes('email'),
    };
  }

  /**
   * By identity and password. Every mismatch is the same 400 after the same time, whether the record exists or not. A hash of an older
   * kind is replaced on the way.
   */
  async withPassword(nameOrId: string, info: RequestInfo, body: JsonObject): Promise<SignedIn> {
    const schema = await this.#catalogue.schema();
    const collection = findAuthCollection(schema, nameOrId);
    const { passwordAuth } = collection.auth;
    if (!passwordAuth.enabled) {
      throw forbidden('The collection is not configured to allow password authentication.');
    }
    const form = new FormErrors(body);
    const identity = form.text('identity', { required: true, lengthMax: 255 });
    const password = form.text('password', { required: true, lengthMax: 255 });
    const identityField = form.text('identityField', { oneOf: passwordAuth.identityFields });
    form.check('An error occurred while validating the submitted data.');
    const record = await this.#findByIdentity(collection, identity, identityField);
    if (record === null) {
      await this.#passwords.verifyNothing(password);
      throw badRequest('Failed to authenticate.');
    }
    const hash = record.data.password as string;
    if (!(await this.#passwords.verify(hash, password))) throw badRequest('Failed to authenticate.');
    await this.#refuseWithoutSecondProof(schema, record, { ...info, context: 'password' });
    if (this.#passwords.isOutdated(hash)) await this.#upgradeHash(record, password);
    return this.respond(schema, record, { ...info, context: 'password' });
  }

  /** A new token for a token that may be refreshed; any other is given back as it is. */
  async refresh(nameOrId: string, info: RequestInfo, token: string): Promise<SignedIn> {
    const schema = await this.#catalogue.schema();
    findAuthCollection(schema, nameOrId);
    const record = info.viewer.auth!;
    const refreshable = readClaims(token, this.#clock.now())?.refreshable === true;
    return this.respond(schema, record, info, refreshable ? undefined : token);
  }

  /** A token for another record, not refreshable. Only for superusers: the route sees to that. */
  async impersonate(nameOrId: string, id: string, info: RequestInfo, body: JsonObject): Promise<SignedIn> {
    const schema = await this.#catalogue.schema();
    const collection = findAuthCollection(schema, nameOrId);
    const record = await this.#store.find(collection, id, { purpose: 'decide' });
    if (record === null) throw notFound();
    const form = new FormErrors(body);
    const durationS = form.number('duration', { min: 0 });
    form.check('An error occurred while validating the submitted data.');
    const token = this.#authenticator.sign(record, 'auth', { refreshable: false }, durationS);
    return this.respond(schema, record, info, token);
  }

  /** The answer to a sign-in that succeeded so far: checks the collection's auth rule, then gives token and record. */
  async respond(
    schema: Schema,
    record: StoredRecord,
    info: RequestInfo,
    token = this.#authenticator.sign(record, 'auth', { refreshable: true }),
  ): Promise<SignedIn> {
    const collection = record.collection as AuthCollection;
    if (collection.name === superusersName) await this.#superuserIps.check(info.remoteIp);
    if (!info.viewer.isSuperuser && !(await this.#satisfies(collection.auth.authRule, schema, record, info))) {
      throw forbidden("The request doesn't satisfy the collection requirements to authenticate.");
    }
    const viewer = { auth: record, isSuperuser: collection.name === superusersName };
    const tree = parseExpand(info.query.expand ?? '');
    const own = { ...info, viewer };
    const [shown] = await this.#expander.present(schema, [record], tree, own, { purpose: 'show' });
    return { record: shown!, token };
  }

  /**
   * A collection can ask for a second proof, which there is no way to give yet. One proof is not enough then: whoever switched it on
   * counts on that. Throws 403.
   */
  async #refuseWithoutSecondProof(schema: Schema, record: StoredRecord, info: RequestInfo): Promise<void> {
    const { enabled, rule } = (record.collection as AuthCollection).auth.mfa;
    if (enabled && (await this.#satisfies(rule, schema, record, info))) {
      throw forbidden('The collection requires multi-factor authentication, which is not available yet.');
    }
  }

  /** Whether a record satisfies a rule of its own collection, asked for this request. */
  async #satisfies(rule: string | null, schema: Schema, record: StoredRecord, info: RequestInfo): Promise<boolean> {
    const { collection } = record;
    if (rule === null) return false;
    if (rule === '') return true;
    const prepared = this.#rules.tryPrepare(schema, collection, rule);
    if (prepared === null) return false;
    if (prepared.predicate !== null) return this.#rules.test(prepared.predicate, record.data, info);
    const where = this.#rules.tryFilterOf(schema, collection, rule, info);
    return (
      where !== 'nobody' &&
      (await this.#store.findMany(collection, [record.id], { purpose: 'decide' }, where)).length > 0
    );
  }

  /** Tries the identity fields in turn, e-mail first; a text that is no address is not looked for among addresses. */
  async #findByIdentity(collection: AuthCollection, identity: string, only: string): Promise<StoredRecord | null> {
    const fields = collection.auth.passwordAuth.identityFields;
    const order = only === '' ? fields.toSorted((a, b) => Number(b === 'email') - Number(a === 'email')) : [only];
    for (const name of order) {
      if (name === 'email' && only === '' && !looksLikeEmail(identity)) continue;
      const record = await this.findByValue(collection, name, identity);
      if (record !== null) return record;
    }
    return null;
  }

  /** The record with this value in a unique field. Any case when the field's unique index says so. */
  async findByValue(collection: AuthCollection, name: string, value: string): Promise<StoredRecord | null> {
    if (value === '') return null;
    const { identifier } = this.#database.dialect;
    const column = `${identifier(baseAlias)}.${identifier(name)}`;
    const sql = isCaseless(collection, name) ? this.#database.dialect.equalCaseless(column, '?') : `${column} = ?`;
    const where = { sql, params: [value], tables: [] };
    const found = await this.#store.select(
      collection,
      { where, orderBy: null, limit: 1, offset: 0 },
      { purpose: 'decide' },
    );
    return found[0] ?? null;
  }

  /** Best effort: when the record changes at the same time, a later sign-in does it. */
  async #upgradeHash(record: StoredRecord, password: string): Promise<void> {
    const unit = new UnitOfWork(this.#database, this.#store);
    unit.update(record, { ...record.data, password: await this.#passwords.hash(password) });
    await unit.commit().catch((error: unknown) => {
      if (!(error instanceof ConflictError)) throw error;
    });
  }
}

function looksLikeEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text);
}

/** True when the unique index of a field compares without regard to case. */
function isCaseless(collection: AuthCollection, name: string): boolean {
  return collection.indexes.some((sql) => {
    const match = /\(\s*[`"[]?(\w+)[`"\]]?\s+collate\s+nocase\s*(?:asc|desc)?\s*\)/i.exec(sql);
    return match?.[1] === name;
  });
}
