import { Semaphore } from '../../util/async.ts';
import { randomInteger } from '../../util/random.ts';
import { sleep } from '../../util/sleep.ts';
import { type MailDriver, MailError, type MailMessage } from './driver.ts';

export { type MailDriver, MailError, type MailMessage } from './driver.ts';

const sendingMax = 4;
const waitingMax = 500;
const attemptsMax = 3;
const pauseMs = 500;
const addressLengthMax = 254;
const lineLengthMax = 998;
const bodyLengthMax = 1024 * 1024;

/**
 * Sends mails for everyone: checks them, sends a few at a time, and tries again (up to three times in all) when the way out was not
 * available.
 *
 * @example
 * await mail.send({ from, to: { name: '', address: 'ann@example.com' }, subject: 'Welcome', html: '<p>Hello</p>', text: 'Hello' });
 */
export class Mail implements AsyncDisposable {
  readonly #driver: MailDriver;
  readonly #sending = new Semaphore('mail', { concurrencyMax: sendingMax, queueMax: waitingMax });
  readonly #closing = new AbortController();

  constructor(driver: MailDriver) {
    this.#driver = driver;
  }

  /**
   * Resolves when the mail is handed over. Rejects with `MailError` (`refused` also for a malformed message), or
   * `QueueFullError` when 500 wait already.
   */
  async send(message: MailMessage): Promise<void> {
    checkMessage(message);
    await this.#sending.run(() => this.#deliver(message));
  }

  /** Mails in flight are finished; those between two attempts are given up. */
  close(): Promise<void> {
    this.#closing.abort();
    return this.#driver.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #deliver(message: MailMessage): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#driver.send(message);
      } catch (error) {
        const isFinal = !(error instanceof MailError && error.kind === 'unavailable') || attempt >= attemptsMax;
        if (isFinal || this.#closing.signal.aborted) throw error;
      }
      await sleep(randomInteger(pauseMs * 2 ** attempt), this.#closing.signal).catch(() => undefined);
    }
  }
}

function checkMessage(message: MailMessage): void {
  for (const { name, address } of [message.from, message.to]) {
    if (address.length > addressLengthMax || !/^[^\s<>,;:"\p{Cc}@]+@[^\s<>,;:"\p{Cc}@]+$/u.test(address)) {
      throw new MailError('refused', 'A mail address is malformed.');
    }
    checkLine(name);
  }
  checkLine(message.subject);
  if (message.html.length > bodyLengthMax || message.text.length > bodyLengthMax) {
    throw new MailError('refused', 'The mail is too long.');
  }
}

/** A line break in a header would let its author write headers of their own. */
function checkLine(text: string): void {
  if (text.length > lineLengthMax || /\p{Cc}/u.test(text))
    throw new MailError('refused', 'A mail header is malformed.');
}
