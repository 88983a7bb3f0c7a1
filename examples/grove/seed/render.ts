import sharp from 'sharp';
import { Canvas } from './canvas.ts';
import { Random } from './random.ts';

export type Scene = (canvas: Canvas) => void;

export interface Picture {
  scene: Scene;
  seed: number;
  width: number;
  height: number;
}

/** A tile of film grain around mean grey: laid over a picture with `overlay`, it takes the plastic look off flat colour. */
export async function createGrain(): Promise<Buffer> {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 11 };
  const tile = { width: 512, height: 512, channels: 3 as const, background: '#808080', noise };
  return sharp({ create: tile }).png({ compressionLevel: 1 }).toBuffer();
}

/** Draws a scene and returns it as JPEG: a light vignette and film grain are added, as a camera would. */
export async function renderPicture({ scene, seed, width, height }: Picture, grain: Buffer): Promise<Buffer> {
  const canvas = new Canvas(width, height, new Random(seed));
  scene(canvas);
  const edge = canvas.radial([
    [0.55, '#000000', 0],
    [1, '#000000', 0.26],
  ]);
  canvas.ellipse([width / 2, height / 2], width * 0.78, height * 0.78, edge);
  return sharp(Buffer.from(canvas.toSvg()))
    .flatten()
    .composite([{ input: grain, blend: 'overlay', tile: true }])
    .jpeg({ quality: 80, progressive: true })
    .toBuffer();
}
