import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import { StatementCache } from '../../src/engines/database/sqlite/statements.ts';

it('keeps prepared statements by their number and by what they weigh, and frees what it lets go', () => {
  const connection = new DatabaseSync(':memory:');
  const cache = new StatementCache(connection, 10, () => undefined);
  const long = (index: number): string => `SELECT ${index} /* ${'x'.repeat(600_000)} */`;
  const first = cache.get(long(1)).statement;
  assert.equal(cache.get(long(1)).statement, first);
  for (const index of [2, 3, 4]) cache.get(long(index));
  assert.throws(() => first.all(), 'freed, because all together are too long');
  assert.deepEqual(cache.get(long(1)).statement.all(), [[1]], 'prepared anew');
  const short = cache.get('SELECT 0').statement;
  for (let index = 1; index <= 10; index += 1) cache.get(`SELECT ${index}`);
  assert.throws(() => short.all(), 'freed, because there are too many');
  const last = cache.get('SELECT 10').statement;
  cache.clear();
  assert.throws(() => last.all());
  connection.close();
});
