import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Clock, systemClock } from '../../../util/clock.ts';
import { lowerAlphanumeric, randomString } from '../../../util/random.ts';
import { type MailDriver, MailError, type MailMessage } from '../driver.ts';

const filesMaxDefault = 1000;
const ending = '.eml';

/** How a folder of mails is kept. */
export interface MailFolderOptions {
  /** Mails kept; the oldest go first. Default 1000. */
  readonly filesMax?: number;
  /** Hears of every mail written, for a line in the log. */
  readonly onWritten?: (mail: { readonly to: string; readonly subject: string; readonly file: string }) => void;
  readonly clock?: Clock;
}

/**
 * Opens a folder that takes mails as `.eml` files, which every mail program opens. For development and for machines that send no mail.
 * Creates the folder when it is missing.
 */
export async function openMailFolder(folder: string, options: MailFolderOptions = {}): Promise<MailFolder> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return new MailFolder(folder, options);
}

/** Mails as files, named so that byte order is the order of writing. */
export class MailFolder implements MailDriver {
  readonly #folder: string;
  readonly #options: MailFolderOptions;
  #isClosed = false;

  constructor(folder: string, options: MailFolderOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  async send(message: MailMessage): Promise<void> {
    if (this.#isClosed) throw new MailError('unavailable', 'The mail folder is closed.');
    const { clock = systemClock, onWritten } = this.#options;
    const date = new Date(clock.now());
    const content = await compose(message, date);
    const stamp = date.toISOString().replaceAll(/[-:.]/g, '');
    const file = path.join(this.#folder, `${stamp}-${randomString(6, lowerAlphanumeric)}${ending}`);
    try {
      await writeWhole(file, content);
      await this.#trim();
    } catch (error) {
      throw new MailError('unavailable', 'The mail could not be written.', error);
    }
    onWritten?.({ to: message.to.address, subject: message.subject, file });
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  async #trim(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith(ending)).toSorted();
    const surplus = names.length - (this.#options.filesMax ?? filesMaxDefault);
    for (const name of names.slice(0, Math.max(0, surplus))) await rm(path.join(this.#folder, name), { force: true });
  }
}

async function compose(message: MailMessage, date: Date): Promise<Buffer> {
  // Loaded with the first mail: it costs memory and start-up time.
  const { default: nodemailer } = await import('nodemailer');
  const transport = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const info = await transport.sendMail({
    ...message,
    date,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return info.message as Buffer;
}

async function writeWhole(file: string, content: Buffer): Promise<void> {
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
