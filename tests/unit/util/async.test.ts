import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDeferred, QueueFullError, Semaphore, TimeoutError, withTimeout } from '../../../src/util/async.ts';

test('a semaphore runs so many at once, lets so many wait, in order, and refuses the rest', async () => {
  const semaphore = new Semaphore('tests', { concurrencyMax: 2, queueMax: 2 });
  const gates = [0, 1, 2, 3].map(() => createDeferred<void>());
  const started: number[] = [];
  const runs = gates.map((gate, index) =>
    semaphore.run(async () => {
      started.push(index);
      await gate.promise;
      return index;
    }),
  );
  await Promise.resolve();
  assert.deepEqual(started, [0, 1]);
  assert.equal(semaphore.running, 2);
  assert.equal(semaphore.queued, 2);
  await assert.rejects(
    semaphore.run(async () => 4),
    new QueueFullError('tests'),
  );
  for (const gate of gates) gate.resolve();
  assert.deepEqual(await Promise.all(runs), [0, 1, 2, 3]);
  assert.deepEqual(started, [0, 1, 2, 3]);
  assert.equal(semaphore.running, 0);
});

test('a failing task gives its place away', async () => {
  const semaphore = new Semaphore('tests', { concurrencyMax: 1, queueMax: 5000 });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 3000 }, (_, index) =>
      semaphore.run(() => {
        if (index % 2 === 0) throw new Error('no');
        return index;
      }),
    ),
  );
  assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1500);
  assert.equal(semaphore.running, 0);
  assert.equal(semaphore.queued, 0);
});

test('a time limit answers in time and tells the work', async () => {
  assert.equal(await withTimeout('quick work', 10_000, async () => 7), 7);
  await assert.rejects(
    withTimeout('quick failure', 10_000, async () => {
      throw new Error('its own');
    }),
    /its own/,
  );
  let wasTold = false;
  const slow = withTimeout(
    'slow work',
    1,
    (signal) =>
      new Promise<void>((_, reject) => {
        const alive = setTimeout(() => {}, 60_000);
        signal.addEventListener('abort', () => {
          wasTold = true;
          clearTimeout(alive);
          reject(new Error('late'));
        });
      }),
  );
  await assert.rejects(slow, TimeoutError);
  assert.ok(wasTold);
});
