import { type Canvas, mix, type Point, pathOf, type Stop } from './canvas.ts';
import type { Random } from './random.ts';

/** The sky over the whole picture. */
export function sky(canvas: Canvas, stops: readonly Stop[]): void {
  canvas.rect(0, 0, canvas.width, canvas.height, canvas.linear(stops));
}

/**
 * A line of hills from left to right by midpoint displacement.
 * `amplitude` is the height in pixels, `roughness` 0.3 (downs) to 0.7 (crags).
 */
export function hillLine(random: Random, width: number, y: number, amplitude: number, roughness: number): Point[] {
  const levels = 8;
  const heights = new Array<number>(2 ** levels + 1).fill(0);
  heights[0] = random.between(-1, 1);
  heights[2 ** levels] = random.between(-1, 1);
  let reach = 1;
  for (let step = 2 ** levels; step > 1; step /= 2) {
    for (let i = step / 2; i < heights.length; i += step) {
      const middle = ((heights[i - step / 2] ?? 0) + (heights[i + step / 2] ?? 0)) / 2;
      heights[i] = middle + random.between(-reach, reach);
    }
    reach *= roughness;
  }
  return heights.map((height, i) => [(i / 2 ** levels) * width, y - height * amplitude * 0.6]);
}

/** The height of a line at x, by linear interpolation. */
export function heightAt(line: readonly Point[], x: number): number {
  const after = line.findIndex(([px]) => px >= x);
  const right = line[after === -1 ? line.length - 1 : after];
  const left = line[Math.max(0, after - 1)];
  if (!right || !left) throw new RangeError('an empty line has no height');
  const span = right[0] - left[0];
  return span === 0 ? right[1] : left[1] + ((right[1] - left[1]) * (x - left[0])) / span;
}

/** The area from a line down to `bottom`. */
export function landPath(line: readonly Point[], bottom: number): string {
  const first = line[0] ?? [0, bottom];
  const last = line.at(-1) ?? [0, bottom];
  return pathOf([[first[0], bottom], ...line, [last[0], bottom]], true);
}

export function land(canvas: Canvas, line: readonly Point[], top: string, foot: string, bottom = canvas.height): void {
  const fill = canvas.linear([
    [0, top],
    [1, foot],
  ]);
  canvas.path(landPath(line, bottom), fill);
}

export interface Alp {
  /** Where the foot stands, pixels from the top. */
  foot: number;
  /** Peaks as [x, height] in pixels. */
  peaks: readonly Point[];
  rock: string;
  shade: string;
  snow: string;
  haze: string;
}

/** A massif of sharp peaks, lit from the left: rock, snow fields and the shadow sides, fading into haze at the foot. */
export function alp(canvas: Canvas, { foot, peaks, rock, shade, snow, haze }: Alp): void {
  const { random, width } = canvas;
  const noise = hillLine(random, width, 0, 60, 0.62);
  const crest: Point[] = noise.map(([x, wobble]) => {
    const rise = Math.max(...peaks.map(([px, height]) => height - Math.abs(x - px) * (height / (width * 0.32))));
    return [x, foot - Math.max(20, rise) + wobble * 0.8];
  });
  const outline = landPath(crest, foot + 40);
  canvas.path(outline, rock);
  canvas.group(`clip-path="${canvas.clip(outline)}"`, () => {
    snowFields(canvas, crest, foot, snow);
    shadowSides(canvas, crest, foot, peaks, shade);
    canvas.rect(
      0,
      foot - 420,
      width,
      480,
      canvas.linear([
        [0, haze, 0],
        [0.55, haze, 0.45],
        [1, haze, 0.95],
      ]),
    );
  });
}

function snowFields(canvas: Canvas, crest: readonly Point[], foot: number, snow: string): void {
  const { random } = canvas;
  const top = Math.min(...crest.map(([, y]) => y));
  const lower = crest.map(([x, y]): Point => {
    const height = (foot - y) / (foot - top);
    const depth = Math.max(0, height - 0.32) * (foot - top) * 0.62;
    return [x, y + depth * random.between(0.45, 1.15)];
  });
  canvas.path(pathOf([...crest, ...lower.reverse()], true), snow, 'opacity="0.92"');
}

function shadowSides(
  canvas: Canvas,
  crest: readonly Point[],
  foot: number,
  peaks: readonly Point[],
  shade: string,
): void {
  const { random, width } = canvas;
  const fill = canvas.linear([
    [0, shade, 0.82],
    [1, shade, 0.35],
  ]);
  const isSummit = (i: number): boolean =>
    [-9, -4, 4, 9].every((step) => (crest[i + step]?.[1] ?? 0) > (crest[i]?.[1] ?? Number.POSITIVE_INFINITY));
  const summits = [...peaks, ...crest.filter((_, i) => isSummit(i))];
  for (const [px] of summits) {
    const main = peaks.some(([x]) => x === px);
    const reach = main ? width * 0.3 : width * 0.045;
    const right = crest.filter(([x]) => x >= px && x <= px + reach);
    if (right.length < 3) continue;
    const start = right[0]?.[1] ?? 0;
    const depth = main ? foot - start : (foot - start) * random.between(0.2, 0.4);
    const edge: Point[] = [];
    for (let t = 0; t <= 1; t += 0.07) {
      edge.push([
        px + Math.sin(t * 9 + px) * 14 * t + random.between(-12, 22) * (t > 0 ? 1 : 0) + t * 50,
        start + t * depth,
      ]);
    }
    canvas.path(pathOf([...right, ...edge.reverse()], true), fill);
  }
}

