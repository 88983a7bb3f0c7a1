const HEAD_BYTES_MAX = 64 * 1024;
const CHUNK_LINE_CHARACTERS_MAX = 64;
const CARRIAGE_RETURN_LINE_FEED_TWICE = Buffer.from('\r\n\r\n');

type State = 'head' | 'length' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailer' | 'until-close';

/** Gets the pieces of a response as they arrive. The bytes are valid only during the call. */
export interface ResponseSink {
  onHead(status: number): void;
  onBody(bytes: Buffer, start: number, end: number): void;
  onEnd(keepAlive: boolean): void;
}

/**
 * Reads HTTP/1.1 responses from byte pieces, one after another, and copies nothing: just enough for a load generator whose own cost
 * must stay small beside the server's. Knows Content-Length, chunked bodies, bodies that end with the connection, 204 and 304.
 *
 * Errors: `feed` throws an `Error` for bytes that are not such a response; the connection is then of no more use.
 */
export class ResponseParser {
  readonly #sink: ResponseSink;
  #state: State = 'head';
  #headParts = '';
  #bytesLeft = 0;
  #line = '';
  #keepAlive = true;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  feed(bytes: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end) {
      if (this.#state === 'head') at = this.#readHead(bytes, at, end);
      else if (this.#state === 'length') at = this.#readCounted(bytes, at, end);
      else if (this.#state === 'chunk-data') at = this.#readCounted(bytes, at, end);
      else if (this.#state === 'until-close') at = this.#readRest(bytes, at, end);
      else at = this.#readLine(bytes, at, end);
    }
  }

  /** Tells that the connection ended; true when that was the proper end of a body without a length. */
  close(): boolean {
    if (this.#state !== 'until-close') return false;
    this.#keepAlive = false;
    this.#finish();
    return true;
  }

  #readHead(bytes: Buffer, start: number, end: number): number {
    // A head cut between two pieces is rare: only then text is kept, and the blank line is looked for in the joined text.
    const found = this.#headParts === '' ? bytes.indexOf(CARRIAGE_RETURN_LINE_FEED_TWICE, start) : -1;
    if (found !== -1 && found + 4 <= end) {
      this.#startBody(bytes.toString('latin1', start, found + 2));
      return found + 4;
    }
    const before = this.#headParts.length;
    this.#headParts += bytes.toString('latin1', start, end);
    if (this.#headParts.length > HEAD_BYTES_MAX) throw new Error('response head is too long');
    const blank = this.#headParts.indexOf('\r\n\r\n');
    if (blank === -1) return end;
    const head = this.#headParts.slice(0, blank + 2);
    this.#headParts = '';
    this.#startBody(head);
    return start + (blank + 4 - before);
  }

  #startBody(head: string): void {
    const status = Number(head.slice(9, 12));
    if (!head.startsWith('HTTP/1.') || !(status >= 100 && status <= 999)) throw new Error('not an HTTP/1.x response');
    this.#keepAlive = !/\r\nconnection: *close/i.test(head);
    this.#sink.onHead(status);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head);
    if (status === 204 || status === 304) this.#finish();
    else if (/\r\ntransfer-encoding: *chunked/i.test(head)) this.#state = 'chunk-size';
    else if (length === null) this.#state = 'until-close';
    else if (length[1] === '0') this.#finish();
    else {
      this.#state = 'length';
      this.#bytesLeft = Number(length[1]);
    }
  }

  #readCounted(bytes: Buffer, start: number, end: number): number {
    const stop = Math.min(end, start + this.#bytesLeft);
    this.#bytesLeft -= stop - start;
    this.#sink.onBody(bytes, start, stop);
    if (this.#bytesLeft === 0) {
      if (this.#state === 'length') this.#finish();
      else this.#state = 'chunk-end';
    }
    return stop;
  }

  #readRest(bytes: Buffer, start: number, end: number): number {
    this.#sink.onBody(bytes, start, end);
    return end;
  }

  #readLine(bytes: Buffer, start: number, end: number): number {
    const lineFeed = bytes.indexOf(0x0a, start);
    const stop = lineFeed === -1 || lineFeed >= end ? end : lineFeed + 1;
    this.#line += bytes.toString('latin1', start, stop);
    if (this.#line.length > HEAD_BYTES_MAX) throw new Error('chunk line is too long');
    if (!this.#line.endsWith('\n')) return stop;
    const line = this.#line.trimEnd();
    this.#line = '';
    if (this.#state === 'chunk-end') this.#state = 'chunk-size';
    else if (this.#state === 'trailer') {
      if (line === '') this.#finish();
    } else this.#startChunk(line);
    return stop;
  }

  #startChunk(line: string): void {
    const size = Number.parseInt(line, 16);
    if (!(size >= 0) || line.length > CHUNK_LINE_CHARACTERS_MAX) throw new Error('not a chunk size');
    this.#bytesLeft = size;
    this.#state = size === 0 ? 'trailer' : 'chunk-data';
  }

  #finish(): void {
    this.#state = 'head';
    this.#sink.onEnd(this.#keepAlive);
  }
}
