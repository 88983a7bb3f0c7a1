import { isIPv4, isIPv6 } from 'node:net';
import { countCodePoints, textFromColumn, textToColumn, toText } from './convert.ts';
import { createFailure } from '../validation.ts';
import { isDomainAllowed, validateDomainOptions } from './domains.ts';
import type { UrlField } from './field.ts';
import type { FieldType } from './field-type.ts';

const lengthMin = 4;
const lengthMax = 2082;

/** Scheme, user, host in brackets or not, port, rest: every part bounded, none overlapping with its neighbour. */
const parts =
  /^(?:(?<scheme>https?|ftp|tcp|udp|wss?):\/\/)?(?:(?<user>[^ /?#]+)@)?(?:\[(?<address>[0-9A-Fa-f:.]+)\]|(?<host>[^ /?#@:[\]]+))(?::(?<port>\d{1,5}))?(?<rest>[/?#][^ ]*)?$/;

const label = /^[A-Za-z0-9\u00a1-\uffff](?:[\w\u00a1-\uffff-]*[A-Za-z0-9\u00a1-\uffff])?$/;

/**
 * True for an address as forms accept it: an optional scheme (http, https, ftp, tcp, udp, ws, wss; lower case), optional user, a host
 * name, IPv4 or [IPv6] address, optional port, path, query and fragment. Without scheme and port a name needs a dot.
 */
export function isUrl(text: string): boolean {
  const length = countCodePoints(text);
  if (length < lengthMin || length > lengthMax || hasControlCharacter(text)) return false;
  const groups = parts.exec(text)?.groups;
  if (groups === undefined || !hasGoodEscapes(groups['rest'] ?? '')) return false;
  if (groups['address'] !== undefined) return isIPv6(groups['address']);
  const host = groups['host']!;
  const isBare = groups['scheme'] === undefined && groups['port'] === undefined;
  return isHost(host) && (!isBare || host.includes('.'));
}

function isHost(host: string): boolean {
  const labels = host.replace(/\.$/, '').split('.');
  const isNumeric = labels.length > 1 && labels.every((part) => /^\d+$/.test(part));
  if (isNumeric) return isIPv4(host) && host !== '0.0.0.0';
  const isOddEnd = labels.length > 1 && labels.at(-1)!.includes('_');
  return !isOddEnd && labels.every((part) => label.test(part));
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || unit === 0x7f) return true;
  }
  return false;
}

/** A per cent sign in path and fragment has to start an escape; a query may hold any. */
function hasGoodEscapes(rest: string): boolean {
  const hash = rest.indexOf('#');
  const beforeHash = hash < 0 ? rest : rest.slice(0, hash);
  const path = beforeHash.split('?', 1)[0]!;
  const fragment = hash < 0 ? '' : rest.slice(hash);
  return !/%(?![0-9A-Fa-f]{2})/.test(path + fragment);
}

/** The host with its port, or `''` when there is no scheme that sets it apart. */
function hostOf(text: string): string {
  const match = /^[a-z]+:\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(text);
  return match?.[1] ?? '';
}

/** An address of a page or a service. */
export const urlType: FieldType<UrlField> = {
  name: 'url',
  options: { exceptDomains: 'textsOrNull', onlyDomains: 'textsOrNull', required: 'bool' },
  modifiers: [],
  zero: () => '',
  normalise: (_field, input) => toText(input),
  isEmpty: (_field, value) => value === '',
  toColumn: (_field, value) => textToColumn(value),
  fromColumn: (_field, column) => textFromColumn(column),
  validate: (field, value) => {
    const text = value as string;
    if (text === '') return field.required ? createFailure('validation_required') : null;
    if (!isUrl(text)) return createFailure('validation_invalid_url');
    return isDomainAllowed(field, hostOf(text)) ? null : createFailure('validation_url_domain_not_allowed');
  },
  validateOptions: (field) => validateDomainOptions(field),
  modify: (_field, current) => current,
};
