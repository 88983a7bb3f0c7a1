import { lowerAlphanumeric, randomString } from '../../util/random.ts';

const originalBytesMax = 300;
const baseLengthMin = 3;
const baseLengthMax = 100;
const extensionLengthMax = 20;
const suffixLength = 10;

/** The last part of a path, whatever the system it came from, and at most its last 300 bytes. */
export function cleanOriginalName(name: string): string {
  const base = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  const bytes = Buffer.from(base);
  if (bytes.length <= originalBytesMax) return base.toWellFormed();
  // Cutting bytes may leave the end of a character in front.
  return bytes
    .subarray(bytes.length - originalBytesMax)
    .toString()
    .replace(/^\uFFFD+/, '');
}

/**
 * The name that an upload is stored under: `<base>_<10 random letters>.<extension>`. The base is the given name in snake case, letters,
 * digits and underscores only, lengthened when it is very short; the extension keeps up to two parts (`.tar.gz`).
 *
 * @param originalName what the client called it: hostile until it has been through here
 * @param sniffedExtension what its bytes say, such as `.png`, used when the name has no extension; `''` when they say nothing
 * @example createStoredFileName('My Photo.JPEG', '.jpg') // 'my_photo_0k2j9d8s1a.JPEG'
 */
export function createStoredFileName(originalName: string, sniffedExtension: string): string {
  const name = cleanOriginalName(originalName);
  const rawExtension = extensionOf(name);
  const cleaned = cleanExtension(rawExtension);
  const extension = cleaned.length > 1 ? cleaned : sniffedExtension;
  const base = toSnakeCase(name.slice(0, name.length - rawExtension.length));
  const suffix = randomString(suffixLength, lowerAlphanumeric);
  const padding = base.length < baseLengthMin ? randomString(suffixLength, lowerAlphanumeric) : '';
  return `${(base + padding).slice(0, baseLengthMax)}_${suffix}${extension}`;
}

/** The last one or two parts with a point in front: `.gz`, `.tar.gz`, `.` or nothing. */
function extensionOf(name: string): string {
  return /(?:\.[^.]+)?\.[^.]*$/.exec(name)?.[0] ?? '';
}

function cleanExtension(extension: string): string {
  const cleaned = extension.replace(/[^\w.*+=#-]/g, '');
  if (/^\.*$/.test(cleaned)) return '';
  return cleaned.length > extensionLengthMax ? `.${cleaned.slice(1 - extensionLengthMax)}` : cleaned;
}

/** Words (also those inside `camelCase`) in lower case with underscores between them. */
function toSnakeCase(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .split(/\W+|_+/)
    .filter((word) => word !== '')
    .join('_')
    .toLowerCase();
}
