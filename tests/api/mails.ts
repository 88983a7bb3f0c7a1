import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { World } from '../../src/testing/world.ts';

/** A mail as it was written. */
export interface WrittenMail {
  /** The whole file as text. */
  readonly raw: string;
  /** Header values by name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  readonly html: string;
}

const waitMs = 5_000;

/** All mails that a server has written, oldest first. */
export async function readMails(world: World): Promise<WrittenMail[]> {
  const folder = path.join(world.server.dataDir, 'mail');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.eml')).toSorted();
  return Promise.all(names.map(async (name) => parseMail(await readFile(path.join(folder, name), 'utf8'))));
}

/** Waits until there are more than `count` mails; gives the newest. */
export async function waitForMail(world: World, count: number): Promise<WrittenMail> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const mails = await readMails(world);
    if (mails.length > count) return mails.at(-1)!;
    assert.ok(Date.now() < deadline, `no mail within ${waitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The token that ends the link of a mail, after checking that the link is the one given: what stands before the token. */
export function tokenIn(mail: WrittenMail, link: string): string {
  const [, found, token] = /href="([^"]*\/)([^"/]+)"/.exec(mail.html) ?? [];
  assert.equal(found, link);
  assert.ok(mail.text.includes(`${link}${token}`), mail.text);
  return token!;
}

function parseMail(raw: string): WrittenMail {
  const { headers, body } = splitHead(raw);
  const boundary = /boundary="?([^";]+)"?/.exec(headers.get('content-type') ?? '')?.[1];
  assert.ok(boundary !== undefined, `a mail without parts: ${raw}`);
  const parts = body.split(`--${boundary}`).map((part) => splitHead(part.replace(/^\r?\n/, '')));
  const part = (type: string): string => {
    const found = parts.find((each) => each.headers.get('content-type')?.startsWith(type));
    assert.ok(found !== undefined, `a mail without ${type}: ${raw}`);
    return decode(found.body, found.headers.get('content-transfer-encoding') ?? '7bit');
  };
  return { raw, headers, text: part('text/plain'), html: part('text/html') };
}

function splitHead(text: string): { headers: Map<string, string>; body: string } {
  const end = text.indexOf('\r\n\r\n');
  const head = text.slice(0, end).replace(/\r\n[ \t]+/g, ' ');
  const headers = new Map<string, string>();
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { headers, body: text.slice(end + 4) };
}

function decode(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
