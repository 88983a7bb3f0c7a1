// Settings: shape, merge, validation. Contract part 2, section 9.1.
import { absent, exactly } from '../../src/testing/match.ts';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const path = '/api/settings';

function changes(name: string, json: object, body: object, more: Partial<Scenario> = {}): Scenario {
  return { name, method: 'PATCH', path, as: 'superuser', json, status: 200, body, ...more };
}

function refuses(name: string, json: object, data: object): Scenario {
  const body = { message: 'An error occurred while saving the new settings.', data };
  return { name, method: 'PATCH', path, as: 'superuser', json, status: 400, body };
}

const bucket = { enabled: false, bucket: '', region: '', endpoint: '', accessKey: '', forcePathStyle: false };

async function setUp(world: World): Promise<void> {
  await world.createUser('user1', { id: 'user00000000001' });
}

apiSuite('settings', setUp, (suite) => {
  suite.scenarios('who', [
    { name: 'guest: GET', path, status: 401 },
    { name: 'guest: PATCH', method: 'PATCH', path, json: {}, status: 401 },
    { name: 'a record: GET', path, as: 'user1', status: 403 },
    { name: 'a record: PATCH', method: 'PATCH', path, as: 'user1', json: {}, status: 403 },
  ]);

  suite.scenarios('shape', [
    {
      name: 'as they come, without secrets',
      path,
      as: 'superuser',
      status: 200,
      body: {
        superuserIPs: exactly([]),
        smtp: exactly({
          enabled: false,
          port: 587,
          host: 'smtp.example.com',
          username: '',
          authMethod: '',
          tls: false,
          localName: '',
        }),
        backups: exactly({ cron: '', cronMaxKeep: 3, s3: bucket }),
        s3: exactly(bucket),
        meta: exactly({
          accentColor: '#1055c9',
          appName: 'Acme',
          appURL: 'http://localhost:8090',
          senderName: 'Support',
          senderAddress: 'support@example.com',
          hideControls: false,
        }),
        rateLimits: exactly({
          enabled: false,
          excludedIPs: [],
          rules: [
            { label: '*:auth', audience: '', duration: 3, maxRequests: 2 },
            { label: '*:create', audience: '', duration: 5, maxRequests: 20 },
            { label: '/api/batch', audience: '', duration: 1, maxRequests: 3 },
            { label: '/api/', audience: '', duration: 10, maxRequests: 300 },
          ],
        }),
        trustedProxy: exactly({ headers: [], useLeftmostIP: false }),
        batch: exactly({ enabled: false, maxRequests: 50, timeout: 3, maxBodySize: 0 }),
        logs: exactly({ maxDays: 5, minLevel: 0, logIP: true, logAuthId: false }),
      },
    },
    {
      name: 'fields',
      path: `${path}?fields=meta.appName,batch.enabled`,
      as: 'superuser',
      status: 200,
      body: exactly({ meta: { appName: 'Acme' }, batch: { enabled: false } }),
    },
  ]);

  suite.scenarios('change', [
    changes('nothing', {}, { meta: { appName: 'Acme' } }),
    changes(
      'one value of a group',
      { meta: { appName: 'Grove' } },
      { meta: { appName: 'Grove', senderName: 'Support' } },
    ),
    { name: 'it is kept', path, as: 'superuser', status: 200, body: { meta: { appName: 'Grove' } } },
    changes(
      'batch',
      { batch: { enabled: true } },
      { batch: exactly({ enabled: true, maxRequests: 50, timeout: 3, maxBodySize: 0 }) },
    ),
    changes(
      'a secret is not shown',
      { smtp: { password: 'a secret' } },
      { smtp: { password: absent, host: 'smtp.example.com' } },
      { excludes: ['a secret'] },
    ),
    changes(
      'lists merge by position',
      { rateLimits: { rules: [{ maxRequests: 9 }] } },
      { rateLimits: { rules: exactly([{ label: '*:auth', audience: '', duration: 3, maxRequests: 9 }]) } },
    ),
    changes('unknown keys are ignored', { nothing: 1 }, { nothing: absent }),
  ]);

  suite.scenarios('validation', [
    refuses('no name', { meta: { appName: '' } }, { meta: { appName: { code: 'validation_required' } } }),
    refuses('a wrong URL', { meta: { appURL: 'nonsense url' } }, { meta: { appURL: { code: 'validation_is_url' } } }),
    refuses(
      'a wrong sender',
      { meta: { senderAddress: 'wrong' } },
      { meta: { senderAddress: { code: 'validation_is_email' } } },
    ),
    refuses(
      'a batch without limits',
      { batch: { enabled: true, maxRequests: 0, timeout: 0 } },
      { batch: { maxRequests: { code: 'validation_required' }, timeout: { code: 'validation_required' } } },
    ),
    refuses(
      'a negative number of days',
      { logs: { maxDays: -1 } },
      { logs: { maxDays: { code: 'validation_min_greater_equal_than_required' } } },
    ),
    refuses(
      'a rate limit without rules',
      { rateLimits: { enabled: true, rules: [] } },
      { rateLimits: { rules: { code: 'validation_required' } } },
    ),
    refuses(
      'a rate limit with a wrong label',
      { rateLimits: { enabled: true, rules: [{ label: 'a b c', duration: 1, maxRequests: 1 }] } },
      { rateLimits: { rules: { 0: { label: { code: 'validation_match_invalid' } } } } },
    ),
    { name: 'a wrong type', method: 'PATCH', path, as: 'superuser', json: { batch: { enabled: 'yes' } }, status: 400 },
    {
      name: 'nothing of a failed change is kept',
      path,
      as: 'superuser',
      status: 200,
      body: { meta: { appName: 'Grove' }, batch: { maxRequests: 50 } },
    },
  ]);

  suite.scenarios('rate limits', [
    changes(
      'three reads in a long window',
      { rateLimits: { enabled: true, rules: [{ label: 'users:list', audience: '', duration: 600, maxRequests: 3 }] } },
      { rateLimits: { enabled: true } },
    ),
    ...[1, 2, 3].map(
      (number): Scenario => ({ name: `request ${number}`, path: '/api/collections/users/records', status: 200 }),
    ),
    {
      name: 'request 4',
      path: '/api/collections/users/records',
      status: 429,
      body: exactly({ data: {}, message: 'Too Many Requests.', status: 429 }),
    },
    { name: 'superusers are not counted', path: '/api/collections/users/records', as: 'superuser', status: 200 },
    {
      name: 'other routes are not counted',
      path: '/api/collections/users/records/user00000000001',
      as: 'user1',
      status: 200,
    },
    {
      name: 'a spoofed address does not help',
      path: '/api/collections/users/records',
      headers: { 'X-Forwarded-For': '203.0.113.9', 'X-Real-IP': '203.0.113.9' },
      status: 429,
    },
    changes('off again', { rateLimits: { enabled: false } }, { rateLimits: { enabled: false } }),
    { name: 'no limit', path: '/api/collections/users/records', status: 200 },
    changes(
      'a trusted proxy tells the address',
      { trustedProxy: { headers: ['X-Forwarded-For'] } },
      { trustedProxy: { headers: ['X-Forwarded-For'] } },
    ),
    {
      name: 'the last address counts',
      path: '/api/health',
      as: 'superuser',
      headers: (world) => ({
        Authorization: world.tokenOf('superuser'),
        'X-Forwarded-For': '198.51.100.1, 203.0.113.9',
      }),
      status: 200,
      body: { data: { realIP: '203.0.113.9' } },
    },
  ]);
});
