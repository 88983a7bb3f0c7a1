import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Commit, CommitOutcome, Row, UnreferencedExpectation } from '../../model/commit.ts';
import { type CreateDatabaseTarget, commitOf, index, insert, onBench, remove, update } from './contract-bench.ts';

/** The part of the database suite about commits that happen. */
// tidy: function 90 because it is a list of tests.
export function testCommits(create: CreateDatabaseTarget): void {
  // tidy: function 90 because it is a list of tests.
  onBench('commits', create, (bench) => {
    it('keeps every value exactly', async () => {
      const values: Row = {
        title: 'déjà \u{1F333} "quoted" \'single\' % _ \n',
        rank: 1e18,
        done: 1,
        tags: '["a","b"]',
        extra: '{"a":1.50}',
      };
      await bench().done(insert('v1', values), insert('v2', { rank: -0.1 }), insert('v3', { rank: 2 ** 53 }));
      const names = ['title', 'rank', 'done', 'tags', 'extra', '@version'];
      assert.deepEqual(await bench().row('v1', names), [...names.slice(0, -1).map((name) => values[name]!), 1]);
      assert.deepEqual(await bench().row('v2', ['title', 'rank', 'extra']), ['', -0.1, null]);
      assert.deepEqual(await bench().row('v3', ['rank']), [2 ** 53]);
    });

    it('changes only the columns of `set`, and counts versions', async () => {
      await bench().done(insert('u1', { title: 'one', rank: 1 }));
      await bench().done(update('u1', 1, { title: 'two' }));
      assert.deepEqual(await bench().row('u1', ['title', 'rank', '@version']), ['two', 1, 2]);
      await bench().done(update('u1', 2, {}));
      assert.deepEqual(await bench().row('u1', ['title', '@version']), ['two', 3]);
      await bench().done(remove('u1', 3));
      assert.equal(await bench().row('u1'), undefined);
    });

    it('does all of a commit or nothing', async () => {
      await bench().done(insert('a1'));
      const outcome = await bench().commit(insert('a2'), update('a1', 1, { title: 'x' }), insert('a1'));
      assert.equal(outcome.kind, 'refused');
      assert.equal(await bench().row('a2'), undefined);
      assert.deepEqual(await bench().row('a1', ['title', '@version']), ['', 1]);
    });

    it('applies the changes of a commit in order', async () => {
      await bench().done(insert('o1'), update('o1', 1, { title: 'b' }), update('o1', 2, { title: 'c' }));
      assert.deepEqual(await bench().row('o1', ['title', '@version']), ['c', 3]);
      await bench().done(remove('o1', 3), insert('o1', { title: 'again' }));
      assert.deepEqual(await bench().row('o1', ['title', '@version']), ['again', 1]);
    });

    it('keeps the order of calls that are not waited for', async () => {
      const outcomes = await Promise.all([
        bench().commit(insert('q1')),
        bench().commit(update('q1', 1, { rank: 1 })),
        bench().commit(update('q1', 2, { rank: 2 })),
        bench().commit(remove('q1', 3)),
      ]);
      assert.deepEqual(
        outcomes.map((outcome) => outcome.kind),
        ['done', 'done', 'done', 'done'],
      );
    });

    it('lets a refused commit harm none of its neighbours', async () => {
      await bench().done(insert('n-taken'));
      const commits = Array.from({ length: 60 }, (_, i) =>
        i % 3 === 0 ? [insert(`n${i}`), insert('n-taken')] : [insert(`n${i}`), insert(`n${i}b`)],
      );
      const outcomes = await Promise.all(commits.map((changes) => bench().commit(...changes)));
      const ids = new Set(await bench().ids());
      for (const [i, outcome] of outcomes.entries()) {
        assert.equal(outcome.kind, i % 3 === 0 ? 'refused' : 'done');
        assert.equal(ids.has(`n${i}`), i % 3 !== 0);
        assert.equal(ids.has(`n${i}b`), i % 3 !== 0);
      }
    });

    it('shows a commit to every read that starts after its answer', async () => {
      for (let i = 0; i < 20; i++) {
        await bench().done(insert(`w${i}`));
        const decide = await bench().query('SELECT "id" FROM "posts" WHERE "id" = ?', [`w${i}`], { purpose: 'decide' });
        assert.equal(decide.length, 1);
        assert.notEqual(await bench().row(`w${i}`), undefined);
      }
    });
  });
}

