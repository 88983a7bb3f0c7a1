import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LimitedRequest, type LimitScope, RateLimitRules } from '../../../src/services/guards/rate-limit-rules.ts';
import type { RateLimitRule } from '../../../src/services/settings/settings.ts';

function rules(...labels: (string | readonly [label: string, audience: string])[]): RateLimitRules {
  const list = labels.map((each): RateLimitRule => {
    const [label, audience] = typeof each === 'string' ? [each, ''] : each;
    return { label, audience, duration: 1, maxRequests: 1 };
  });
  return new RateLimitRules({ enabled: true, excludedIPs: [], rules: list });
}

const list: LimitScope = {
  collectionId: 'pbc_1',
  collectionName: 'posts',
  route: 'GET /api/collections/:collection/records',
  tags: ['list'],
};

function request(path: string, more: Partial<LimitedRequest> = {}): LimitedRequest {
  return { method: 'GET', path, isSignedIn: false, scope: null, ...more };
}

function found(set: RateLimitRules, asked: LimitedRequest): string | undefined {
  const rule = set.find(asked)?.rule;
  return rule && `${rule.label}${rule.audience}`;
}

describe('rate limit rules', () => {
  const records = '/api/collections/posts/records';
  const listed = request(records, { scope: list });

  it('look for the most specific label first, whatever the order of the rules', () => {
    const all = ['/api/', records, `GET ${records}`, '*:list', 'posts:list'];
    const chosen: (string | undefined)[] = [];
    while (all.length > 0) {
      chosen.push(found(rules(...all), listed));
      all.pop();
    }
    assert.deepEqual(chosen, ['posts:list', '*:list', `GET ${records}`, records, '/api/']);
    assert.equal(found(rules('comments:list', '*:view', '/other/'), listed), undefined);
  });

  it('try the tags in their order', () => {
    const scope = { ...list, tags: ['authWithPassword', 'auth'] };
    const login = request('/api/collections/posts/auth-with-password', { method: 'POST', scope });
    assert.equal(found(rules('*:auth', 'posts:auth', '*:authWithPassword'), login), 'posts:auth');
    assert.equal(found(rules('*:auth', '*:authWithPassword'), login), '*:authWithPassword');
  });

  it('use labels with a method, and prefixes in the order of the rules', () => {
    const health = request('/api/health');
    assert.equal(found(rules('POST /api/health', '/api/health'), health), '/api/health');
    assert.equal(found(rules('/api/', '/api/health/'), health), '/api/');
    assert.equal(found(rules('/api/health/'), health), '/api/health/');
    assert.equal(found(rules('GET /api/'), health), 'GET /api/');
    assert.equal(found(rules('/api/he/'), health), undefined);
    assert.equal(found(rules('/'), request('/index.html')), '/');
  });

  it('pass over rules for others', () => {
    const set = rules(['/api/', '@auth'], ['/api/', '@guest']);
    assert.equal(found(set, request('/api/x')), '/api/@guest');
    assert.equal(found(set, request('/api/x', { isSignedIn: true })), '/api/@auth');
    assert.equal(found(rules(['/api/x', '@auth'], '/api/'), request('/api/x')), '/api/');
  });

  it('count collections and routes apart, other paths by the rule', () => {
    const set = rules('/api/');
    const counter = (asked: LimitedRequest): string | undefined => set.find(asked)?.counter;
    assert.equal(counter(request('/api/a')), counter(request('/api/b')));
    assert.notEqual(counter(listed), counter(request('/api/a')));
    assert.notEqual(counter(listed), counter({ ...listed, scope: { ...list, collectionId: 'pbc_2' } }));
    assert.notEqual(counter(listed), counter({ ...listed, scope: { ...list, tags: ['view'], route: 'GET /x/:id' } }));
  });
});
