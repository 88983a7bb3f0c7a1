const edgeMax = 2400;
const bytesMax = 4_000_000;

/**
 * Reads a picture that somebody chose: makes it at most 2400 pixels wide or high (which also leaves out where it was
 * taken), and measures it. Returns `{ file, width, height, tone }`; throws an Error with a sentence for people.
 */
export async function prepareImage(file) {
  if (!file.type.startsWith('image/')) throw new Error('That is not a picture.');
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error('This picture cannot be read. Try a JPEG, PNG or WebP.');
  });
  const scale = Math.min(1, edgeMax / Math.max(bitmap.width, bitmap.height));
  const width = Math.round(bitmap.width * scale);
  const height = Math.round(bitmap.height * scale);
  const tone = toneOf(bitmap);
  const keep = scale === 1 && file.size <= bytesMax && ['image/png', 'image/webp'].includes(file.type);
  const result = keep ? file : await redraw(bitmap, width, height, file.name);
  bitmap.close();
  return { file: result, width, height, tone };
}

async function redraw(bitmap, width, height, name) {
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext('2d');
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, width, height);
  pen.drawImage(bitmap, 0, 0, width, height);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.88 });
  return new File([blob], `${name.replace(/\.[^.]*$/, '') || 'photo'}.jpg`, { type: 'image/jpeg' });
}

/** The picture's average colour, shown while it loads. */
function toneOf(bitmap) {
  const pen = new OffscreenCanvas(1, 1).getContext('2d');
  pen.drawImage(bitmap, 0, 0, 1, 1);
  const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
  return `#${[red, green, blue].map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}
