import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const reader = fileURLToPath(new URL('./slow-disk-reader.ts', import.meta.url));
const hasStrace = spawnSync('strace', ['-V']).status === 0;
const skip = hasStrace ? false : 'strace is missing: slow disks are NOT tested (Debian: apt-get install strace)';
if (!hasStrace) console.error(skip);

describe('a disk that takes half a second for a sync', { skip }, () => {
  it('holds back what is shown of rows that are not durable, and nothing else', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'pando-slow-'));
    const fault = ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:delay_enter=500000'];
    const child = spawn(
      'strace',
      ['-f', '-o', '/dev/null', ...fault, process.execPath, reader, path.join(folder, 'data')],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await once(child, 'close');
    const lines = output.trim().split('\n');
    const durable = lines.indexOf('durable');
    const [before, after] = [lines.slice(0, durable), lines.slice(durable + 1)];
    assert.deepEqual(before.toSorted(), ['decide-posts 1', 'log 1', 'show-users 0'], output);
    assert.deepEqual(after.toSorted(), ['commit done', 'outcome done', 'show-posts 1'], output);
    await rm(folder, { recursive: true });
  });
});
