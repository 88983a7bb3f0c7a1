import { respondWithFile } from '../http/file-response.ts';
import type { ApiRequest, ApiResponse, Route } from '../http/types.ts';
import type { FileStore } from '../engines/files/files.ts';
import type { FileDownloads, FoundFile } from '../services/files/downloads.ts';
import { requestInfoOf } from './request-info.ts';

/** What the file endpoints stand on. */
export interface FileApiParts {
  readonly downloads: FileDownloads;
  readonly files: FileStore;
}

/** Types that a browser may show in place; everything else is saved. */
const inlineTypes: ReadonlySet<string> = new Set([
  ...['png', 'jpg', 'jpeg', 'gif', 'webp', 'x-icon', 'bmp'].map((name) => `image/${name}`),
  ...['webm', 'mp4', '3gpp', 'quicktime', 'x-ms-wmv'].map((name) => `video/${name}`),
  ...['basic', 'aiff', 'mpeg', 'midi', 'mp3', 'wave', 'wav', 'x-wav', 'x-mpeg', 'x-m4a', 'aac'].map(
    (name) => `audio/${name}`,
  ),
  'application/pdf',
]);

/** Types that go by the name's ending, because their bytes look like plain text or like a zip. */
const typeByEnding: { readonly [ending: string]: string } = {
  svg: 'image/svg+xml',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
};

/** `/api/files/…`. */
export function fileRoutes(parts: FileApiParts): Route[] {
  return [
    {
      method: 'POST',
      path: '/api/files/token',
      access: 'auth',
      handle: async (request) => ({ kind: 'json', body: { token: parts.downloads.token(request.viewer.auth!) } }),
    },
    {
      method: 'GET',
      path: '/api/files/:collection/:record/:name',
      // Everyone may ask: a protected file is given only for a file token.
      access: 'public',
      tags: ['file'],
      handle: (request) => download(parts, request),
    },
  ];
}

async function download(parts: FileApiParts, request: ApiRequest): Promise<ApiResponse> {
  const { collection, record, name } = request.params;
  const file = await parts.downloads.find(
    {
      collection: collection!,
      record: record!,
      name: name!,
      thumb: request.query.get('thumb') ?? '',
      token: request.query.get('token') ?? '',
    },
    requestInfoOf(request),
  );
  const contentType = contentTypeOf(file);
  const isAttachment = isTrue(request.query.get('download')) || !inlineTypes.has(contentType.split(';', 1)[0]!);
  return respondWithFile(request, {
    size: file.info.size,
    modifiedAt: file.info.modifiedAt,
    etag: '',
    contentType,
    headers: {
      'content-disposition': disposition(isAttachment ? 'attachment' : 'inline', file.saveAs),
      // Whatever a file is, a page made of it can do nothing.
      'content-security-policy': "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox",
      'cache-control': 'max-age=2592000, stale-while-revalidate=86400',
      'x-frame-options': '',
    },
    open: (range) => parts.files.open(file.key, range),
  });
}

function contentTypeOf({ info, saveAs }: FoundFile): string {
  const ending = saveAs.slice(saveAs.lastIndexOf('.') + 1).toLowerCase();
  return Object.hasOwn(typeByEnding, ending) ? typeByEnding[ending]! : info.contentType;
}

/** Names of ordinary letters go as they are; others are quoted and, for readers of RFC 6266, also given in UTF-8. */
function disposition(kind: 'inline' | 'attachment', name: string): string {
  if (/^[\w!#$&+.^`|~-]+$/.test(name)) return `${kind}; filename=${name}`;
  const plain = name.replace(/[^\x20-\x7e]|["\\]/g, '_');
  const encoded = encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

function isTrue(text: string | null): boolean {
  return text !== null && /^(1|t|T|true|TRUE|True)$/.test(text);
}
