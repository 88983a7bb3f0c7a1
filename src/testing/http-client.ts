import { Agent, request } from 'node:http';

const answerTimeoutMs = 30_000;
const answerBytesMax = 256 * 1024 * 1024;

/** One file of a multipart body. */
export type Upload = { name: string; bytes: string | Uint8Array; type?: string };

/** What is sent. At most one of `json`, `form`, `multipart` and `raw` is given. */
export type OutgoingRequest = {
  /** `GET` when absent. */
  method?: string;
  /** Path and query, sent to the server byte for byte (nothing is normalised or escaped). */
  path: string;
  headers?: Readonly<Record<string, string>>;
  /** A JSON body with its content type. */
  json?: unknown;
  /** An URL-encoded body; a list of values repeats the key. */
  form?: Readonly<Record<string, string | readonly string[]>>;
  /** A multipart body, part by part in this order. */
  multipart?: ReadonlyArray<readonly [name: string, value: string | Upload]>;
  /** Bytes as they are; without `type` no content type is sent. */
  raw?: { bytes: string | Uint8Array; type?: string };
};

/** What came back, read to the end. */
export type Answer = {
  status: number;
  /** Names in lower case; lines of the same name joined with `, `. */
  headers: Readonly<Record<string, string>>;
  bytes: Buffer;
  text: string;
  /** The parsed body, or `undefined` when it is not JSON. */
  json: unknown;
};

/**
 * A small HTTP client that sends exactly what it is told (`fetch` rewrites paths and adds headers of its own).
 * Connections are kept alive; `close()` ends them. Fails when no complete answer has come within 30 s.
 *
 * @example
 * const client = new HttpClient('http://127.0.0.1:8090');
 * const answer = await client.send({ path: '/api/health' });
 */
export class HttpClient {
  readonly baseUrl: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(baseUrl: string) {
    this.baseUrl = baseUrl;
  }

  async send(outgoing: OutgoingRequest): Promise<Answer> {
    const { bytes, type } = encodeBody(outgoing);
    const { hostname, port } = new URL(this.baseUrl);
    const headers: Record<string, string> = {};
    if (type !== undefined) headers['Content-Type'] = type;
    if (bytes !== undefined) headers['Content-Length'] = String(bytes.length);
    Object.assign(headers, outgoing.headers);
    return new Promise<Answer>((resolve, reject) => {
      const sent = request({
        hostname,
        port,
        method: outgoing.method ?? 'GET',
        path: outgoing.path,
        headers,
        agent: this.#agent,
        timeout: answerTimeoutMs,
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer to ${outgoing.path} within ${answerTimeoutMs} ms`)));
      sent.on('error', reject);
      sent.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        let length = 0;
        incoming.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > answerBytesMax) incoming.destroy(new Error(`an answer of more than ${answerBytesMax} bytes`));
          else chunks.push(chunk);
        });
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve(toAnswer(incoming.statusCode ?? 0, incoming.headersDistinct, Buffer.concat(chunks))),
        );
      });
      sent.end(bytes);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function toAnswer(status: number, distinct: NodeJS.Dict<string[]>, bytes: Buffer): Answer {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(distinct)) headers[name] = (values ?? []).join(', ');
  const text = bytes.toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status, headers, bytes, text, json };
}

function encodeBody(outgoing: OutgoingRequest): { bytes?: Buffer; type?: string } {
  if (outgoing.json !== undefined) {
    return { bytes: Buffer.from(JSON.stringify(outgoing.json)), type: 'application/json' };
  }
  if (outgoing.form !== undefined) {
    const pairs = Object.entries(outgoing.form).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : value.map((each) => [name, each]),
    );
    return {
      bytes: Buffer.from(new URLSearchParams(pairs).toString()),
      type: 'application/x-www-form-urlencoded',
    };
  }
  if (outgoing.multipart !== undefined) return encodeMultipart(outgoing.multipart);
  if (outgoing.raw !== undefined) return { bytes: Buffer.from(outgoing.raw.bytes), type: outgoing.raw.type };
  return {};
}

function encodeMultipart(parts: NonNullable<OutgoingRequest['multipart']>): { bytes: Buffer; type: string } {
  const boundary = 'pando-test-boundary-1f9d';
  const chunks: Buffer[] = [];
  for (const [name, value] of parts) {
    let head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`;
    if (typeof value === 'string') {
      chunks.push(Buffer.from(`${head}\r\n\r\n${value}\r\n`));
      continue;
    }
    // Escaped as browsers do, so that a test may send any file name.
    const fileName = value.name.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
    head += `; filename="${fileName}"\r\nContent-Type: ${value.type ?? 'application/octet-stream'}`;
    chunks.push(Buffer.from(`${head}\r\n\r\n`), Buffer.from(value.bytes), Buffer.from('\r\n'));
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`));
  return { bytes: Buffer.concat(chunks), type: `multipart/form-data; boundary=${boundary}` };
}
