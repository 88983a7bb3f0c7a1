import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';

// PANDO_GROVE_SERVER=URL drives the same page against a server that runs already (with GROVE_SUPERUSER and
// GROVE_PASSWORD); it may hold data, but nobody called ada_birch.
const otherServer = process.env.PANDO_GROVE_SERVER;
const browserPath = process.env.PANDO_CHROMIUM ?? '/usr/bin/chromium';
const browserArgs = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const skip = existsSync(browserPath)
  ? false
  : `NOT TESTED: no browser at ${browserPath} (Debian: apt-get install chromium)`;
if (skip) console.error(skip);

/** Runs in the page before its own code: keeps hold of the realtime connection, to be able to lose it. */
const rememberEventSource = `
  globalThis.EventSource = class extends EventSource {
    constructor(...parameters) {
      super(...parameters);
      globalThis.eventSource = this;
    }
  };`;

interface RunningExample {
  url: string;
  child: ChildProcess;
}

/** Runs `examples/grove/start.ts` and resolves when it says that it is ready. */
async function startExample(dataDir: string): Promise<RunningExample> {
  const script = join(import.meta.dirname, '../../examples/grove/start.ts');
  const place = otherServer ? ['--server', otherServer] : ['--data', dataDir];
  const child = spawn(process.execPath, [script, '--port', '0', '--photos', '6', ...place], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    const url = /Grove is ready:\s+(\S+)/.exec(line)?.[1];
    if (url) return { url, child };
  }
  throw new Error(`the example ended before it was ready:\n${said.join('\n')}`);
}

/** A window of its own (own storage, own connection) that remembers what the page complained about. */
class Window {
  readonly page: Page;
  readonly complaints: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`${message.text()} ${message.location().url}`);
    });
    page.on('pageerror', (error) => this.complaints.push(String(error.stack ?? error)));
  }

  static async open(context: BrowserContext, url: string): Promise<Window> {
    const window = new Window(await context.newPage());
    window.page.setDefaultTimeout(15_000);
    await window.page.goto(url);
    // A reload would lose this: nothing that is called live may need one.
    await window.page.evaluate('globalThis.neverReloaded = true');
    return window;
  }

  card(caption: string): ReturnType<Page['locator']> {
    return this.page.locator('.card', { hasText: caption });
  }

  async openPhoto(caption: string): Promise<void> {
    await this.card(caption).locator('.card-picture').click();
    await this.page.locator('dialog.photo .caption', { hasText: caption }).waitFor();
  }

  async closePhoto(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.page.locator('dialog.photo').waitFor({ state: 'detached' });
  }
}

