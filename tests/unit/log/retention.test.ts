import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Retention, type RetentionOptions } from '../../../src/log/retention.ts';
import { World } from './world.ts';

const minuteMs = 60_000;

async function createWorld(): Promise<World> {
  const world = await World.create();
  await world.positions.prepare();
  return world;
}

function createRetention(world: World, options: RetentionOptions): Retention {
  return new Retention(world, options);
}

describe('retention', () => {
  it('keeps every entry for its time', async () => {
    await using world = await createWorld();
    const retention = createRetention(world, { keepMs: 10 * minuteMs });
    const old = await world.addNotes('a1', 'a2');
    world.now += 6 * minuteMs;
    await world.addNotes('a3');
    assert.equal(await retention.sweep(), 0);
    world.now += 5 * minuteMs;
    assert.equal(await retention.sweep(), 4);
    assert.equal(await world.database.tailPosition(), old[1]);
    assert.deepEqual(await world.take(old[1]!, 1), ['a3']);
    assert.equal(await retention.sweep(), 0);
  });

  it('keeps what a consumer has not handled, up to a bound', async () => {
    await using world = await createWorld();
    const forced: string[] = [];
    const retention = createRetention(world, {
      keepMs: minuteMs,
      unhandledMsMax: 60 * minuteMs,
      onForced: (consumers) => void forced.push(...consumers),
    });
    const [first, second] = await world.addNotes('a1', 'a2', 'a3');
    await world.positions.store('quick', { position: '', version: 0 }, second!);
    await world.positions.store('slow', { position: '', version: 0 }, first!);
    world.now += 10 * minuteMs;
    await world.addNotes('a4');
    await retention.sweep();
    assert.equal(await world.database.tailPosition(), first);
    assert.deepEqual(forced, []);
    world.now += 51 * minuteMs;
    await retention.sweep();
    assert.deepEqual(forced, ['quick', 'slow']);
    assert.equal(await world.database.logLength(), 1);
  });

  it('bounds the number of entries, whoever needs them', async () => {
    await using world = await createWorld();
    const retention = createRetention(world, { keepMs: 60 * minuteMs, entriesMax: 10 });
    await world.positions.store('slow', { position: '', version: 0 }, '');
    await world.addNotes(...Array.from({ length: 30 }, (_, i) => `a${i}`));
    assert.equal(await retention.sweep(), 23);
    assert.equal(await world.database.logLength(), 10);
  });

  it('never forgets the newest entry', async () => {
    await using world = await createWorld();
    const head = await world.database.headPosition();
    world.now += 365 * 24 * 60 * minuteMs;
    await createRetention(world, { keepMs: 0 }).sweep();
    assert.equal(await world.database.logLength(), 1);
    assert.equal(await world.database.headPosition(), head);
  });
});
