// The HTTP frame around every endpoint: envelope, routing, headers, CORS, auth header, bodies. Contract part 1, section 1.
import { absent, Check, exactly } from '../../src/testing/match.ts';
import { apiSuite } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const records = '/api/collections/notes/records';
const notFound = { data: exactly({}), message: "The requested resource wasn't found.", status: 404 };

async function setUp(world: World): Promise<void> {
  await world.createCollection({
    name: 'notes',
    listRule: '',
    viewRule: '',
    createRule: '',
    updateRule: '',
    deleteRule: '',
    fields: [
      { name: 'title', type: 'text', max: 200 },
      { name: 'amount', type: 'number' },
      { name: 'done', type: 'bool' },
      { name: 'data', type: 'json' },
      { name: 'tags', type: 'select', maxSelect: 3, values: ['a', 'b', 'c'] },
      { name: 'file', type: 'file', maxSelect: 1, maxSize: 100 },
    ],
  });
  await world.createCollection({ name: 'secret' });
  await world.createRecord('notes', { id: 'note00000000001', title: 'One' });
  await world.createUser('user1', { id: 'user00000000001' });
}

apiSuite('general: HTTP', setUp, (suite) => {
  suite.scenarios('health', [
    {
      name: 'guest',
      path: '/api/health',
      status: 200,
      body: exactly({ message: 'API is healthy.', code: 200, data: {} }),
    },
    {
      name: 'superuser',
      path: '/api/health',
      as: 'superuser',
      status: 200,
      body: {
        code: 200,
        data: {
          canBackup: new Check('a boolean', (value) => typeof value === 'boolean'),
          realIP: '127.0.0.1',
          possibleProxyHeader: '',
        },
      },
    },
    {
      name: 'a record sees no more than a guest',
      path: '/api/health',
      as: 'user1',
      status: 200,
      body: { data: exactly({}) },
    },
  ]);

  suite.scenarios('routing', [
    { name: 'an unknown path', path: '/api/nothing', status: 404, body: notFound },
    { name: 'the bare prefix', path: '/api/', status: 404, body: notFound },
    { name: 'a trailing slash', path: `${records}/`, status: 404, body: notFound },
    { name: 'an unknown method of a known path', method: 'PUT', path: records, status: 404, body: notFound },
    { name: 'an invented method', method: 'PROPFIND', path: records, status: 404, body: notFound },
    { name: 'path segments are case-sensitive', path: '/api/Collections/notes/records', status: 404, body: notFound },
    {
      name: 'a collection by its name in another case',
      path: '/api/collections/NOTES/records',
      status: 200,
      body: { totalItems: 1 },
    },
    {
      name: 'an unknown collection',
      path: '/api/collections/nothing/records',
      status: 404,
      body: exactly({ data: {}, message: 'Missing collection context.', status: 404 }),
    },
    {
      name: 'a percent-encoded segment',
      path: '/api/collections/n%6ftes/records',
      status: 200,
      body: { totalItems: 1 },
    },
    { name: 'a path outside the API', path: '/nothing-here', status: 404 },
    {
      name: 'HEAD answers like GET without a body',
      method: 'HEAD',
      path: records,
      status: 200,
      answerHeaders: { 'content-type': 'application/json' },
      after: (_world, answer) => {
        if (answer.bytes.length > 0) throw new Error('HEAD has a body');
      },
    },
    { name: 'HEAD of an unknown path', method: 'HEAD', path: '/api/nothing', status: 404 },
    { name: 'HEAD of a locked collection', method: 'HEAD', path: '/api/collections/secret/records', status: 403 },
  ]);

  suite.scenarios('envelope and headers', [
    {
      name: 'an error has status, message and data, and ends with a line feed',
      path: '/api/collections/secret/records',
      status: 403,
      body: exactly({ data: {}, message: 'Only superusers can perform this action.', status: 403 }),
      answerHeaders: { 'content-type': 'application/json' },
      after: (_world, answer) => {
        if (!answer.text.endsWith('}\n')) throw new Error('no line feed at the end');
      },
    },
    {
      name: 'security headers',
      path: records,
      status: 200,
      answerHeaders: {
        'x-xss-protection': '1; mode=block',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
        'content-type': 'application/json',
        vary: /Origin/,
      },
    },
    {
      name: 'security headers of an error',
      path: '/api/nothing',
      status: 404,
      answerHeaders: { 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' },
    },
    {
      name: 'a 204 has no body',
      method: 'DELETE',
      path: `${records}/note00000000009`,
      status: 204,
      before: async (world) => {
        await world.createRecord('notes', { id: 'note00000000009' });
      },
      answerHeaders: { 'content-type': absent },
    },
  ]);

  suite.scenarios('CORS', [
    {
      name: 'no origin',
      path: records,
      status: 200,
      answerHeaders: { 'access-control-allow-origin': absent, vary: /Origin/ },
    },
    {
      name: 'an origin',
      path: records,
      headers: { Origin: 'https://example.com' },
      status: 200,
      answerHeaders: { 'access-control-allow-origin': '*', 'access-control-allow-credentials': absent },
    },
    {
      name: 'an error has the headers too',
      path: '/api/nothing',
      headers: { Origin: 'https://example.com' },
      status: 404,
      answerHeaders: { 'access-control-allow-origin': '*' },
    },
    {
      name: 'a preflight',
      method: 'OPTIONS',
      path: records,
      headers: {
        Origin: 'https://example.com',
        'Access-Control-Request-Method': 'PATCH',
        'Access-Control-Request-Headers': 'authorization,content-type',
      },
      status: 204,
      answerHeaders: {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE',
        'access-control-allow-headers': 'authorization,content-type',
        'access-control-max-age': absent,
        'access-control-allow-credentials': absent,
        'x-content-type-options': absent,
        vary: /Origin.*Access-Control-Request-Method.*Access-Control-Request-Headers/,
      },
    },
    {
      name: 'a preflight without origin',
      method: 'OPTIONS',
      path: '/api/nothing',
      status: 204,
      answerHeaders: { 'access-control-allow-origin': absent },
    },
    {
      name: 'Origin null is not reflected',
      path: records,
      headers: { Origin: 'null' },
      status: 200,
      answerHeaders: { 'access-control-allow-origin': '*', 'access-control-allow-credentials': absent },
    },
  ]);

  const locked = '/api/collections/secret/records';
  suite.scenarios('the Authorization header', [
    {
      name: 'the token alone',
      path: locked,
      headers: (world) => ({ Authorization: world.tokenOf('superuser') }),
      status: 200,
    },
    {
      name: 'Bearer',
      path: locked,
      headers: (world) => ({ Authorization: `Bearer ${world.tokenOf('superuser')}` }),
      status: 200,
    },
    {
      name: 'bearer',
      path: locked,
      headers: (world) => ({ Authorization: `bearer ${world.tokenOf('superuser')}` }),
      status: 200,
    },
    {
      name: 'BEARER',
      path: locked,
      headers: (world) => ({ Authorization: `BEARER ${world.tokenOf('superuser')}` }),
      status: 200,
    },
    {
      name: 'another scheme is a guest',
      path: locked,
      headers: (world) => ({ Authorization: `Basic ${world.tokenOf('superuser')}` }),
      status: 403,
    },
    { name: 'nonsense is a guest', path: records, headers: { Authorization: 'nonsense' }, status: 200 },
    { name: 'an empty header is a guest', path: records, headers: { Authorization: '' }, status: 200 },
    {
      name: 'a guest on a protected route',
      path: '/api/collections',
      status: 401,
      body: exactly({ data: {}, message: 'The request requires valid record authorization token.', status: 401 }),
    },
    {
      name: 'a wrong token on a protected route',
      path: '/api/collections',
      headers: { Authorization: 'a.b.c' },
      status: 401,
    },
    {
      name: 'a record of another collection on a superuser route',
      path: '/api/collections',
      as: 'user1',
      status: 403,
      body: exactly({ data: {}, message: 'The authorized record is not allowed to perform this action.', status: 403 }),
    },
    {
      name: 'a token in the query is not read',
      path: (world) => `${locked}?token=${world.tokenOf('superuser')}`,
      status: 403,
    },
  ]);
});