/** The part of the database suite about commits that are refused. */
// tidy: function 110 because it is a list of tests.
export function testRefusals(create: CreateDatabaseTarget): void {
  // tidy: function 110 because it is a list of tests.
  onBench('refusals', create, (bench) => {
    const refusal = async (commit: Promise<CommitOutcome>): Promise<unknown> => {
      const outcome = await commit;
      assert.equal(outcome.kind, 'refused', JSON.stringify(outcome));
      return outcome.kind === 'refused' ? outcome.refusal : undefined;
    };

    it('refuses changes of rows that changed or went meanwhile', async () => {
      await bench().done(insert('c1'));
      await bench().done(update('c1', 1, { title: 'x' }));
      const conflict = { kind: 'conflict', table: 'posts', id: 'c1' };
      assert.deepEqual(await refusal(bench().commit(update('c1', 1, { title: 'y' }))), conflict);
      assert.deepEqual(await refusal(bench().commit(remove('c1', 1))), conflict);
      await bench().done(remove('c1', 2));
      assert.deepEqual(await refusal(bench().commit(update('c1', 2, { title: 'y' }))), conflict);
      assert.deepEqual(await refusal(bench().commit(remove('c1', 2))), conflict);
    });

    it('lets exactly one of many concurrent changes of a version win', async () => {
      await bench().done(insert('race'));
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, i) => bench().commit(update('race', 1, { rank: i }))),
      );
      assert.equal(outcomes.filter((outcome) => outcome.kind === 'done').length, 1);
      assert.deepEqual(await bench().row('race', ['@version']), [2]);
    });

    it('names the columns of a broken uniqueness', async () => {
      await bench().done(
        index('posts_pair', true, '("title", "rank")'),
        index('posts_some', true, `("tags") WHERE "tags" != '[]'`),
        index('posts_lower', true, '(lower("extra"))'),
      );
      await bench().done(insert('s1', { title: 't', rank: 7, tags: '["x"]', extra: '"A"' }));
      const unique = (...names: string[]): unknown => ({ kind: 'unique', table: 'posts', columns: names, change: 0 });
      assert.deepEqual(await refusal(bench().commit(insert('s1', { title: 'other' }))), unique('id'));
      assert.deepEqual(await refusal(bench().commit(insert('s2', { title: 't', rank: 7 }))), unique('title', 'rank'));
      assert.deepEqual(await refusal(bench().commit(insert('s3', { title: 's3', tags: '["x"]' }))), unique('tags'));
      assert.deepEqual(await refusal(bench().commit(insert('s4', { title: 'u', extra: '"a"' }))), unique('extra'));
      await bench().done(insert('s5', { title: 'u' }), insert('s6', { title: 'v' }));
      assert.deepEqual(await refusal(bench().commit(update('s6', 1, { title: 'u' }))), unique('title', 'rank'));
    });

    it('holds expectations at the moment of the commit', async () => {
      await bench().done(insert('e1', { title: 'e1' }));
      const here = { table: 'posts', id: 'e1' };
      const gone = { table: 'posts', id: 'e-none' };
      let i = 0;
      const tryWith = (...expects: Commit['expects']): Promise<CommitOutcome> =>
        bench().driver.commit(commitOf([insert(`e-new${++i}`, { title: `e-new${i}` })], { expects }));
      assert.equal((await tryWith({ kind: 'exists', ...here }, { kind: 'absent', ...gone })).kind, 'done');
      assert.equal((await tryWith({ kind: 'version', ...here, version: 1 })).kind, 'done');
      for (const expectation of [
        { kind: 'exists', ...gone },
        { kind: 'absent', ...here },
        { kind: 'version', ...here, version: 2 },
        { kind: 'version', ...gone, version: 1 },
      ] as const) {
        const conflict = { kind: 'conflict', table: expectation.table, id: expectation.id };
        assert.deepEqual(await refusal(tryWith({ kind: 'exists', ...here }, expectation)), conflict);
        assert.equal(await bench().row(`e-new${i}`), undefined);
      }
    });

    it('knows of references that were written since', async () => {
      await bench().done(insert('r1', { title: 'r1' }));
      const since = await bench().driver.headPosition();
      const to = { kind: 'unreferenced', table: 'posts', ids: ['r0', 'r1'], since } as const;
      const text = { ...to, column: 'title', isList: false };
      const list = { ...to, column: 'tags', isList: true };
      const tryWith = (id: string, expectation: UnreferencedExpectation, values: Row = {}): Promise<CommitOutcome> =>
        bench().driver.commit(commitOf([insert(id, { title: id, ...values })], { expects: [expectation] }));
      assert.equal((await tryWith('r2', list, { tags: '["r3"]' })).kind, 'done');
      await bench().done(insert('r4', { title: 'r4', tags: '["r9","r1"]' }));
      assert.deepEqual(await refusal(tryWith('r5', list)), { kind: 'conflict', table: 'posts', id: 'r0' });
      assert.equal((await tryWith('r6', { ...list, ids: ['r'] })).kind, 'done');
      await bench().done(insert('r7', { title: 'r0' }));
      assert.deepEqual(await refusal(tryWith('r8', text)), { kind: 'conflict', table: 'posts', id: 'r0' });
      // What the commit itself removes does not count.
      const expects = [{ ...list, since: await bench().driver.headPosition() }];
      const last = bench().driver.commit(commitOf([remove('r4', 1), remove('r1', 1)], { expects }));
      assert.equal((await last).kind, 'done');
    });

    it('answers a repeated key with the outcome of the first', async () => {
      const first = await bench().driver.commit(commitOf([insert('k1', { title: 'k1' })], { key: 'key-1' }));
      const again = await bench().driver.commit(commitOf([insert('k2', { title: 'k2' })], { key: 'key-1' }));
      assert.equal(first.kind, 'done');
      assert.deepEqual(again, first);
      assert.equal(await bench().row('k2'), undefined);
      assert.deepEqual(await bench().driver.outcomeOf('key-1'), first);
      assert.equal(await bench().driver.outcomeOf('key-none'), null);
      const many = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          bench().driver.commit(commitOf([insert(`k3-${i}`, { title: `k3-${i}` })], { key: 'key-3' })),
        ),
      );
      assert.equal(new Set(many.map((outcome) => JSON.stringify(outcome))).size, 1);
      assert.equal((await bench().ids()).filter((id) => id.startsWith('k3-')).length, 1);
    });

    it('forgets the key of a refused commit', async () => {
      const refused = await bench().driver.commit(commitOf([update('none', 1, { title: 'f' })], { key: 'key-f' }));
      assert.equal(refused.kind, 'refused');
      assert.equal(await bench().driver.outcomeOf('key-f'), null);
      const done = await bench().driver.commit(commitOf([insert('f1', { title: 'f1' })], { key: 'key-f' }));
      assert.equal(done.kind, 'done');
    });
  });
}
