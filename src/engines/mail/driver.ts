/** One mail to one reader. */
export interface MailMessage {
  readonly from: { readonly name: string; readonly address: string };
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly html: string;
  /** Plain text form. */
  readonly text: string;
}

/**
 * Sends mails. `send` resolves when the mail is handed over for good and rejects otherwise; it never retries. Rejects with
 * `MailError` where it knows why; any other error counts as one that trying again does not mend.
 */
export interface MailDriver {
  send(message: MailMessage): Promise<void>;
  close(): Promise<void>;
}

/** A mail was not handed over. `refused`: the same mail will be refused again; `unavailable`: it may be taken later. */
export class MailError extends Error {
  readonly kind: 'refused' | 'unavailable';

  constructor(kind: 'refused' | 'unavailable', message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'MailError';
    this.kind = kind;
  }
}
