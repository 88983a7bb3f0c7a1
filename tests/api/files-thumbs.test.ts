// Thumbs of images. Contract part 2, section 8.
import assert from 'node:assert/strict';
import sharp, { type Sharp } from 'sharp';
import { apiSuite, type Scenario } from '../../src/testing/scenario.ts';
import type { World } from '../../src/testing/world.ts';

const thumbs = ['70x50', '70x50t', '70x50b', '70x50f', '0x50', '70x0', '500x500f', '300x300'];

/** An image of two halves: red on the left, blue on the right. */
async function twoHalves(width: number, height: number): Promise<Sharp> {
  const right = await sharp({ create: { width: Math.ceil(width / 2), height, channels: 3, background: '#0000ff' } })
    .png()
    .toBuffer();
  const image = sharp({ create: { width, height, channels: 3, background: '#ff0000' } });
  return image.composite([{ input: right, left: Math.floor(width / 2), top: 0 }]);
}

async function setUp(world: World): Promise<void> {
  await world.createCollection({
    name: 'images',
    viewRule: '',
    fields: [
      { name: 'image', type: 'file', maxSelect: 1, thumbs },
      { name: 'bare', type: 'file', maxSelect: 1 },
    ],
  });
  const wide = await twoHalves(400, 200);
  const images: Record<string, Buffer> = {
    png: await wide.clone().png().toBuffer(),
    jpg: await wide.clone().jpeg().toBuffer(),
    gif: await wide.clone().gif().toBuffer(),
    webp: await wide.clone().webp().toBuffer(),
    // Stored 400 x 200, to be shown turned: 200 x 400.
    turned: await wide.clone().jpeg().withMetadata({ orientation: 6 }).toBuffer(),
    broken: Buffer.concat([(await wide.clone().png().toBuffer()).subarray(0, 60), Buffer.from('broken')]),
  };
  for (const [name, bytes] of Object.entries(images)) {
    const extension = name === 'turned' ? 'jpg' : name === 'broken' ? 'png' : name;
    const file = { name: `${name}_image.${extension}`, bytes };
    const record = await world.expect({
      method: 'POST',
      path: '/api/collections/images/records',
      as: 'superuser',
      multipart: [
        ['image', file],
        ['bare', file],
      ],
    });
    world.values.set(name, `/api/files/images/${String(record['id'])}/${String(record['image'])}`);
    world.values.set(`bare ${name}`, `/api/files/images/${String(record['id'])}/${String(record['bare'])}`);
  }
}

/** A line that asks for a thumb and expects an image of this size. */
function sizes(name: string, thumb: string, width: number, height: number, more: Partial<Scenario> = {}): Scenario {
  return {
    name: `${name}, ${thumb === '' ? 'the original' : thumb}: ${width} x ${height}`,
    path: (world) => `${world.valueOf(name)}${thumb === '' ? '' : `?thumb=${thumb}`}`,
    status: 200,
    ...more,
    after: async (_world, answer) => {
      const { width: actualWidth, height: actualHeight } = await sharp(answer.bytes).metadata();
      assert.deepEqual([actualWidth, actualHeight], [width, height]);
    },
  };
}

apiSuite('files: thumbs', setUp, (suite) => {
  suite.scenarios('sizes', [
    sizes('png', '', 400, 200),
    sizes('png', '70x50', 70, 50, {
      answerHeaders: {
        'content-type': 'image/png',
        'content-disposition': /^inline; filename=70x50_png_image_\w+\.png$/,
      },
    }),
    sizes('png', '70x50', 70, 50, { name: 'the same again' }),
    sizes('png', '70x50t', 70, 50),
    sizes('png', '70x50b', 70, 50),
    sizes('png', '70x50f', 70, 35),
    sizes('png', '0x50', 100, 50),
    sizes('png', '70x0', 70, 35),
    sizes('png', '500x500f', 400, 200),
    sizes('png', '300x300', 300, 300),
    sizes('png', '100x100', 100, 100, { name: '100x100 is always there' }),
    sizes('bare png', '100x100', 100, 100),
  ]);

  suite.scenarios('other formats', [
    sizes('jpg', '70x50', 70, 50, { answerHeaders: { 'content-type': 'image/jpeg' } }),
    sizes('gif', '70x50', 70, 50, { answerHeaders: { 'content-type': 'image/gif' } }),
    sizes('webp', '70x50', 70, 50),
    sizes('turned', '70x50f', 25, 50),
    sizes('turned', '0x50', 25, 50),
  ]);

  suite.scenarios('the original instead', [
    sizes('png', '71x50', 400, 200),
    sizes('png', '99999x99999', 400, 200),
    sizes('png', 'nonsense', 400, 200),
    sizes('png', '-70x50', 400, 200),
    sizes('bare png', '70x50', 400, 200),
    {
      name: 'a broken image',
      path: (world) => `${world.valueOf('broken')}?thumb=70x50`,
      status: 200,
      contains: ['broken'],
    },
  ]);

  suite.test('a crop from the centre keeps both halves', async (world) => {
    const answer = await world.send({ path: `${world.valueOf('png')}?thumb=70x50` });
    const pixels = await sharp(answer.bytes).removeAlpha().raw().toBuffer();
    const at = (x: number, y: number): number[] => [...pixels.subarray((y * 70 + x) * 3, (y * 70 + x) * 3 + 3)];
    const [left, right] = [at(5, 25), at(65, 25)];
    assert.ok((left[0] ?? 0) > 200 && (left[2] ?? 0) < 50, String(left));
    assert.ok((right[2] ?? 0) > 200 && (right[0] ?? 0) < 50, String(right));
  });

  suite.test('many at once for the same thumb all get it', async (world) => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => world.send({ path: `${world.valueOf('jpg')}?thumb=300x300` })),
    );
    for (const answer of answers) {
      assert.equal(answer.status, 200);
      assert.equal((await sharp(answer.bytes).metadata()).width, 300);
    }
  });
});
