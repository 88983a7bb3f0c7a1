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
  readonly #pairs: FormPair[] = [];
  readonly #files: UploadedFile[] = [];
  readonly #writes: Promise<void>[] = [];
  readonly #stop = new AbortController();
  #taken = 0;

  constructor(request: IncomingMessage, limit: number, context: MultipartContext) {
    this.#request = request;
    this.#limit = limit;
    this.#context = context;
    this.#parser = createParser(request, limit, context.limits);
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
    return { pairs: this.#pairs, files: this.#files };
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
    parser.on('field', (name, value, _isNameCut, isValueCut) => {
      if (Buffer.byteLength(name ?? '') > formNameBytesMax) refuse();
      else if (isValueCut) reject(new ApiError(413));
      else this.#keepPair(name ?? '', value, reject);
    });
    parser.on('file', (name, stream, fileName) => {
      if (Buffer.byteLength(name ?? '') > formNameBytesMax) refuse();
      this.#keepFile(name ?? '', stream, fileName ?? '', reject);
    });
    parser.on('partsLimit', refuse).on('filesLimit', refuse).on('fieldsLimit', refuse);
    parser.on('finish', resolve).on('error', refuse);
    request.on('data', onData).on('close', onClose);
    request.pipe(parser);
    return promise.finally(() => {
      request.unpipe(parser);
      request.off('data', onData).off('close', onClose);
      request.pause();
    });
  }

  #keepPair(name: string, value: string, reject: (error: unknown) => void): void {
    const bytes = name.length + value.length;
    try {
      this.#context.budget.take(bytes);
    } catch (error) {
      return reject(error);
    }
    this.#taken += bytes;
    this.#pairs.push([name, value]);
  }

  #keepFile(key: string, stream: Readable, originalName: string, reject: (error: unknown) => void): void {
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

function createParser(request: IncomingMessage, limit: number, limits: HttpLimits): BusboyInstance {
  try {
    return new Busboy({
      headers: request.headers as BusboyHeaders,
      // As in Go's reader: what has a file name is a file, whatever its type; an empty name (an empty file input) is not.
      isPartAFile: (_name, _type, fileName) => fileName !== undefined && fileName !== '',
      limits: {
        fieldNameSize: limits.formNameBytesMax,
        fieldSize: Math.min(limit, limits.formValueBytesMax),
        fields: limits.formFieldsMax,
        files: limits.formFilesMax,
        parts: limits.formFieldsMax + limits.formFilesMax,
        headerPairs: 20,
        headerSize: limits.partHeaderBytesMax,
      },
    });
  } catch (error) {
    throw badRequest(undefined, undefined, error);
  }
}
