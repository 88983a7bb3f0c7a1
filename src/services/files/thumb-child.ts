import sharp, { type ResizeOptions } from 'sharp';
import type { ThumbJob } from './thumb-process.ts';

/** Pixels of an original: 4 bytes each while it is worked on. Told from the header, before anything is decoded. */
const pixelsMax = 50_000_000;
/** Pixels of a side of a thumb. */
const sideMax = 4096;

sharp.cache(false);
sharp.concurrency(1);

// When the server is gone, nothing holds this process any more and it ends by itself.
process.on('message', (job: ThumbJob) => {
  resize(job).then(
    () => process.send?.(true),
    () => process.send?.(false),
  );
});
async function resize({ from, to, size, format }: ThumbJob): Promise<void> {
  const match = /^(\d+)x(\d+)([tbf]?)$/.exec(size);
  if (match === null) throw new Error('not a thumb size');
  const [width, height] = [Number(match[1]), Number(match[2])];
  if (width > sideMax || height > sideMax || width + height === 0) throw new Error('thumb too large');
  // One page: of an animation the first picture. `rotate()` turns it as its EXIF orientation says.
  const image = sharp(from, {
    limitInputPixels: pixelsMax,
    pages: 1,
    sequentialRead: true,
    failOn: 'truncated',
  }).rotate();
  await image
    .resize({ width: width || undefined, height: height || undefined, ...fitOf(match[3]!, width, height) })
    .toFormat(format)
    .toFile(to);
}

function fitOf(mode: string, width: number, height: number): ResizeOptions {
  if (mode === 'f') return { fit: 'inside', withoutEnlargement: true };
  if (width === 0 || height === 0) return {};
  return { fit: 'cover', position: mode === 't' ? 'top' : mode === 'b' ? 'bottom' : 'centre' };
}
