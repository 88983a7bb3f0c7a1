import assert from 'node:assert/strict';
import { it } from 'node:test';
import { DatabaseError } from '../../../src/engines/database/database.ts';
import { toErrorResponse } from '../../../src/http/error-response.ts';

it('a store that cannot answer is busy; a statement that it refuses is a bad request', () => {
  const busy = toErrorResponse(new DatabaseError('unavailable', 'Too many slow statements are waiting.'));
  assert.equal(busy.status, 503);
  assert.ok(busy.retryAfterS > 0);
  assert.ok(!busy.body.includes('statements'));
  for (const kind of ['query', 'timeout'] as const) {
    assert.equal(toErrorResponse(new DatabaseError(kind, 'no such column: secret')).status, 400);
  }
});
