// Files: upload, names, headers, ranges, modifiers, protected files. Contract part 2, section 8, and part 1, section 4.5.
import assert from 'node:assert/strict';
import { absent, exactly } from '../../src/testing/match.ts';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import type { Upload } from '../../src/testing/http-client.ts';
import type { World } from '../../src/testing/world.ts';

const records = '/api/collections/docs/records';
const doc1 = `${records}/docs00000000001`;
const notFound = exactly({ data: {}, message: "The requested resource wasn't found.", status: 404 });

const text = (name: string, bytes = name): Upload => ({ name, bytes });
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

async function setUp(world: World): Promise<void> {
  const open = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };
  await world.createCollection({
    id: 'docs_id',
    name: 'docs',
    ...open,
    fields: [
      { name: 'title', type: 'text' },
      { name: 'one', type: 'file', maxSelect: 1, maxSize: 100_000 },
      { name: 'many', type: 'file', maxSelect: 4, maxSize: 100_000 },
    ],
  });
  await world.createCollection({
    name: 'guarded',
    viewRule: "@request.auth.id != '' && owner = @request.auth.id && @request.context = 'protectedFile'",
    fields: [
      { name: 'file', type: 'file', maxSelect: 1, protected: true },
      { name: 'plain', type: 'file', maxSelect: 1 },
      { name: 'owner', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 },
    ],
  });
  await world.createCollection({
    name: 'openGuarded',
    viewRule: '',
    fields: [{ name: 'file', type: 'file', maxSelect: 1, protected: true }],
  });
  await world.createUser('user1', { id: 'user00000000001' });
  await world.createUser('user2', { id: 'user00000000002' });
  await upload(world, 'docs', 'docs00000000001', [['one', text('Hello World.txt', 'hello file')]]);
  await upload(world, 'guarded', 'guarded00000001', [
    ['owner', 'user00000000001'],
    ['file', text('secret.txt')],
    ['plain', text('plain.txt')],
  ]);
  await upload(world, 'openGuarded', 'guarded00000002', [['file', text('secret.txt')]]);
  for (const user of ['user1', 'user2', 'superuser']) {
    const { token } = await world.expect({ method: 'POST', path: '/api/files/token', as: user });
    world.values.set(`token of ${user}`, String(token));
  }
}

/** Creates a record with files and keeps the URL of each under `ID.field`. */
async function upload(
  world: World,
  collection: string,
  id: string,
  parts: NonNullable<Parameters<World['send']>[0]['multipart']>,
): Promise<void> {
  const record = await world.expect({
    method: 'POST',
    path: `/api/collections/${collection}/records`,
    as: 'superuser',
    multipart: [['id', id], ...parts],
  });
  for (const [field, value] of Object.entries(record)) {
    if (typeof value === 'string') world.values.set(`${id}.${field}`, `/api/files/${collection}/${id}/${value}`);
  }
}

/** A line that uploads one file under a name and expects the stored name. */
function names(fileName: string, stored: RegExp, bytes: string | Uint8Array = 'some text'): Scenario {
  return {
    name: `${JSON.stringify(fileName.slice(0, 40))} -> ${stored}`,
    method: 'POST',
    path: records,
    multipart: [['one', { name: fileName, bytes }]],
    status: 200,
    body: { one: stored },
  };
}

/** A line that uploads bytes under a name and checks how they are served. */
function serves(
  fileName: string,
  bytes: string | Uint8Array,
  type: RegExp,
  disposition: 'inline' | 'attachment',
): Scenario {
  return {
    name: `${fileName} as ${type} ${disposition}`,
    before: async (world) => {
      const record = await world.expect({
        method: 'POST',
        path: records,
        multipart: [['one', { name: fileName, bytes }]],
      });
      world.values.set('served', `/api/files/docs/${String(record['id'])}/${String(record['one'])}`);
    },
    path: (world) => world.valueOf('served'),
    status: 200,
    answerHeaders: {
      'content-type': type,
      'content-disposition': new RegExp(`^${disposition}; filename=`),
      'x-content-type-options': 'nosniff',
      'content-security-policy': /^default-src 'none'.*sandbox$/,
    },
  };
}

const url =
  (name: string, query = '') =>
  (world: World): string =>
    `${world.valueOf(name)}${query}`;

