import type { Random } from './random.ts';

export type Point = readonly [x: number, y: number];
/** Offset in [0, 1], colour, and opacity (1 if left out). */
export type Stop = readonly [offset: number, color: string, opacity?: number];

const round = (value: number): string => String(Math.round(value * 10) / 10);

/** `M x y L x y ...`; closed when asked. */
export function pathOf(points: readonly Point[], closed = false): string {
  const steps = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`);
  return steps.join('') + (closed ? 'Z' : '');
}

/** The colour `t` of the way from one `#rrggbb` to another. */
export function mix(from: string, to: string, t: number): string {
  const channel = (color: string, at: number): number => Number.parseInt(color.slice(at, at + 2), 16);
  const blended = [1, 3, 5].map((at) => Math.round(channel(from, at) + (channel(to, at) - channel(from, at)) * t));
  return `#${blended.map((value) => Math.max(0, Math.min(255, value)).toString(16).padStart(2, '0')).join('')}`;
}

/** Collects the parts of one SVG picture, back to front. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly random: Random;
  #defs: string[] = [];
  #body: string[] = [];

  constructor(width: number, height: number, random: Random) {
    this.width = width;
    this.height = height;
    this.random = random;
  }

  #define(tag: string, attributes: string, content: string): string {
    const id = `d${this.#defs.length}`;
    this.#defs.push(`<${tag} id="${id}" ${attributes}>${content}</${tag}>`);
    return `url(#${id})`;
  }

  static #stops(stops: readonly Stop[]): string {
    return stops
      .map(
        ([offset, color, opacity = 1]) => `<stop offset="${offset}" stop-color="${color}" stop-opacity="${opacity}"/>`,
      )
      .join('');
  }

  /** A gradient along a line; coordinates are fractions of the filled shape's box. Returns a paint. */
  linear(stops: readonly Stop[], [x1, y1]: Point = [0, 0], [x2, y2]: Point = [0, 1]): string {
    return this.#define('linearGradient', `x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"`, Canvas.#stops(stops));
  }

  /** A round gradient in the filled shape's box. Returns a paint. */
  radial(stops: readonly Stop[]): string {
    return this.#define('radialGradient', '', Canvas.#stops(stops));
  }

  /** A blur of so many pixels. Returns a value for the `filter` attribute. */
  blur(x: number, y: number = x): string {
    const box = 'x="-30%" y="-30%" width="160%" height="160%"';
    return this.#define('filter', box, `<feGaussianBlur stdDeviation="${round(x)} ${round(y)}"/>`);
  }

  /** A clip of the given path. Returns a value for the `clip-path` attribute. */
  clip(path: string): string {
    return this.#define('clipPath', '', `<path d="${path}"/>`);
  }

  add(svg: string): void {
    this.#body.push(svg);
  }

  path(d: string, fill: string, more = ''): void {
    this.add(`<path d="${d}" fill="${fill}" ${more}/>`);
  }

  stroke(d: string, color: string, width: number, more = ''): void {
    this.add(
      `<path d="${d}" fill="none" stroke="${color}" stroke-width="${round(width)}" stroke-linecap="round" ${more}/>`,
    );
  }

  rect(x: number, y: number, width: number, height: number, fill: string, more = ''): void {
    const box = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;
    this.add(`<rect ${box} fill="${fill}" ${more}/>`);
  }

  ellipse([cx, cy]: Point, rx: number, ry: number, fill: string, more = ''): void {
    this.add(
      `<ellipse cx="${round(cx)}" cy="${round(cy)}" rx="${round(rx)}" ry="${round(ry)}" fill="${fill}" ${more}/>`,
    );
  }

  circle(center: Point, radius: number, fill: string, more = ''): void {
    this.ellipse(center, radius, radius, fill, more);
  }

  /** A soft round light, brightest in the middle. */
  glow(center: Point, radius: number, color: string, strength: number, squash = 1): void {
    const fill = this.radial([
      [0, color, strength],
      [0.25, color, strength * 0.55],
      [0.55, color, strength * 0.18],
      [1, color, 0],
    ]);
    this.ellipse(center, radius, radius * squash, fill);
  }

  /** Draws what `draw` adds inside one `<g>` with the attributes given. */
  group(attributes: string, draw: () => void): void {
    this.add(`<g ${attributes}>`);
    draw();
    this.add('</g>');
  }

  /** What was drawn since `mark`, to draw it once more (a reflection). */
  since(mark: number): string {
    return this.#body.slice(mark).join('');
  }

  get mark(): number {
    return this.#body.length;
  }

  toSvg(): string {
    const size = `width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size}><defs>${this.#defs.join('')}</defs>${this.#body.join('')}</svg>`;
  }
}
