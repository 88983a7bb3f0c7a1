import { LRUCache } from 'lru-cache';
import type { Cache } from '../../engines/cache/cache.ts';
import type { AuthOptions, Collection, Schema } from '../../model/collection.ts';
import { superusersName } from '../../model/collection-defaults.ts';
import { guest, type StoredRecord, type Viewer } from '../../model/record.ts';
import type { Clock } from '../../util/clock.ts';
import type { Catalogue } from '../collections/catalogue.ts';
import type { RecordStore } from '../records/store.ts';
import { isSignedWith, readClaims, signToken, type TokenClaims, type TokenType } from './tokens.ts';

/** Verified tokens that are remembered. */
const verifiedMax = 20_000;

interface VerifiedToken {
  readonly viewer: Viewer;
  readonly expiresAtMs: number;
  readonly schema: Schema;
  /** Version of the token's collection when its record was read: any later write to it makes this entry stale. */
  readonly recordsVersion: number;
}

/** A live token and the record that it was signed for. */
export interface SignedToken {
  readonly claims: TokenClaims;
  readonly collection: Collection;
  readonly record: StoredRecord;
}

/** Which option of an auth collection signs which type of token. */
const optionOf = {
  auth: 'authToken',
  file: 'fileToken',
  verification: 'verificationToken',
  passwordReset: 'passwordResetToken',
  emailChange: 'emailChangeToken',
} as const satisfies { readonly [type in TokenType]: keyof AuthOptions };

/**
 * Tells who a token belongs to, and makes tokens. A token is good while it has not expired and its signature fits the
 * record's token key and the collection's secret as they are now; both are checked against the newest acknowledged state.
 */
export class Authenticator {
  readonly #catalogue: Catalogue;
  readonly #records: RecordStore;
  readonly #cache: Cache;
  readonly #clock: Clock;
  readonly #verified = new LRUCache<string, VerifiedToken>({ max: verifiedMax });

  constructor(parts: { catalogue: Catalogue; records: RecordStore; cache: Cache; clock: Clock }) {
    this.#catalogue = parts.catalogue;
    this.#records = parts.records;
    this.#cache = parts.cache;
    this.#clock = parts.clock;
  }

  /** Who sends this `Authorization` token; a missing, bad or expired one is a guest. */
  async viewerOf(token: string): Promise<Viewer> {
    if (token === '') return guest;
    const known = this.peek(token);
    if (known !== null) return known;
    const schema = await this.#catalogue.schema();
    const claims = readClaims(token, this.#clock.now());
    const recordsVersion = claims === null ? 0 : this.#cache.version(claims.collectionId);
    const signed = await this.#verify(schema, token, claims, 'auth');
    if (signed === null) return guest;
    const viewer: Viewer = { auth: signed.record, isSuperuser: signed.collection.name === superusersName };
    this.#verified.set(token, { viewer, expiresAtMs: signed.claims.exp * 1000, schema, recordsVersion });
    return viewer;
  }

  /** The viewer of a token that was verified before and still holds, else null. Never waits. */
  peek(token: string): Viewer | null {
    const known = this.#verified.get(token);
    if (known === undefined) return null;
    const collectionId = known.viewer.auth!.collection.id;
    const holds =
      known.expiresAtMs > this.#clock.now() &&
      known.schema === this.#catalogue.peek() &&
      known.recordsVersion === this.#cache.version(collectionId);
    if (!holds) this.#verified.delete(token);
    return holds ? known.viewer : null;
  }

  /** The record and claims of a live token of one type, or null. */
  async open(token: string, type: TokenType): Promise<SignedToken | null> {
    return this.#verify(await this.#catalogue.schema(), token, readClaims(token, this.#clock.now()), type);
  }

  /** Signs a token for a record. `durationS` defaults to the collection's setting. */
  sign(
    record: StoredRecord,
    type: TokenType,
    claims: Omit<Partial<TokenClaims>, 'id' | 'collectionId' | 'type' | 'exp'> = {},
    durationS = 0,
  ): string {
    const option = record.collection.auth![optionOf[type]];
    const exp = Math.floor(this.#clock.now() / 1000) + (durationS > 0 ? durationS : option.duration);
    return signToken(
      { ...claims, collectionId: record.collection.id, exp, id: record.id, type },
      `${record.data.tokenKey as string}${option.secret}`,
    );
  }

  async #verify(
    schema: Schema,
    token: string,
    claims: TokenClaims | null,
    type: TokenType,
  ): Promise<SignedToken | null> {
    if (claims === null || claims.type !== type) return null;
    const collection = schema.find(claims.collectionId);
    if (collection?.auth == null || collection.id !== claims.collectionId) return null;
    const record = await this.#records.find(collection, claims.id, { purpose: 'decide' });
    if (record === null) return null;
    const key = `${record.data.tokenKey as string}${collection.auth[optionOf[type]].secret}`;
    return isSignedWith(token, key) ? { claims, collection, record } : null;
  }
}
