import { type Canvas, mix, type Point } from '../canvas.ts';
import type { Scene } from '../render.ts';
import { alp, birds, heightAt, hillLine, land, mist, pines, sky, stars, streaks } from '../shapes.ts';

export interface MountainLight {
  /** Sky from the zenith to the horizon. */
  sky: readonly [string, string, string];
  sun: string;
  far: string;
  near: string;
  cloud: readonly string[];
}

export const dawn: MountainLight = {
  sky: ['#4a6fa5', '#e8a598', '#ffe3bf'],
  sun: '#fff1d0',
  far: '#c99aa6',
  near: '#1d2b3f',
  cloud: ['#ffd9c2', '#f7b7a3', '#fff0dd'],
};
export const gold: MountainLight = {
  sky: ['#f2b15a', '#f7cf83', '#fff0c4'],
  sun: '#ffffff',
  far: '#e3a868',
  near: '#3b2416',
  cloud: ['#fff2cf', '#ffdc9a'],
};
export const blue: MountainLight = {
  sky: ['#1f4e79', '#6fa3c7', '#dcebf0'],
  sun: '#ffffff',
  far: '#9fc0d2',
  near: '#0d2433',
  cloud: ['#ffffff', '#e6f1f6'],
};
export const violet: MountainLight = {
  sky: ['#2a2352', '#9a5a8f', '#ffb199'],
  sun: '#ffd9b0',
  far: '#a8688f',
  near: '#150f2b',
  cloud: ['#ff9e8a', '#d5719a', '#ffc7a3'],
};
export const green: MountainLight = {
  sky: ['#86b0ab', '#c7dcc6', '#f4f1d4'],
  sun: '#fffdf0',
  far: '#a3c1a8',
  near: '#12291f',
  cloud: ['#ffffff', '#eef4e4'],
};

function lightSky(canvas: Canvas, light: MountainLight, horizon: number, sun: Point): void {
  const at = horizon / canvas.height;
  sky(canvas, [
    [0, light.sky[0]],
    [at * 0.6, light.sky[1]],
    [at, light.sky[2]],
    [1, light.sky[2]],
  ]);
  streaks(canvas, canvas.height * 0.06, horizon * 0.85, light.cloud, 16);
  canvas.glow(sun, canvas.width * 0.42, light.sun, 0.75);
}

/** Ridge behind ridge into the haze. */
export const ridges =
  (light: MountainLight): Scene =>
  (canvas) => {
    const { random, width, height } = canvas;
    const sun: Point = [width * random.between(0.25, 0.75), height * random.between(0.26, 0.34)];
    lightSky(canvas, light, height * 0.5, sun);
    canvas.circle(sun, width * 0.026, light.sun);
    const layers = 7;
    for (let i = 0; i < layers; i += 1) {
      const t = i / (layers - 1);
      const y = height * (0.4 + 0.52 * t ** 1.15);
      const line = hillLine(random, width, y, height * (0.1 + 0.1 * t), 0.52);
      const color = mix(light.far, light.near, t ** 1.3);
      if (t > 0.6) pines(canvas, line, mix(color, light.near, 0.35), height * (0.02 + 0.09 * (t - 0.55)), 9 - 6 * t);
      land(canvas, line, color, mix(color, light.sky[2], 0.5 * (1 - t) + 0.06));
      if (t < 0.85) mist(canvas, y + height * 0.13, height * 0.14, light.sky[2], 0.34 * (1 - t * 0.5));
    }
    birds(canvas, [width * 0.62, height * 0.2], random.whole(3, 7), mix(light.near, light.far, 0.3));
  };

function ripples(canvas: Canvas, shore: number, color: string, count: number): void {
  const { random, width, height } = canvas;
  for (let i = 0; i < count; i += 1) {
    const t = random.next() ** 1.6;
    const y = shore + 4 + (height - shore) * t;
    const length = width * (0.02 + 0.16 * t) * random.between(0.5, 1.4);
    const x = random.between(-0.05, 1) * width;
    canvas.rect(x, y, length, 0.8 + 2.4 * t, color, `rx="1.5" opacity="${random.between(0.05, 0.3).toFixed(2)}"`);
  }
}

