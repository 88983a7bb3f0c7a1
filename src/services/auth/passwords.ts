import { unavailable } from '../../model/errors.ts';
import { QueueFullError, Semaphore } from '../../util/async.ts';

/** argon2id, 19 MiB, two passes, one lane: the OWASP password storage minimum. */
const argon2Options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** A hash that no password has, so that an unknown user costs the same time as a known one. */
const dummyHash = '$argon2id$v=19$m=19456,t=2,p=1$cGFuZG8gZHVtbXkgc2FsdA$2yWkWxIrrR0FLd3tiOrgH0Ksq8UhT3bHVyTKfTzcIGE';

/** bcrypt looks at so many bytes of a password and no further: a longer one would be another one's beginning. */
const bcryptBytesMax = 72;

/** The work of hashing, bounded for the whole process. Rejects with `QueueFullError` when too many hashes wait. */
export interface Hashing {
  /** A new argon2id hash. */
  hash(password: string): Promise<string>;
  /** True when `password` is the one behind `hash` (argon2id or bcrypt). An empty hash matches nothing, in the same time. */
  matches(hash: string, password: string): Promise<boolean>;
}

/**
 * Hashes off the event loop, a few at a time: the thread pool that hashes is also the one that syncs the database's log, and it must
 * never be full of hashing.
 */
export class BoundedHashing implements Hashing {
  readonly #slots: Semaphore;

  /**
   * @param concurrencyMax hashes at the same time
   * @param queueMax hashes that may wait
   */
  constructor(concurrencyMax: number, queueMax: number) {
    this.#slots = new Semaphore('password hashing', { concurrencyMax, queueMax });
  }

  hash(password: string): Promise<string> {
    return this.#slots.run(async () => (await argon2()).hash(password, argon2Options));
  }

  matches(hash: string, password: string): Promise<boolean> {
    return this.#slots.run(async () => {
      try {
        if (isBcrypt(hash)) {
          const isSame = await (await bcrypt()).verify(password, hash);
          return isSame && Buffer.byteLength(password) <= bcryptBytesMax;
        }
        const isSame = await (await argon2()).verify(hash === '' ? dummyHash : hash, password);
        return isSame && hash !== '';
      } catch {
        return false;
      }
    });
  }
}

/** Hashes and checks passwords; says 503 when too many wait. */
export class PasswordHasher {
  readonly #hashing: Hashing;

  constructor(hashing: Hashing) {
    this.#hashing = hashing;
  }

  /** A new argon2id hash. */
  hash(password: string): Promise<string> {
    return this.#run(() => this.#hashing.hash(password));
  }

  /** True when `password` is the one behind `hash` (argon2id, or the bcrypt of imported users). An empty hash matches nothing, in the same time. */
  verify(hash: string, password: string): Promise<boolean> {
    return this.#run(() => this.#hashing.matches(hash, password));
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
      return await work();
    } catch (error) {
      if (error instanceof QueueFullError) throw unavailable('Too many sign-ins at the moment, please try again.');
      throw error;
    }
  }
}

function isBcrypt(hash: string): boolean {
  return hash.startsWith('$2');
}

// Loaded when somebody signs in: 7 MB that a server without accounts does not need.
const argon2 = () => import('@node-rs/argon2');
const bcrypt = () => import('@node-rs/bcrypt');
