import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { type ServerUnderTest, startServer } from '../../src/testing/start-server.ts';

const rssBytesMax = 100_000_000;
/** Native code that only some requests need. */
const lazy = ['argon2', 'bcrypt', 'sharp', 'libvips'];

const isLinux = process.platform === 'linux';

describe('an idle server', { skip: isLinux ? false : 'memory is read from /proc' }, () => {
  let server: ServerUnderTest;
  before(async () => {
    server = await startServer();
    // The first start of a fresh clone compiles the program; every other one finds it compiled.
    await server.restart();
  });
  after(() => server.stop());

  it('takes no more than 100 MB', async () => {
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
    const rssBytes = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    assert.ok(rssBytes > 0 && rssBytes <= rssBytesMax, `${(rssBytes / 1e6).toFixed(1)} MB`);
  });

  it('has loaded nothing that only some requests need', async () => {
    const maps = await readFile(`/proc/${server.pid}/maps`, 'utf8');
    const files = [...new Set(maps.match(/\/\S+\.(node|so[.\d]*)$/gm))];
    for (const name of lazy) {
      assert.deepEqual(
        files.filter((file) => file.includes(name)),
        [],
      );
    }
  });
});
