import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Change, LogEntry } from '../../model/commit.ts';
import { type CreateDatabaseTarget, index, insert, onBench, remove, rowOf, update } from './contract-bench.ts';

/** The part of the database suite about the log. */
// tidy: function 95 because it is a list of tests.
export function testLog(create: CreateDatabaseTarget): void {
  // tidy: function 95 because it is a list of tests.
  onBench('the log', create, (bench) => {
    it('has one entry per commit, in order, with whole rows', async () => {
      const start = await bench().driver.headPosition();
      const inserted = await bench().done(insert('l1', { title: 'one' }), insert('l2'));
      await bench().commit(insert('l1'));
      const updated = await bench().done({
        ...update('l1', 1, { title: 'two' }),
        row: rowOf('l1', { title: 'two' }),
      } as Change);
      const removed = await bench().done(remove('l2', 1));
      const entries = await bench().driver.readLog(start, 100);
      assert.deepEqual(
        entries.map((entry) => entry.position),
        [inserted, updated, removed],
      );
      assert.deepEqual(
        entries.map((entry) => entry.changes.map(({ action, id, version }) => [action, id, version])),
        [
          [
            ['create', 'l1', 1],
            ['create', 'l2', 1],
          ],
          [['update', 'l1', 2]],
          [['delete', 'l2', 1]],
        ],
      );
      assert.deepEqual(entries[1]!.changes[0]!.row, rowOf('l1', { title: 'two' }));
      assert.equal(entries[0]!.changes[0]!.collectionId, 'c1');
      assert.equal(entries[0]!.schema, false);
      assert.ok(start < inserted && inserted < updated && updated < removed);
      assert.equal(await bench().driver.headPosition(), removed);
    });

    it('tells listeners everything once, in order, before the answer', async () => {
      const heard: LogEntry[] = [];
      const stop = bench().driver.onDurable((entries) => void heard.push(...entries));
      const head = await bench().driver.headPosition();
      const commits = Array.from({ length: 50 }, async (_, i) => {
        const position = await bench().done(insert(`h${i}`));
        assert.ok(heard.some((entry) => entry.position === position));
      });
      await Promise.all(commits);
      stop();
      await bench().done(insert('h-later'));
      const logged = await bench().driver.readLog(head, 50);
      assert.deepEqual(
        heard.map((entry) => entry.position),
        logged.map((entry) => entry.position),
      );
      assert.deepEqual(heard[10]!.changes, logged[10]!.changes);
      assert.equal(heard.length, 50);
    });

    it('agrees with the rows', async () => {
      const rows = new Map<string, string>();
      for (const entry of await bench().wholeLog()) {
        for (const change of entry.changes) {
          if (change.action === 'delete') rows.delete(change.id);
          else rows.set(change.id, change.row['title'] as string);
        }
      }
      assert.deepEqual([...rows.keys()].toSorted(), await bench().ids());
    });

    it('marks commits that change the schema', async () => {
      const head = await bench().driver.headPosition();
      await bench().done(index('posts_rank', false, '("rank")'), insert('m1'));
      const [entry] = await bench().driver.readLog(head, 1);
      assert.equal(entry!.schema, true);
      assert.deepEqual(
        entry!.changes.map((change) => change.id),
        ['m1'],
      );
    });

    it('trims what is told, never the newest entry, and tells from where it is complete', async () => {
      const all = await bench().wholeLog();
      assert.equal(await bench().driver.logLength(), all.length);
      assert.equal(await bench().driver.tailPosition(), '');
      const cut = all[4]!.position;
      assert.equal(await bench().driver.trimLog(cut), 5);
      assert.equal(await bench().driver.tailPosition(), cut);
      assert.equal((await bench().driver.readLog('', 1))[0]!.position, all[5]!.position);
      const head = await bench().driver.headPosition();
      for (let round = 0; round < 10 && (await bench().driver.trimLog(head)) > 0; round++);
      assert.equal((await bench().wholeLog()).length, 1);
      assert.equal(await bench().driver.logLength(), 1);
      assert.equal(await bench().driver.headPosition(), head);
      await bench().reopen();
      assert.equal(await bench().driver.headPosition(), head);
      assert.ok((await bench().done(insert('t-after'))) > head);
    });
  });
}
