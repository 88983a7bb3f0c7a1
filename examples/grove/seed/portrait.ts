import sharp from 'sharp';
import { Canvas, mix } from './canvas.ts';
import type { Look } from './people.ts';
import { Random } from './random.ts';

const size = 320;

/** Draws a plain portrait in flat shapes and returns it as JPEG, 320 by 320. */
export async function renderPortrait(look: Look): Promise<Buffer> {
  const canvas = new Canvas(size, size, new Random(look.hair.length));
  canvas.rect(
    0,
    0,
    size,
    size,
    canvas.linear(
      [
        [0, look.back[0]],
        [1, look.back[1]],
      ],
      [0, 0],
      [0.4, 1],
    ),
  );
  canvas.glow([90, 60], 210, '#ffffff', 0.45);
  backHair(canvas, look);
  const shirt = canvas.linear([
    [0, mix(look.shirt, '#ffffff', 0.12)],
    [1, mix(look.shirt, '#000000', 0.2)],
  ]);
  canvas.path('M26 330C28 262 84 236 160 236S292 262 294 330Z', shirt);
  canvas.path('M132 190H188V236C188 254 176 262 160 262S132 254 132 236Z', mix(look.skin, '#5a2a16', 0.2));
  canvas.ellipse(
    [160, 150],
    62,
    72,
    canvas.linear(
      [
        [0, mix(look.skin, '#ffffff', 0.1)],
        [1, look.skin],
      ],
      [0, 0],
      [1, 1],
    ),
  );
  for (const x of [98, 222]) canvas.ellipse([x, 154], 11, 17, mix(look.skin, '#5a2a16', 0.1));
  if (look.beard) beard(canvas, look);
  features(canvas, look);
  frontHair(canvas, look);
  return sharp(Buffer.from(canvas.toSvg())).flatten().jpeg({ quality: 88 }).toBuffer();
}

function features(canvas: Canvas, look: Look): void {
  const ink = mix(look.skin, '#2a120a', 0.72);
  for (const x of [136, 184]) {
    canvas.circle([x, 152], 5, ink);
    canvas.stroke(`M${x - 11} 137Q${x} 131 ${x + 11} 137`, mix(look.hair, ink, 0.35), 4.5);
  }
  canvas.stroke('M160 156Q166 172 157 175', mix(look.skin, '#5a2a16', 0.35), 3.5);
  canvas.stroke('M142 192Q160 205 178 192', mix(look.skin, '#7a1f1a', 0.6), 4.5);
  for (const x of [122, 198]) canvas.circle([x, 178], 12, '#e8604c', 'opacity="0.16"');
  if (!look.glasses) return;
  for (const x of [136, 184])
    canvas.add(`<circle cx="${x}" cy="153" r="19" fill="#ffffff22" stroke="#2b2622" stroke-width="4"/>`);
  canvas.stroke('M155 151Q160 147 165 151', '#2b2622', 4);
}

function beard(canvas: Canvas, look: Look): void {
  const shape =
    'M98 152C100 214 126 232 160 232S220 214 222 152C214 178 200 180 186 178Q160 170 134 178C120 180 106 178 98 152Z';
  canvas.path(shape, mix(look.hair, look.skin, 0.12));
}

function backHair(canvas: Canvas, look: Look): void {
  const dark = mix(look.hair, '#000000', 0.22);
  if (look.style === 'long')
    canvas.path('M84 150C80 60 240 60 236 150C240 210 252 250 240 276H80C68 250 80 210 84 150Z', dark);
  if (look.style === 'bun') canvas.circle([160, 58], 30, dark);
  if (look.style === 'curls')
    for (let i = 0; i < 15; i += 1)
      canvas.circle(
        [
          160 + Math.cos((i / 14) * Math.PI * 1.5 - Math.PI * 1.25) * 78,
          146 + Math.sin((i / 14) * Math.PI * 1.5 - Math.PI * 1.25) * 78,
        ],
        29,
        dark,
      );
}

function frontHair(canvas: Canvas, { hair, style }: Look): void {
  const fill = canvas.linear([
    [0, mix(hair, '#ffffff', 0.14)],
    [1, hair],
  ]);
  if (style === 'short')
    canvas.path(
      'M96 142C88 84 122 66 164 68C214 68 232 96 224 142C218 122 208 112 196 108C168 118 134 114 116 110C106 118 100 128 96 142Z',
      fill,
    );
  if (style === 'long')
    canvas.path('M92 166C84 92 120 70 160 70S236 92 228 166C222 130 204 112 176 100C150 122 112 126 92 166Z', fill);
  if (style === 'bun')
    canvas.path('M94 152C86 92 122 72 160 72S234 92 226 152C218 124 200 108 160 106S102 124 94 152Z', fill);
  if (style === 'curls')
    for (let i = 0; i < 9; i += 1) canvas.circle([98 + i * 15.5, 98 - Math.sin((i / 8) * Math.PI) * 24], 23, fill);
  if (style !== 'cap') return;
  canvas.path('M94 130C88 80 124 62 160 62S232 80 226 130Z', fill);
  canvas.path('M92 122Q160 100 228 122L230 142Q160 118 90 142Z', mix(hair, '#000000', 0.25));
  canvas.circle([160, 58], 11, mix(hair, '#ffffff', 0.3));
}
