import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Database, type DatabaseDriver } from '../../../src/engines/database/database.ts';
import {
  Committer,
  ConflictError,
  RefusedError,
  retryOnConflict,
  UnknownOutcomeError,
} from '../../../src/log/commit.ts';
import { addNote, changeNote, World } from './world.ts';

describe('committer', () => {
  it('answers a position, and names every other outcome', async () => {
    await using world = await World.create();
    const { committer } = world;
    const first = await committer.commit([addNote('aa1')]);
    const second = await committer.commit([changeNote('aa1', 1, 'x')], { key: 'k' });
    assert.ok(second > first);
    assert.equal(await committer.commit([addNote('aa2')], { key: 'k' }), second);
    await assert.rejects(committer.commit([changeNote('aa1', 1, 'y')]), (error) => {
      return error instanceof ConflictError && error.table === 'notes' && error.id === 'aa1';
    });
    await assert.rejects(committer.commit([addNote('aa1')]), (error) => {
      return error instanceof RefusedError && error.refusal.kind === 'unique';
    });
    const expects = [{ kind: 'absent', table: 'notes', id: 'aa1' }] as const;
    await assert.rejects(committer.commit([addNote('aa3')], { expects }), ConflictError);
    await assert.rejects(committer.commit([]), { name: 'AssertionError' });
    await world.database.close();
    await assert.rejects(committer.commit([addNote('aa4')]), UnknownOutcomeError);
  });

  it('refuses malformed commits before they reach the engine', async () => {
    await using world = await World.create();
    const bad = [
      { ...addNote('x'), row: { id: 'y' } },
      { ...addNote('x'), id: '' },
      { ...addNote('x'), row: { id: 'x', text: Number.NaN } },
      { ...addNote('x'), row: { id: 'x', text: undefined as unknown as string } },
      changeNote('x', 0, 'x'),
    ];
    for (const change of bad) {
      await assert.rejects(world.committer.commit([change as ReturnType<typeof addNote>]), { name: 'AssertionError' });
    }
    assert.equal(world.database.stats.commitsPending, 0);
  });

  it('finds out by its key whether an unknown commit happened', async () => {
    await using world = await World.create();
    const { database } = world;
    let isLossy = true;
    const lossy: Partial<DatabaseDriver> = {
      failed: new Promise(() => undefined),
      commit: async (commit) => {
        const outcome = await database.commit(commit);
        return isLossy ? { kind: 'unknown', cause: new Error('the line went dead') } : outcome;
      },
      outcomeOf: (key) => database.outcomeOf(key),
    };
    const committer = new Committer(new Database(lossy as DatabaseDriver));
    const position = await committer.commit([addNote('aa1')], { key: 'k1' });
    assert.equal(position, await database.headPosition());
    await assert.rejects(committer.commit([addNote('aa2')]), UnknownOutcomeError);
    isLossy = false;
    await committer.commit([addNote('aa3')]);
  });

  it('decides again after a conflict, a bounded number of times', async () => {
    await using world = await World.create();
    await world.addNotes('aa1');
    const count = async (): Promise<void> => {
      const sql = 'SELECT "text", "@version" FROM "notes" WHERE "id" = ?';
      const [row] = await world.database.read({ sql, params: ['aa1'], tables: ['notes'], purpose: 'decide' });
      const text = `${row![0] as string}+`;
      await world.committer.commit([changeNote('aa1', row![1] as number, text)]);
    };
    await Promise.all(Array.from({ length: 10 }, () => retryOnConflict(count, 50)));
    const sql = 'SELECT "text" FROM "notes"';
    assert.deepEqual(await world.database.read({ sql, params: [], tables: ['notes'], purpose: 'show' }), [
      ['aa1++++++++++'],
    ]);
    let tries = 0;
    const never = retryOnConflict(async () => {
      tries++;
      throw new ConflictError('notes', 'aa1');
    }, 3);
    await assert.rejects(never, ConflictError);
    assert.equal(tries, 3);
    await assert.rejects(
      retryOnConflict(async () => {
        tries++;
        throw new Error('other');
      }, 3),
      /other/,
    );
    assert.equal(tries, 4);
  });
});
