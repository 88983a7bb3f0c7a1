// Hostile requests: paths and names of files, their content, images. Numbers in the titles are those of the list of hostile inputs.
import assert from 'node:assert/strict';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { absent, exactly } from '../../src/testing/match.ts';
import { exchangeRaw } from '../../src/testing/raw-socket.ts';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const records = '/api/collections/docs/records';
const policy = "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox";

async function setUp(world: World): Promise<void> {
  await world.createCollection({
    name: 'docs',
    viewRule: '',
    createRule: '',
    updateRule: '',
    fields: [{ name: 'file', type: 'file', maxSelect: 1, maxSize: 5_000_000, thumbs: ['50x50'] }],
  });
  await world.createRecord('docs', { id: 'docs00000000002' });
  const record = await world.expect({
    method: 'POST',
    path: records,
    multipart: [
      ['id', 'docs00000000001'],
      ['file', { name: 'real.txt', bytes: 'real' }],
    ],
  });
  world.values.set('name', String(record['file']));
}

/** A line that uploads a file under a hostile name and looks at the stored one. */
function names(title: string, name: string): Scenario {
  return {
    name: title,
    method: 'POST',
    path: records,
    multipart: [['file', { name, bytes: 'some text' }]],
    status: 200,
    body: { file: /^[\w.*+=#-]{1,150}$/ },
    after: async (world, answer) => {
      const { id, file } = answer.json as { id: string; file: string };
      assert.match(file, /_[a-z0-9]{10}(\.[\w.*+=#-]+)?$/);
      assert.doesNotMatch(file, /^\.|\.\./);
      const served = await world.send({ path: `/api/files/docs/${id}/${file}` });
      assert.equal(served.status, 200);
      assert.match(served.headers['content-disposition'] ?? '', /^(inline|attachment); filename=[^\r\n"; ]+$/);
    },
  };
}

/** A line that uploads a file and expects it served as something that no browser runs. */
function servesSafely(
  title: string,
  name: string,
  bytes: string | Uint8Array,
  disposition: RegExp,
  type: RegExp,
): Scenario {
  return {
    name: title,
    before: async (world) => {
      const record = await world.expect({
        method: 'POST',
        path: records,
        multipart: [['file', { name, bytes, type: 'image/png' }]],
      });
      world.values.set('served', `/api/files/docs/${String(record['id'])}/${String(record['file'])}`);
    },
    path: (world) => world.valueOf('served'),
    status: 200,
    answerHeaders: {
      'content-disposition': disposition,
      'content-type': type,
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'set-cookie': absent,
    },
  };
}

/** A PNG that claims a size and holds almost nothing. */
function pngOfSize(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.alloc(1000));
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A GIF of many frames of one pixel. */
function gifOfFrames(count: number): Buffer {
  const head = Buffer.from('4749463839610100010080000000000000ffffff', 'hex');
  const frame = Buffer.from('2c000000000100010000020244010021f9040001000000', 'hex');
  return Buffer.concat([head, ...Array.from({ length: count }, () => frame), Buffer.from([0x3b])]);
}

apiSuite('hostile: files', setUp, (suite) => {
  const paths = [
    '/api/files/docs/docs00000000001/..%2f..%2f..%2fdata.db',
    '/api/files/docs/docs00000000001/%2e%2e%2f%2e%2e%2fdata.db',
    '/api/files/docs/docs00000000001/%252e%252e%252fdata.db',
    '/api/files/docs/docs00000000001/..%5c..%5cdata.db',
    '/api/files/docs/docs00000000001/%00',
    '/api/files/docs/%2e%2e/data.db',
    '/api/files/docs/..%2f..%2f/data.db',
    '/api/files/..%2f..%2f/docs00000000001/data.db',
    '/api/files/docs/docs00000000001/%2fetc%2fpasswd',
    '/api/files/docs/docs00000000001/thumbs_x',
    '/api/files/docs/docs00000000001/%c0%ae%c0%ae%c0%afdata.db',
    '/api/files/docs/docs00000000001/con',
  ];
  suite.scenarios('1: paths', [
    ...paths.map((path): Scenario => ({ name: path, path, status: 404 })),
    {
      name: 'a real name with NUL behind it',
      path: (world) => `/api/files/docs/docs00000000001/${world.valueOf('name')}%00.png`,
      status: 404,
    },
    {
      name: 'a real name through another record',
      path: (world) => `/api/files/docs/docs00000000002/..%2fdocs00000000001%2f${world.valueOf('name')}`,
      status: 404,
    },
    {
      name: 'the sidecar of a real file',
      path: (world) => `/api/files/docs/docs00000000001/${world.valueOf('name')}.attrs`,
      status: 404,
    },
  ]);

  suite.test('1: dots that no client sends', async (world) => {
    for (const path of [
      '/api/files/docs/docs00000000001/../../../data.db',
      '/../../etc/passwd',
      '/api/../../data/data.db',
      '//api/files/../data.db',
      '/_/../../data.db',
    ]) {
      const { text } = await exchangeRaw(world.server.baseUrl, [
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      ]);
      assert.doesNotMatch(text, /SQLite format|root:/, path);
      assert.doesNotMatch(text, /^HTTP\/1\.1 200/, path);
    }
  });

  suite.scenarios('2: names', [
    names('dots and slashes', '../../x.js'),
    names('backslashes', '..\\..\\x.js'),
    names('4 KB', `${'a'.repeat(4096)}.txt`),
    names('an ending of 4 KB', `a.${'b'.repeat(4096)}`),
    names('line ends', 'a\r\nSet-Cookie: x=1\r\n.txt'),
    names('right-to-left override', 'abc\u202etxt.exe'),
    names('a hidden file', '.htaccess'),
    names('only dots', '....'),
    names('nothing but spaces', '   '),
    names('quotes and semicolons', 'a";b=\'c.txt'),
    names('a percent sequence', '%2e%2e%2fx.txt'),
    names('a device', 'CON.txt'),
    names('emoji', '😀😀😀.png'),
    names('<script>', '<script>alert(1)</script>.html'),
  ]);

  suite.scenarios('3: content', [
    servesSafely(
      'SVG with a script',
      'a.svg',
      '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
      /^attachment;/,
      /^image\/svg\+xml/,
    ),
    servesSafely(
      'HTML as PNG',
      'a.png',
      '<!DOCTYPE html><html><script>alert(1)</script></html>',
      /^attachment;/,
      /^text\/html/,
    ),
    servesSafely(
      'HTML as JPEG, with an XML head',
      'a.jpg',
      '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>1</script></html>',
      /^attachment;/,
      /./,
    ),
    servesSafely(
      'PDF with a script',
      'a.pdf',
      '%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n',
      /^inline;/,
      /^application\/pdf$/,
    ),
    servesSafely('a script', 'a.js', 'alert(1)', /^attachment;/, /^text\/javascript/),
    servesSafely(
      'an image with HTML behind it',
      'a.html',
      Buffer.concat([pngOfSize(1, 1), Buffer.from('<script>alert(1)</script>')]),
      /^(inline|attachment);/,
      /./,
    ),
  ]);

  const images: ReadonlyArray<readonly [title: string, bytes: () => Promise<Buffer>, name: string]> = [
    ['a PNG of 50,000 x 50,000', async () => pngOfSize(50_000, 50_000), 'big.png'],
    ['a PNG of nothing', async () => pngOfSize(0, 0), 'none.png'],
    [
      'a cut JPEG',
      async () =>
        (
          await sharp({ create: { width: 300, height: 300, channels: 3, background: 'red' } })
            .jpeg()
            .toBuffer()
        ).subarray(0, 200),
      'cut.jpg',
    ],
    [
      'a PNG head and garbage',
      async () => Buffer.concat([pngOfSize(10, 10).subarray(0, 33), Buffer.alloc(1000, 7)]),
      'garbage.png',
    ],
    [
      'a TIFF',
      async () =>
        sharp({ create: { width: 30, height: 30, channels: 3, background: 'red' } })
          .tiff()
          .toBuffer(),
      'a.tiff',
    ],
    ['an icon head', async () => Buffer.from('00000100ffffffff0000', 'hex'), 'a.ico'],
  ];
  for (const [title, makeBytes, name] of images) {
    suite.test(`4: ${title} is kept, its thumb is the original`, async (world) => {
      const bytes = await makeBytes();
      const record = await world.expect({ method: 'POST', path: records, multipart: [['file', { name, bytes }]] });
      const answer = await world.send({
        path: `/api/files/docs/${String(record['id'])}/${String(record['file'])}?thumb=50x50`,
      });
      assert.equal(answer.status, 200);
      assert.ok(answer.bytes.equals(bytes), `${answer.bytes.length} bytes instead of ${bytes.length}`);
      await world.expect({ path: '/api/health' });
    });
  }

  suite.test(
    '4: a PNG of 2^31 x 1 is kept, its thumb is the original',
    async (world) => {
      const file = { name: 'wide.png', bytes: pngOfSize(2 ** 31 - 1, 1) };
      const record = await world.expect({ method: 'POST', path: records, multipart: [['file', file]] });
      const path = `/api/files/docs/${String(record['id'])}/${String(record['file'])}?thumb=50x50`;
      const [answer] = await Promise.all([world.send({ path }), world.expect({ path: '/api/health' })]);
      assert.equal(answer.status, 200);
      assert.ok(answer.bytes.equals(file.bytes));
    },
    'a peer decodes it, for many seconds',
  );

  suite.test('4: a GIF of 100,000 frames is served', async (world) => {
    const bytes = gifOfFrames(100_000);
    const record = await world.expect({
      method: 'POST',
      path: records,
      multipart: [['file', { name: 'frames.gif', bytes }]],
    });
    const path = `/api/files/docs/${String(record['id'])}/${String(record['file'])}`;
    const [thumb, original] = await Promise.all([
      world.send({ path: `${path}?thumb=50x50` }),
      world.send({ path }),
      world.expect({ path: '/api/health' }),
    ]);
    assert.equal(thumb.status, 200);
    assert.ok(original.bytes.equals(bytes));
  });

  suite.scenarios(
    '5: sizes of thumbs',
    ['99999x99999', '0x0', '-1x-1', '1e9x1', '50x50x50', '../50x50', '%00', '51x50'].map(
      (thumb): Scenario => ({
        name: thumb,
        before: async (world) => {
          const bytes = await sharp({ create: { width: 20, height: 10, channels: 3, background: 'red' } })
            .png()
            .toBuffer();
          const record = await world.expect({
            method: 'POST',
            path: records,
            multipart: [['file', { name: 'a.png', bytes }]],
          });
          world.values.set('thumb', `/api/files/docs/${String(record['id'])}/${String(record['file'])}`);
        },
        path: (world) => `${world.valueOf('thumb')}?thumb=${thumb}`,
        status: 200,
        after: async (_world, answer) => {
          const { width, height } = await sharp(answer.bytes).metadata();
          assert.deepEqual([width, height], [20, 10]);
        },
      }),
    ),
  );

  suite.scenarios('files that are no files', [
    {
      name: 'a path as a stored name',
      method: 'PATCH',
      path: `${records}/docs00000000001`,
      json: { file: '../docs00000000002/x' },
      status: 400,
      body: { data: { file: { code: 'validation_invalid_file' } } },
    },
    {
      name: 'an object',
      method: 'PATCH',
      path: `${records}/docs00000000002`,
      json: { file: { name: 'x', path: '/etc/passwd', url: 'file:///etc/passwd' } },
      status: 200,
      body: { file: '' },
    },
    {
      name: 'a data URL',
      method: 'PATCH',
      path: `${records}/docs00000000002`,
      json: { file: 'data:text/plain,x' },
      status: 400,
      body: {
        data: exactly({
          file: {
            code: 'validation_invalid_file',
            message: 'Invalid new files: [data:text/plain,x].',
            params: { invalidFiles: ['data:text/plain,x'] },
          },
        }),
      },
    },
  ]);
});
