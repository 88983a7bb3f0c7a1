import type { MessagePort } from 'node:worker_threads';
import type { ColumnValue, Commit, CommitOutcome, Position } from '../../../model/commit.ts';
import type { DatabaseError, Query } from '../driver.ts';

/** What another thread needs to open the database: send it there, with `port` among the transferred. */
export interface RemoteConnection {
  readonly port: MessagePort;
  readonly file: string;
  /** The memory of the `DurableGate`. */
  readonly gate: SharedArrayBuffer;
}

/** What a thread asks of the writing thread. `number` pairs question and answer. */
export type ToWriter =
  | { readonly kind: 'commits'; readonly first: number; readonly commits: readonly Commit[] }
  | { readonly kind: 'read'; readonly number: number; readonly query: Query }
  | { readonly kind: 'trim'; readonly number: number; readonly upTo: Position }
  | { readonly kind: 'close' };

/** An error in a form that survives being sent. */
export interface SentError {
  readonly kind: DatabaseError['kind'];
  readonly message: string;
}

/** What the writing thread tells. */
export type FromWriter =
  /** Entries of one durable group, as JSON: made once for all threads. */
  | { readonly kind: 'durable'; readonly entries: string }
  | { readonly kind: 'outcomes'; readonly outcomes: readonly (readonly [number: number, outcome: CommitOutcome])[] }
  | { readonly kind: 'rows'; readonly number: number; readonly rows: ColumnValue[][] }
  | { readonly kind: 'trimmed'; readonly number: number; readonly count: number }
  | { readonly kind: 'error'; readonly number: number; readonly error: SentError }
  | { readonly kind: 'failed'; readonly message: string };
