/** One server's address as a socket sees it. */
export interface Address {
  host: string;
  port: number;
}

/** Requests as whole texts, sent in turn (again from the first one when they run out) with a fixed number under way. */
export interface Batch {
  requests: readonly string[];
  count: number;
  concurrency: number;
}

/** What a load generator is told to do: send `main` and measure it; `beside` runs at the same time and is only checked for errors. */
export interface LoadOrder extends Address {
  kind: 'load';
  main: Batch;
  beside: Batch | undefined;
  /** Requests sent before the clock starts. */
  warmUpCount: number;
  /** A connection for every request, as the original benchmark does, instead of kept ones. */
  isOneShot: boolean;
  timeoutMs: number;
}

/** Opens event-stream clients and subscribes each to `topic` with the next of `tokens`. */
export interface ListenOrder extends Address {
  kind: 'listen';
  count: number;
  topic: string;
  tokens: readonly string[];
  timeoutMs: number;
}

/** Waits until every open client has got the event whose record carries `marker`. */
export interface AwaitOrder {
  kind: 'await';
  marker: string;
  timeoutMs: number;
}

export type Order = LoadOrder | { kind: 'go' } | ListenOrder | AwaitOrder | { kind: 'hang-up' };

/** What a generator measured. Times of `startedNs` and `endedNs` are of `process.hrtime.bigint()`, one clock for all threads. */
export interface LoadReport {
  kind: 'report';
  startedNs: bigint;
  endedNs: bigint;
  latenciesMs: Float64Array<ArrayBuffer>;
  errors: number;
  /** The first few distinct errors, for people. */
  errorSamples: string[];
  cpuMs: number;
}

/** Arrival times of one event in nanoseconds of `process.hrtime`, one per client that got it in time. */
export interface Arrivals {
  kind: 'arrivals';
  arrivedNs: BigInt64Array<ArrayBuffer>;
}

export type Reply =
  | { kind: 'done'; errors: number; errorSamples: string[] }
  | LoadReport
  | Arrivals
  | { kind: 'failed'; message: string };
