import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Change } from '../../model/commit.ts';
import { type CreateDatabaseTarget, createPosts, index, insert, onBench, remove } from './contract-bench.ts';

/** The part of the database suite about changes of tables that hold rows. */
// tidy: function 115 because it is a list of tests.
export function testSchemaChanges(create: CreateDatabaseTarget): void {
  // tidy: function 115 because it is a list of tests.
  onBench('schema changes on live data', create, (bench) => {
    const alter = (change: Partial<Extract<Change, { kind: 'schema' }>['change']>): Change =>
      ({
        kind: 'schema',
        change: { kind: 'alterTable', table: 'posts', rename: 'posts', drop: [], change: [], add: [], ...change },
      }) as Change;

    it('swaps the names of two columns', async () => {
      await bench().done(insert('r1', { title: 'was title', tags: '["was tags"]' }));
      await bench().done(
        alter({
          change: [
            { from: 'title', to: 'tags', convert: null, type: 'text' },
            { from: 'tags', to: 'title', convert: null, type: 'list' },
          ],
        }),
      );
      assert.deepEqual(await bench().row('r1', ['title', 'tags', '@version']), ['["was tags"]', 'was title', 1]);
      await bench().done(
        alter({
          change: [
            { from: 'title', to: 'tags', convert: null, type: 'list' },
            { from: 'tags', to: 'title', convert: null, type: 'text' },
          ],
        }),
      );
      assert.deepEqual(await bench().row('r1', ['title', 'tags']), ['was title', '["was tags"]']);
    });

    it('wraps single values and unwraps lists, and gives new rows the new default', async () => {
      await bench().done(insert('x1', { title: 'a"b', tags: '["p","q"]' }), insert('x2'));
      await bench().done(
        alter({
          change: [
            { from: 'title', to: 'title', convert: 'wrap', type: 'list' },
            { from: 'tags', to: 'tag', convert: 'unwrap', type: 'text' },
          ],
        }),
      );
      assert.deepEqual(await bench().row('x1', ['title', 'tag']), ['["a\\"b"]', 'q']);
      assert.deepEqual(await bench().row('x2', ['title', 'tag']), ['[]', '']);
      await bench().done(
        alter({
          change: [
            { from: 'title', to: 'title', convert: 'unwrap', type: 'text' },
            { from: 'tag', to: 'tags', convert: 'wrap', type: 'list' },
          ],
        }),
      );
      assert.deepEqual(await bench().row('x1', ['title', 'tags']), ['a"b', '["q"]']);
      const bare: Change = { kind: 'insert', table: 'posts', collectionId: 'c1', id: 'x3', row: { id: 'x3' } };
      await bench().done(bare);
      assert.deepEqual(await bench().row('x3', ['title', 'rank', 'done', 'tags', 'extra']), ['', 0, 0, '[]', null]);
    });

    it('adds and drops columns together with rows of the same commit', async () => {
      await bench().done(
        alter({
          drop: ['extra'],
          add: [
            { name: 'score', type: 'number' },
            { name: 'place', type: 'point' },
          ],
        }),
        { kind: 'insert', table: 'posts', collectionId: 'c1', id: 'y1', row: { id: 'y1', score: 2.5 } },
      );
      assert.deepEqual(await bench().row('y1', ['score', 'place']), [2.5, '{"lon":0,"lat":0}']);
      assert.deepEqual(await bench().row('x1', ['score']), [0]);
      await assert.rejects(bench().row('y1', ['extra']), { name: 'DatabaseError', kind: 'query' });
      await bench().done(alter({ drop: ['score', 'place'], add: [{ name: 'extra', type: 'json' }] }));
      assert.deepEqual(await bench().row('y1', ['extra']), [null]);
    });

    it('refuses a unique index over duplicates, and everything else of that commit', async () => {
      await bench().done(insert('d1', { title: 'same' }), insert('d2', { title: 'same' }));
      const outcome = await bench().commit(insert('d3'), index('posts_title', true, '("title")'), insert('d4'));
      assert.ok(outcome.kind === 'refused' && outcome.refusal.kind === 'schema', JSON.stringify(outcome));
      assert.deepEqual([outcome.refusal.table, outcome.refusal.index], ['posts', 'posts_title']);
      assert.equal(await bench().row('d3'), undefined);
      await bench().done(remove('d2', 1));
      await bench().done(index('posts_title', true, '("title") WHERE "title" = \'same\''));
      assert.equal((await bench().commit(insert('d5', { title: 'same' }))).kind, 'refused');
      await bench().done({ kind: 'schema', change: { kind: 'dropIndex', index: 'posts_title' } });
      await bench().done(insert('d5', { title: 'same' }));
    });

    it('undoes a schema change that is refused later in its commit', async () => {
      const outcome = await bench().commit(alter({ rename: 'articles', drop: ['rank'] }), insert('x1', {}, 'articles'));
      assert.equal(outcome.kind, 'refused');
      assert.deepEqual(await bench().row('x1', ['rank']), [0]);
    });

    it('renames tables, also in case only, and refuses commits for the old name', async () => {
      await bench().done(alter({ rename: 'Posts' }));
      await bench().done({
        ...alter({ rename: 'articles' }),
        change: { ...(alter({ rename: 'articles' }) as never as { change: object }).change, table: 'Posts' },
      } as Change);
      assert.deepEqual(await bench().row('x1', ['title'], 'articles'), ['a"b']);
      const late = await bench().commit(insert('late'));
      assert.ok(late.kind === 'refused' && late.refusal.kind === 'conflict');
      await bench().done(insert('z1', {}, 'articles'));
    });

    it('creates and drops tables', async () => {
      await bench().done(createPosts);
      assert.deepEqual(await bench().ids(), []);
      const twice = await bench().commit(createPosts);
      assert.ok(twice.kind === 'refused' && twice.refusal.kind === 'schema');
      await bench().done({ kind: 'schema', change: { kind: 'dropTable', table: 'posts' } });
      await assert.rejects(bench().ids(), { name: 'DatabaseError', kind: 'query' });
    });
  });
}
