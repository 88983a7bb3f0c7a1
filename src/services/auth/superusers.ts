import { badRequest, notFound } from '../../model/errors.ts';
import { superusersName } from '../../model/collection-defaults.ts';
import type { StoredRecord } from '../../model/record.ts';
import type { Catalogue } from '../collections/catalogue.ts';
import { internalInfo } from '../records/rule-book.ts';
import type { RecordWrites } from '../records/writes.ts';
import { type AuthCollection, findAuthCollection } from './auth-collection.ts';
import type { SignIn } from './sign-in.ts';

/** Manages superusers from outside the API: for the command line, which has the data folder in its hands. */
export class Superusers {
  readonly #catalogue: Catalogue;
  readonly #signIn: SignIn;
  readonly #writes: RecordWrites;

  constructor(parts: { catalogue: Catalogue; signIn: SignIn; writes: RecordWrites }) {
    this.#catalogue = parts.catalogue;
    this.#signIn = parts.signIn;
    this.#writes = parts.writes;
  }

  /** Creates a superuser, or gives the existing one this password. Answers which of the two it was. Throws 400 for a bad address or password. */
  async upsert(email: string, password: string): Promise<'created' | 'updated'> {
    if ((await this.#find(email)) === null) {
      await this.create(email, password);
      return 'created';
    }
    await this.update(email, password);
    return 'updated';
  }

  /** Throws 400 when there is one with this address, or address or password are not acceptable. */
  async create(email: string, password: string): Promise<void> {
    const data = { email, password, passwordConfirm: password };
    await this.#writes.create(superusersName, internalInfo, () => Promise.resolve({ data, files: [] }));
  }

  /** Gives a superuser another password; all tokens of that superuser end. Throws 404. */
  async update(email: string, password: string): Promise<void> {
    const record = await this.#find(email);
    if (record === null) throw notFound(`There is no superuser ${email}.`);
    if (password === '') throw badRequest('A password must not be empty.');
    await this.#writes.change(await this.#catalogue.schema(), record, { password });
  }

  /** Removes a superuser. Throws 404, and 400 for the last one. */
  async delete(email: string): Promise<void> {
    const record = await this.#find(email);
    if (record === null) throw notFound(`There is no superuser ${email}.`);
    await this.#writes.delete(superusersName, record.id, internalInfo);
  }

  async #find(email: string): Promise<StoredRecord | null> {
    const collection: AuthCollection = findAuthCollection(await this.#catalogue.schema(), superusersName);
    return this.#signIn.findByValue(collection, 'email', email);
  }
}
