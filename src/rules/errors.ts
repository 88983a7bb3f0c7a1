/**
 * A rule, filter or sort text that cannot be used. `message` is the bare reason, without a final stop; the API decides
 * who may read it (superusers who save a rule may, clients who send a filter may not).
 */
export class RuleError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RuleError';
  }
}
