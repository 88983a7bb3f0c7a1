import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openSqlite } from '../../src/engines/database/sqlite/sqlite.ts';

const writer = fileURLToPath(new URL('./failing-writer.ts', import.meta.url));
const hasStrace = spawnSync('strace', ['-V']).status === 0;
const skip = hasStrace ? false : 'strace is missing: disk errors are NOT tested (Debian: apt-get install strace)';
if (!hasStrace) console.error(skip);

/** Runs the writer with a fault and answers its lines. */
async function runWithFault(folder: string, fault: string): Promise<string[]> {
  const [call] = fault.split(':') as [string];
  const args = [
    '-f',
    '-o',
    '/dev/null',
    '-e',
    `trace=${call}`,
    '-e',
    `inject=${fault}`,
    process.execPath,
    writer,
    folder,
  ];
  const child = spawn('strace', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  return output.trimEnd().split('\n');
}

/** After the first commit that is not done, none is; the failure is told once; the log file is left alone. */
async function checkFault(fault: string): Promise<void> {
  const parent = await mkdtemp(path.join(tmpdir(), 'pando-fault-'));
  const folder = path.join(parent, 'data');
  const lines = await runWithFault(folder, fault);
  const commits = lines.filter((line) => line.startsWith('commit')).map((line) => line.split(' ').slice(2));
  const bad = commits.findIndex((kinds) => kinds.includes('unknown'));
  assert.ok(bad > 0, `no commit failed: ${lines.slice(-8).join('; ')}`);
  for (const kinds of commits.slice(0, bad)) assert.deepEqual(kinds, ['done', 'done']);
  for (const kinds of commits.slice(bad)) assert.deepEqual(kinds, ['unknown', 'unknown']);
  assert.equal(commits.length, bad + 5);
  assert.equal(lines.filter((line) => line.startsWith('failed')).length, 1);
  assert.ok(lines.includes('read DatabaseError unavailable'));
  assert.equal(lines.at(-1), 'closed with its log file');
  const driver = await openSqlite(folder);
  const sql = 'SELECT count(*) FROM "things"';
  const [[count]] = (await driver.read({ sql, params: [], tables: ['things'], purpose: 'show' })) as [[number]];
  // What was acknowledged is there; what was unknown may be, by whole groups.
  assert.ok(count === bad * 2 || count === bad * 2 + 2, `${count} rows, ${bad} acknowledged`);
  await driver.close();
  await rm(parent, { recursive: true });
}

describe('a disk that fails', { skip }, () => {
  it('in a sync: nothing is acknowledged from then on', () => checkFault('fdatasync:error=EIO:when=40'));
  it('in a write, for want of room: nothing is acknowledged from then on', () =>
    checkFault('pwrite64:error=ENOSPC:when=300+'));
  it('in a write: nothing is acknowledged from then on', () => checkFault('pwrite64:error=EIO:when=300+'));
});
