import type { Field } from './fields/field.ts';

/** What kind of collection this is. `view` collections are read-only results of a SELECT. */
export type CollectionType = 'base' | 'auth' | 'view';

/** The five rules of a collection: `null` = superusers only, `''` = anyone, text = a filter expression. */
export interface CollectionRules {
  readonly listRule: string | null;
  readonly viewRule: string | null;
  readonly createRule: string | null;
  readonly updateRule: string | null;
  readonly deleteRule: string | null;
}

/** Subject and body of a mail, with placeholders such as `{APP_NAME}` and `{RECORD:name}`. */
export interface EmailTemplate {
  readonly subject: string;
  readonly body: string;
}

/** How one kind of token is signed: secret (never serialised) and life time in seconds. */
export interface TokenOptions {
  readonly secret: string;
  readonly duration: number;
}

/** One configured OAuth2 provider; `clientSecret` is never serialised. */
export interface Oauth2Provider {
  readonly pkce: boolean | null;
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authURL: string;
  readonly tokenURL: string;
  readonly userInfoURL: string;
  readonly displayName: string;
  readonly extra: { readonly [key: string]: unknown } | null;
}

/** The options that only auth collections have. */
export interface AuthOptions {
  readonly authRule: string | null;
  readonly manageRule: string | null;
  readonly authAlert: { readonly enabled: boolean; readonly emailTemplate: EmailTemplate };
  readonly oauth2: {
    readonly enabled: boolean;
    readonly mappedFields: {
      readonly id: string;
      readonly name: string;
      readonly username: string;
      readonly avatarURL: string;
    };
    readonly providers: readonly Oauth2Provider[];
  };
  readonly passwordAuth: { readonly enabled: boolean; readonly identityFields: readonly string[] };
  readonly mfa: { readonly enabled: boolean; readonly duration: number; readonly rule: string };
  readonly otp: {
    readonly enabled: boolean;
    readonly duration: number;
    readonly length: number;
    readonly emailTemplate: EmailTemplate;
  };
  readonly authToken: TokenOptions;
  readonly passwordResetToken: TokenOptions;
  readonly emailChangeToken: TokenOptions;
  readonly verificationToken: TokenOptions;
  readonly fileToken: TokenOptions;
  readonly verificationTemplate: EmailTemplate;
  readonly resetPasswordTemplate: EmailTemplate;
  readonly confirmEmailChangeTemplate: EmailTemplate;
}

/**
 * A collection as the whole program sees it: immutable, complete, validated. `auth` is set exactly when `type` is
 * `'auth'`. The collection's name is also its table's name; a field's name is its column's name.
 */
export interface Collection extends CollectionRules {
  readonly id: string;
  readonly name: string;
  readonly type: CollectionType;
  readonly system: boolean;
  readonly fields: readonly Field[];
  /** Full `CREATE INDEX` texts. */
  readonly indexes: readonly string[];
  /** Stored date text, see `util/date.ts`. */
  readonly created: string;
  readonly updated: string;
  readonly auth: AuthOptions | null;
  /** The SELECT of a view collection, else `''`. */
  readonly viewQuery: string;
  /** Name of the single relation field whose record decides the bucket of this collection's records, else `''`. */
  readonly partitionBy: string;
}

/** Finds collections by id (exact) or name (any case). An immutable snapshot: it never changes while a request uses it. */
export interface Schema {
  /** A number that is different for every different set of collections. Caches of parsed rules may key on it. */
  readonly version: number;
  readonly all: readonly Collection[];
  find(nameOrId: string): Collection | undefined;
}
