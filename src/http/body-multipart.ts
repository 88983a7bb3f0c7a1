import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import { ApiError, badRequest } from '../model/errors.ts';
import { ClientGoneError, checkDeclaredLength } from './body-bytes.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { FormPair } from './form-values.ts';
import type { HttpLimits } from './limits.ts';
import type { UploadedFile } from './types.ts';
import { readUtf8 } from './utf8.ts';

/** A multipart body: its values in order, its files in temporary files. */
export interface MultipartBody {
  readonly pairs: readonly FormPair[];
  readonly files: readonly UploadedFile[];
}

/** What reading a multipart body needs. */
export interface MultipartContext {
  readonly limits: HttpLimits;
  readonly budget: ByteBudget;
  /** Where temporary files go: on the file system of the file store, so that they can be moved by a rename. */
  readonly tempDir: string;
  /** Told of every temporary file before it is opened; whoever listens removes them. */
  onTempFile(path: string): void;
}

/** The first characters of the names of temporary files. */
export const tempFilePrefix = 'upload-';

/**
 * Reads a multipart body, file parts straight to disk. Rejects with 400 for a malformed body, too many parts or too long names,
 * 413 past `limit`, `ClientGoneError` when the client leaves; all files are closed by then.
 */
export async function readMultipart(
  request: IncomingMessage,
  limit: number,
  context: MultipartContext,
): Promise<MultipartBody> {
  checkDeclaredLength(request, limit);
  return new MultipartReader(request, limit, context).read();
}

class MultipartReader {
  readonly #request: IncomingMessage;
  readonly #limit: number;
  readonly #context: MultipartContext;
  readonly #parser: BusboyInstance;
  readonly #values: { readonly name: string; readonly chunks: readonly Buffer[] }[] = [];
  readonly #files: UploadedFile[] = [];
  readonly #writes: Promise<void>[] = [];
  readonly #stop = new AbortController();
  #taken = 0;

  constructor(request: IncomingMessage, limit: number, context: MultipartContext) {
    this.#request = request;
    this.#limit = limit;
    this.#context = context;
    this.#parser = createParser(request, context.limits);
  }

  async read(): Promise<MultipartBody> {
    try {
      await this.#run();
      await Promise.all(this.#writes);
    } catch (error) {
      this.#stop.abort(error);
      await Promise.allSettled(this.#writes);
      throw error;
    } finally {
      this.#context.budget.give(this.#taken);
    }
    return { pairs: this.#values.map(readPair), files: this.#files };
  }

  #run(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const request = this.#request;
    const parser = this.#parser;
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > this.#limit) reject(new ApiError(413));
    };
    const onClose = (): void => void (request.complete || reject(new ClientGoneError()));
    const refuse = (): void => reject(badRequest());
    const { formNameBytesMax } = this.#context.limits;
    parser.on('file', (name, stream, fileName) => {
      if (Buffer.byteLength(name ?? '') > formNameBytesMax) refuse();
      // As in Go's reader: what has a file name is a file, whatever its type; an empty name (an empty file input) is not.
      if (fileName === undefined || fileName === '') this.#keepValue(name ?? '', stream, reject);
      else this.#keepFile(name ?? '', stream, fileName, reject);
    });
    parser.on('partsLimit', refuse).on('filesLimit', refuse);
    parser.on('finish', resolve).on('error', refuse);
    request.on('data', onData).on('close', onClose);
    request.pipe(parser);
    return promise.finally(() => {
      request.unpipe(parser);
      request.off('data', onData).off('close', onClose);
      request.pause();
    });
  }

  /** Gathers the bytes of a value; they are read as text when they are complete. */
  #keepValue(name: string, stream: Readable, reject: (error: unknown) => void): void {
    const { formFieldsMax, formValueBytesMax } = this.#context.limits;
    if (this.#values.length >= formFieldsMax) return reject(badRequest());
    const chunks: Buffer[] = [];
    this.#values.push({ name, chunks });
    let size = 0;
    const keep = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > formValueBytesMax) return reject(new ApiError(413));
      if (this.#take(chunk.length, reject)) chunks.push(chunk);
    };
    if (this.#take(name.length, reject)) stream.on('data', keep).on('error', reject);
  }

  /** Counts bytes that are held in memory. False, after rejecting, when there is no room for them. */
  #take(bytes: number, reject: (error: unknown) => void): boolean {
    try {
      this.#context.budget.take(bytes);
    } catch (error) {
      reject(error);
      return false;
    }
    this.#taken += bytes;
    return true;
  }

  #keepFile(key: string, stream: Readable, originalName: string, reject: (error: unknown) => void): void {
    if (this.#writes.length >= this.#context.limits.formFilesMax) return reject(badRequest());
    const file = path.join(this.#context.tempDir, `${tempFilePrefix}${randomUUID()}`);
    this.#context.onTempFile(file);
    const target = createWriteStream(file, { flags: 'wx', mode: 0o600 });
    const position = this.#writes.length;
    const write = async (): Promise<void> => {
      await pipeline(stream, target, { signal: this.#stop.signal });
      this.#files[position] = { key, originalName, path: file, size: target.bytesWritten };
    };
    const written = write();
    // The parser waits for its file streams, so a failed write has to end the whole read.
    written.catch(reject);
    this.#writes.push(written);
  }
}

function readPair({ name, chunks }: { readonly name: string; readonly chunks: readonly Buffer[] }): FormPair {
  return [name, readUtf8(Buffer.concat(chunks))];
}

function createParser(request: IncomingMessage, limits: HttpLimits): BusboyInstance {
  try {
    return new Busboy({
      headers: request.headers as BusboyHeaders,
      // The parser would decode values by itself and mend what is not UTF-8; as files they come as bytes.
      isPartAFile: () => true,
      limits: {
        fieldNameSize: limits.formNameBytesMax,
        files: limits.formFieldsMax + limits.formFilesMax,
        parts: limits.formFieldsMax + limits.formFilesMax,
        headerPairs: 20,
        headerSize: limits.partHeaderBytesMax,
      },
    });
  } catch (error) {
    throw badRequest(undefined, undefined, error);
  }
}
