// A group of threads: what becomes of those that die, of those that never live, and of those that do not want to stop.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ThreadGroup } from '../../src/app/threads-group.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { Reporter } from '../../src/observe/reporter.ts';

type Life = 'long' | 'short' | 'deaf' | 'none';
const where = { host: '127.0.0.1', port: 1 };

/** A group whose threads have these lives, one after the other; the last one's for all that follow. */
function createGroup(lives: readonly Life[], options: { deathsMax?: number; stopTimeoutMs?: number } = {}) {
  const lines: string[] = [];
  const logger = createLogger({ level: 'debug', format: 'json', write: (line) => void lines.push(line) });
  const reporter = new Reporter(logger, { slowMs: 1000, isDev: false });
  let started = 0;
  const start = (): Worker => {
    const life = lives[Math.min(started++, lives.length - 1)];
    return new Worker(new URL('./fixture-thread.ts', import.meta.url), { workerData: { life } });
  };
  const group = new ThreadGroup({ count: 2, start, reporter, stopTimeoutMs: 10_000, pauseMsMin: 1, ...options });
  return { group, reporter, lines, started: () => started };
}

describe('a group of threads', () => {
  it('starts, listens, stops, and counts what all of them did', async () => {
    const { group, reporter, started } = createGroup(['long']);
    await group.open();
    assert.equal((await group.listen(where)).port, 1);
    await Promise.all([group.close(), group.close()]);
    assert.equal(started(), 2);
    assert.equal(reporter.counts['requestDone'], 6);
    assert.equal(reporter.counts['threadDied'], undefined);
  });

  it('does not open when one of them cannot, and leaves none behind', async () => {
    const { group, started } = createGroup(['long', 'none']);
    await assert.rejects(group.open(), /born dead/);
    assert.equal(started(), 2);
  });

  it('starts those again that die', async () => {
    const { group, reporter, lines, started } = createGroup(['long', 'short', 'short', 'none', 'long']);
    await group.open();
    await group.listen(where);
    while (started() < 5) await new Promise((resolve) => setImmediate(resolve));
    await group.close();
    assert.equal(reporter.counts['threadDied'], 3);
    const [first, second, third] = lines.map((line) => JSON.parse(line) as { [name: string]: unknown });
    assert.equal(first!['error'], 'TypeError: a short life');
    assert.deepEqual(
      [first!['thread'], first!['restartInMs'], second!['restartInMs'], third!['restartInMs']],
      [2, 1, 2, 4],
    );
  });

  it('is exhausted when all of them have died too often', async () => {
    const { group, reporter } = createGroup(['short'], { deathsMax: 3 });
    await group.open();
    await group.listen(where);
    assert.match((await group.exhausted).message, /No thread answers/);
    assert.equal(reporter.counts['threadDied'], 6);
    await group.close();
  });

  it('does not wait for ever for one that does not stop', async () => {
    const { group } = createGroup(['deaf'], { stopTimeoutMs: 50 });
    await group.open();
    await group.close();
  });
});