/** A massif over a still lake that gives it back. */
export const lake =
  (light: MountainLight, rock: string, snow: string): Scene =>
  (canvas) => {
    const { random, width, height } = canvas;
    const shore = height * 0.6;
    const start = canvas.mark;
    lightSky(canvas, light, shore, [width * 0.18, height * 0.2]);
    const peaks: Point[] = [
      [width * random.between(0.5, 0.68), height * random.between(0.4, 0.47)],
      [width * random.between(0.22, 0.36), height * random.between(0.24, 0.32)],
      [width * random.between(0.84, 0.97), height * random.between(0.22, 0.33)],
    ];
    const shade = mix(light.near, light.sky[0], 0.25);
    alp(canvas, { foot: shore, peaks, rock, shade, snow, haze: light.sky[2] });
    const woods = hillLine(random, width, shore - height * 0.028, height * 0.05, 0.5);
    pines(canvas, woods, mix(light.near, light.far, 0.28), height * 0.065, 13);
    land(canvas, woods, mix(light.near, light.far, 0.28), mix(light.near, light.far, 0.4), shore);
    const scene = canvas.since(start);
    canvas.group(`clip-path="${canvas.clip(`M0 ${shore}H${width}V${height}H0Z`)}"`, () => {
      canvas.add(`<g transform="translate(0 ${2 * shore}) scale(1 -1)" filter="${canvas.blur(1.2, 5)}">${scene}</g>`);
      canvas.rect(
        0,
        shore,
        width,
        height - shore,
        canvas.linear([
          [0, light.near, 0.12],
          [1, light.near, 0.55],
        ]),
      );
    });
    canvas.rect(0, shore - 2, width, 4, light.sky[2], 'opacity="0.35"');
    ripples(canvas, shore, light.sky[2], 130);
    stones(canvas, light.near);
  };

function stones(canvas: Canvas, color: string): void {
  const { random, width, height } = canvas;
  for (let i = 0; i < 15; i += 1) {
    const t = random.next();
    const center: Point = [random.between(-0.02, 1.02) * width, height * (0.9 + 0.1 * t)];
    const size = width * random.between(0.012, 0.03) * (0.5 + t);
    canvas.ellipse([center[0], center[1] + size * 0.35], size * 1.05, size * 0.28, color, 'opacity="0.45"');
    canvas.ellipse(
      center,
      size,
      size * 0.52,
      canvas.linear([
        [0, mix(color, '#b9b4ac', 0.55)],
        [0.55, mix(color, '#8a8580', 0.15)],
        [1, color],
      ]),
    );
  }
}

/** A snow-lit valley in the small hours, with one lit window. */
export const cabin: Scene = (canvas) => {
  const { random, width, height } = canvas;
  sky(canvas, [
    [0, '#0c1633'],
    [0.45, '#34487c'],
    [0.62, '#c98f9c'],
    [0.7, '#f2c6a8'],
    [1, '#f2c6a8'],
  ]);
  stars(canvas, 220, height * 0.42);
  const peaks: Point[] = [
    [width * 0.3, height * 0.42],
    [width * 0.72, height * 0.36],
    [width * 0.98, height * 0.3],
  ];
  alp(canvas, { foot: height * 0.72, peaks, rock: '#5b6488', shade: '#2a3157', snow: '#dfe3f3', haze: '#b89cb4' });
  const far = hillLine(random, width, height * 0.7, height * 0.06, 0.5);
  pines(canvas, far, '#39446b', height * 0.085, 10);
  land(canvas, far, '#8b97bd', '#aeb8d6');
  mist(canvas, height * 0.74, height * 0.1, '#d9c5d2', 0.5);
  const near = hillLine(random, width, height * 0.83, height * 0.05, 0.42);
  pines(canvas, near, '#1a2344', height * 0.2, 2.4);
  land(canvas, near, '#c6d0e8', '#7584b0');
  const x = width * random.between(0.4, 0.6);
  const y = heightAt(near, x) + height * 0.03;
  house(canvas, [x, y], height * 0.085);
};

function house(canvas: Canvas, [x, y]: Point, size: number): void {
  canvas.glow([x, y - size * 0.3], size * 4.2, '#ffb85c', 0.5, 0.6);
  canvas.rect(
    x - size,
    y - size * 0.75,
    size * 2,
    size * 0.9,
    canvas.linear([
      [0, '#4a2f28'],
      [1, '#2a1b1d'],
    ]),
  );
  const roof: Point[] = [
    [x - size * 1.3, y - size * 0.62],
    [x, y - size * 1.5],
    [x + size * 1.3, y - size * 0.62],
  ];
  canvas.path(
    `M${roof.map((p) => p.join(' ')).join('L')}Z`,
    canvas.linear([
      [0, '#eef2ff'],
      [1, '#a9b6d9'],
    ]),
  );
  canvas.rect(x + size * 0.5, y - size * 1.55, size * 0.22, size * 0.55, '#332428');
  for (const [dx, w] of [
    [-0.62, 0.46],
    [0.26, 0.46],
  ] as const) {
    canvas.rect(x + size * dx, y - size * 0.48, size * w, size * 0.4, '#ffd27a');
    canvas.rect(x + size * (dx + w / 2) - 1, y - size * 0.48, 2, size * 0.4, '#6b3f26');
  }
  for (let i = 0; i < 9; i += 1) {
    const t = i / 9;
    canvas.circle(
      [x + size * (0.62 + t * 0.5 + Math.sin(i) * 0.1), y - size * (1.7 + t * 2.6)],
      size * (0.1 + t * 0.28),
      '#dfe3f3',
      `opacity="${(0.16 * (1 - t)).toFixed(2)}"`,
    );
  }
  canvas.ellipse([x, y + size * 0.2], size * 1.7, size * 0.22, '#c6d0e8');
  canvas.ellipse([x, y + size * 0.26], size * 1.2, size * 0.16, '#ffd79a', 'opacity="0.5"');
}
