import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PositionGoneError, SlowConsumerError } from '../../../src/log/reader.ts';
import { addNote, World } from './world.ts';

describe('log reader', () => {
  it('gives what was, then what comes, each entry once and in order', async () => {
    await using world = await World.create();
    await world.addNotes('a1', 'a2', 'a3');
    await world.reopen();
    const expected = ['schema', 'a1', 'a2', 'a3', ...Array.from({ length: 300 }, (_, i) => `b${i}`)];
    const taking = world.take('', expected.length);
    await Promise.all(expected.slice(4).map((id) => world.committer.commit([addNote(id)])));
    assert.deepEqual(await taking, expected);
  });

  it('starts anywhere, as often as wanted', async () => {
    await using world = await World.create();
    const positions = await world.addNotes('a1', 'a2', 'a3', 'a4');
    assert.deepEqual(await world.take(positions[1]!, 2), ['a3', 'a4']);
    const late = world.take(positions[3]!, 1);
    await world.addNotes('a5');
    assert.deepEqual(await late, ['a5']);
    await world.reopen();
    assert.deepEqual(await world.take(positions[2]!, 2), ['a4', 'a5']);
  });

  it('keeps a bounded part in memory and reads the rest', async () => {
    await using world = await World.create();
    for (const bounds of [{ recentEntriesMax: 3 }, { recentBytesMax: 1 }]) {
      await world.reopen(bounds);
      const head = await world.database.headPosition();
      const ids = Array.from({ length: 20 }, (_, i) => `${Object.keys(bounds)[0]}${i}`);
      const taking = world.take(head, ids.length);
      await Promise.all(ids.map((id) => world.committer.commit([addNote(id)])));
      assert.deepEqual(await taking, ids);
      assert.deepEqual(await world.take(head, ids.length), ids);
    }
  });

  it('ends when told, waiting or not', async () => {
    await using world = await World.create();
    const stop = new AbortController();
    const reading = Array.fromAsync(world.reader.read('', { signal: stop.signal }));
    const waiting = Array.fromAsync(world.reader.read(world.reader.head));
    await world.addNotes('a1');
    stop.abort();
    const ids = (await reading).flat().map((entry) => entry.changes[0]?.id);
    assert.ok(ids.length <= 2);
    world.reader.close();
    world.reader.close();
    assert.ok((await waiting).flat().length <= 1);
    assert.deepEqual(await Array.fromAsync(world.reader.read('')), []);
  });

  it('gives an empty batch when asked to after idle time', async () => {
    await using world = await World.create();
    for await (const entries of world.reader.read(world.reader.head, { idleMs: 5 })) {
      assert.deepEqual(entries, []);
      break;
    }
  });

  it('names a reader that falls too far behind, and no other', async () => {
    await using world = await World.create();
    const read = async (lagEntriesMax?: number): Promise<number> => {
      let count = 0;
      for await (const entries of world.reader.read(world.reader.head, { lagEntriesMax })) {
        count += entries.length;
        if (count >= 60) return count;
        // It goes on only when much more has happened.
        if (count < 5)
          await Promise.all(
            Array.from({ length: 60 }, (_, i) => world.committer.commit([addNote(`${count}-${lagEntriesMax}-${i}`)])),
          );
      }
      return count;
    };
    const slow = read(20);
    await world.addNotes('first');
    await assert.rejects(slow, SlowConsumerError);
    const allowed = read(1000);
    await world.addNotes('second');
    assert.ok((await allowed) >= 60);
  });

  it('lets a reader that has not caught up yet read everything', async () => {
    await using world = await World.create();
    await world.addNotes(...Array.from({ length: 50 }, (_, i) => `a${i}`));
    await world.reopen({ recentEntriesMax: 5 });
    assert.equal((await world.take('', 51, { lagEntriesMax: 5 })).length, 51);
  });

  it('tells when the log no longer reaches back', async () => {
    await using world = await World.create();
    const positions = await world.addNotes('a1', 'a2', 'a3');
    await world.database.trimLog(positions[1]!);
    await world.reopen();
    await assert.rejects(world.take('', 1), (error) => {
      return error instanceof PositionGoneError && error.position === '' && error.tail === positions[1];
    });
    await assert.rejects(world.take(positions[0]!, 1), PositionGoneError);
    assert.deepEqual(await world.take(positions[1]!, 1), ['a3']);
  });
});
