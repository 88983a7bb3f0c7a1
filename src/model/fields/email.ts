import { createFailure } from '../validation.ts';
import { textFromColumn, textToColumn, toText } from './convert.ts';
import { isDomainAllowed, validateDomainOptions } from './domains.ts';
import type { EmailField } from './field.ts';
import type { FieldType } from './field-type.ts';

/** Letters of other scripts, which the newer mail standards allow on both sides. */
const foreign = '\\u00A0-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFEF';
const letter = `A-Za-z${foreign}`;
const inner = `[\\w.~${foreign}-]`;
const localPart = new RegExp(`^[\\w!#$%&'*+/=?^\`{|}~${foreign}-]+$`);
const label = new RegExp(`^[0-9${letter}](?:${inner}*[0-9${letter}])?$`);
const lastLabel = new RegExp(`^[${letter}](?:${inner}*[${letter}])?$`);

/** Longer addresses than any server takes; what is longer is not looked at. */
const emailLengthMax = 1000;

/**
 * True for a mail address as forms accept it: dot-separated atoms, `@`, and a domain of at least two labels the last of which starts and
 * ends with a letter. No quoted local parts, no addresses in brackets.
 */
export function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@');
  if (at < 1 || text.length > emailLengthMax) return false;
  const domain = text
    .slice(at + 1)
    .replace(/\.$/, '')
    .split('.');
  const last = domain.pop()!;
  return (
    text
      .slice(0, at)
      .split('.')
      .every((atom) => localPart.test(atom)) &&
    domain.length > 0 &&
    domain.every((part) => label.test(part)) &&
    lastLabel.test(last)
  );
}

/** A mail address, kept as it is written: neither trimmed nor lower-cased. */
export const emailType: FieldType<EmailField> = {
  name: 'email',
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
    if (!isEmail(text)) return createFailure('validation_is_email');
    const domain = text.slice(text.lastIndexOf('@') + 1);
    return isDomainAllowed(field, domain) ? null : createFailure('validation_email_domain_not_allowed');
  },
  validateOptions: (field) => validateDomainOptions(field),
  modify: (_field, current) => current,
};
