import { type Canvas, mix, type Point, pathOf } from '../canvas.ts';
import type { Random } from '../random.ts';
import type { Scene } from '../render.ts';
import { grass, hillLine, land, mist, pinePath, sky } from '../shapes.ts';

export interface GroveLight {
  back: readonly [string, string, string];
  bark: string;
  barkShade: string;
  leaves: readonly string[];
  ground: readonly [string, string];
  blades: readonly string[];
}

export const october: GroveLight = {
  back: ['#f6e3b0', '#f3c766', '#c98a2e'],
  bark: '#f6f0e2',
  barkShade: '#a99c86',
  leaves: ['#f7b924', '#ffd34d', '#e79a17', '#ffe48a', '#d97f12'],
  ground: ['#d59a35', '#5d3c14'],
  blades: ['#8a5a1d', '#c98a2e', '#e9b44c', '#5f3d14'],
};
export const june: GroveLight = {
  back: ['#eef7d8', '#bfe09a', '#5e9a5a'],
  bark: '#fbfaf2',
  barkShade: '#8fa08a',
  leaves: ['#7fbf4d', '#a8d96c', '#5aa03f', '#d2ee9a', '#3f8a3a'],
  ground: ['#7fae4e', '#20401f'],
  blades: ['#2f6a2c', '#5c9a3c', '#8cc152', '#1d4a22'],
};
export const ember: GroveLight = {
  back: ['#ffe0c2', '#f49a5e', '#8c3a2c'],
  bark: '#fff1e4',
  barkShade: '#a37b74',
  leaves: ['#e4572e', '#f2853c', '#c43a22', '#ffb35c', '#9c2c1f'],
  ground: ['#c9683a', '#3f1a17'],
  blades: ['#6b2a1c', '#b5502b', '#e08a45', '#43180f'],
};
export const january: GroveLight = {
  back: ['#f4f7fb', '#d5e0ec', '#9fb4ca'],
  bark: '#fcfcfb',
  barkShade: '#9aa6b5',
  leaves: ['#ffffff', '#eef4fa', '#dbe6f2'],
  ground: ['#ffffff', '#b3c4d9'],
  blades: ['#8d7b62', '#b09a78', '#d9cfba'],
};

interface Trunk {
  x: number;
  width: number;
  color: string;
  shade: string;
  marks: number;
  haze: number;
}

/** One aspen stem from above the picture to below: white, shaded to one side, with dark scars. */
function trunk(canvas: Canvas, { x, width, color, shade, marks, haze }: Trunk, foot: number): void {
  const { random } = canvas;
  const lean = random.bell() * width * 0.9;
  const bow = random.bell() * width * 0.5;
  const center = (t: number): number => x + lean * (1 - t) + Math.sin(t * 3) * bow;
  const edge = (side: number): Point[] =>
    Array.from({ length: 13 }, (_, i): Point => {
      const t = i / 12;
      return [center(t) + side * width * (0.36 + 0.16 * t), -20 + (foot + 20) * t];
    });
  const outline = pathOf([...edge(-1), ...edge(1).reverse()], true);
  const dark = mix(shade, '#2b2622', 0.25);
  canvas.path(
    outline,
    canvas.linear(
      [
        [0, mix(color, shade, 0.35)],
        [0.28, color],
        [0.6, mix(color, shade, 0.3)],
        [1, dark],
      ],
      [0, 0],
      [1, 0],
    ),
  );
  canvas.group(`clip-path="${canvas.clip(outline)}"`, () => {
    for (let i = 0; i < marks; i += 1) {
      const t = random.next();
      const side = random.between(-0.45, 0.45);
      const at: Point = [center(t) + side * width, foot * t];
      const w = width * random.between(0.06, 0.3);
      const ink = mix('#2a2420', color, haze);
      canvas.ellipse(
        at,
        w,
        random.between(0.8, 3.2) * (width / 60),
        ink,
        `opacity="${random.between(0.35, 0.9).toFixed(2)}"`,
      );
      if (random.chance(0.13)) scar(canvas, at, width, ink);
    }
  });
}

