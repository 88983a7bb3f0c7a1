import { isIP } from 'node:net';
import { ErrorCollector } from '../../model/error-data.ts';
import type { ErrorData, ErrorLeaf } from '../../model/errors.ts';
import { isEmail } from '../../model/fields/email.ts';
import { isUrl } from '../../model/fields/url.ts';
import { checkLength, checkRange, createFailure } from '../../model/validation.ts';
import { ipRangesMax, isIpRange } from './ip-ranges.ts';
import type { RateLimitRule, S3Settings, Settings } from './settings.ts';

/** Rate limit rules and names of proxy headers that settings hold at most. */
const rulesMax = 1000;
const headersMax = 100;
const textLengthMax = 255;

const audiences: readonly string[] = ['', '@guest', '@auth'];
const authMethods: readonly string[] = ['', 'PLAIN', 'LOGIN'];

/** A method and a path, a path, a collection (or all) and a tag, or a word. Paths that end in a slash are prefixes. */
const rateLimitLabel = /^(?:\w+ \/[\w/-]*|\/[\w/-]*|(?:\w+|\*):\w+|\w+)$/;

const hostLabel = /^[A-Za-z0-9_](?:[\w-]{0,61}[A-Za-z0-9_])?$/;
const hostLengthMax = 255;

/** What is wrong with settings, nested as they are; empty when nothing is. */
export function validateSettings(settings: Settings): ErrorData {
  return new ErrorCollector()
    .add('superuserIPs', checkIps(settings.superuserIPs))
    .add('smtp', checkSmtp(settings.smtp))
    .add('backups', checkBackups(settings.backups))
    .add('s3', checkS3(settings.s3))
    .add('meta', checkMeta(settings.meta))
    .add('rateLimits', checkRateLimits(settings.rateLimits))
    .add('trustedProxy', checkTrustedProxy(settings.trustedProxy))
    .add('batch', checkBatch(settings.batch))
    .add('logs', new ErrorCollector().add('maxDays', checkRange(settings.logs.maxDays, 0, Infinity)).data).data;
}

function checkMeta(meta: Settings['meta']): ErrorData {
  return new ErrorCollector()
    .add('appName', checkName(meta.appName))
    .add('appURL', required(meta.appURL) ?? checkUrl(meta.appURL))
    .add('senderName', checkName(meta.senderName))
    .add('senderAddress', required(meta.senderAddress) ?? unless(isEmail(meta.senderAddress), 'validation_is_email'))
    .add('accentColor', checkColor(meta.accentColor)).data;
}

function checkSmtp(smtp: Settings['smtp']): ErrorData {
  return new ErrorCollector()
    .add('enabled', smtp.enabled ? createFailure('validation_not_available') : null)
    .add('host', (smtp.enabled ? required(smtp.host) : null) ?? checkHost(smtp.host))
    .add('port', (smtp.enabled ? required(smtp.port) : null) ?? checkRange(smtp.port, 0, Infinity))
    .add('authMethod', unless(authMethods.includes(smtp.authMethod), 'validation_in_invalid'))
    .add('localName', checkHost(smtp.localName)).data;
}

function checkBackups(backups: Settings['backups']): ErrorData {
  const isScheduled = backups.cron !== '';
  return new ErrorCollector()
    .add('cron', isScheduled ? createFailure('validation_not_available') : null)
    .add('cronMaxKeep', (isScheduled ? required(backups.cronMaxKeep) : null) ?? checkRange(backups.cronMaxKeep, 1, 1e6))
    .add('s3', checkS3(backups.s3)).data;
}

function checkS3(s3: S3Settings): ErrorData {
  const wanted = (text: string): ErrorLeaf | null => (s3.enabled ? required(text) : null);
  return new ErrorCollector()
    .add('enabled', s3.enabled ? createFailure('validation_not_available') : null)
    .add('endpoint', wanted(s3.endpoint) ?? checkUrl(s3.endpoint))
    .add('bucket', wanted(s3.bucket))
    .add('region', wanted(s3.region))
    .add('accessKey', wanted(s3.accessKey))
    .add('secret', wanted(s3.secret)).data;
}

