import { ErrorCollector } from '../error-data.ts';
import type { ErrorData } from '../errors.ts';
import { createFailure } from '../validation.ts';

/** Options that allow or forbid domains. */
interface DomainOptions {
  readonly exceptDomains: readonly string[] | null;
  readonly onlyDomains: readonly string[] | null;
}

/** True when the options allow the domain; compared as it is written. */
export function isDomainAllowed(options: DomainOptions, domain: string): boolean {
  const { exceptDomains, onlyDomains } = options;
  if (onlyDomains !== null && onlyDomains.length > 0 && !onlyDomains.includes(domain)) return false;
  return exceptDomains === null || !exceptDomains.includes(domain);
}

const domain = /^(?=.{1,255}$)(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,63}$/;

/** True for a name of at least two labels whose last one has letters only: `example.com`. */
function isDomain(text: string): boolean {
  return domain.test(text);
}

/** Checks that at most one of the lists is used and that their members are domains. */
export function validateDomainOptions(options: DomainOptions): ErrorData {
  const errors = new ErrorCollector();
  const isBoth = hasMembers(options.exceptDomains) && hasMembers(options.onlyDomains);
  for (const key of ['exceptDomains', 'onlyDomains'] as const) {
    if (isBoth) errors.add(key, createFailure('validation_empty'));
    else errors.add(key, validateDomains(options[key] ?? []));
  }
  return errors.data;
}

function hasMembers(list: readonly string[] | null): boolean {
  return list !== null && list.length > 0;
}

function validateDomains(domains: readonly string[]): ErrorData {
  const errors = new ErrorCollector();
  domains.forEach((text, index) => {
    if (text !== '' && !isDomain(text)) errors.add(index, createFailure('validation_is_domain'));
  });
  return errors.data;
}
