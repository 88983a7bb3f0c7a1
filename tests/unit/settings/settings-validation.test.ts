import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ErrorData } from '../../../src/model/errors.ts';
import { mergeSettings } from '../../../src/services/settings/settings-merge.ts';
import { validateSettings } from '../../../src/services/settings/settings-validation.ts';
import { defaultSettings } from '../../../src/services/settings/settings.ts';
import type { JsonObject } from '../../../src/util/json.ts';

/** The codes of what is wrong, by path. */
function codesOf(patch: JsonObject): { [path: string]: string } {
  return flatten(validateSettings(mergeSettings(defaultSettings, patch)));
}

function flatten(data: ErrorData, prefix = ''): { [path: string]: string } {
  return Object.entries(data).reduce<{ [path: string]: string }>((codes, [key, value]) => {
    const isLeaf = typeof value.code === 'string';
    return isLeaf
      ? { ...codes, [prefix + key]: value.code as string }
      : { ...codes, ...flatten(value as ErrorData, `${prefix}${key}.`) };
  }, {});
}

const rule = (label: string, audience = ''): JsonObject => ({ label, audience, duration: 1, maxRequests: 1 });
const withRules = (...rules: JsonObject[]): JsonObject => ({ rateLimits: { rules } });

const cases: readonly (readonly [name: string, patch: JsonObject, codes: { [path: string]: string }])[] = [
  ['nothing', {}, {}],
  ['days without logs', { logs: { maxDays: 0 } }, {}],
  [
    'an empty meta',
    { meta: { appName: '', appURL: '', senderName: '', senderAddress: '', accentColor: '' } },
    {
      'meta.appName': 'validation_required',
      'meta.appURL': 'validation_required',
      'meta.senderName': 'validation_required',
      'meta.senderAddress': 'validation_required',
    },
  ],
  [
    'a wrong meta',
    { meta: { appName: 'a'.repeat(256), appURL: 'x', senderAddress: 'nope', accentColor: '#12345G' } },
    {
      'meta.appName': 'validation_length_out_of_range',
      'meta.appURL': 'validation_is_url',
      'meta.senderAddress': 'validation_is_email',
      'meta.accentColor': 'validation_is_hex_color',
    },
  ],
  ['a short color', { meta: { accentColor: '#abc' } }, { 'meta.accentColor': 'validation_length_invalid' }],
  [
    'a mail server',
    { smtp: { enabled: true, host: '', port: 0, authMethod: 'FOO', localName: 'a b' } },
    {
      'smtp.enabled': 'validation_not_available',
      'smtp.host': 'validation_required',
      'smtp.port': 'validation_required',
      'smtp.authMethod': 'validation_in_invalid',
      'smtp.localName': 'validation_is_host',
    },
  ],
  [
    'a mail server that is off',
    { smtp: { host: '!!', port: -1 } },
    { 'smtp.host': 'validation_is_host', 'smtp.port': 'validation_min_greater_equal_than_required' },
  ],
  [
    'a bucket',
    { s3: { enabled: true } },
    {
      's3.enabled': 'validation_not_available',
      's3.endpoint': 'validation_required',
      's3.bucket': 'validation_required',
      's3.region': 'validation_required',
      's3.accessKey': 'validation_required',
      's3.secret': 'validation_required',
    },
  ],
  [
    'automatic backups',
    { backups: { cron: '0 0 * * *', cronMaxKeep: 0, s3: { endpoint: '!!' } } },
    {
      'backups.cron': 'validation_not_available',
      'backups.cronMaxKeep': 'validation_required',
      'backups.s3.endpoint': 'validation_is_url',
    },
  ],
  [
    'batches without limits',
    { batch: { enabled: true, maxRequests: 0, timeout: 0, maxBodySize: -1 } },
    {
      'batch.maxRequests': 'validation_required',
      'batch.timeout': 'validation_required',
      'batch.maxBodySize': 'validation_min_greater_equal_than_required',
    },
  ],
  [
    'a negative number of days',
    { logs: { maxDays: -1 } },
    { 'logs.maxDays': 'validation_min_greater_equal_than_required' },
  ],
  ['no rate limits', { rateLimits: { enabled: true, rules: [] } }, { 'rateLimits.rules': 'validation_required' }],
  ['an empty rate limit, put over the first default one', withRules({}), {}],
  [
    'a wrong rate limit',
    withRules({ label: 'a b', audience: 'x', duration: 0, maxRequests: -1 }),
    {
      'rateLimits.rules.0.label': 'validation_match_invalid',
      'rateLimits.rules.0.audience': 'validation_in_invalid',
      'rateLimits.rules.0.duration': 'validation_required',
      'rateLimits.rules.0.maxRequests': 'validation_min_greater_equal_than_required',
    },
  ],
  [
    'the same rate limit twice',
    withRules(rule('x', '@guest'), rule('x', '@auth'), rule('x')),
    { 'rateLimits.rules.2.label': 'validation_conflicting_rate_limit_rule' },
  ],
  [
    'addresses',
    {
      superuserIPs: ['10.0.0.1', '10.0.0.0/8', '::1/128', ''],
      rateLimits: { excludedIPs: ['zz', '::1/200', '1.2.3.4/33'] },
    },
    {
      'superuserIPs.3': 'validation_required',
      'rateLimits.excludedIPs.0': 'validation_invlaid_ip_or_subnet',
      'rateLimits.excludedIPs.1': 'validation_invlaid_ip_or_subnet',
      'rateLimits.excludedIPs.2': 'validation_invlaid_ip_or_subnet',
    },
  ],
  [
    'lists without end',
    { trustedProxy: { headers: Array<string>(101).fill('a') }, superuserIPs: Array<string>(1001).fill('1.1.1.1') },
    { 'trustedProxy.headers': 'validation_length_too_long', superuserIPs: 'validation_length_too_long' },
  ],
];

describe('settings, checked', () => {
  for (const [name, patch, codes] of cases) {
    it(name, () => assert.deepEqual(codesOf(patch), codes));
  }

  const good = [
    '*:list',
    'users:create',
    'GET /a/b',
    'get /a',
    'POST /',
    'FOO /a/',
    '/a',
    '/a-b/',
    '/',
    'word',
    '*:foo_bar',
  ];
  const bad = [
    'GET  /a',
    'a b',
    'ab:cd:ef',
    '*',
    'users:',
    ':x',
    '/a b',
    'FOO a',
    'a-b',
    '/ä',
    'GET /a?x=1',
    '/{a}',
    '/a*',
    '*:@x',
  ];
  for (const label of good) it(`the label "${label}"`, () => assert.deepEqual(codesOf(withRules(rule(label))), {}));
  for (const label of bad) {
    it(`not the label "${label}"`, () => {
      assert.deepEqual(codesOf(withRules(rule(label))), { 'rateLimits.rules.0.label': 'validation_match_invalid' });
    });
  }
});
