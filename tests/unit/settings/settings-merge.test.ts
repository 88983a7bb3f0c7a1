import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FormatError } from '../../../src/model/format-error.ts';
import { publicSettings } from '../../../src/services/settings/public-settings.ts';
import { renameInLabels } from '../../../src/services/settings/rate-limit-labels.ts';
import { mergeSettings, readStoredSettings } from '../../../src/services/settings/settings-merge.ts';
import { defaultSettings } from '../../../src/services/settings/settings.ts';
import type { JsonObject } from '../../../src/util/json.ts';

describe('settings, merged', () => {
  it('keep what a patch does not name', () => {
    const merged = mergeSettings(defaultSettings, { meta: { appName: 'Grove' }, unknown: { x: 1 } });
    assert.equal(merged.meta.appName, 'Grove');
    assert.deepEqual({ ...merged, meta: defaultSettings.meta }, defaultSettings);
  });

  it('merge lists of objects by position and cut them to the new length', () => {
    const { rules } = mergeSettings(defaultSettings, {
      rateLimits: { rules: [{ maxRequests: 7 }, { label: 'users:list' }] },
    }).rateLimits;
    assert.deepEqual(rules, [
      { label: '*:auth', audience: '', duration: 3, maxRequests: 7 },
      { label: 'users:list', audience: '', duration: 5, maxRequests: 20 },
    ]);
  });

  it('start a new member of a list from nothing', () => {
    const none = mergeSettings(defaultSettings, { rateLimits: { rules: [] } });
    const { rules } = mergeSettings(none, { rateLimits: { rules: [{ label: 'a' }] } }).rateLimits;
    assert.deepEqual(rules, [{ label: 'a', audience: '', duration: 0, maxRequests: 0 }]);
  });

  it('take null for "empty" where there is an empty, and for "as it is" elsewhere', () => {
    const start = mergeSettings(defaultSettings, { superuserIPs: ['10.0.0.1'], logs: { maxDays: 3 } });
    const merged = mergeSettings(start, {
      superuserIPs: null,
      logs: { maxDays: null },
      meta: null,
      batch: { enabled: null },
    });
    assert.deepEqual(merged.superuserIPs, []);
    assert.equal(merged.logs.maxDays, 3);
    assert.equal(merged.batch.enabled, false);
  });

  const wrong: readonly JsonObject[] = [
    { meta: 'x' },
    { meta: { appName: 5 } },
    { logs: { maxDays: 1.5 } },
    { logs: { maxDays: '3' } },
    { superuserIPs: 'x' },
    { rateLimits: { rules: ['x'] } },
  ];
  for (const patch of wrong) {
    it(`refuse values of another kind: ${JSON.stringify(patch)}`, () => {
      assert.throws(() => mergeSettings(defaultSettings, patch), FormatError);
    });
  }

  it('that were stored by an older version get the defaults of what is new', () => {
    assert.deepEqual(readStoredSettings({ meta: { appName: 'Old' } }), {
      ...defaultSettings,
      meta: { ...defaultSettings.meta, appName: 'Old' },
    });
  });
});

describe('settings, shown', () => {
  it('have no secrets', () => {
    const secret = 'very-secret';
    const settings = mergeSettings(defaultSettings, {
      smtp: { password: secret },
      s3: { secret },
      backups: { s3: { secret } },
    });
    const shown = JSON.stringify(publicSettings(settings));
    assert.ok(!shown.includes(secret) && !shown.includes('"password"') && !shown.includes('"secret"'), shown);
    assert.equal(settings.smtp.password, secret);
  });
});

describe('rate limit labels', () => {
  it('follow a collection to its new name', () => {
    const rule = { label: 'posts:list', audience: '', duration: 1, maxRequests: 1 };
    const others = ['posts2:list', '*:list', '/posts'].map((label) => ({ ...rule, label }));
    assert.deepEqual(
      renameInLabels([rule, ...others], 'posts', 'articles')?.map(({ label }) => label),
      ['articles:list', 'posts2:list', '*:list', '/posts'],
    );
    assert.equal(renameInLabels(others, 'posts', 'articles'), null);
  });
});
