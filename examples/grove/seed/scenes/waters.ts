import { type Canvas, mix, type Point, pathOf } from '../canvas.ts';
import type { Scene } from '../render.ts';
import { birds, cumulus, heightAt, hillLine, land, landPath, mist, sky, stars, streaks } from '../shapes.ts';

export interface SeaLight {
  sky: readonly [string, string, string, string];
  sun: string;
  water: readonly [string, string];
  cloud: readonly string[];
}

export const coral: SeaLight = {
  sky: ['#3b3a78', '#c65b7c', '#ff9a5f', '#ffd98a'],
  sun: '#fff3c9',
  water: ['#e58a6a', '#2a2750'],
  cloud: ['#ff7f6b', '#ffb27a', '#d45d86', '#ffd9a0'],
};
export const lagoon: SeaLight = {
  sky: ['#1c77ac', '#5fb6d6', '#b6e3e6', '#f7f3dc'],
  sun: '#ffffff',
  water: ['#7fd0cf', '#0b5a78'],
  cloud: ['#ffffff', '#eaf6f8'],
};
export const moonlit: SeaLight = {
  sky: ['#05091c', '#0e1e44', '#24427a', '#5c7fae'],
  sun: '#f4f1de',
  water: ['#3d619a', '#050b1f'],
  cloud: ['#2b4372', '#45629a'],
};
export const rose: SeaLight = {
  sky: ['#8fa8cf', '#e6b8c6', '#ffd6c2', '#fff0dc'],
  sun: '#fffaf0',
  water: ['#f0c3bd', '#5a6f9c'],
  cloud: ['#ffe3dc', '#f7bfc4', '#ffffff'],
};

function glitter(canvas: Canvas, center: number, horizon: number, color: string): void {
  const { random, width, height } = canvas;
  for (let i = 0; i < 420; i += 1) {
    const t = random.next() ** 1.4;
    const y = horizon + 3 + (height - horizon) * t;
    const spread = width * (0.02 + 0.1 * t);
    const x = center + random.bell() * spread;
    const length = width * (0.004 + 0.03 * t) * random.between(0.4, 1.3);
    canvas.rect(
      x - length / 2,
      y,
      length,
      1 + 3.4 * t,
      color,
      `rx="2" opacity="${random.between(0.2, 0.85).toFixed(2)}"`,
    );
  }
}

function waves(canvas: Canvas, horizon: number, light: string, dark: string): void {
  const { random, width, height } = canvas;
  for (let i = 0; i < 340; i += 1) {
    const t = random.next() ** 1.5;
    const y = horizon + 2 + (height - horizon) * t;
    const length = width * (0.02 + 0.13 * t) * random.between(0.4, 1.4);
    const x = random.between(-0.1, 1) * width;
    const high = 0.8 + 4 * t;
    const d = `M${x.toFixed(1)} ${y.toFixed(1)}q${(length / 2).toFixed(1)} ${(-high).toFixed(1)} ${length.toFixed(1)} 0q${(-length / 2).toFixed(1)} ${(high * 0.7).toFixed(1)} ${(-length).toFixed(1)} 0Z`;
    canvas.path(d, random.chance(0.5) ? light : dark, `opacity="${random.between(0.08, 0.34).toFixed(2)}"`);
  }
}

function openSea(canvas: Canvas, light: SeaLight, sun: Point, horizon: number, disc: number): void {
  const { width, height } = canvas;
  const at = horizon / height;
  sky(canvas, [
    [0, light.sky[0]],
    [at * 0.45, light.sky[1]],
    [at * 0.8, light.sky[2]],
    [at, light.sky[3]],
    [1, light.sky[3]],
  ]);
  canvas.glow(sun, width * 0.55, light.sun, 0.6);
  streaks(canvas, height * 0.05, horizon * 0.92, light.cloud, 30);
  canvas.circle(sun, disc, light.sun);
  canvas.glow(sun, disc * 3.4, light.sun, 0.7);
  canvas.rect(
    0,
    horizon,
    width,
    height - horizon,
    canvas.linear([
      [0, light.water[0]],
      [0.35, mix(light.water[0], light.water[1], 0.55)],
      [1, light.water[1]],
    ]),
  );
  canvas.rect(0, horizon - 1, width, 2, light.sun, 'opacity="0.4"');
  waves(canvas, horizon, light.sky[3], light.water[1]);
  glitter(canvas, sun[0], horizon, light.sun);
}

