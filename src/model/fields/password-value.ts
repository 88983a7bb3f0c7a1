/**
 * A new password, not yet hashed. It never reaches a column, a log or an answer: it has no text form, and `toColumn` refuses it.
 */
export class PlainPassword {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The password itself, for the check and for the hash. */
  reveal(): string {
    return this.#text;
  }

  toJSON(): string {
    return '';
  }

  toString(): string {
    return '[password]';
  }
}
