import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { testMailDriver } from '../../src/engines/mail/contract.ts';
import { openMailFolder } from '../../src/engines/mail/folder/folder.ts';
import { Mail, MailError, type MailMessage } from '../../src/engines/mail/mail.ts';

async function makeParent(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'pando-mail-'));
}

async function readMails(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).toSorted();
  return Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')));
}

testMailDriver('folder', async () => {
  const parent = await makeParent();
  return {
    open: () => openMailFolder(path.join(parent, 'mails')),
    openMissing: async () => {
      const gone = path.join(parent, 'gone');
      const driver = await openMailFolder(gone);
      await rm(gone, { recursive: true });
      return driver;
    },
    received: () => readMails(path.join(parent, 'mails')),
    destroy: () => rm(parent, { recursive: true }),
  };
});

const message: MailMessage = {
  from: { name: 'Grove', address: 'grove@example.com' },
  to: { name: 'Ann', address: 'ann@example.com' },
  subject: 'Hello',
  html: '<p>Hello</p>',
  text: 'Hello',
};

describe('mail', () => {
  it('writes private files, tells of each, and keeps the newest', async () => {
    const parent = await makeParent();
    const told: string[] = [];
    let now = Date.UTC(2026, 0, 1);
    const driver = await openMailFolder(parent, {
      filesMax: 2,
      onWritten: ({ to, subject }) => void told.push(`${to} ${subject}`),
      clock: { now: () => (now += 1000) },
    });
    await using mail = new Mail(driver);
    for (const subject of ['one', 'two', 'three']) await mail.send({ ...message, subject });
    assert.deepEqual(told, ['ann@example.com one', 'ann@example.com two', 'ann@example.com three']);
    const names = (await readdir(parent)).toSorted();
    assert.match(names[0]!, /^20260101T000002000Z-[a-z0-9]{6}\.eml$/);
    assert.equal(names.length, 2);
    assert.equal((await stat(path.join(parent, names[0]!))).mode & 0o777, 0o600);
    assert.match((await readMails(parent))[1]!, /^Subject: three\r$/m);
    await rm(parent, { recursive: true });
  });

  it('refuses what would write headers of its own', async () => {
    const parent = await makeParent();
    await using mail = new Mail(await openMailFolder(parent));
    const bad: Partial<MailMessage>[] = [
      { subject: 'Hello\r\nBcc: all@example.com' },
      { to: { name: 'x\nBcc: all@example.com', address: 'ann@example.com' } },
      { to: { name: '', address: 'ann@example.com\r\nBcc: all@example.com' } },
      { to: { name: '', address: 'ann@example.com, bob@example.com' } },
      { to: { name: '', address: '' } },
      { from: { name: '', address: 'a@b@c' } },
      { html: 'x'.repeat(2 ** 20 + 1) },
    ];
    for (const change of bad) {
      await assert.rejects(mail.send({ ...message, ...change }), { name: 'MailError', kind: 'refused' });
    }
    assert.deepEqual(await readdir(parent), []);
    await rm(parent, { recursive: true });
  });

  it('tries again only when the way out was not available, three times in all', async () => {
    const outcomes: ('unavailable' | 'refused' | 'ok')[] = [];
    let sends = 0;
    const mail = new Mail({
      send: async () => {
        sends++;
        const outcome = outcomes.shift() ?? 'ok';
        if (outcome !== 'ok') throw new MailError(outcome, outcome);
      },
      close: async () => undefined,
    });
    outcomes.push('unavailable');
    await mail.send(message);
    assert.equal(sends, 2);
    outcomes.push('refused');
    await assert.rejects(mail.send(message), { kind: 'refused' });
    assert.equal(sends, 3);
    outcomes.push('unavailable', 'unavailable', 'unavailable', 'ok');
    await assert.rejects(mail.send(message), { kind: 'unavailable' });
    assert.equal(sends, 6);
    await mail.close();
  });
});