function scar(canvas: Canvas, [x, y]: Point, width: number, ink: string): void {
  canvas.ellipse([x, y], width * 0.14, width * 0.1, ink, 'opacity="0.9"');
  const brow = `M${x - width * 0.34} ${y + width * 0.02}Q${x} ${y - width * 0.4} ${x + width * 0.34} ${y + width * 0.02}`;
  canvas.stroke(brow, ink, width * 0.06, 'opacity="0.8"');
}

/** A leaf seen from far: two bows between its ends, turned at random. */
function leafPath(random: Random, [x, y]: Point, r: number): string {
  const turn = random.between(-1, 1);
  const n = (value: number): string => value.toFixed(1);
  const tail = `${n(x - r)} ${n(y + turn * r)}`;
  return `M${tail}Q${n(x)} ${n(y - r)} ${n(x + r)} ${n(y - turn * r * 0.4)}Q${n(x)} ${n(y + r)} ${tail}Z`;
}

function leafCloud(canvas: Canvas, colors: readonly string[], count: number, bottom: number, size: number): void {
  const { random, width } = canvas;
  for (let clump = 0; clump < count / 26; clump += 1) {
    const cx = random.between(-0.05, 1.05) * width;
    const cy = random.next() ** 1.5 * bottom * (0.8 + 0.35 * Math.sin(cx / (width * 0.13) + size));
    const color = random.pick(colors);
    let d = '';
    for (let i = 0; i < 26; i += 1) {
      const x = cx + random.bell() * size * 7;
      const y = cy + random.bell() * size * 4.5;
      d += leafPath(random, [x, y], size * random.between(0.4, 1.1));
    }
    canvas.path(d, color, `opacity="${random.between(0.55, 0.95).toFixed(2)}"`);
  }
}

/** Among aspens: pale stems, rank behind rank into the light, and their leaves. */
export const aspens =
  (light: GroveLight): Scene =>
  (canvas) => {
    const { random, width, height } = canvas;
    sky(canvas, [
      [0, light.back[1]],
      [0.45, light.back[0]],
      [0.75, light.back[1]],
      [1, light.back[2]],
    ]);
    canvas.glow([width * random.between(0.3, 0.7), height * 0.36], width * 0.5, '#fffdf2', 0.9);
    const unit = Math.min(width, height);
    const ranks = [
      { count: 26, size: 0.013, haze: 0.72, foot: 0.74 },
      { count: 15, size: 0.026, haze: 0.42, foot: 0.8 },
      { count: 8, size: 0.052, haze: 0.12, foot: 0.88 },
      { count: 3, size: 0.1, haze: 0, foot: 1.04 },
    ];
    ranks.forEach(({ count, size, haze, foot }, rank) => {
      const ground = hillLine(random, width, height * (foot - 0.03), height * 0.03, 0.45);
      const near = rank / (ranks.length - 1);
      const soil = mix(light.ground[0], light.ground[1], near * 0.85);
      const stems = Array.from(
        { length: count },
        (_, i) => ((i + random.between(0.08, 0.92)) / count) * width * 1.04 - width * 0.02,
      );
      const draw = (): void => {
        for (const x of stems) {
          const broad = unit * size * random.between(0.7, 1.3);
          const color = mix(light.bark, light.back[1], haze * 0.75);
          const shade = mix(light.barkShade, light.back[1], haze * 0.7);
          trunk(canvas, { x, width: broad, color, shade, marks: 10 + rank * 14, haze }, height * (foot + 0.03));
        }
      };
      if (rank === 0) canvas.group(`filter="${canvas.blur(2.2)}"`, draw);
      else draw();
      leafCloud(
        canvas,
        light.leaves.map((leaf) => mix(leaf, light.back[0], haze * 0.8)),
        [4200, 4200, 3000, 700][rank] ?? 0,
        height * (0.56 - near * 0.22),
        unit * (0.006 + 0.007 * near),
      );
      if (rank < 3) land(canvas, ground, mix(soil, light.back[0], haze * 0.5), soil);
      if (rank < 2) mist(canvas, height * (foot - 0.05), height * 0.16, light.back[0], 0.5);
    });
    grass(canvas, light.blades, height * 0.16, 900);
  };

