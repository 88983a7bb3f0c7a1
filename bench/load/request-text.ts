/**
 * A whole HTTP/1.1 request as text, ready to be written to a socket any number of times.
 *
 * @param path with its query, already percent-encoded
 * @param options.body JSON text; sets Content-Type and Content-Length
 * @example requestText('GET', '/api/health', { host: '127.0.0.1' })
 */
export function requestText(
  method: string,
  path: string,
  options: { host: string; token?: string; body?: string; isOneShot?: boolean },
): string {
  let head = `${method} ${path} HTTP/1.1\r\nHost: ${options.host}\r\n`;
  if (options.token !== undefined && options.token !== '') head += `Authorization: ${options.token}\r\n`;
  if (options.isOneShot === true) head += 'Connection: close\r\n';
  if (options.body !== undefined) {
    head += `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(options.body)}\r\n`;
  } else if (method !== 'GET') head += 'Content-Length: 0\r\n';
  return `${head}\r\n${options.body ?? ''}`;
}
