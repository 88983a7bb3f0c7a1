import { hash as argon2Hash, verify as argon2Verify } from '@node-rs/argon2';
import { verify as bcryptVerify } from '@node-rs/bcrypt';
import { unavailable } from '../../model/errors.ts';
import { QueueFullError, type Slots } from '../../util/async.ts';

/** argon2id, 19 MiB, two passes, one lane: the OWASP password storage minimum. */
const argon2Options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** A hash that no password has, so that an unknown user costs the same time as a known one. */
const dummyHash = '$argon2id$v=19$m=19456,t=2,p=1$cGFuZG8gZHVtbXkgc2FsdA$2yWkWxIrrR0FLd3tiOrgH0Ksq8UhT3bHVyTKfTzcIGE';

/**
 * Hashes and checks passwords off the event loop, a few at a time: the thread pool that hashes is also the one that syncs
 * the database's log, and it must never be full of hashing.
 */
export class PasswordHasher {
  readonly #slots: Slots;

  /** @param slots the hashes of the whole process; what finds no place is refused with 503 */
  constructor(slots: Slots) {
    this.#slots = slots;
  }

  /** A new argon2id hash. */
  hash(password: string): Promise<string> {
    return this.#run(() => argon2Hash(password, argon2Options));
  }

  /** True when `password` is the one behind `hash` (argon2id, or the bcrypt of imported users). An empty hash matches nothing, in the same time. */
  async verify(hash: string, password: string): Promise<boolean> {
    return this.#run(async () => {
      try {
        if (isBcrypt(hash)) return await bcryptVerify(password, hash);
        const matches = await argon2Verify(hash === '' ? dummyHash : hash, password);
        return matches && hash !== '';
      } catch {
        return false;
      }
    });
  }

  /** Takes the time of a check; for users that do not exist. */
  async verifyNothing(password: string): Promise<void> {
    await this.verify('', password);
  }

  /** True for hashes that a successful login should replace. */
  isOutdated(hash: string): boolean {
    return isBcrypt(hash);
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.#slots.run(work);
    } catch (error) {
      if (error instanceof QueueFullError) throw unavailable('Too many sign-ins at the moment, please try again.');
      throw error;
    }
  }
}

function isBcrypt(hash: string): boolean {
  return hash.startsWith('$2');
}