/** Looking straight up between the crowns. */
export const crowns =
  (light: GroveLight, air: string): Scene =>
  (canvas) => {
    const { random, width, height } = canvas;
    const middle: Point = [width * random.between(0.42, 0.58), height * random.between(0.4, 0.55)];
    canvas.rect(
      0,
      0,
      width,
      height,
      canvas.radial([
        [0, mix(air, '#ffffff', 0.7)],
        [0.5, air],
        [1, mix(air, '#0d2a4a', 0.45)],
      ]),
    );
    const far = Math.hypot(width, height) * 0.62;
    const unit = Math.min(width, height);
    const stems = 17;
    for (let i = 0; i < stems; i += 1) {
      const angle = ((i + random.between(-0.3, 0.3)) / stems) * Math.PI * 2;
      const start = far * random.between(0.12, 0.42);
      const broad = unit * random.between(0.035, 0.075);
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      const at = (r: number, side: number): Point => [middle[0] + c * r - s * side, middle[1] + s * r + c * side];
      const shape = pathOf([at(start, -1.5), at(start, 1.5), at(far * 1.1, broad), at(far * 1.1, -broad)], true);
      canvas.path(
        shape,
        canvas.linear(
          [
            [0, light.bark],
            [0.6, mix(light.bark, light.barkShade, 0.2)],
            [1, mix(light.bark, light.barkShade, 0.75)],
          ],
          [0, 0],
          [Math.abs(s), Math.abs(c)],
        ),
      );
      for (let mark = 0; mark < 12; mark += 1) {
        const r = far * random.between(0.45, 1);
        const side = broad * (r / far) * random.between(-0.5, 0.9);
        const [x, y] = at(r, side);
        canvas.ellipse(
          [x, y],
          broad * 0.22 * (r / far),
          2 + (2 * r) / far,
          '#2a2420',
          `opacity="0.7" transform="rotate(${(angle * 180) / Math.PI + 90} ${x} ${y})"`,
        );
      }
    }
    for (let layer = 0; layer < 3; layer += 1) {
      for (let clump = 0; clump < 62; clump += 1) {
        const angle = random.between(0, Math.PI * 2);
        const r = far * random.between(0.2 + layer * 0.12, 1.05);
        crownLeaves(
          canvas,
          [middle[0] + Math.cos(angle) * r, middle[1] + Math.sin(angle) * r],
          unit,
          random.pick(light.leaves),
        );
      }
    }
  };

function crownLeaves(canvas: Canvas, [cx, cy]: Point, unit: number, color: string): void {
  const { random } = canvas;
  let d = '';
  for (let i = 0; i < 24; i += 1) {
    const x = cx + random.bell() * unit * 0.06;
    const y = cy + random.bell() * unit * 0.06;
    d += leafPath(random, [x, y], unit * random.between(0.007, 0.019));
  }
  canvas.path(d, color, `opacity="${random.between(0.6, 0.95).toFixed(2)}"`);
}

/** Conifers coming out of the fog. */
export const fog =
  (air: string, tree: string, warm: string): Scene =>
  (canvas) => {
    const { random, width, height } = canvas;
    sky(canvas, [
      [0, mix(air, warm, 0.1)],
      [0.5, mix(air, warm, 0.55)],
      [1, air],
    ]);
    canvas.glow([width * random.between(0.3, 0.7), height * 0.3], width * 0.5, warm, 0.85);
    const layers = 6;
    for (let i = 0; i < layers; i += 1) {
      const t = i / (layers - 1);
      const color = mix(mix(air, warm, 0.2), tree, 0.12 + 0.88 * t ** 1.2);
      const size = height * (0.14 + 0.5 * t ** 1.4);
      const base = height * (0.48 + 0.6 * t);
      const count = Math.round(34 - 26 * t);
      let d = '';
      for (let k = 0; k < count; k += 1) {
        const x = ((k + random.between(-0.4, 1.4)) / count) * width;
        d += pinePath(random, [x, base + random.between(0, 0.05) * height], size * random.between(0.6, 1.15));
      }
      canvas.path(d, color);
      canvas.rect(0, base - 4, width, height, color);
      if (t < 1) mist(canvas, base - height * 0.01, height * 0.26, mix(air, warm, 0.35), 0.85 - 0.35 * t);
    }
  };

