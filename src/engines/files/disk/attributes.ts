import type { BlobAttributes } from '../driver.ts';

/** Ends the name of the file that keeps a blob's attributes beside it. */
export const attributesEnding = '.attrs';
/** Larger ones are not ours. */
export const attributesBytesMax = 65_536;

/** The attributes of a blob without such a file. */
export const unknownAttributes: BlobAttributes = Object.freeze({
  contentType: 'application/octet-stream',
  originalName: '',
});

/** The text of an attributes file, in the format PocketBase uses; `md5` is the digest of the blob in base64. */
export function encodeAttributes(attributes: BlobAttributes, md5: string): string {
  return JSON.stringify({
    'user.cache_control': '',
    'user.content_disposition': '',
    'user.content_encoding': '',
    'user.content_language': '',
    'user.content_type': attributes.contentType,
    'user.metadata': { 'original-filename': attributes.originalName },
    md5,
  });
}

/** The attributes in a text that may have been written by another program; what is missing or strange is unknown. */
export function decodeAttributes(text: string): BlobAttributes {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unknownAttributes;
  }
  if (typeof value !== 'object' || value === null) return unknownAttributes;
  const { 'user.content_type': type, 'user.metadata': metadata } = value as { [key: string]: unknown };
  const name =
    typeof metadata === 'object' && metadata !== null
      ? (metadata as { [key: string]: unknown })['original-filename']
      : undefined;
  return {
    contentType: typeof type === 'string' && type !== '' ? type : unknownAttributes.contentType,
    originalName: typeof name === 'string' ? name : '',
  };
}
