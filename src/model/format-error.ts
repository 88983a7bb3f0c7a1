/** JSON from outside that has a value of another kind than its key demands. */
export class FormatError extends Error {
  constructor(key: string) {
    super(`The value of ${key} has the wrong format.`);
    this.name = 'FormatError';
  }
}