/** The outline of one conifer standing at [x, y]. */
export function pinePath(random: Random, [x, y]: Point, height: number): string {
  const levels = Math.max(5, Math.min(13, Math.round(height / 11)));
  const half = height * random.between(0.15, 0.22);
  const left: Point[] = [];
  const right: Point[] = [];
  for (let i = 1; i <= levels; i += 1) {
    const t = i / levels;
    const reach = half * t ** 0.85;
    const level = y - height * (1 - t);
    for (const [side, sign] of [
      [left, -1],
      [right, 1],
    ] as const) {
      side.push([x + sign * reach * random.between(0.82, 1.15), level + height * 0.015]);
      side.push([x + sign * reach * random.between(0.35, 0.55), level - height * 0.012]);
    }
  }
  return pathOf([[x, y - height], ...right, [x + 2, y], [x - 2, y], ...left.reverse()], true);
}

/** Conifers along a line; `density` is trees per 100 pixels. */
export function pines(canvas: Canvas, line: readonly Point[], color: string, height: number, density: number): void {
  const { random, width } = canvas;
  const count = Math.round((width / 100) * density);
  let d = '';
  for (let i = 0; i < count; i += 1) {
    const x = ((i + random.between(-0.8, 0.8)) / count) * width;
    const size = height * random.between(0.45, 1.1);
    d += pinePath(random, [x, heightAt(line, Math.max(0, Math.min(width, x))) + size * 0.08], size);
  }
  canvas.path(d, color);
}

/** A band of fog across the picture. */
export function mist(canvas: Canvas, y: number, height: number, color: string, strength: number): void {
  const { random, width } = canvas;
  const fill = canvas.linear([
    [0, color, 0],
    [0.5, color, strength],
    [1, color, 0],
  ]);
  canvas.rect(0, y - height / 2, width, height, fill);
  for (let i = 0; i < 4; i += 1) {
    const center: Point = [random.between(0, width), y + random.between(-0.3, 0.3) * height];
    canvas.glow(center, width * random.between(0.2, 0.4), color, strength * 0.6, 0.16);
  }
}

/** Long thin clouds, lit from below by `lit`. */
export function streaks(canvas: Canvas, top: number, bottom: number, colors: readonly string[], count: number): void {
  const { random, width } = canvas;
  canvas.group(`filter="${canvas.blur(16, 3.5)}"`, () => {
    for (let i = 0; i < count; i += 1) {
      const t = random.next();
      const y = top + (bottom - top) * t;
      const length = width * random.between(0.12, 0.5) * (1.2 - t * 0.5);
      const x = random.between(-0.1, 1.1) * width;
      const thick = (bottom - top) * random.between(0.006, 0.028);
      const puffs = random.whole(2, 5);
      for (let puff = 0; puff < puffs; puff += 1) {
        const center: Point = [x + random.between(-0.4, 0.4) * length, y + random.between(-1.2, 1.2) * thick];
        canvas.ellipse(
          center,
          length * random.between(0.25, 0.5),
          thick,
          random.pick(colors),
          `opacity="${random.between(0.25, 0.7).toFixed(2)}"`,
        );
      }
    }
  });
}

/** Heaped clouds: many soft circles over a flat base. */
export function cumulus(canvas: Canvas, [x, y]: Point, size: number, lit: string, shade: string): void {
  const { random } = canvas;
  canvas.group(`filter="${canvas.blur(size * 0.035)}"`, () => {
    for (let i = 0; i < 26; i += 1) {
      const along = random.bell() * 0.45;
      const lift = Math.max(0, 1 - along * along * 2) * random.next();
      const color = mix(shade, lit, Math.min(1, 0.25 + lift));
      const center: Point = [x + along * size, y - lift * size * 0.32];
      canvas.circle(center, size * random.between(0.06, 0.16) * (1.1 - Math.abs(along) * 0.6), color, 'opacity="0.75"');
    }
  });
}

export function stars(canvas: Canvas, count: number, bottom: number): void {
  const { random, width } = canvas;
  for (let i = 0; i < count; i += 1) {
    const bright = random.next() ** 6;
    const center: Point = [random.between(0, width), random.between(0, bottom)];
    const color = random.pick(['#ffffff', '#dfe8ff', '#fff3dc', '#cfe0ff']);
    canvas.circle(center, 0.7 + bright * 2.1, color, `opacity="${(0.25 + random.next() * 0.6).toFixed(2)}"`);
    if (bright > 0.6) canvas.glow(center, 12, color, 0.4);
  }
}

/** A few birds far away. */
export function birds(canvas: Canvas, [x, y]: Point, count: number, color: string): void {
  const { random } = canvas;
  for (let i = 0; i < count; i += 1) {
    const cx = x + random.bell() * 90;
    const cy = y + random.bell() * 40;
    const span = random.between(7, 14);
    const lift = span * random.between(0.3, 0.7);
    const wing = `M${cx - span} ${cy - lift}Q${cx - span * 0.4} ${cy - lift * 0.9} ${cx} ${cy}Q${cx + span * 0.4} ${cy - lift * 0.9} ${cx + span} ${cy - lift}`;
    canvas.stroke(wing, color, 2.2);
  }
}

/** Blades of grass growing from a line at the bottom of the picture. */
export function grass(canvas: Canvas, colors: readonly string[], height: number, count: number): void {
  const { random, width } = canvas;
  for (const color of colors) {
    let d = '';
    for (let i = 0; i < count / colors.length; i += 1) {
      const x = random.between(-20, width + 20);
      const tall = height * random.between(0.35, 1);
      const lean = random.bell() * tall * 0.22;
      const foot = canvas.height + 10;
      d += `M${x.toFixed(1)} ${foot}q${(lean * 0.2).toFixed(1)} ${(-tall * 0.6).toFixed(1)} ${lean.toFixed(1)} ${(-tall).toFixed(1)}`;
    }
    canvas.stroke(d, color, 2.6);
  }
}
