import type { AddressInfo } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import type { Options } from '../config/options.ts';
import type { ListenOptions } from '../http/server-options.ts';
import type { LogFields, LogLevel } from '../observe/logger.ts';
import type { Counts } from '../observe/reporter.ts';
import type { EngineLink } from './engines.ts';
import type { Counters } from './services.ts';

/** What a thread is started with. */
export interface ThreadData {
  /** The thread's part of what the options allow the process. */
  readonly options: Options;
  readonly link: EngineLink;
  /** The memory of what is counted about clients. */
  readonly counters: { readonly [name in keyof Counters]: SharedArrayBuffer };
  /** To the work that is bounded for the whole process: see `RemoteWork`. */
  readonly work: MessagePort;
}

/** What the main thread tells a thread. `listen` comes after `ready`; `stop` may come at any time. */
export type ToThread =
  | { readonly kind: 'listen'; readonly where: ListenOptions }
  /** Finish what is under way, let go of everything, say `stopped`. */
  | { readonly kind: 'stop' };

/** What a thread tells the main thread. */
export type FromThread =
  /** Everything is open; `listen` may come. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'listening'; readonly address: AddressInfo }
  /** It could not listen. `code` is the operating system's, or `''`. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly message: string; readonly fields: LogFields }
  | { readonly kind: 'stopped'; readonly counts: Counts };
