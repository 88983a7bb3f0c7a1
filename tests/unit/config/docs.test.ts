import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { findStalePages } from '../../../tools/docs.ts';

test('the generated pages of docs/ say what the code says (if not: node tools/boot.mjs tools/docs.ts)', () => {
  assert.deepEqual(findStalePages(path.join(import.meta.dirname, '../../..')), []);
});
