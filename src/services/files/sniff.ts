import { open } from 'node:fs/promises';
import { sniffText } from './sniff-text.ts';

/** What the first bytes of a file say it is. */
export interface SniffedType {
  readonly contentType: string;
  /** With its dot, `''` when the type has none. */
  readonly extension: string;
}

/** Bytes that are looked at: enough for every signature below, the tar one at 257 included, and for a sound guess about text. */
const headBytesMax = 3072;

/** One signature: bytes (Latin-1 text) at an offset, and perhaps a second place. */
interface Signature {
  readonly at: number;
  readonly bytes: string;
  readonly and?: { readonly at: number; readonly bytes: string };
  readonly type: string;
  readonly extension: string;
}

function sign(type: string, extension: string, bytes: string, at = 0, and?: Signature['and']): Signature {
  return { at, bytes, and, type, extension };
}

const ole = '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1';

/** In order: the first that fits decides, so the narrower ones stand first. Source: the formats' own specifications. */
const signatures: readonly Signature[] = [
  sign('image/png', '.png', '\x89PNG\r\n\x1a\n'),
  sign('image/jpeg', '.jpg', '\xff\xd8\xff'),
  sign('image/gif', '.gif', 'GIF87a'),
  sign('image/gif', '.gif', 'GIF89a'),
  sign('image/webp', '.webp', 'RIFF', 0, { at: 8, bytes: 'WEBP' }),
  sign('audio/wav', '.wav', 'RIFF', 0, { at: 8, bytes: 'WAVE' }),
  sign('video/x-msvideo', '.avi', 'RIFF', 0, { at: 8, bytes: 'AVI ' }),
  sign('image/bmp', '.bmp', 'BM'),
  sign('image/x-icon', '.ico', '\0\0\x01\0'),
  sign('image/tiff', '.tiff', 'II*\0'),
  sign('image/tiff', '.tiff', 'MM\0*'),
  sign('image/vnd.adobe.photoshop', '.psd', '8BPS'),
  sign('image/jxl', '.jxl', '\xff\x0a'),
  sign('image/avif', '.avif', 'ftypavif', 4),
  sign('image/heic', '.heic', 'ftypheic', 4),
  sign('image/heif', '.heif', 'ftypmif1', 4),
  sign('audio/x-m4a', '.m4a', 'ftypM4A ', 4),
  sign('video/quicktime', '.mov', 'ftypqt  ', 4),
  sign('video/3gpp', '.3gp', 'ftyp3gp', 4),
  sign('video/mp4', '.mp4', 'ftyp', 4),
  sign('application/pdf', '.pdf', '%PDF-'),
  sign('application/postscript', '.ps', '%!PS-'),
  sign('text/rtf', '.rtf', '{\\rtf'),
  sign('application/gzip', '.gz', '\x1f\x8b'),
  sign('application/x-bzip2', '.bz2', 'BZh'),
  sign('application/x-xz', '.xz', '\xfd7zXZ\0'),
  sign('application/zstd', '.zst', '(\xb5/\xfd'),
  sign('application/x-7z-compressed', '.7z', "7z\xbc\xaf'\x1c"),
  sign('application/x-rar-compressed', '.rar', 'Rar!\x1a\x07'),
  sign('application/x-tar', '.tar', 'ustar', 257),
  sign('audio/mpeg', '.mp3', 'ID3'),
  sign('audio/mpeg', '.mp3', '\xff\xfb'),
  sign('audio/mpeg', '.mp3', '\xff\xf3'),
  sign('audio/aac', '.aac', '\xff\xf1'),
  sign('audio/aac', '.aac', '\xff\xf9'),
  sign('audio/flac', '.flac', 'fLaC'),
  sign('audio/ogg', '.oga', 'OggS', 0, { at: 28, bytes: '\x01vorbis' }),
  sign('audio/ogg', '.oga', 'OggS', 0, { at: 28, bytes: 'OpusHead' }),
  sign('application/ogg', '.ogg', 'OggS'),
  sign('audio/midi', '.midi', 'MThd'),
  sign('audio/aiff', '.aiff', 'FORM', 0, { at: 8, bytes: 'AIFF' }),
  sign('audio/basic', '.au', '.snd'),
  sign('video/webm', '.webm', '\x1aE\xdf\xa3'),
  sign('video/mpeg', '.mpeg', '\0\0\x01\xba'),
  sign('video/x-flv', '.flv', 'FLV\x01'),
  sign('video/x-ms-asf', '.asf', '0&\xb2u\x8ef\xcf\x11\xa6\xd9'),
  sign('font/woff', '.woff', 'wOFF'),
  sign('font/woff2', '.woff2', 'wOF2'),
  sign('font/otf', '.otf', 'OTTO'),
  sign('font/ttf', '.ttf', '\0\x01\0\0\0'),
  sign('application/wasm', '.wasm', '\0asm'),
  // tidy: product because the format of uploaded files has this name
  sign('application/vnd.sqlite3', '.sqlite', 'SQLite format 3\0'),
  sign('application/x-elf', '', '\x7fELF'),
  sign('application/vnd.microsoft.portable-executable', '.exe', 'MZ'),
  sign('application/x-ole-storage', '', ole),
];

/** What kind of zip it is, by the name of an early entry. */
const zips: readonly (readonly [entry: string, type: string, extension: string])[] = [
  ['word/', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', '.docx'],
  ['xl/', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', '.xlsx'],
  ['ppt/', 'application/vnd.openxmlformats-officedocument.presentationml.presentation', '.pptx'],
  ['mimetypeapplication/epub+zip', 'application/epub+zip', '.epub'],
  ['mimetypeapplication/vnd.oasis.opendocument.text', 'application/vnd.oasis.opendocument.text', '.odt'],
  ['mimetypeapplication/vnd.oasis.opendocument.spreadsheet', 'application/vnd.oasis.opendocument.spreadsheet', '.ods'],
  ['META-INF/', 'application/jar', '.jar'],
];

/** Tells a file's type from its bytes, never from its name: a page renamed to `.png` stays a page. */
export async function sniffFile(path: string): Promise<SniffedType> {
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(headBytesMax);
    const { bytesRead } = await file.read(head, 0, headBytesMax, 0);
    return sniffBytes(head.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** The same for bytes at hand: the beginning of a file. */
export function sniffBytes(head: Buffer): SniffedType {
  const latin = head.toString('latin1');
  if (latin.startsWith('PK\x03\x04')) return sniffZip(latin);
  const found = signatures.find((each) => fits(latin, each) && (each.and === undefined || fits(latin, each.and)));
  if (found !== undefined) return { contentType: found.type, extension: found.extension };
  return sniffText(head) ?? { contentType: 'application/octet-stream', extension: '' };
}

function fits(latin: string, place: { readonly at: number; readonly bytes: string }): boolean {
  return latin.startsWith(place.bytes, place.at);
}

function sniffZip(latin: string): SniffedType {
  const found = zips.find(([entry]) => latin.includes(entry));
  if (found === undefined) return { contentType: 'application/zip', extension: '.zip' };
  return { contentType: found[1], extension: found[2] };
}
