import { mix, type Point, pathOf } from '../canvas.ts';
import type { Scene } from '../render.ts';
import { cumulus, grass, heightAt, hillLine, land, mist, pinePath, pines, sky, stars, streaks } from '../shapes.ts';

/** The Milky Way over a line of trees, and a tent that somebody reads in. */
export const milkyWay =
  (glow: string, air: readonly [string, string, string]): Scene =>
  (canvas) => {
    const { random, width, height } = canvas;
    sky(canvas, [
      [0, air[0]],
      [0.55, air[1]],
      [0.85, air[2]],
      [1, air[2]],
    ]);
    const tilt = random.between(-32, 32);
    canvas.group(`transform="rotate(${tilt} ${width / 2} ${height / 2})" filter="${canvas.blur(9)}"`, () => {
      for (let i = 0; i < 130; i += 1) {
        const center: Point = [width * 0.5 + random.bell() * width * 0.055, random.between(-0.15, 1) * height];
        const color = random.pick([glow, '#dfe6ff', '#a9b8f0', '#f3d9e6']);
        canvas.ellipse(
          center,
          width * random.between(0.015, 0.07),
          height * random.between(0.02, 0.07),
          color,
          `opacity="${random.between(0.03, 0.13).toFixed(3)}"`,
        );
      }
      for (let i = 0; i < 26; i += 1) {
        const center: Point = [width * 0.505 + random.bell() * width * 0.02, random.between(-0.1, 1) * height];
        canvas.ellipse(center, width * random.between(0.008, 0.02), height * 0.05, air[0], 'opacity="0.28"');
      }
    });
    stars(canvas, 1100, height * 0.9);
    const hill = hillLine(random, width, height * 0.87, height * 0.05, 0.5);
    mist(canvas, height * 0.84, height * 0.2, air[2], 0.5);
    pines(canvas, hill, mix(air[0], '#000000', 0.45), height * 0.17, 3.4);
    land(canvas, hill, mix(air[0], '#000000', 0.4), '#01030a');
    const x = width * random.between(0.3, 0.7);
    const y = heightAt(hill, x) + height * 0.05;
    const size = height * 0.05;
    canvas.glow([x, y - size * 0.4], size * 4.5, '#ff9d45', 0.5, 0.7);
    canvas.path(
      `M${x - size * 1.25} ${y}L${x} ${y - size}L${x + size * 1.25} ${y}Z`,
      canvas.linear([
        [0, '#ff9440'],
        [1, '#ffd58a'],
      ]),
    );
    canvas.path(`M${x} ${y - size}L${x - size * 0.22} ${y}H${x + size * 0.22}Z`, '#8a3b16', 'opacity="0.75"');
  };

/** Northern lights over a frozen shore. */
export const aurora =
  (curtain: readonly string[]): Scene =>
  (canvas) => {
    const { random, width, height } = canvas;
    sky(canvas, [
      [0, '#050a1e'],
      [0.6, '#0c2340'],
      [0.85, '#1b4a5c'],
      [1, '#1b4a5c'],
    ]);
    stars(canvas, 420, height * 0.7);
    canvas.group(`filter="${canvas.blur(5, 2)}"`, () => {
      for (const [i, color] of curtain.entries()) {
        const base = hillLine(random, width, height * (0.52 - i * 0.09), height * 0.3, 0.42);
        const ray = canvas.linear([
          [0, color, 0],
          [0.62, color, 0.34],
          [0.93, mix(color, '#eafff4', 0.4), 0.62],
          [1, color, 0],
        ]);
        const count = 150;
        for (let k = 0; k < count; k += 1) {
          const x = (k / count) * width;
          const tall = height * random.between(0.18, 0.5);
          const y = heightAt(base, x);
          canvas.rect(
            x,
            y - tall,
            (width / count) * random.between(1, 2.6),
            tall,
            ray,
            `opacity="${random.between(0.25, 0.85).toFixed(2)}"`,
          );
        }
      }
    });
    const far = hillLine(random, width, height * 0.74, height * 0.12, 0.56);
    land(canvas, far, '#12293d', '#1a3b4d', height * 0.8);
    const shore = height * 0.8;
    canvas.rect(
      0,
      shore,
      width,
      height - shore,
      canvas.linear([
        [0, mix(curtain[0] ?? '#44ddaa', '#0c2340', 0.5)],
        [0.5, '#143a4c'],
        [1, '#071524'],
      ]),
    );
    canvas.group(`filter="${canvas.blur(3, 7)}"`, () => {
      for (let i = 0; i < 60; i += 1) {
        const center: Point = [random.between(0, width), random.between(shore, height)];
        canvas.ellipse(center, width * random.between(0.01, 0.05), 5, random.pick(curtain), 'opacity="0.28"');
      }
    });
    let d = '';
    for (const side of [0, 1]) {
      for (let i = 0; i < 9; i += 1) {
        const x = side * width + (side ? -1 : 1) * random.next() ** 1.5 * width * 0.24;
        d += pinePath(random, [x, height * random.between(0.96, 1.04)], height * random.between(0.22, 0.5));
      }
    }
    canvas.path(d, '#030913');
  };

