import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import type { BlobAttributes, ByteRange, FilesDriver } from './driver.ts';

/** An empty store that can be opened again with what is in it. */
export interface FilesTarget {
  open(): Promise<FilesDriver>;
  /** Tries to open one that cannot be there; must reject. */
  openMissing(): Promise<FilesDriver>;
  destroy(): Promise<void>;
}

const plain: BlobAttributes = { contentType: 'text/plain', originalName: 'Notes.txt' };

/** A store with a folder for the files that go into it. */
class Bench {
  readonly target: FilesTarget;
  files!: FilesDriver;
  sources = '';

  constructor(target: FilesTarget) {
    this.target = target;
  }

  async open(): Promise<void> {
    this.sources = await mkdtemp(path.join(tmpdir(), 'pando-blobs-'));
    this.files = await this.target.open();
  }

  async put(key: string, content: string | Buffer, attributes: BlobAttributes = plain): Promise<void> {
    const source = path.join(this.sources, 'source');
    await writeFile(source, content);
    await this.files.put(key, source, attributes);
  }

  async read(key: string, range?: ByteRange): Promise<string | null> {
    const stream = await this.files.open(key, range);
    return stream === null ? null : text(stream);
  }

  async end(): Promise<void> {
    await this.files.close();
    await this.files.close();
    await this.target.destroy();
    await rm(this.sources, { recursive: true });
  }
}

/** Registers the tests that every files driver must pass. */
export function testFilesDriver(name: string, create: () => Promise<FilesTarget>): void {
  describe(`files driver contract: ${name}`, () => {
    let bench: Bench;
    before(async () => {
      bench = new Bench(await create());
      await bench.open();
    });
    after(() => bench.end());
    testBlobs(() => bench);
    testDeleting(() => bench);
    testListing(() => bench);
    it('rejects when there is nothing to open', async () => {
      await assert.rejects(bench.target.openMissing());
    });
  });
}

function testBlobs(bench: () => Bench): void {
  it('gives back bytes and attributes, also after a restart', async () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
    const attributes = { contentType: 'image/png', originalName: 'Déjà "vu" \u{1F333}.png' };
    await bench().put('c1/r1/blob.png', bytes, attributes);
    await bench().put('c1/r1/empty.txt', '');
    const check = async (): Promise<void> => {
      const { modifiedAt, ...info } = (await bench().files.stat('c1/r1/blob.png'))!;
      assert.deepEqual(info, { ...attributes, size: bytes.length });
      assert.ok(Number.isInteger(modifiedAt) && modifiedAt > Date.UTC(2020));
      assert.ok(bytes.equals(await buffer((await bench().files.open('c1/r1/blob.png'))!)));
      assert.equal(await bench().read('c1/r1/empty.txt'), '');
    };
    await check();
    await bench().files.close();
    bench().files = await bench().target.open();
    await check();
  });

  it('answers null for what is missing', async () => {
    for (const key of ['c1/r1/none', 'none/none/none', 'c1/r1', 'c1', 'c1/r1/blob.png/deeper']) {
      assert.equal(await bench().files.stat(key), null, key);
      assert.equal(await bench().files.open(key), null, key);
    }
  });

  it('gives ranges, both ends included', async () => {
    await bench().put('c1/r1/digits', '0123456789');
    assert.equal(await bench().read('c1/r1/digits', { start: 0, end: 0 }), '0');
    assert.equal(await bench().read('c1/r1/digits', { start: 3, end: 5 }), '345');
    assert.equal(await bench().read('c1/r1/digits', { start: 8, end: 9 }), '89');
  });

  it('replaces bytes and attributes', async () => {
    await bench().put('c1/r2/same', 'first');
    await bench().put('c1/r2/same', 'second, longer', { contentType: 'text/html', originalName: 'b' });
    assert.equal(await bench().read('c1/r2/same'), 'second, longer');
    assert.equal((await bench().files.stat('c1/r2/same'))!.contentType, 'text/html');
  });

  it('puts nothing when there is no source', async () => {
    await assert.rejects(bench().files.put('c1/r2/never', path.join(bench().sources, 'none'), plain));
    assert.equal(await bench().files.stat('c1/r2/never'), null);
  });

  it('takes many at once', async () => {
    const puts = Array.from({ length: 30 }, async (_, i) => {
      const source = path.join(bench().sources, `many${i}`);
      await writeFile(source, `content ${i}`);
      await bench().files.put(`many/r${i % 3}/f${i}`, source, plain);
    });
    await Promise.all(puts);
    assert.equal(await bench().read('many/r2/f29'), 'content 29');
    assert.equal((await bench().files.list('many', '', 100)).length, 30);
  });
}