apiSuite('files', setUp, (suite) => {
  suite.scenarios('download', [
    {
      name: 'the bytes and the headers',
      path: url('docs00000000001.one'),
      status: 200,
      answerHeaders: {
        'content-type': 'text/plain; charset=utf-8',
        'content-length': '10',
        'content-disposition': /^attachment; filename=hello_world_\w{10}\.txt$/,
        'content-security-policy': "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox",
        'cache-control': 'max-age=2592000, stale-while-revalidate=86400',
        'last-modified': /GMT$/,
        'accept-ranges': 'bytes',
        'x-content-type-options': 'nosniff',
        'x-frame-options': absent,
        etag: absent,
      },
      after: (world, answer) => {
        assert.equal(answer.text, 'hello file');
        world.values.set('lastModified', answer.headers['last-modified'] ?? '');
      },
    },
    {
      name: 'by the id of the collection',
      path: (world) => world.valueOf('docs00000000001.one').replace('/docs/', '/docs_id/'),
      status: 200,
      contains: ['hello file'],
    },
    {
      name: 'HEAD',
      method: 'HEAD',
      path: url('docs00000000001.one'),
      status: 200,
      answerHeaders: { 'content-length': '10' },
    },
    {
      name: 'an unknown thumb of a text is the text',
      path: url('docs00000000001.one', '?thumb=100x100'),
      status: 200,
      contains: ['hello file'],
    },
    {
      name: 'CORS',
      path: url('docs00000000001.one'),
      headers: { Origin: 'https://example.com' },
      status: 200,
      answerHeaders: { 'access-control-allow-origin': '*' },
    },
    { name: 'an unknown collection', path: '/api/files/nothing/docs00000000001/a.txt', status: 404 },
    { name: 'an unknown record', path: '/api/files/docs/missing/a.txt', status: 404, body: notFound },
    { name: 'an unknown file', path: '/api/files/docs/docs00000000001/a.txt', status: 404, body: notFound },
    { name: 'no file', path: '/api/files/docs/docs00000000001/', status: 404 },
    {
      name: 'a file of another record',
      path: (world) => world.valueOf('docs00000000001.one').replace('docs00000000001', 'docs00000000002'),
      status: 404,
    },
  ]);

  suite.scenarios('parts of it', [
    {
      name: 'the beginning',
      path: url('docs00000000001.one'),
      headers: { Range: 'bytes=0-4' },
      status: 206,
      answerHeaders: { 'content-range': 'bytes 0-4/10', 'content-length': '5' },
      after: (_world, answer) => assert.equal(answer.text, 'hello'),
    },
    {
      name: 'from the middle',
      path: url('docs00000000001.one'),
      headers: { Range: 'bytes=6-' },
      status: 206,
      answerHeaders: { 'content-range': 'bytes 6-9/10' },
      after: (_world, answer) => assert.equal(answer.text, 'file'),
    },
    {
      name: 'the last bytes',
      path: url('docs00000000001.one'),
      headers: { Range: 'bytes=-2' },
      status: 206,
      answerHeaders: { 'content-range': 'bytes 8-9/10' },
    },
    {
      name: 'past the end',
      path: url('docs00000000001.one'),
      headers: { Range: 'bytes=50-60' },
      status: 416,
      answerHeaders: { 'content-range': 'bytes */10' },
    },
    {
      name: 'partly past the end',
      path: url('docs00000000001.one'),
      headers: { Range: 'bytes=8-60' },
      status: 206,
      answerHeaders: { 'content-range': 'bytes 8-9/10' },
    },
    {
      name: 'several',
      path: url('docs00000000001.one'),
      headers: { Range: 'bytes=0-1,8-9' },
      status: 206,
      answerHeaders: { 'content-type': /^multipart\/byteranges; boundary=/ },
      contains: ['Content-Range: bytes 0-1/10', 'Content-Range: bytes 8-9/10'],
    },
    { name: 'nonsense', path: url('docs00000000001.one'), headers: { Range: 'bytes=x-y' }, status: 416 },
    {
      name: 'not modified',
      path: url('docs00000000001.one'),
      headers: (world) => ({ 'If-Modified-Since': world.valueOf('lastModified') }),
      status: 304,
      after: (_world, answer) => assert.equal(answer.text, ''),
    },
    {
      name: 'modified since',
      path: url('docs00000000001.one'),
      headers: { 'If-Modified-Since': 'Sat, 01 Jan 2000 00:00:00 GMT' },
      status: 200,
    },
    {
      name: 'a range if it is still the same',
      path: url('docs00000000001.one'),
      headers: (world) => ({ Range: 'bytes=0-4', 'If-Range': world.valueOf('lastModified') }),
      status: 206,
    },
    {
      name: 'a range of something older',
      path: url('docs00000000001.one'),
      headers: { Range: 'bytes=0-4', 'If-Range': 'Sat, 01 Jan 2000 00:00:00 GMT' },
      status: 200,
    },
  ]);

  suite.scenarios('stored names', [
    names('Hello World.txt', /^hello_world_[a-z0-9]{10}\.txt$/),
    names('someCamelCase.txt', /^some_camel_case_[a-z0-9]{10}\.txt$/),
    names('a.txt', /^a[a-z0-9]{10}_[a-z0-9]{10}\.txt$/),
    names('archive.tar.gz', /^archive_[a-z0-9]{10}\.tar\.gz$/),
    names('no-extension', /^no_extension_[a-z0-9]{10}\.txt$/),
    names('picture', /^picture_[a-z0-9]{10}\.png$/, png),
    names('..hidden..txt', /^hidden_[a-z0-9]{10}\..*txt$/),
    names('über straße.txt', /_[a-z0-9]{10}\.txt$/),
    names('UPPER.TXT', /^upper_[a-z0-9]{10}\.TXT$/i),
    names(`${'x'.repeat(400)}.txt`, /^x{100}_[a-z0-9]{10}\.txt$/),
    names('a/b/c.txt', /^c[a-z0-9]{10}_[a-z0-9]{10}\.txt$/),
    names('semi;colon "quoted".txt', /^[\w]+_[a-z0-9]{10}\.txt$/),
  ]);

  suite.scenarios('types are read from the bytes', [
    serves('picture.png', png, /^image\/png$/, 'inline'),
    serves('picture.txt', png, /^image\/png$/, 'inline'),
    serves('page.png', '<!DOCTYPE html><html><body>x</body></html>', /^text\/html/, 'attachment'),
    serves('page.html', '<!DOCTYPE html><html><body><script>1</script></body></html>', /^text\/html/, 'attachment'),
    serves(
      'drawing.svg',
      '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
      /^image\/svg\+xml/,
      'attachment',
    ),
    serves('script.js', 'alert(1)', /^text\/javascript/, 'attachment'),
    serves('style.css', 'a { color: red }', /^text\/css/, 'attachment'),
    serves('paper.pdf', '%PDF-1.4\n%\u00e2\u00e3\n1 0 obj\n<<>>\nendobj\n', /^application\/pdf$/, 'inline'),
    serves('data.json', '{"a":1}', /^application\/json$/, 'attachment'),
    serves('data.bin', Buffer.from([0, 1, 2, 3, 255]), /^application\/octet-stream$/, 'attachment'),
    {
      name: 'download forces the attachment',
      path: url('served', '?download=1'),
      before: async (world) => {
        const record = await world.expect({
          method: 'POST',
          path: records,
          multipart: [['one', { name: 'p.png', bytes: png }]],
        });
        world.values.set('served', `/api/files/docs/${String(record['id'])}/${String(record['one'])}`);
      },
      status: 200,
      answerHeaders: { 'content-disposition': /^attachment/ },
    },
    {
      name: 'download=0 does not',
      path: url('served', '?download=0'),
      status: 200,
      answerHeaders: { 'content-disposition': /^inline/ },
    },
  ]);

  suite.scenarios('several files', [
    {
      name: 'two',
      method: 'PATCH',
      path: doc1,
      multipart: [
        ['many', text('first.txt')],
        ['many', text('second.txt')],
      ],
      status: 200,
      body: { many: [/^first_/, /^second_/] },
      after: keep,
    },
    {
      name: 'append',
      method: 'PATCH',
      path: doc1,
      multipart: [['many+', text('third.txt')]],
      status: 200,
      body: { many: [/^first_/, /^second_/, /^third_/] },
      after: keep,
    },
    {
      name: 'prepend',
      method: 'PATCH',
      path: doc1,
      multipart: [['+many', text('zero.txt')]],
      status: 200,
      body: { many: [/^zero_/, /^first_/, /^second_/, /^third_/] },
      after: keep,
    },
    {
      name: 'one too many',
      method: 'PATCH',
      path: doc1,
      multipart: [['many+', text('fifth.txt')]],
      status: 400,
      body: { data: { many: { code: 'validation_too_many_files' } } },
    },
    {
      name: 'remove by name',
      method: 'PATCH',
      path: doc1,
      json: (world) => ({ 'many-': [world.valueOf('many.0'), world.valueOf('many.1')] }),
      status: 200,
      body: { many: [/^second_/, /^third_/] },
    },
    { name: 'it is gone', path: (world) => `/api/files/docs/docs00000000001/${world.valueOf('many.0')}`, status: 404 },
    {
      name: 'another order',
      method: 'PATCH',
      path: doc1,
      json: (world) => ({ many: [world.valueOf('many.3'), world.valueOf('many.2')] }),
      status: 200,
      body: { many: [/^third_/, /^second_/] },
    },
    {
      name: 'names and an upload under the plain key',
      method: 'PATCH',
      path: doc1,
      multipart: (world) => [
        ['many', world.valueOf('many.2')],
        ['many', text('fresh.txt')],
      ],
      status: 200,
      body: { many: [/^second_/, /^fresh_/] },
      after: keep,
    },
    {
      name: 'what was left out is gone',
      path: (world) => `/api/files/docs/docs00000000001/${world.valueOf('many.3')}`,
      status: 404,
    },
    {
      name: 'an upload alone replaces',
      method: 'PATCH',
      path: doc1,
      multipart: [['many', text('only.txt')]],
      status: 200,
      body: { many: [/^only_/] },
      after: keep,
    },
    {
      name: 'untouched by other changes',
      method: 'PATCH',
      path: doc1,
      json: { title: 'x' },
      status: 200,
      body: { many: [/^only_/] },
    },
    {
      name: 'served',
      path: (world) => `/api/files/docs/docs00000000001/${world.valueOf('many.0')}`,
      status: 200,
      contains: ['only.txt'],
    },
    {
      name: 'the name of a file of another record',
      method: 'PATCH',
      path: doc1,
      json: { many: ['invented.txt'] },
      status: 400,
      body: { data: { many: { code: 'validation_invalid_file' } } },
    },
    { name: 'all removed', method: 'PATCH', path: doc1, json: { many: [] }, status: 200, body: { many: exactly([]) } },
    {
      name: 'nothing served',
      path: (world) => `/api/files/docs/docs00000000001/${world.valueOf('many.0')}`,
      status: 404,
    },
    {
      name: 'the single one replaced',
      method: 'PATCH',
      path: doc1,
      multipart: [['one', text('new.txt')]],
      status: 200,
      body: { one: /^new_/ },
    },
    { name: 'the old one is gone', path: url('docs00000000001.one'), status: 404 },
    {
      name: 'the single one removed',
      method: 'PATCH',
      path: doc1,
      json: { one: null },
      status: 200,
      body: { one: '' },
    },
  ]);

  const protectedFile = 'guarded00000001.file';
  suite.scenarios('protected files', [
    { name: 'no token', path: url(protectedFile), status: 404, body: notFound },
    { name: 'the Authorization header does not count', path: url(protectedFile), as: 'user1', status: 404 },
    { name: "not even a superuser's", path: url(protectedFile), as: 'superuser', status: 404 },
    {
      name: 'the token of the owner',
      path: (world) => `${world.valueOf(protectedFile)}?token=${world.valueOf('token of user1')}`,
      status: 200,
      contains: ['secret.txt'],
    },
    {
      name: 'the token of another',
      path: (world) => `${world.valueOf(protectedFile)}?token=${world.valueOf('token of user2')}`,
      status: 404,
    },
    {
      name: 'the token of a superuser',
      path: (world) => `${world.valueOf(protectedFile)}?token=${world.valueOf('token of superuser')}`,
      status: 200,
    },
    {
      name: 'an auth token is no file token',
      path: (world) => `${world.valueOf(protectedFile)}?token=${world.tokenOf('user1')}`,
      status: 404,
    },
    { name: 'nonsense', path: url(protectedFile, '?token=nonsense'), status: 404 },
    { name: 'a field that is not protected', path: url('guarded00000001.plain'), status: 200 },
    { name: 'an empty viewRule needs no token', path: url('guarded00000002.file'), status: 200 },
    {
      name: 'a file token is no auth token',
      method: 'POST',
      path: '/api/collections/users/auth-refresh',
      headers: (world) => ({ Authorization: world.valueOf('token of user1') }),
      status: 401,
    },
    { name: 'guests get no file token', method: 'POST', path: '/api/files/token', status: 401 },
    {
      name: 'users do',
      method: 'POST',
      path: '/api/files/token',
      as: 'user1',
      status: 200,
      body: { token: /^[\w-]+\.[\w-]+\.[\w-]+$/ },
    },
  ]);

  suite.scenarios('deleted records', [
    {
      name: 'a record with a file',
      method: 'DELETE',
      path: '/api/collections/openGuarded/records/guarded00000002',
      as: 'superuser',
      status: 204,
    },
    { name: 'its file is gone', path: url('guarded00000002.file'), status: 404 },
  ]);
});

/** Keeps the names of the field `many` as `many.0`, `many.1`... */
function keep(world: World, answer: { json: unknown }): void {
  const { many } = answer.json as { many: string[] };
  for (const [index, name] of many.entries()) world.values.set(`many.${index}`, name);
}