/** Wind-cut sand with long shadows. */
export const dunes =
  (lit: string, shade: string, air: readonly [string, string]): Scene =>
  (canvas) => {
    const { random, width, height } = canvas;
    sky(canvas, [
      [0, air[0]],
      [0.42, air[1]],
      [1, air[1]],
    ]);
    canvas.glow([width * 0.2, height * 0.26], width * 0.5, '#fff4da', 0.7);
    const layers = 6;
    for (let i = 0; i < layers; i += 1) {
      const t = i / (layers - 1);
      const y = height * (0.36 + 0.44 * t);
      const top = width * random.between(0.25, 0.75);
      const rise = height * (0.05 + 0.15 * t);
      const crest: Point[] = Array.from({ length: 81 }, (_, k) => {
        const x = (k / 80) * width;
        const bend = Math.exp(-(((x - top) / (width * (0.16 + 0.1 * t))) ** 2));
        return [x, y - rise * bend + Math.sin(x / (width * 0.11) + i * 2) * height * 0.008];
      });
      const far = 1 - t;
      const light = mix(lit, air[1], far * 0.6);
      const dark = mix(shade, air[1], far * 0.6);
      land(canvas, crest, light, mix(light, dark, 0.35));
      const ridge = crest.filter(([x]) => x >= top - width * 0.01);
      const foot: Point[] = [];
      for (let k = 0; k <= 20; k += 1) {
        const s = k / 20;
        foot.push([
          top + Math.sin(s * 2.6) * width * 0.07 - s * width * 0.12,
          y - rise + s * (rise + height * (0.1 + 0.4 * t)),
        ]);
      }
      canvas.path(
        pathOf([...ridge, [width, height], ...foot.reverse()], true),
        canvas.linear([
          [0, dark],
          [1, mix(dark, light, 0.55)],
        ]),
      );
      if (t > 0.5) sandRipples(canvas, y, light, dark, t);
      mist(canvas, y + height * 0.02, height * 0.08, air[1], 0.22 * far);
    }
  };

function sandRipples(canvas: Parameters<Scene>[0], top: number, light: string, dark: string, t: number): void {
  const { random, width, height } = canvas;
  for (let i = 0; i < 34; i += 1) {
    const y = top + height * 0.06 + (height - top) * (i / 34) ** 1.2;
    const x = random.between(-0.1, 0.5) * width;
    const length = width * random.between(0.2, 0.55);
    const wave = `M${x} ${y}q${length * 0.25} ${-9 * t} ${length * 0.5} 0t${length * 0.5} 0`;
    canvas.stroke(wave, random.chance(0.5) ? mix(light, '#ffffff', 0.3) : dark, 1.6, 'opacity="0.22"');
  }
}

/** Balloons drifting over morning hills. */
export const balloons: Scene = (canvas) => {
  const { random, width, height } = canvas;
  sky(canvas, [
    [0, '#7fb2dd'],
    [0.4, '#f7cfc0'],
    [0.62, '#ffe9c9'],
    [1, '#ffe9c9'],
  ]);
  streaks(canvas, height * 0.05, height * 0.5, ['#fff4e6', '#ffd9c9', '#ffffff'], 18);
  canvas.glow([width * 0.74, height * 0.5], width * 0.5, '#fff1c9', 0.8);
  for (let i = 0; i < 5; i += 1) {
    const t = i / 4;
    const line = hillLine(random, width, height * (0.62 + 0.3 * t), height * 0.1, 0.46);
    const color = mix('#c3a9b4', '#33503f', t);
    if (t > 0.4) pines(canvas, line, mix(color, '#14261d', 0.5), height * 0.04 * (0.5 + t), 6);
    land(canvas, line, color, mix(color, '#ffe9c9', 0.4 * (1 - t)));
    mist(canvas, height * (0.7 + 0.28 * t), height * 0.1, '#fff0dc', 0.5 * (1 - t));
  }
  const sets = [
    ['#d94f3d', '#f6e7c8'],
    ['#2f6f8f', '#f2c14e'],
    ['#f2a33c', '#8c2f4b'],
    ['#3f8a6b', '#f6e7c8'],
    ['#7a4b8f', '#ffb36b'],
  ] as const;
  for (const [i, colors] of sets.entries()) {
    const size = height * [0.15, 0.1, 0.065, 0.045, 0.032][i]!;
    const center: Point = [
      width * ([0.2, 0.62, 0.84, 0.42, 0.74][i] ?? 0.5) + random.between(-40, 40),
      height * random.between(0.2, 0.42),
    ];
    balloon(canvas, center, size, colors[0], colors[1]);
  }
};

