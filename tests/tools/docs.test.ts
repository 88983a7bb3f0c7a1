import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { renderOptionsPage } from '../../src/config/option-docs.ts';
import { ROOT } from '../../tools/steps.ts';

test('the options page is what the options table makes of it (npm run docs)', () => {
  assert.equal(readFileSync(path.join(ROOT, 'docs/options.md'), 'utf8'), renderOptionsPage());
});
