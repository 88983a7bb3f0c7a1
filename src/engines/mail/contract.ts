import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { MailError, type MailDriver, type MailMessage } from './driver.ts';

/** A way out for mails whose other end can be looked at. */
export interface MailTarget {
  open(): Promise<MailDriver>;
  /** A driver whose way out is not there: sending must reject as `unavailable`. */
  openMissing(): Promise<MailDriver>;
  /** The raw text of every mail that came out, in any order. */
  received(): Promise<string[]>;
  destroy(): Promise<void>;
}

const message: MailMessage = {
  from: { name: 'Déjà "Vu"', address: 'from@example.com' },
  to: { name: '', address: 'to@example.com' },
  subject: 'Grüße an \u{1F333} und einen recht langen Betreff, der umbrochen werden muss, weil er so lang ist',
  html: '<p>.\r\n.leading dots\r\nund Grüße</p>',
  text: '.\r\n.leading dots\r\nund Grüße',
};

/** Registers the tests that every mail driver must pass. */
export function testMailDriver(name: string, create: () => Promise<MailTarget>): void {
  describe(`mail driver contract: ${name}`, () => {
    let target: MailTarget;
    let mail: MailDriver;
    before(async () => {
      target = await create();
      mail = await target.open();
    });
    after(async () => {
      await mail.close();
      await mail.close();
      await target.destroy();
    });

    it('hands over a mail with both forms and encoded headers', async () => {
      await mail.send(message);
      const [raw] = await target.received();
      assert.match(raw!, /^To: to@example\.com\r?$/m);
      assert.match(raw!, /^From: .*<from@example\.com>\r?$/m);
      assert.match(raw!, /^Content-Type: multipart\/alternative/m);
      assert.match(raw!, /^Content-Type: text\/plain/m);
      assert.match(raw!, /^Content-Type: text\/html/m);
      assert.match(raw!, /^Subject: =\?UTF-8\?/m);
      assert.match(raw!, /^Message-ID: <.+>\r?$/im);
      assert.match(raw!, /^Date: .+\r?$/m);
      // Headers are plain ASCII.
      assert.match(raw!.slice(0, raw!.search(/\r?\n\r?\n/)), /^[\x20-\x7e\r\n\t]*$/);
    });

    it('takes many at once, each one once', async () => {
      const earlier = (await target.received()).length;
      await Promise.all(Array.from({ length: 20 }, (_, i) => mail.send({ ...message, subject: `number ${i}` })));
      const mails = (await target.received()).slice(0);
      assert.equal(mails.length - earlier, 20);
      for (let i = 0; i < 20; i++) {
        assert.equal(mails.filter((raw) => new RegExp(`^Subject: number ${i}\r?$`, 'm').test(raw)).length, 1);
      }
    });

    it('rejects by name when there is no way out', async () => {
      const missing = await target.openMissing();
      await assert.rejects(
        missing.send(message),
        (error) => error instanceof MailError && error.kind === 'unavailable',
      );
      await missing.close();
    });

    it('sends nothing after closing', async () => {
      const other = await target.open();
      await other.close();
      await assert.rejects(other.send(message), MailError);
    });
  });
}