function balloon(canvas: Parameters<Scene>[0], [x, y]: Point, size: number, color: string, stripe: string): void {
  const body = `M${x} ${y + size * 1.25}C${x - size * 0.35} ${y + size * 0.85} ${x - size} ${y + size * 0.5} ${x - size} ${y - size * 0.1}A${size} ${size} 0 0 1 ${x + size} ${y - size * 0.1}C${x + size} ${y + size * 0.5} ${x + size * 0.35} ${y + size * 0.85} ${x} ${y + size * 1.25}Z`;
  canvas.path(body, color);
  canvas.group(`clip-path="${canvas.clip(body)}"`, () => {
    for (const r of [0.86, 0.46]) {
      canvas.add(
        `<ellipse cx="${x}" cy="${y}" rx="${size * r}" ry="${size * 1.5}" fill="none" stroke="${stripe}" stroke-width="${size * 0.17}"/>`,
      );
    }
    canvas.rect(
      x - size,
      y - size * 1.2,
      size * 2,
      size * 2.6,
      canvas.linear(
        [
          [0, '#ffffff', 0.3],
          [0.45, '#ffffff', 0],
          [1, '#20102a', 0.45],
        ],
        [0, 0],
        [1, 0.2],
      ),
    );
  });
  canvas.rect(x - size * 0.12, y + size * 1.42, size * 0.24, size * 0.18, '#5b3a22');
  canvas.stroke(
    `M${x - size * 0.1} ${y + size * 1.22}L${x - size * 0.1} ${y + size * 1.42}M${x + size * 0.1} ${y + size * 1.22}L${x + size * 0.1} ${y + size * 1.42}`,
    '#5b3a22',
    1.4,
  );
}

/** A meadow in flower under heaped clouds. */
export const meadow =
  (flowers: readonly string[], air: readonly [string, string]): Scene =>
  (canvas) => {
    const { random, width, height } = canvas;
    sky(canvas, [
      [0, air[0]],
      [0.55, air[1]],
      [1, air[1]],
    ]);
    for (let i = 0; i < 4; i += 1) {
      const at: Point = [width * random.between(0, 1), height * random.between(0.18, 0.44)];
      cumulus(canvas, at, width * random.between(0.22, 0.46), '#ffffff', mix(air[1], '#9fb0c8', 0.5));
    }
    for (let i = 0; i < 4; i += 1) {
      const t = i / 3;
      const line = hillLine(random, width, height * (0.5 + 0.1 * i), height * 0.1, 0.42);
      const color = mix(mix('#6f9a86', air[1], 0.35), '#6d9c3c', t);
      if (i === 1) pines(canvas, line, '#3c6650', height * 0.05, 5);
      land(canvas, line, color, mix(color, '#2d5426', 0.5 * t));
    }
    for (let i = 0; i < 900; i += 1) {
      const t = random.next() ** 0.8;
      const at: Point = [random.between(0, width), height * (0.7 + 0.32 * t)];
      canvas.ellipse(
        at,
        width * (0.001 + 0.0045 * t),
        width * (0.001 + 0.0036 * t),
        random.pick(flowers),
        `opacity="${random.between(0.6, 1).toFixed(2)}"`,
      );
    }
    grass(canvas, ['#3f6b2a', '#5d8f3a', '#84b04c'], height * 0.2, 520);
    for (let i = 0; i < 16; i += 1) {
      poppy(
        canvas,
        [random.between(0.02, 0.98) * width, height * random.between(0.76, 0.95)],
        Math.min(width, height) * random.between(0.02, 0.042),
        random.pick(flowers),
      );
    }
  };

function poppy(canvas: Parameters<Scene>[0], [x, y]: Point, size: number, color: string): void {
  const { random, height } = canvas;
  const lean = random.bell() * size;
  canvas.stroke(`M${x} ${y}Q${x + lean} ${(y + height) / 2} ${x + lean * 0.5} ${height + 8}`, '#3f6b2a', size * 0.13);
  for (let i = 0; i < 5; i += 1) {
    const angle = (i / 5) * Math.PI * 2 + random.between(-0.2, 0.2);
    const petal: Point = [x + Math.cos(angle) * size * 0.42, y + Math.sin(angle) * size * 0.3];
    canvas.ellipse(
      petal,
      size * 0.55,
      size * 0.46,
      mix(color, random.chance(0.5) ? '#ffffff' : '#5a1020', random.between(0.02, 0.2)),
      'opacity="0.94"',
    );
  }
  canvas.ellipse([x, y], size * 0.2, size * 0.16, mix('#2b1a1a', color, 0.15));
}
