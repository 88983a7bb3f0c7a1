import type { JsonObject, JsonValue } from '../util/json.ts';
import { alphanumeric, randomString } from '../util/random.ts';
import type { AuthOptions, EmailTemplate } from './collection.ts';
import * as templates from './email-templates.ts';
import { bool, boolOrNull, integer, list, map, mergeShape, object, type Shape, text, textOrNull } from './shape.ts';

/** Length of the secrets that tokens are signed with. */
const secretLength = 50;

const token = object({ secret: text, duration: integer });
const template = object({ subject: text, body: text });

const provider = object({
  pkce: boolOrNull,
  name: text,
  clientId: text,
  clientSecret: text,
  authURL: text,
  tokenURL: text,
  userInfoURL: text,
  displayName: text,
  extra: map,
});

/** The options of auth collections, by key, in the order in which they are shown. */
const authShapes: { readonly [key in keyof AuthOptions]: Shape } = {
  authRule: textOrNull,
  manageRule: textOrNull,
  authAlert: object({ enabled: bool, emailTemplate: template }),
  oauth2: object({
    providers: list(provider),
    mappedFields: object({ id: text, name: text, username: text, avatarURL: text }),
    enabled: bool,
  }),
  passwordAuth: object({ enabled: bool, identityFields: list(text) }),
  mfa: object({ enabled: bool, duration: integer, rule: text }),
  otp: object({ enabled: bool, duration: integer, length: integer, emailTemplate: template }),
  authToken: token,
  passwordResetToken: token,
  emailChangeToken: token,
  verificationToken: token,
  fileToken: token,
  verificationTemplate: template,
  resetPasswordTemplate: template,
  confirmEmailChangeTemplate: template,
};

const authShape = object(authShapes);

/** The five kinds of tokens. */
export const tokenKeys = [
  'authToken',
  'passwordResetToken',
  'emailChangeToken',
  'verificationToken',
  'fileToken',
] as const satisfies readonly (keyof AuthOptions)[];

/** A new random secret to sign tokens with. */
export function createTokenSecret(): string {
  return randomString(secretLength, alphanumeric);
}

/** The options of a new auth collection. Secrets are empty until the collection is completed. */
export function createAuthOptions(): AuthOptions {
  const tokenOf = (duration: number): { secret: string; duration: number } => ({ secret: '', duration });
  const copyOf = (source: EmailTemplate): EmailTemplate => ({ ...source });
  return {
    authRule: '',
    manageRule: null,
    authAlert: { enabled: true, emailTemplate: copyOf(templates.authAlert) },
    oauth2: { providers: [], mappedFields: { id: '', name: '', username: '', avatarURL: '' }, enabled: false },
    passwordAuth: { enabled: true, identityFields: ['email'] },
    mfa: { enabled: false, duration: 600, rule: '' },
    otp: { enabled: false, duration: 180, length: 8, emailTemplate: copyOf(templates.otp) },
    authToken: tokenOf(432_000),
    passwordResetToken: tokenOf(1800),
    emailChangeToken: tokenOf(1800),
    verificationToken: tokenOf(86_400),
    fileToken: tokenOf(180),
    verificationTemplate: copyOf(templates.verification),
    resetPasswordTemplate: copyOf(templates.resetPassword),
    confirmEmailChangeTemplate: copyOf(templates.confirmEmailChange),
  };
}

/** Options with a change from outside merged onto them. @throws FormatError */
export function mergeAuthOptions(present: AuthOptions, change: JsonObject): AuthOptions {
  return mergeShape(authShape, authToJson(present), change, '') as unknown as AuthOptions;
}

/** The options with everything in them, secrets too: for the store, never for an answer. */
export function authToJson(auth: AuthOptions): JsonObject {
  return auth as unknown as JsonObject;
}

/** The options as clients see them: without the tokens' secrets and the providers' client secrets. */
export function authToPublicJson(auth: AuthOptions): JsonObject {
  const json: { [key: string]: JsonValue } = {};
  for (const key of Object.keys(authShapes)) json[key] = authToJson(auth)[key]!;
  for (const key of tokenKeys) json[key] = { duration: auth[key].duration };
  const { providers, mappedFields, enabled } = auth.oauth2;
  const publicProviders = providers.map(({ clientSecret: _secret, ...shown }) => shown as unknown as JsonObject);
  json['oauth2'] = { providers: publicProviders, mappedFields, enabled };
  return json;
}