/** A few leaves close up before a blurred wood. */
export const leaves =
  (light: GroveLight): Scene =>
  (canvas) => {
    const { random, width, height } = canvas;
    canvas.rect(
      0,
      0,
      width,
      height,
      canvas.linear(
        [
          [0, mix(light.back[2], '#101410', 0.25)],
          [0.6, light.back[2]],
          [1, mix(light.ground[1], '#000000', 0.3)],
        ],
        [0, 0],
        [0.6, 1],
      ),
    );
    for (let i = 0; i < 70; i += 1) {
      const color = random.pick([...light.leaves, light.back[0]]);
      const radius = width * random.between(0.015, 0.075);
      const center: Point = [random.between(0, width), random.between(0, height)];
      canvas.circle(
        center,
        radius,
        canvas.radial([
          [0, color, 0.5],
          [0.82, color, 0.42],
          [0.95, mix(color, '#ffffff', 0.4), 0.5],
          [1, color, 0],
        ]),
        `opacity="${random.between(0.15, 0.6).toFixed(2)}"`,
      );
    }
    const stem = `M${width * -0.02} ${height * 0.12}Q${width * 0.4} ${height * 0.16} ${width * 1.02} ${height * 0.46}`;
    canvas.stroke(stem, mix(light.ground[1], '#000000', 0.2), width * 0.009);
    for (let i = 0; i < 7; i += 1) {
      const t = (i + 0.6) / 7;
      const u = 1 - t;
      const x = width * (-0.02 * u * u + 0.8 * u * t + 1.02 * t * t);
      const y = height * (0.12 * u * u + 0.32 * u * t + 0.46 * t * t);
      drawLeaf(
        canvas,
        [x, y],
        Math.min(width * 1.25, height) * random.between(0.2, 0.34),
        random.between(-28, 34),
        random.pick(light.leaves),
      );
    }
  };

/** One aspen leaf hanging by its flat stalk: nearly round, pointed, toothed. */
function drawLeaf(canvas: Canvas, [x, y]: Point, size: number, turn: number, color: string): void {
  const { random } = canvas;
  const outline: Point[] = Array.from({ length: 61 }, (_, i) => {
    const angle = (i / 60) * Math.PI * 2;
    const tooth = 1 + (i % 2 === 0 ? 0.018 : -0.018);
    const point = 1 + 0.3 * Math.max(0, Math.cos(angle)) ** 9;
    return [Math.sin(angle) * size * 0.52 * tooth, size * 0.75 + Math.cos(angle) * size * 0.5 * tooth * point];
  });
  const body = pathOf(outline, true);
  const fill = canvas.linear(
    [
      [0, mix(color, '#ffffff', 0.35)],
      [0.5, color],
      [1, mix(color, '#3a1500', 0.3)],
    ],
    [0.1, 0],
    [0.8, 1],
  );
  canvas.group(`transform="translate(${x} ${y}) rotate(${turn})"`, () => {
    canvas.stroke(`M0 0Q${size * 0.06} ${size * 0.12} 0 ${size * 0.26}`, mix(color, '#2a1200', 0.4), size * 0.022);
    canvas.path(
      body,
      '#000000',
      `opacity="0.22" transform="translate(${size * 0.06} ${size * 0.08})" filter="${canvas.blur(size * 0.04)}"`,
    );
    canvas.path(body, fill);
    const vein = mix(color, '#fff6d8', 0.55);
    canvas.stroke(
      `M0 ${size * 0.26}Q${size * 0.03} ${size * 0.8} 0 ${size * 1.34}`,
      vein,
      size * 0.014,
      'opacity="0.9"',
    );
    for (let i = 0; i < 5; i += 1) {
      const from = size * (0.34 + i * 0.16);
      for (const side of [-1, 1]) {
        const reach = side * size * (0.44 - i * 0.05) * random.between(0.9, 1.05);
        canvas.stroke(
          `M0 ${from}Q${reach * 0.5} ${from + size * 0.07} ${reach} ${from + size * 0.2}`,
          vein,
          size * 0.007,
          'opacity="0.75"',
        );
      }
    }
    canvas.group(`clip-path="${canvas.clip(body)}"`, () => {
      for (let i = 0; i < 16; i += 1) {
        canvas.circle(
          [random.bell() * size * 0.3, size * random.between(0.35, 1.2)],
          size * random.between(0.004, 0.016),
          mix(color, '#3a1500', 0.55),
          'opacity="0.5"',
        );
      }
    });
  });
}
