import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lifecycle, type Part } from '../../../src/app/lifecycle.ts';

function recorder(stepTimeoutMs = 1_000) {
  const events: string[] = [];
  const lifecycle = new Lifecycle({
    stepTimeoutMs,
    onFailure: (part, step, error) => void events.push(`${part} ${step} failed: ${(error as Error).message}`),
  });
  const part = (name: string, more: Partial<Part> = {}): Part => ({
    name,
    start: () => void events.push(`start ${name}`),
    drain: () => void events.push(`drain ${name}`),
    stop: () => void events.push(`stop ${name}`),
    ...more,
  });
  return { events, lifecycle, part };
}

test('parts start in order, drain and stop in the opposite order, once', async () => {
  const { events, lifecycle, part } = recorder();
  await lifecycle.start(part('a'));
  await lifecycle.start(part('b'));
  assert.equal(lifecycle.isStopping, false);
  await Promise.all([lifecycle.stop(), lifecycle.stop()]);
  await lifecycle[Symbol.asyncDispose]();
  assert.deepEqual(events, ['start a', 'start b', 'drain b', 'drain a', 'stop b', 'stop a']);
  await assert.rejects(lifecycle.start(part('c')), /everything is stopping/);
});

test('a part that fails to start is stopped, the others when asked', async () => {
  const { events, lifecycle, part } = recorder();
  await lifecycle.start(part('a'));
  const broken = part('b', { start: () => Promise.reject(new Error('no port')) });
  await assert.rejects(lifecycle.start(broken), /no port/);
  await lifecycle.stop();
  assert.deepEqual(events, ['start a', 'stop b', 'drain a', 'stop a']);
});

test('a part that hangs or fails at its end does not keep the others', async () => {
  const { events, lifecycle, part } = recorder(20);
  await lifecycle.start(part('a'));
  await lifecycle.start(
    part('b', { drain: () => new Promise(() => {}), stop: () => Promise.reject(new Error('broken')) }),
  );
  // The lifecycle's own timers do not keep the process alive.
  const alive = setInterval(() => {}, 10);
  await lifecycle.stop();
  clearInterval(alive);
  assert.deepEqual(events, [
    'start a',
    'start b',
    'b drain failed: drain of b took longer than 20 ms.',
    'drain a',
    'b stop failed: broken',
    'stop a',
  ]);
});