describe('Grove in the browser', { skip, timeout: 240_000 }, () => {
  const caption = 'Written by a test, in good light';
  let dataDir: string;
  let example: RunningExample;
  let browser: Browser;
  let ada: Window;
  let maren: Window;

  const newContext = (): Promise<BrowserContext> => browser.newContext({ viewport: { width: 1280, height: 860 } });

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'pando-grove-'));
    [example, browser] = await Promise.all([
      startExample(dataDir),
      chromium.launch({ executablePath: browserPath, args: browserArgs }),
    ]);
    ada = await Window.open(await newContext(), example.url);
    maren = await Window.open(await newContext(), example.url);
  });

  after(async () => {
    await browser?.close();
    if (example) {
      const ended = once(example.child, 'exit');
      example.child.kill('SIGINT');
      const [code] = await ended;
      assert.equal(code, 0, 'Ctrl-C ends the example cleanly');
    }
    await rm(dataDir, { recursive: true, force: true });
  });

  it('shows the seeded photos to a guest and asks to sign in where it must', async () => {
    const { page } = maren;
    await page.locator('.card img.loaded').first().waitFor();
    assert.ok((await page.locator('.card').count()) >= 4, 'the feed looks alive');
    await page.locator('.card .like').first().click();
    await page.getByText('Sign in to like a photo.').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
  });

  it('signs up, and says beside the field what is wrong', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'Sign up' }).click();
    await page.getByLabel('Name').fill('Ada Birch');
    await page.getByLabel('Handle').fill('Not A Handle');
    await page.getByLabel('E-mail').fill('ada@birch.example');
    await page.getByLabel('Password').fill('bark-and-leaf');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.locator('#note-handle', { hasText: 'Small letters' }).waitFor();
    assert.equal(await page.getByLabel('Handle').getAttribute('aria-invalid'), 'true');
    await page.getByLabel('Handle').fill('ada_birch');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('button', { name: 'Account of Ada Birch' }).waitFor();
  });

  it('signs in with the demo account', async () => {
    const { page } = maren;
    await page.locator('#top').getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Fill in the demo account' }).click();
    await page.locator('dialog form').getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Account of Maren Holt' }).waitFor();
    await page.locator('.card img.loaded').first().waitFor();
  });

  it('uploads a photo, which stands first in the own feed and is offered live in the other window', async () => {
    const buffer = await sharp({ create: { width: 900, height: 600, channels: 3, background: '#3f8a6b' } })
      .jpeg()
      .toBuffer();
    const { page } = ada;
    await page.getByRole('button', { name: 'Share', exact: true }).click();
    await page.locator('dialog input[type=file]').setInputFiles({ name: 'glade.jpg', mimeType: 'image/jpeg', buffer });
    await page.getByAltText('The photo you chose').waitFor();
    await page.getByLabel('Caption').fill(caption);
    await page.getByLabel('Place').fill('The test bench');
    await page.locator('dialog').getByRole('button', { name: 'Share' }).click();
    await page.locator('.card:first-child', { hasText: caption }).waitFor();
    await ada.card(caption).locator('img.loaded').first().waitFor();
    await maren.page.getByRole('button', { name: '1 new photo' }).click();
    await maren.card(caption).locator('img.loaded').first().waitFor();
  });

  it('follows', async () => {
    await maren.openPhoto(caption);
    await maren.page.getByRole('button', { name: 'Follow Ada Birch' }).click();
    await maren.page.getByRole('button', { name: 'Stop following Ada Birch' }).waitFor();
    await ada.page.getByRole('button', { name: 'Account of Ada Birch' }).click();
    await ada.page.getByRole('link', { name: 'Your page' }).click();
    await ada.page.locator('.numbers', { hasText: '1 follower' }).waitFor();
  });

  it('brings a comment and a heart from one window to the other, live', async () => {
    await ada.openPhoto(caption);
    await ada.page.locator('.comments.none').waitFor();
    await maren.page.getByLabel('Comment', { exact: true }).fill('Hello from the other window');
    await maren.page.keyboard.press('Enter');
    await maren.page.locator('.comment', { hasText: 'Hello from the other window' }).waitFor();
    const arrived = ada.page.locator('.comment', { hasText: 'Hello from the other window' });
    await arrived.waitFor();
    assert.match((await arrived.textContent()) ?? '', /Maren Holt/);
    await maren.page.locator('.panel .like').click();
    await ada.page.locator('.panel').getByRole('button', { name: 'Like, 1 so far' }).waitFor();
  });

  it('lets the owner of the photo delete a comment, live', async () => {
    const comment = ada.page.locator('.comment', { hasText: 'Hello from the other window' });
    await comment.hover();
    await comment.getByRole('button', { name: 'Delete this comment' }).click();
    await maren.page.locator('.comment').waitFor({ state: 'detached' });
    await maren.page.getByLabel('Comment', { exact: true }).fill('Second thought');
    await maren.page.getByRole('button', { name: 'Post' }).click();
    await ada.page.locator('.comment', { hasText: 'Second thought' }).waitFor();
    await maren.closePhoto();
    await maren.card(caption).getByLabel('1 comments').waitFor();
  });

  it('shows a followers-only photo to followers and to nobody else', async () => {
    await ada.page.getByRole('button', { name: 'More about this photo' }).click();
    await ada.page.getByRole('button', { name: 'Edit', exact: true }).click();
    await ada.page.getByText('Followers only').click();
    await ada.page.getByRole('button', { name: 'Save' }).click();
    await ada.page.locator('.panel .private').waitFor();
    const guest = await Window.open(await newContext(), `${example.url}/u/ada_birch`);
    await guest.page.getByText('No photos yet').waitFor();
    await maren.page.goto(`${example.url}/following`);
    await maren.card(caption).locator('.badge').waitFor();
    assert.deepEqual(guest.complaints, []);
    await guest.page.context().close();
  });

  it('deletes the photo, in both windows', async () => {
    await ada.page.getByRole('button', { name: 'More about this photo' }).click();
    await ada.page.getByRole('button', { name: 'Delete', exact: true }).click();
    await ada.page.locator('dialog.small').getByRole('button', { name: 'Delete', exact: true }).click();
    await ada.page.getByText('Your wall is empty').waitFor();
    await maren.card(caption).waitFor({ state: 'detached' });
  });

  it('catches up after the connection was lost', async () => {
    const context = await newContext();
    await context.addInitScript(rememberEventSource);
    const guest = await Window.open(context, example.url);
    const seeded = (await guest.page.locator('.card[data-id]').nth(1).getAttribute('data-id')) ?? '';
    await guest.page.goto(`${example.url}/p/${seeded}`);
    await guest.page.locator('.comments:not([aria-busy])').waitFor();
    await maren.page.goto(`${example.url}/p/${seeded}`);
    await maren.page.getByLabel('Comment', { exact: true }).fill('Heard by both');
    await maren.page.keyboard.press('Enter');
    await guest.page.locator('.comment', { hasText: 'Heard by both' }).waitFor();
    // The connection dies unnoticed; only after the next comment does the browser find out.
    await guest.page.evaluate('globalThis.eventSource.close()');
    await maren.page.getByLabel('Comment', { exact: true }).fill('Said while you were away');
    await maren.page.keyboard.press('Enter');
    await maren.page.locator('.comment', { hasText: 'Said while you were away' }).waitFor();
    await guest.page.evaluate('globalThis.eventSource.dispatchEvent(new Event("error"))');
    await guest.page.locator('.comment', { hasText: 'Said while you were away' }).waitFor();
    assert.equal(await guest.page.locator('.comment', { hasText: 'Heard by both' }).count(), 1);
    assert.deepEqual(guest.complaints, []);
    await context.close();
    await maren.closePhoto();
  });

  it('walks with the keyboard: search by slash, photos by arrows', async () => {
    const { page } = maren;
    await page.goto(example.url);
    await page.locator('.card img.loaded').first().waitFor();
    await page.keyboard.press('/');
    assert.equal(await page.evaluate('document.activeElement.type'), 'search');
    await page.locator('.card-picture').first().focus();
    await page.keyboard.press('Enter');
    await page.locator('dialog.photo .caption').waitFor();
    const first = page.url();
    await page.keyboard.press('ArrowRight');
    await page.waitForURL((url) => url.href !== first);
    await page.locator('dialog.photo .caption').waitFor();
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL(first);
    await maren.closePhoto();
    assert.equal(new URL(page.url()).pathname, '/');
  });

  it('signs out', async () => {
    const { page } = ada;
    await page.getByRole('button', { name: 'Sign out' }).first().click();
    await page.locator('#top').getByRole('button', { name: 'Sign in' }).waitFor();
    await page.getByRole('link', { name: 'Grove, home' }).click();
    await page.locator('.card img.loaded').first().waitFor();
    await page.locator('.card .like').first().click();
    await page.getByText('Sign in to like a photo.').waitFor();
  });

  it('has reloaded nothing behind the back and has complained about nothing', async () => {
    assert.equal(await ada.page.evaluate('globalThis.neverReloaded'), true);
    assert.deepEqual({ ada: ada.complaints, maren: maren.complaints }, { ada: [], maren: [] });
  });
});