/** The sun (or the moon) low over open water. */
export const sea =
  (light: SeaLight, night = false): Scene =>
  (canvas) => {
    const { random, width, height } = canvas;
    const horizon = height * random.between(0.54, 0.62);
    const sun: Point = [width * random.between(0.32, 0.68), horizon - height * (night ? 0.3 : 0.07)];
    openSea(canvas, light, sun, horizon, Math.min(width, height) * (night ? 0.036 : 0.05));
    if (night) stars(canvas, 190, horizon * 0.9);
    headland(canvas, horizon, mix(light.water[1], '#000000', 0.25), random.chance(0.5));
    if (night) return;
    sailboat(
      canvas,
      [width * random.between(0.16, 0.84), horizon + height * 0.035],
      height * 0.06,
      mix(light.water[1], '#000000', 0.35),
    );
    birds(canvas, [width * 0.6, height * 0.3], 5, light.water[1]);
  };

function headland(canvas: Canvas, horizon: number, color: string, onLeft: boolean): void {
  const { random, width, height } = canvas;
  for (const [reach, rise, shade] of [
    [0.42, 0.05, 0.25],
    [0.24, 0.1, 0],
  ] as const) {
    const line = hillLine(random, width * reach, horizon, height * 0.04, 0.5).map(([x, y], i, all): Point => {
      const t = 1 - i / (all.length - 1);
      return [
        onLeft ? x : width - x,
        Math.min(horizon + 2, y - height * rise * Math.sin(t * 1.5) ** 1.2 + height * 0.02 * (1 - t)),
      ];
    });
    canvas.path(landPath(line, horizon + 2), mix(color, '#9a8aa0', shade));
  }
}

function sailboat(canvas: Canvas, [x, y]: Point, size: number, color: string): void {
  canvas.path(`M${x - size * 0.5} ${y}Q${x} ${y + size * 0.22} ${x + size * 0.55} ${y}Z`, color);
  canvas.path(`M${x} ${y - size * 0.06}L${x} ${y - size * 1.25}L${x + size * 0.48} ${y - size * 0.06}Z`, color);
  canvas.path(
    `M${x - size * 0.05} ${y - size * 0.06}L${x - size * 0.05} ${y - size}L${x - size * 0.38} ${y - size * 0.06}Z`,
    color,
    'opacity="0.85"',
  );
  canvas.ellipse([x, y + size * 0.2], size * 0.5, size * 0.05, color, 'opacity="0.35"');
}

/** Surf coming in over sand, seen along the beach. */
export const beach =
  (light: SeaLight, sand: string): Scene =>
  (canvas) => {
    const { random, width, height } = canvas;
    const horizon = height * 0.4;
    openSea(canvas, light, [width * 0.7, horizon - height * 0.18], horizon, 0);
    cumulus(canvas, [width * 0.25, horizon - height * 0.1], width * 0.34, '#ffffff', light.sky[2]);
    cumulus(canvas, [width * 0.78, horizon - height * 0.16], width * 0.26, '#ffffff', light.sky[2]);
    for (let i = 0; i < 4; i += 1) {
      const y = height * (0.5 + i * 0.1);
      const line = hillLine(random, width, y, height * 0.03, 0.45).map(
        ([x, py]): Point => [x, py + (x / width - 0.5) * height * 0.16],
      );
      const phase = random.between(0, 9);
      const depth = (x: number): number =>
        0.009 + 0.005 * Math.sin(x / 61 + phase) + 0.004 * Math.sin(x / 23 + phase * 2) + random.between(0, 0.002);
      const lower = line.map(([x, py]): Point => [x, py + depth(x) * height * (0.8 + i * 0.5)]).reverse();
      if (i === 3) land(canvas, line, mix(sand, light.water[0], 0.25), sand);
      canvas.path(
        pathOf([...line, ...lower], true),
        '#ffffff',
        `opacity="${0.55 + i * 0.1}" filter="${canvas.blur(1.6)}"`,
      );
    }
    for (let i = 0; i < 260; i += 1) {
      const at: Point = [random.between(0, width), height * random.between(0.86, 1)];
      canvas.ellipse(
        at,
        random.between(2, 9),
        random.between(1, 2),
        mix(sand, random.chance(0.5) ? '#ffffff' : '#7a5a3a', 0.4),
        'opacity="0.4"',
      );
    }
  };

