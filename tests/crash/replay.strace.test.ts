import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DiskModel, type Unsynced } from './disk-model.ts';
import { createRandom } from './random.ts';
import { readStraceLog } from './strace-log.ts';
import { checkFolder } from './workload.ts';

/** At how many places the power is cut. `CRASH_CUTS=10000` for the long form. */
const cuts = Number(process.env['CRASH_CUTS'] ?? 210);
const seed = Number(process.env['CRASH_SEED'] ?? 1);
const writer = fileURLToPath(new URL('./writer.ts', import.meta.url));
const ways: readonly Unsynced[] = ['lost', 'some', 'torn'];
const traced =
  'openat,close,write,pwrite64,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir';
/** Calls that would write past the model's sight: seen, they fail the test. */
const unseen =
  'creat,open,writev,pwritev,pwritev2,fallocate,truncate,link,linkat,copy_file_range,sendfile,sync_file_range';

/** What is rebuilt is read once and thrown away: memory spares the machine's disk some thousand syncs. */
const scratch = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

const hasStrace = spawnSync('strace', ['-V']).status === 0;
const skip = hasStrace ? false : 'strace is missing: power cuts are NOT tested (Debian: apt-get install strace)';
if (!hasStrace) console.error(skip);

/** Runs the writer to its end under strace and answers what its disk went through. */
async function record(parent: string, syncs: boolean): Promise<DiskModel> {
  const log = path.join(parent, 'strace.log');
  const root = await mkdtemp(path.join(parent, 'root-'));
  const settings = {
    clients: Array.from({ length: 12 }, (_, i) => `c${i}`),
    commitsEach: 40,
    hasFiles: true,
    // Small, so that the log file starts over many times.
    walFramesMax: 100,
    syncs,
  };
  const trace = `trace=${traced},${unseen}`;
  const args = ['-f', '--seccomp-bpf', '-xx', '-s', '1048576', '-o', log, '-e', trace];
  const command = [process.execPath, writer, path.join(root, 'data'), JSON.stringify(settings)];
  const child = spawn('strace', [...args, ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, UV_USE_IO_URING: '0' },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('latin1')));
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 0);
  assert.ok(output.endsWith('END\n'), 'the writer did not end');
  const model = new DiskModel(root, readStraceLog(log));
  await rm(log);
  return model;
}

/** Cuts the power at a chosen moment, opens what is left, and throws when it is not what it must be. */
async function cutAndCheck(model: DiskModel, line: number, way: Unsynced, random: () => number): Promise<number> {
  const target = await mkdtemp(path.join(scratch, 'pando-cut-'));
  try {
    model.rebuild(target, line, way, random);
    const acknowledged = model.acknowledgedBefore(line);
    await checkFolder(path.join(target, 'data'), acknowledged);
    return acknowledged.length;
  } finally {
    await rm(target, { recursive: true });
  }
}

describe('power cuts', { skip }, () => {
  it(`lose no acknowledged commit and leave none half-done, at ${cuts} places`, async (test) => {
    const parent = await mkdtemp(path.join(tmpdir(), 'pando-replay-'));
    const model = await record(parent, true);
    const random = createRandom(seed);
    let acknowledgedMost = 0;
    for (let cut = 0; cut < cuts; cut++) {
      const line = model.moments[Math.floor(random() * model.moments.length)]! + (random() < 0.5 ? 0.5 : -0.5);
      const way = ways[cut % ways.length]!;
      try {
        acknowledgedMost = Math.max(acknowledgedMost, await cutAndCheck(model, line, way, random));
      } catch (error) {
        throw new Error(`cut ${cut} at line ${line}, unsynced ${way}, seed ${seed}`, { cause: error });
      }
    }
    assert.ok(acknowledgedMost > 0);
    test.diagnostic(`${model.moments.length} moments, up to ${acknowledgedMost} acknowledged commits at a cut`);
    await rm(parent, { recursive: true });
  });

  it('would show a store that acknowledges before the sync', async () => {
    const parent = await mkdtemp(path.join(tmpdir(), 'pando-replay-'));
    const model = await record(parent, false);
    const random = createRandom(seed);
    const last = Math.max(...model.moments.filter((moment) => Number.isFinite(moment)));
    let caught = 0;
    for (let cut = 0; cut < 30 && caught === 0; cut++) {
      const line = Math.floor(last * (0.5 + random() / 2)) + 0.5;
      try {
        await cutAndCheck(model, line, 'lost', random);
      } catch (error) {
        // Whichever is found first: a commit that is gone, or a row whose file is.
        assert.match(String(error), /acknowledged and lost|which is not there/);
        caught++;
      }
    }
    assert.ok(caught > 0, 'the fault was not seen');
    await rm(parent, { recursive: true });
  });
});
