import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Consumer, type ConsumerOptions } from '../../../src/log/consumer.ts';
import { PositionGoneError } from '../../../src/log/reader.ts';
import { until, World } from './world.ts';

function createConsumer(world: World, options: Partial<ConsumerOptions> & Pick<ConsumerOptions, 'handle'>): Consumer {
  return new Consumer('tester', world, options);
}

/** Collects the ids of what it is shown. */
function collector(): { readonly seen: string[]; readonly handle: ConsumerOptions['handle'] } {
  const seen: string[] = [];
  return {
    seen,
    handle: async (entries) => {
      for (const entry of entries) seen.push(entry.schema ? 'schema' : entry.changes[0]!.id);
    },
  };
}

describe('consumer', () => {
  it('handles everything in order and goes on where it stopped', async () => {
    await using world = await World.create();
    await world.addNotes('a1', 'a2');
    const first = collector();
    const consumer = createConsumer(world, first);
    const run = consumer.run();
    await until(() => first.seen.includes('a2'));
    await world.addNotes('a3');
    await until(() => first.seen.includes('a3'));
    await consumer.stop();
    await run;
    assert.deepEqual(
      first.seen.filter((id) => id.startsWith('a')),
      ['a1', 'a2', 'a3'],
    );
    await world.addNotes('a4');
    await world.reopen();
    const second = collector();
    const again = createConsumer(world, second);
    const secondRun = again.run();
    await until(() => second.seen.length > 0);
    await again.stop();
    await secondRun;
    assert.deepEqual(second.seen, ['a4']);
  });

  it('begins at the given place the first time only', async () => {
    await using world = await World.create();
    const [, second] = await world.addNotes('a1', 'a2', 'a3');
    for (const expected of [['a3'], ['a4']]) {
      const { seen, handle } = collector();
      const consumer = createConsumer(world, { handle });
      const run = consumer.run(second);
      await until(() => seen.length > 0);
      await consumer.stop();
      await run;
      assert.deepEqual(
        seen.filter((id) => id !== 'schema'),
        expected,
      );
      await world.addNotes('a4').catch(() => undefined);
    }
  });

  it('shows again what a crash left unstored, and loses nothing', async () => {
    await using world = await World.create();
    await world.addNotes('a1', 'a2');
    const first = collector();
    // The clock stands still and the time is long: nothing is stored while it runs.
    const crashing = createConsumer(world, { ...first, storeEveryMs: 60_000 });
    void crashing.run().catch(() => undefined);
    await until(() => first.seen.includes('a2'));
    // Gone without a word: the store is closed under it.
    await world.reopen();
    await world.addNotes('a3');
    const second = collector();
    const consumer = createConsumer(world, second);
    const run = consumer.run();
    await until(() => second.seen.includes('a3'));
    await consumer.stop();
    await run;
    assert.deepEqual(
      second.seen.filter((id) => id.startsWith('a')),
      ['a1', 'a2', 'a3'],
    );
  });

  it('stores its position when idle, and is not kept busy by that', async () => {
    await using world = await World.create();
    const { seen, handle } = collector();
    const consumer = createConsumer(world, { handle, storeEveryMs: 5 });
    const run = consumer.run();
    const [position] = await world.addNotes('a1');
    await until(() => seen.includes('a1'));
    await until(async () => {
      world.now += 10;
      return (await world.positions.all()).get('tester')! >= position!;
    });
    const headLater = async (): Promise<string> => {
      for (let turn = 0; turn < 30; turn++) {
        world.now += 10;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return world.database.headPosition();
    };
    // A store that was under way may still come; one that goes on for ever may not.
    const heads = [await headLater(), await headLater(), await headLater()];
    assert.equal(heads[2], heads[1]);
    await consumer.stop();
    await run;
  });

  it('tries again with the same entries, and gives up in the end', async () => {
    await using world = await World.create();
    await world.addNotes('a1');
    const shown: string[][] = [];
    const failures: number[] = [];
    const consumer = createConsumer(world, {
      attemptsMax: 3,
      handle: async (entries) => {
        shown.push(entries.map((entry) => entry.position));
        throw new Error('no');
      },
      onFailure: (_, attempt) => void failures.push(attempt),
    });
    await assert.rejects(consumer.run(), /no/);
    assert.deepEqual(failures, [1, 2, 3]);
    assert.deepEqual(shown[0], shown[2]);
    await consumer.stop();
    const { seen, handle } = collector();
    const mended = createConsumer(world, { handle });
    const run = mended.run();
    await until(() => seen.includes('a1'));
    await mended.stop();
    await run;
  });

  it('lets a slow one fall behind without losing anything', async () => {
    await using world = await World.create();
    await world.reopen({ recentEntriesMax: 4 });
    const { seen, handle } = collector();
    const consumer = createConsumer(world, {
      handle: async (entries, signal) => {
        await new Promise((resolve) => setTimeout(resolve, 3));
        await handle(entries, signal);
      },
    });
    const run = consumer.run();
    const ids = Array.from({ length: 60 }, (_, i) => `a${i}`);
    await world.addNotes(...ids);
    await until(() => seen.includes('a59'));
    await consumer.stop();
    await run;
    assert.deepEqual(
      seen.filter((id) => id.startsWith('a')),
      ids,
    );
  });

  it('says so when the log has gone on without it', async () => {
    await using world = await World.create();
    const consumer = createConsumer(world, collector());
    const run = consumer.run();
    await until(async () => consumer.position === (await world.database.headPosition()));
    await consumer.stop();
    await run;
    const positions = await world.addNotes('a1', 'a2', 'a3');
    await world.database.trimLog(positions[1]!);
    await world.reopen();
    await assert.rejects(createConsumer(world, collector()).run(), PositionGoneError);
  });

  it('ends when another process has taken its place', async () => {
    await using world = await World.create();
    const { seen, handle } = collector();
    const consumer = createConsumer(world, { handle, storeEveryMs: 0 });
    const run = consumer.run();
    await until(() => consumer.position !== '');
    const ended = assert.rejects(run, { name: 'ConflictError' });
    const stored = await world.positions.load('tester');
    await world.positions.store('tester', stored, stored.position).catch(() => undefined);
    for (let i = 0; seen.length < 3 && i < 3; i++) await world.addNotes(`a${i}`);
    await ended;
  });
});