/** A light over the dark coast. */
export const lighthouse =
  (light: SeaLight): Scene =>
  (canvas) => {
    const { random, width, height } = canvas;
    const horizon = height * 0.64;
    openSea(canvas, light, [width * 0.24, horizon - height * 0.05], horizon, Math.min(width, height) * 0.035);
    const rock = mix(light.water[1], '#000000', 0.35);
    const line = hillLine(random, width, horizon + height * 0.08, height * 0.05, 0.62).map(([x, y]): Point => {
      const t = x / width;
      return [x, y + height * (0.34 - 0.5 * Math.max(0, t - 0.28))];
    });
    const x = width * 0.76;
    const y = heightAt(line, x) + 10;
    tower(canvas, [x, y], height * 0.36, light);
    land(canvas, line, mix(rock, light.sky[2], 0.18), rock);
    mist(canvas, height * 0.95, height * 0.12, light.sky[2], 0.25);
  };

function tower(canvas: Canvas, [x, y]: Point, size: number, light: SeaLight): void {
  const lamp: Point = [x, y - size * 1.03];
  const beam = canvas.linear(
    [
      [0, '#fff3c4', 0],
      [1, '#fff3c4', 0.6],
    ],
    [0, 0],
    [1, 0],
  );
  canvas.path(
    `M${lamp[0]} ${lamp[1]}L${lamp[0] - size * 2.3} ${lamp[1] - size * 0.34}L${lamp[0] - size * 2.3} ${lamp[1] + size * 0.08}Z`,
    beam,
    `filter="${canvas.blur(5)}"`,
  );
  const wall = canvas.linear(
    [
      [0, '#fdf6ea'],
      [0.5, '#e9ddd0'],
      [1, mix('#6b6270', light.sky[1], 0.3)],
    ],
    [0, 0],
    [1, 0],
  );
  canvas.path(
    `M${x - size * 0.11} ${y}L${x - size * 0.07} ${y - size * 0.95}H${x + size * 0.07}L${x + size * 0.11} ${y}Z`,
    wall,
  );
  for (const t of [0.18, 0.52]) {
    canvas.path(
      `M${x - size * (0.11 - 0.04 * t)} ${y - size * t}L${x - size * (0.103 - 0.04 * t)} ${y - size * (t + 0.16)}H${x + size * (0.103 - 0.04 * t)}L${x + size * (0.11 - 0.04 * t)} ${y - size * t}Z`,
      '#b8433c',
      'opacity="0.92"',
    );
  }
  canvas.rect(x - size * 0.1, y - size * 0.97, size * 0.2, size * 0.025, '#2a2630');
  canvas.rect(x - size * 0.05, y - size * 1.08, size * 0.1, size * 0.11, '#ffe7a3');
  canvas.path(
    `M${x - size * 0.07} ${y - size * 1.08}L${x} ${y - size * 1.18}L${x + size * 0.07} ${y - size * 1.08}Z`,
    '#8c2f2b',
  );
  canvas.glow(lamp, size * 0.6, '#fff0bd', 0.9);
}