function testDeleting(bench: () => Bench): void {
  it('deletes one, and minds no missing one', async () => {
    await bench().put('d1/r1/a', 'a');
    await bench().put('d1/r1/b', 'b');
    await bench().files.delete('d1/r1/a');
    await bench().files.delete('d1/r1/a');
    await bench().files.delete('none/none/none');
    assert.equal(await bench().read('d1/r1/a'), null);
    assert.equal(await bench().read('d1/r1/b'), 'b');
  });

  it('deletes what lies below a prefix and nothing beside it', async () => {
    for (const key of ['d2/r1/a', 'd2/r1/deep/b', 'd2/r10/c', 'd2/r/d']) await bench().put(key, key);
    await bench().files.deletePrefix('d2/r1');
    await bench().files.deletePrefix('d2/none');
    assert.deepEqual(await bench().files.list('d2', '', 10), ['d2/r/d', 'd2/r10/c']);
    await bench().files.deletePrefix('d2');
    assert.deepEqual(await bench().files.list('d2', '', 10), []);
  });

  it('can put again where everything was deleted, at the same time', async () => {
    for (let i = 0; i < 20; i++) {
      await bench().put('d3/r/old', 'x');
      const source = path.join(bench().sources, `again${i}`);
      await writeFile(source, String(i));
      await Promise.all([bench().files.delete('d3/r/old'), bench().files.put('d3/r/new', source, plain)]);
      assert.equal(await bench().read('d3/r/new'), String(i));
      await bench().files.delete('d3/r/new');
    }
  });
}

function testListing(bench: () => Bench): void {
  it('lists in byte order, page by page', async () => {
    const keys = ['l/a!/x', 'l/a/x', 'l/a/y/z', 'l/a0/x', 'l/b', 'l/B/x', 'l/é/x', 'l/\u{1F333}/x'];
    for (const key of keys) await bench().put(key, key);
    const expected = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(await bench().files.list('l', '', 100), expected);
    const paged: string[] = [];
    for (let page = await bench().files.list('l', '', 3); page.length > 0; ) {
      assert.ok(page.length <= 3);
      paged.push(...page);
      page = await bench().files.list('l', page.at(-1)!, 3);
    }
    assert.deepEqual(paged, expected);
    assert.deepEqual(await bench().files.list('l/a', '', 100), ['l/a/x', 'l/a/y/z']);
    assert.deepEqual(await bench().files.list('none', '', 100), []);
    const all = await bench().files.list('', '', 1000);
    assert.ok(expected.every((key) => all.includes(key)));
  });

  it('walks through all keys, each once', async () => {
    for (let i = 0; i < 30; i++) await bench().put(`w/r${i}/file`, 'x');
    const walked: string[] = [];
    for await (const page of bench().files.walk()) {
      assert.ok(page.length > 0 && page.length <= 1000);
      walked.push(...page);
    }
    assert.equal(new Set(walked).size, walked.length);
    assert.deepEqual(walked.toSorted(), (await bench().files.list('', '', 1000)).toSorted());
    for await (const page of bench().files.walk()) {
      assert.ok(page.length > 0);
      break;
    }
  });
}
