/** One mail to one reader. */
export interface MailMessage {
  readonly from: { readonly name: string; readonly address: string };
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly html: string;
  /** Plain text form. */
  readonly text: string;
}

/** Sends mails. `send` resolves when the mail is handed over for good and rejects otherwise; it never retries. */
export interface MailDriver {
  send(message: MailMessage): Promise<void>;
  close(): Promise<void>;
}
