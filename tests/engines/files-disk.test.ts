import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { testFilesDriver } from '../../src/engines/files/contract.ts';
import { openDiskFiles } from '../../src/engines/files/disk/disk.ts';
import { FileStore, isFileKey } from '../../src/engines/files/files.ts';

testFilesDriver('disk', async () => {
  const parent = await mkdtemp(path.join(tmpdir(), 'pando-files-'));
  return {
    open: () => openDiskFiles(path.join(parent, 'storage')),
    openMissing: async () => {
      await writeFile(path.join(parent, 'file'), '');
      return openDiskFiles(path.join(parent, 'file', 'storage'));
    },
    destroy: () => rm(parent, { recursive: true }),
  };
});

describe('files on disk', () => {
  let parent: string;
  let root: string;
  let store: FileStore;
  before(async () => {
    parent = await mkdtemp(path.join(tmpdir(), 'pando-files-'));
    root = path.join(parent, 'storage');
    store = new FileStore(await openDiskFiles(root));
  });
  after(async () => {
    await store.close();
    await rm(parent, { recursive: true });
  });

  async function put(key: string, content: string): Promise<void> {
    const source = path.join(parent, 'source');
    await writeFile(source, content);
    await store.put(key, source, { contentType: 'text/plain', originalName: 'My Notes.txt' });
  }

  it('lays files out as PocketBase does', async () => {
    await put('pbc1/rec1/notes_x1.txt', 'hello');
    assert.equal(await readFile(path.join(root, 'pbc1/rec1/notes_x1.txt'), 'utf8'), 'hello');
    assert.deepEqual(JSON.parse(await readFile(path.join(root, 'pbc1/rec1/notes_x1.txt.attrs'), 'utf8')), {
      'user.cache_control': '',
      'user.content_disposition': '',
      'user.content_encoding': '',
      'user.content_language': '',
      'user.content_type': 'text/plain',
      'user.metadata': { 'original-filename': 'My Notes.txt' },
      md5: 'XUFAKrxLKna5cZ2REBfFkg==',
    });
    assert.deepEqual(await store.list('pbc1', '', 10), ['pbc1/rec1/notes_x1.txt']);
    assert.equal((await stat(path.join(root, 'pbc1/rec1/notes_x1.txt'))).mode & 0o777, 0o600);
    await store.delete('pbc1/rec1/notes_x1.txt');
    assert.deepEqual(await readdir(root), ['.tmp']);
  });

  it('reads files that another program wrote, with attributes, without, and with strange ones', async () => {
    const folder = path.join(root, 'old/rec1');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'a.png'), 'a');
    await writeFile(
      path.join(folder, 'a.png.attrs'),
      '{"user.cache_control":"","user.content_type":"image/png","user.metadata":{"original-filename":"A.png"},"md5":"DMF1ucDxtqgxw5niaXcmYQ=="}',
    );
    await writeFile(path.join(folder, 'b.png'), 'b');
    for (const [i, content] of ['not json', '[]', 'null', '{"user.metadata":3}', 'x'.repeat(70_000)].entries()) {
      await writeFile(path.join(folder, `odd${i}`), 'o');
      await writeFile(path.join(folder, `odd${i}.attrs`), content);
    }
    const attributesOf = async (name: string): Promise<unknown> => {
      const { contentType, originalName } = (await store.stat(`old/rec1/${name}`))!;
      return [contentType, originalName];
    };
    assert.deepEqual(await attributesOf('a.png'), ['image/png', 'A.png']);
    for (const name of ['b.png', 'odd0', 'odd1', 'odd2', 'odd3', 'odd4']) {
      assert.deepEqual(await attributesOf(name), ['application/octet-stream', ''], name);
    }
    assert.equal((await store.list('old', '', 100)).length, 7);
    assert.equal(await text((await store.open('old/rec1/b.png'))!), 'b');
  });

  it('follows no link out of the store', async () => {
    await writeFile(path.join(parent, 'secret'), 'secret');
    await mkdir(path.join(root, 'links/rec1'), { recursive: true });
    await symlink(path.join(parent, 'secret'), path.join(root, 'links/rec1/file'));
    await symlink(parent, path.join(root, 'links/rec2'));
    for (const key of ['links/rec1/file', 'links/rec2/secret']) {
      assert.equal(await store.stat(key), null);
      assert.equal(await store.open(key), null);
    }
    await assert.rejects(put('links/rec2/new', 'x'));
    await store.delete('links/rec2/secret');
    await store.deletePrefix('links');
    assert.equal(await readFile(path.join(parent, 'secret'), 'utf8'), 'secret');
    assert.deepEqual(
      (await readdir(parent)).toSorted(),
      ['secret', 'source', 'storage'].filter((n) => n !== 'source'),
    );
  });

  it('knows keys that cannot be', async () => {
    const bad = [
      '',
      'a',
      '/a/b',
      'a//b',
      'a/../b',
      '../a/b',
      'a/./b',
      'a/b/',
      'a/b\0',
      'a\\b/c',
      'a/.htaccess',
      'a/b\r\n',
    ];
    for (const key of [...bad, 'a/b.attrs', `a/${'x'.repeat(241)}`, 'a/\ud800', `${'a/'.repeat(8)}b`]) {
      assert.equal(isFileKey(key), false, JSON.stringify(key));
      assert.equal(await store.stat(key), null);
      assert.equal(await store.open(key), null);
      await store.delete(key);
      await assert.rejects(async () => store.put(key, 'nowhere', { contentType: '', originalName: '' }), {
        name: 'AssertionError',
      });
    }
    for (const key of ['a/b', 'a/b/c.png', 'a/b/thumbs_c.png/100x100_c.png', 'é/\u{1F333}', 'a/b..c', 'a/b c']) {
      assert.equal(isFileKey(key), true, key);
    }
    assert.throws(() => store.deletePrefix(''), { name: 'AssertionError' });
    assert.throws(() => store.deletePrefix('..'), { name: 'AssertionError' });
  });

  it('removes what a killed process left half-done', async () => {
    const left = path.join(root, '.tmp', '1-0-1-abcdefgh');
    await writeFile(left, 'half');
    const again = await openDiskFiles(root);
    await again.close();
    assert.deepEqual(await readdir(path.join(root, '.tmp')), []);
  });
});
