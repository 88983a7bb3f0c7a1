/** Every bound of the HTTP layer. Past one the client gets a named answer (400, 408, 413, 431, 503), never a slow server. */
export interface HttpLimits {
  /** From the first byte of a request to the end of its headers: 408. */
  readonly headersTimeoutMs: number;
  /** From the first byte of a request to the end of its body: 408. */
  readonly requestTimeoutMs: number;
  /** A connection on which the client neither sends what it owes nor reads what it is sent: closed (408 where possible). */
  readonly idleTimeoutMs: number;
  /** An open connection without a request. Longer than the 60 s of common load balancers, so that they close first. */
  readonly keepAliveTimeoutMs: number;
  /** Request line and headers: 431. */
  readonly headerBytesMax: number;
  /** Header lines: 431. */
  readonly headerCountMax: number;
  /** Open connections; more are closed at once. */
  readonly connectionsMax: number;
  /** A body, where the route has no limit of its own: 413. */
  readonly bodyBytesMax: number;
  /** JSON up to here is parsed on the main thread, larger in a worker thread. Also the limit of URL-encoded bodies: 413. */
  readonly jsonMainBytesMax: number;
  /** Objects, arrays, keys and eighths of other values in JSON that is parsed on the main thread; more goes to the thread. */
  readonly jsonMainWorkMax: number;
  /** The same in any JSON body: 413. What the thread made of it has to be copied back. */
  readonly jsonWorkMax: number;
  /** Keys of the outermost object of a JSON body: 413. Records have dozens. */
  readonly jsonKeysMax: number;
  /** Nested arrays and objects in JSON: 400. */
  readonly jsonDepthMax: number;
  /** One JSON body in the worker: 413. */
  readonly jsonTimeoutMs: number;
  /** JSON bodies that wait for the worker: 503. */
  readonly jsonQueueMax: number;
  /** Values of a form, files not counted: 400. */
  readonly formFieldsMax: number;
  /** Files of a multipart body: 400. */
  readonly formFilesMax: number;
  /** One value of a multipart body, in bytes: 413. */
  readonly formValueBytesMax: number;
  /** Name of a form value or file, in bytes: 400. */
  readonly formNameBytesMax: number;
  /** Headers of one part of a multipart body, in bytes: 400. */
  readonly partHeaderBytesMax: number;
  /** Bytes of bodies that all requests together hold in memory while they arrive: 503. */
  readonly bufferedBytesMax: number;
  /** How long the server goes on reading (and dropping) a body that it has refused, so that the client can read why. */
  readonly lingerMs: number;
  /** How much of a refused body it reads at most. */
  readonly lingerBytesMax: number;
}

const mebibyte = 1024 * 1024;

/** The limits unless configured otherwise. */
export const defaultHttpLimits: HttpLimits = Object.freeze({
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 300_000,
  idleTimeoutMs: 60_000,
  keepAliveTimeoutMs: 70_000,
  headerBytesMax: 16 * 1024,
  headerCountMax: 200,
  connectionsMax: 15_000,
  bodyBytesMax: 32 * mebibyte,
  jsonMainBytesMax: mebibyte,
  jsonMainWorkMax: 10_000,
  jsonWorkMax: 35_000,
  jsonKeysMax: 5_000,
  jsonDepthMax: 64,
  jsonTimeoutMs: 5_000,
  jsonQueueMax: 16,
  formFieldsMax: 1_000,
  formFilesMax: 1_000,
  formValueBytesMax: 16 * mebibyte,
  formNameBytesMax: 512,
  partHeaderBytesMax: 8 * 1024,
  bufferedBytesMax: 256 * mebibyte,
  lingerMs: 3_000,
  lingerBytesMax: 128 * mebibyte,
});
