import { badRequest, type ErrorLeaf } from '../../model/errors.ts';
import { isEmail } from '../../model/fields/email.ts';
import { createFailure } from '../../model/validation.ts';
import type { JsonObject } from '../../util/json.ts';

/** What a text of a form must be. */
export interface TextDemand {
  readonly required?: boolean;
  /** Bytes of UTF-8. */
  readonly lengthMax?: number;
  readonly email?: boolean;
  /** Empty text passes. */
  readonly oneOf?: readonly string[];
}

/** Reads the few values of an auth form and gathers everything that is wrong with them. */
export class FormErrors {
  readonly #body: JsonObject;
  readonly #errors: { [field: string]: ErrorLeaf } = Object.create(null) as { [field: string]: ErrorLeaf };

  constructor(body: JsonObject) {
    this.#body = body;
  }

  /** A text value; anything that is no text counts as missing, numbers as their digits. */
  text(field: string, demand: TextDemand): string {
    const raw = Object.hasOwn(this.#body, field) ? this.#body[field] : '';
    const text = typeof raw === 'string' ? raw : typeof raw === 'number' ? String(raw) : '';
    if (text === '') {
      if (demand.required === true) this.add(field, createFailure('validation_required'));
      return '';
    }
    const { lengthMax = 0 } = demand;
    if (lengthMax > 0 && Buffer.byteLength(text) > lengthMax) {
      this.add(field, createFailure('validation_length_out_of_range', { min: 1, max: lengthMax }));
    } else if (demand.email === true && !isEmail(text)) this.add(field, createFailure('validation_is_email'));
    else if (demand.oneOf !== undefined && !demand.oneOf.includes(text))
      this.add(field, createFailure('validation_in_invalid'));
    return text;
  }

  /** A whole number; missing counts as 0. */
  number(field: string, demand: { readonly min: number }): number {
    const raw = Object.hasOwn(this.#body, field) ? this.#body[field] : 0;
    const value = typeof raw === 'number' && Number.isInteger(raw) ? raw : 0;
    if (value < demand.min) {
      this.add(field, createFailure('validation_min_greater_equal_than_required', { threshold: demand.min }));
    }
    return value;
  }

  /** Notes a failure; the first one of a field stays. */
  add(field: string, error: ErrorLeaf): void {
    this.#errors[field] ??= error;
  }

  /** Throws 400 with everything noted so far, if anything was. */
  check(message: string): void {
    if (Object.keys(this.#errors).length > 0) throw badRequest(message, { ...this.#errors });
  }

  /** Notes a failure and throws. */
  fail(field: string, error: ErrorLeaf, message: string): never {
    this.add(field, error);
    throw badRequest(message, { ...this.#errors });
  }
}