function checkBatch(batch: Settings['batch']): ErrorData {
  const check = (value: number): ErrorLeaf | null =>
    (batch.enabled ? required(value) : null) ?? checkRange(value, 0, Infinity);
  return new ErrorCollector()
    .add('maxRequests', check(batch.maxRequests))
    .add('timeout', check(batch.timeout))
    .add('maxBodySize', checkRange(batch.maxBodySize, 0, Infinity)).data;
}

function checkTrustedProxy({ headers }: Settings['trustedProxy']): ErrorData {
  return new ErrorCollector().add('headers', checkCount(headers, headersMax)).data;
}

function checkRateLimits({ enabled, excludedIPs, rules }: Settings['rateLimits']): ErrorData {
  const problems = new ErrorCollector();
  const isMissing = enabled && rules.length === 0;
  problems.add('rules', isMissing ? createFailure('validation_required') : checkCount(rules, rulesMax));
  if (!problems.has('rules')) problems.add('rules', checkRules(rules));
  return problems.add('excludedIPs', checkIps(excludedIPs)).data;
}

function checkRules(rules: readonly RateLimitRule[]): ErrorData {
  const problems = new ErrorCollector();
  rules.forEach((rule, index) => problems.add(index, checkRule(rule)));
  if (problems.has()) return problems.data;
  // Two rules of one label must not both be meant for the same client.
  const audiencesOf = new Map<string, string[]>();
  rules.forEach(({ label, audience }, index) => {
    const earlier = audiencesOf.get(label) ?? [];
    const isConflict = earlier.some((other) => other === '' || audience === '' || other === audience);
    if (isConflict) problems.add(index, { label: createFailure('validation_conflicting_rate_limit_rule', { label }) });
    audiencesOf.set(label, [...earlier, audience]);
  });
  return problems.data;
}

function checkRule({ label, audience, duration, maxRequests }: RateLimitRule): ErrorData {
  return new ErrorCollector()
    .add('label', required(label) ?? unless(rateLimitLabel.test(label), 'validation_match_invalid'))
    .add('audience', unless(audiences.includes(audience), 'validation_in_invalid'))
    .add('duration', required(duration) ?? checkRange(duration, 1, Infinity))
    .add('maxRequests', required(maxRequests) ?? checkRange(maxRequests, 1, Infinity)).data;
}

function checkIps(entries: readonly string[]): ErrorLeaf | ErrorData | null {
  const problems = new ErrorCollector();
  entries.forEach((entry, index) =>
    problems.add(index, required(entry) ?? unless(isIpRange(entry), 'validation_invlaid_ip_or_subnet')),
  );
  return checkCount(entries, ipRangesMax) ?? problems.data;
}

function checkName(name: string): ErrorLeaf | null {
  return required(name) ?? checkLength(name, 1, textLengthMax);
}

function checkUrl(url: string): ErrorLeaf | null {
  return unless(url === '' || isUrl(url), 'validation_is_url');
}

function checkColor(color: string): ErrorLeaf | null {
  const isColor = color === '' || /^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(color);
  return checkLength(color, 7, 7) ?? unless(isColor, 'validation_is_hex_color');
}

function checkHost(host: string): ErrorLeaf | null {
  const isName =
    host.length <= hostLengthMax &&
    host
      .replace(/\.$/, '')
      .split('.')
      .every((part) => hostLabel.test(part));
  return unless(host === '' || isIP(host) !== 0 || isName, 'validation_is_host');
}

function checkCount(list: readonly unknown[], max: number): ErrorLeaf | null {
  return list.length > max ? createFailure('validation_length_too_long', { min: 0, max }) : null;
}

function required(value: string | number): ErrorLeaf | null {
  return value === '' || value === 0 ? createFailure('validation_required') : null;
}

function unless(isGood: boolean, code: Parameters<typeof createFailure>[0]): ErrorLeaf | null {
  return isGood ? null : createFailure(code);
}
