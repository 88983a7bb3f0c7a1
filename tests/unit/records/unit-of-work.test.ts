import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Database } from '../../../src/engines/database/database.ts';
import { openSqlite } from '../../../src/engines/database/sqlite/sqlite.ts';
import { RefusedError } from '../../../src/log/commit.ts';
import type { Change } from '../../../src/model/commit.ts';
import { ApiError } from '../../../src/model/errors.ts';
import { bootstrap, paramsTable } from '../../../src/services/collections/bootstrap.ts';
import { RecordStore } from '../../../src/services/records/store.ts';
import { UnitOfWork } from '../../../src/services/records/unit-of-work.ts';

let folder: string;
let database: Database;
let calls: string[];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pando-unit-'));
  database = new Database(await openSqlite(folder));
  await bootstrap(database);
  calls = [];
});

afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

function createUnit(): UnitOfWork {
  const unit = new UnitOfWork(database, new RecordStore(database));
  const row = { id: 'one', value: null, created: '', updated: '' };
  const change: Change = { kind: 'insert', table: paramsTable, collectionId: paramsTable, id: 'one', row };
  unit.add(change);
  unit.afterCommit(() => void calls.push('committed'));
  unit.afterFailure(() => void calls.push('taken back'));
  return unit;
}

describe('unit of work', () => {
  it('takes back what was put in place only for a commit that did not happen', async () => {
    await createUnit().commit();
    assert.deepEqual(calls.splice(0), ['committed']);
    const again = createUnit();
    await assert.rejects(again.commit(), RefusedError);
    await again.abandon();
    assert.deepEqual(calls, ['taken back']);
  });

  it('leaves everything as it is when nobody knows whether the commit happened', async () => {
    const unit = createUnit();
    // A store that has ended answers that it cannot tell.
    await database.close();
    await assert.rejects(unit.commit(), (error: unknown) => error instanceof ApiError && error.status === 503);
    await unit.abandon();
    assert.deepEqual(calls, []);
  });
});
