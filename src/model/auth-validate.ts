import { tokenKeys } from './auth-options.ts';
import type { AuthOptions, Collection, EmailTemplate, Oauth2Provider, TokenOptions } from './collection.ts';
import { ErrorCollector } from './error-data.ts';
import type { ErrorData, ErrorLeaf } from './errors.ts';
import { isUrl } from './fields/url.ts';
import { findUniqueIndex } from './index-definition.ts';
import { type CheckRule, validateRule, validateSystemRule } from './rule-validate.ts';
import { checkLength, checkRange, createFailure, createLeaf } from './validation.ts';

/** What auth options are checked against. */
export interface AuthContext {
  readonly checkRule: CheckRule;
  /** True when there is an OAuth2 provider of this name. */
  hasOauth2Provider(name: string): boolean;
}

const tokenSecondsMin = 10;
/** About three years. */
const tokenSecondsMax = 94_670_856;
const signInSecondsMin = 10;
const signInSecondsMax = 86_400;
const otpLengthMin = 4;
const secretLengthMin = 30;
const secretLengthMax = 255;

/** Checks the options that only auth collections have; failures by option. */
export function validateAuthOptions(next: Collection, previous: Collection | null, context: AuthContext): ErrorData {
  const auth = next.auth!;
  const before = previous?.auth;
  const errors = new ErrorCollector();
  errors.add('authRule', validateRule(auth.authRule, next, context.checkRule));
  errors.add('authRule', validateSystemRule(auth.authRule, before?.authRule, previous));
  errors.add('manageRule', auth.manageRule === '' ? createFailure('validation_nil_or_not_empty_required') : null);
  errors.add('manageRule', validateRule(auth.manageRule, next, context.checkRule));
  errors.add('manageRule', validateSystemRule(auth.manageRule, before?.manageRule, previous));
  errors.add('authAlert', nest('emailTemplate', validateTemplate(auth.authAlert.emailTemplate)));
  errors.add('passwordAuth', nest('identityFields', validateIdentities(next, auth)));
  errors.add('oauth2', nest('providers', auth.oauth2.enabled ? validateProviders(auth, context) : null));
  errors.add('mfa', validateMfa(next, auth, context.checkRule));
  errors.add('otp', validateOtp(auth));
  for (const key of tokenKeys) errors.add(key, validateToken(auth[key]));
  for (const key of ['verificationTemplate', 'resetPasswordTemplate', 'confirmEmailChangeTemplate'] as const) {
    errors.add(key, validateTemplate(auth[key]));
  }
  return errors.data;
}

/** One failure, or several, under a key; nothing for none. */
function nest(key: string, failure: ErrorLeaf | ErrorData | null): ErrorData {
  return new ErrorCollector().add(key, failure).data;
}

function validateTemplate(template: EmailTemplate): ErrorData {
  const errors = new ErrorCollector();
  if (template.subject === '') errors.add('subject', createFailure('validation_required'));
  if (template.body === '') errors.add('body', createFailure('validation_required'));
  return errors.data;
}

function validateToken(token: TokenOptions): ErrorData {
  const errors = new ErrorCollector();
  const { secret, duration } = token;
  const required = createFailure('validation_required');
  errors.add('secret', secret === '' ? required : checkLength(secret, secretLengthMin, secretLengthMax));
  errors.add('duration', duration === 0 ? required : checkRange(duration, tokenSecondsMin, tokenSecondsMax));
  return errors.data;
}

/** Who is found by a field has to be the only one with that value. */
function validateIdentities(next: Collection, auth: AuthOptions): ErrorLeaf | null {
  const { enabled, identityFields } = auth.passwordAuth;
  if (!enabled) return null;
  if (identityFields.length === 0) return createFailure('validation_required');
  for (const fieldName of identityFields) {
    if (!next.fields.some((field) => field.name === fieldName)) {
      return createLeaf('validation_missing_field', `Invalid or missing field ${fieldName}.`, { fieldName });
    }
    if (fieldName !== 'id' && findUniqueIndex(next.indexes, fieldName) === null) {
      return createFailure('validation_missing_unique_constraint', { fieldName });
    }
  }
  return null;
}

function validateProviders(auth: AuthOptions, context: AuthContext): ErrorData {
  const errors = new ErrorCollector();
  const names = new Set<string>();
  auth.oauth2.providers.forEach((provider, index) => {
    errors.add(index, validateProvider(provider, names, context));
    names.add(provider.name);
  });
  return errors.data;
}

function validateProvider(provider: Oauth2Provider, names: ReadonlySet<string>, context: AuthContext): ErrorData {
  const errors = new ErrorCollector();
  errors.add('name', validateProviderName(provider.name, names, context));
  for (const key of ['clientId', 'clientSecret'] as const) {
    if (provider[key] === '') errors.add(key, createFailure('validation_required'));
  }
  for (const key of ['authURL', 'tokenURL', 'userInfoURL'] as const) {
    if (provider[key] !== '' && !isUrl(provider[key])) errors.add(key, createFailure('validation_is_url'));
  }
  return errors.data;
}

function validateProviderName(name: string, names: ReadonlySet<string>, context: AuthContext): ErrorLeaf | null {
  if (name === '') return createFailure('validation_required');
  if (names.has(name)) return createFailure('validation_duplicated_provider', { name });
  if (context.hasOauth2Provider(name)) return null;
  return createLeaf('validation_missing_provider', `Invalid or missing provider with name ${name}.`, { name });
}

function validateMfa(next: Collection, auth: AuthOptions, checkRule: CheckRule): ErrorData {
  const errors = new ErrorCollector();
  const { enabled, duration, rule } = auth.mfa;
  const methods = [auth.passwordAuth.enabled, auth.oauth2.enabled, auth.otp.enabled].filter(Boolean).length;
  if (enabled && methods < 2) errors.add('enabled', createFailure('validation_mfa_not_enough_auths'));
  if (enabled) errors.add('duration', validateSeconds(duration));
  errors.add('rule', validateRule(rule, next, checkRule));
  return errors.data;
}

function validateOtp(auth: AuthOptions): ErrorData {
  const errors = new ErrorCollector();
  const { enabled, duration, length, emailTemplate } = auth.otp;
  if (enabled) {
    errors.add('duration', validateSeconds(duration));
    if (length === 0) errors.add('length', createFailure('validation_required'));
    errors.add('length', checkRange(length, otpLengthMin, Number.MAX_SAFE_INTEGER));
  }
  errors.add('emailTemplate', validateTemplate(emailTemplate));
  return errors.data;
}

function validateSeconds(seconds: number): ErrorLeaf | null {
  if (seconds === 0) return createFailure('validation_required');
  return checkRange(seconds, signInSecondsMin, signInSecondsMax);
}
