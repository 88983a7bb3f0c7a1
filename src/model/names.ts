import type { ErrorLeaf } from './errors.ts';
import { checkLength, createFailure } from './validation.ts';

/** The failure of a name of a collection or a field: empty, too long in bytes, not `^\w+$`, or with `_via_`, which means a back-relation. */
export function validateName(name: string, lengthMax: number): ErrorLeaf | null {
  if (name === '') return createFailure('validation_required');
  const length = checkLength(name, 1, lengthMax);
  if (length !== null) return length;
  if (!/^\w+$/.test(name)) return createFailure('validation_match_invalid');
  return name.toLowerCase().includes('_via_') ? createFailure('validation_found_via') : null;
}
