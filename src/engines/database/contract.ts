import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  Bench,
  type CreateDatabaseTarget,
  commitOf,
  createPosts,
  index,
  insert,
  onBench,
  update,
} from './contract-bench.ts';
import { testCommits, testRefusals } from './contract-commits.ts';
import { testLog } from './contract-log.ts';
import { testSchemaChanges } from './contract-schema.ts';
import { DatabaseError, type Query } from './driver.ts';

export type { CreateDatabaseTarget, DatabaseTarget } from './contract-bench.ts';

/**
 * Registers the tests that every database driver must pass, against the real thing.
 *
 * @example
 * testDatabaseDriver('postgres', async () => createScratchDatabase());
 */
export function testDatabaseDriver(name: string, create: CreateDatabaseTarget): void {
  describe(`database driver contract: ${name}`, () => {
    testCommits(create);
    testRefusals(create);
    testLog(create);
    testSchemaChanges(create);
    testReads(create);
    testLifecycle(create);
  });
}

function testReads(create: CreateDatabaseTarget): void {
  onBench('reads', create, (bench) => {
    it('rejects a wrong statement by name and goes on', async () => {
      await assert.rejects(bench().query('SELECT nothing FROM nowhere'), { name: 'DatabaseError', kind: 'query' });
      await assert.rejects(bench().query('DELETE FROM "posts"'), { name: 'DatabaseError', kind: 'query' });
      await assert.rejects(bench().query('SELECT FROM WHERE'), DatabaseError);
      assert.deepEqual(await bench().query('SELECT ?', ['fine']), [['fine']]);
    });

    it('never shows half a commit', async () => {
      await bench().done(insert('left', { rank: 50 }), insert('right', { rank: 50 }));
      const writing = { isOver: false };
      const write = async (): Promise<void> => {
        for (let version = 1; version <= 60; version++) {
          const rank = 50 + (version % 40);
          await bench().done(update('left', version, { rank }), update('right', version, { rank: 100 - rank }));
        }
        writing.isOver = true;
      };
      const read = async (purpose: Query['purpose']): Promise<void> => {
        while (!writing.isOver) {
          const sql = `SELECT sum("rank") FROM "posts" WHERE "id" IN ('left', 'right')`;
          assert.deepEqual(await bench().query(sql, [], { purpose }), [[100]]);
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      await Promise.all([write(), read('show'), read('decide')]);
    });

    it('sees pending changes in that one read only', async () => {
      await bench().done(insert('p1', { title: 'before' }));
      const pending = [update('p1', 1, { title: 'after' }), insert('p2')];
      const sql = `SELECT "id", "title" FROM "posts" WHERE "id" IN ('p1', 'p2') ORDER BY "id"`;
      assert.deepEqual(await bench().query(sql, [], { purpose: 'decide', pending }), [
        ['p1', 'after'],
        ['p2', ''],
      ]);
      assert.deepEqual(await bench().query(sql), [['p1', 'before']]);
      const impossible = bench().query(sql, [], { purpose: 'decide', pending: [update('p1', 9, { title: 'x' })] });
      await assert.rejects(impossible, { name: 'DatabaseError', kind: 'query' });
      await bench().done(insert('p3'));
    });
  });
}

function testLifecycle(create: CreateDatabaseTarget): void {
  describe('life', () => {
    it('keeps everything over a restart', async () => {
      const bench = new Bench(await create());
      await bench.open();
      await bench.done(createPosts, index('posts_title', true, '("title")'));
      await bench.done(insert('k1', { title: 'one', rank: 1.5 }));
      await bench.done(update('k1', 1, { title: 'two' }));
      const keyed = await bench.driver.commit(commitOf([insert('k2')], { key: 'the key' }));
      const log = await bench.wholeLog();
      await bench.reopen();
      assert.deepEqual(await bench.row('k1', ['title', 'rank', '@version']), ['two', 1.5, 2]);
      assert.deepEqual(await bench.wholeLog(), log);
      assert.equal(await bench.driver.headPosition(), log.at(-1)!.position);
      assert.deepEqual(await bench.driver.outcomeOf('the key'), keyed);
      assert.equal((await bench.commit(insert('k3', { title: 'two' }))).kind, 'refused');
      assert.ok((await bench.done(insert('k4', { title: 'three' }))) > log.at(-1)!.position);
      await bench.driver.close();
      await bench.target.destroy();
    });

    it('waits for commits in flight on closing, and closes once', async () => {
      const bench = new Bench(await create());
      await bench.open();
      await bench.done(createPosts);
      const commits = Array.from({ length: 30 }, (_, i) => bench.commit(insert(`c${i}`)));
      await Promise.all([bench.driver.close(), bench.driver.close()]);
      await bench.driver.close();
      for (const outcome of await Promise.all(commits)) assert.equal(outcome.kind, 'done');
      assert.notEqual((await bench.commit(insert('late'))).kind, 'done');
      await assert.rejects(bench.ids(), { name: 'DatabaseError', kind: 'unavailable' });
      await bench.open();
      assert.equal((await bench.ids()).length, 30);
      await bench.driver.close();
      await bench.target.destroy();
    });

    it('rejects with a named error when there is nothing to open', async () => {
      const target = await create();
      await assert.rejects(target.openMissing(), { name: 'DatabaseError', kind: 'unavailable' });
      await target.destroy();
    });
  });
}
