import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createRandom } from './random.ts';
import { checkFolder, type Workload } from './workload.ts';

/** How often the process is killed. `CRASH_KILLS=50` for the long form. */
const kills = Number(process.env['CRASH_KILLS'] ?? 8);
const seed = Number(process.env['CRASH_SEED'] ?? 1);
const writer = fileURLToPath(new URL('./writer.ts', import.meta.url));

/** Runs the writer on a folder, kills it some time after its first acknowledged commit, and answers its marks. */
async function runAndKill(folder: string, workload: Workload, afterMs: number): Promise<string[]> {
  const settings = JSON.stringify({ ...workload, syncs: true, walFramesMax: 500 });
  const child = spawn(process.execPath, [writer, folder, settings], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('latin1');
  child.stdout.on('data', (chunk: string) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), afterMs);
    output += chunk;
  });
  await once(child, 'close');
  assert.equal(child.signalCode, 'SIGKILL', 'the writer ended by itself');
  // A line may be cut short by the end of the process; whoever reads it knows only whole ones.
  return output
    .slice(0, output.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => line.slice(4));
}

describe('kill -9 at any moment', () => {
  it(`loses no acknowledged commit and leaves none half-done, ${kills} times`, async (test) => {
    const parent = await mkdtemp(path.join(tmpdir(), 'pando-kill-'));
    const folder = path.join(parent, 'data');
    const random = createRandom(seed);
    const clients = Array.from({ length: 64 }, (_, i) => `c${i}`);
    const acknowledged = new Set<string>();
    let found = 0;
    for (let round = 0; round < kills; round++) {
      const workload = { clients, commitsEach: 1_000_000, hasFiles: round % 2 === 1 };
      for (const mark of await runAndKill(folder, workload, random() * 400)) acknowledged.add(mark);
      found = await checkFolder(folder, acknowledged);
    }
    assert.ok(acknowledged.size > 0);
    test.diagnostic(`${acknowledged.size} acknowledged, ${found} found, seed ${seed}`);
    await rm(parent, { recursive: true });
  });
});
