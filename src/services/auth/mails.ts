import type { Mail } from '../../engines/mail/mail.ts';
import type { EmailTemplate } from '../../model/collection.ts';
import type { Field } from '../../model/fields/field.ts';
import type { StoredRecord } from '../../model/record.ts';
import type { SettingsStore } from '../settings/settings-store.ts';

/** Fields whose values need no escaping in HTML. */
const plainTypes: ReadonlySet<Field['type']> = new Set(['number', 'bool', 'date', 'autodate']);

/** A header line holds 998 characters. */
const subjectLengthMax = 200;

/** Writes the mails of auth collections from their templates. */
export class AuthMails {
  readonly #mail: Mail;
  readonly #settings: SettingsStore;

  constructor(mail: Mail, settings: SettingsStore) {
    this.#mail = mail;
    this.#settings = settings;
  }

  /**
   * Sends `template` to a record (or another address). Placeholders: `{APP_NAME}`, `{APP_URL}`, `{RECORD:field}` for fields that are not
   * hidden, and those in `values`, as `{ TOKEN: '…' }`. The links' address comes from the settings, never from the request.
   */
  async send(
    record: StoredRecord,
    template: EmailTemplate,
    values: { readonly [name: string]: string },
    to?: string,
  ): Promise<void> {
    const { meta } = await this.#settings.read();
    const all = new Map<string, string>([
      ['APP_NAME', meta.appName],
      ['APP_URL', meta.appURL.replace(/\/+$/, '')],
      ...Object.entries(values),
    ]);
    for (const field of record.collection.fields) {
      if (!field.hidden && field.type !== 'password') all.set(`RECORD:${field.name}`, textOf(field, record));
    }
    const html = fill(template.body, all);
    await this.#mail.send({
      from: { name: meta.senderName, address: meta.senderAddress },
      to: { name: '', address: to ?? (record.data.email as string) },
      subject: fill(template.subject, all)
        .replace(/\p{Cc}+/gu, ' ')
        .slice(0, subjectLengthMax),
      html,
      text: plainText(html),
    });
  }
}

/** Replaces `{NAME}`; unknown names stay. A value is never looked at for placeholders again. */
function fill(template: string, values: ReadonlyMap<string, string>): string {
  return template.replace(/\{([A-Z_]+(?::\w+)?)\}/g, (whole, name: string) => values.get(name) ?? whole);
}

function textOf(field: Field, record: StoredRecord): string {
  const value = record.data[field.name];
  const text = typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
  return plainTypes.has(field.type) ? text : escapeHtml(text);
}

function escapeHtml(text: string): string {
  const entities: { readonly [letter: string]: string } = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&#34;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (letter) => entities[letter]!);
}

/** The words of an HTML mail with the addresses of its links, for readers without HTML. */
function plainText(html: string): string {
  return html
    .replace(/<a\b[^>]*\bhref="([^"]*)"[^>]*>([^<]*)<\/a>/gi, '$2 ($1)')
    .replace(/<br\s*\/?>|<\/(?:p|div|li|h\d)>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&#34;|&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')
    .replace(/[ \t]+/g, ' ')
    .replace(/\s*\n\s*/g, '\n')
    .trim();
}
