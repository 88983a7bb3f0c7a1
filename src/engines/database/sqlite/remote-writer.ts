import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { ColumnValue, Commit, CommitOutcome, LogEntry, Position } from '../../../model/commit.ts';
import { DatabaseError, type DurableListener, type Query } from '../driver.ts';
import { toError } from './connection.ts';
import type { FromWriter, RemoteConnection, ToWriter } from './remote-protocol.ts';

/** What the writing thread does for others. */
export interface RemoteServices {
  commit(commit: Commit): Promise<CommitOutcome>;
  read(query: Query): Promise<ColumnValue[][]>;
  trim(upTo: Position): Promise<number>;
  onDurable(listener: DurableListener): () => void;
}

/** One connected thread. */
interface Peer {
  readonly port: MessagePort;
  outcomes: [number, CommitOutcome][];
}

/**
 * The writing thread's side of the connections of other threads: takes their commits into the same groups as its own, and tells them
 * of every durable group before it answers their commits.
 */
export class RemoteWriter {
  readonly #services: RemoteServices;
  readonly #peers = new Set<Peer>();
  #stopListening: (() => void) | null = null;

  constructor(services: RemoteServices) {
    this.#services = services;
  }

  /** Makes a connection for one thread. `onClosed` is called when that thread has closed it or is gone. */
  connect(file: string, gate: SharedArrayBuffer, onClosed: () => void): RemoteConnection {
    const { port1, port2 } = new MessageChannel();
    const peer: Peer = { port: port1, outcomes: [] };
    this.#peers.add(peer);
    this.#stopListening ??= this.#services.onDurable((entries) => this.#spread(entries));
    port1.on('message', (message: ToWriter) => this.#hear(peer, message));
    port1.once('close', () => {
      this.#forget(peer);
      onClosed();
    });
    return { port: port2, file, gate };
  }

  /** Tells every thread that the store has failed. */
  fail(cause: Error): void {
    this.#tellAll({ kind: 'failed', message: cause.message });
  }

  /** Ends every connection. */
  close(): void {
    for (const peer of this.#peers) {
      this.#forget(peer);
      peer.port.close();
    }
  }

  #hear(peer: Peer, message: ToWriter): void {
    switch (message.kind) {
      case 'commits':
        for (const [i, commit] of message.commits.entries()) void this.#commit(peer, message.first + i, commit);
        return;
      case 'read':
        void this.#answer(peer, message.number, async () => {
          return { kind: 'rows', number: message.number, rows: await this.#services.read(message.query) };
        });
        return;
      case 'trim':
        void this.#answer(peer, message.number, async () => {
          return { kind: 'trimmed', number: message.number, count: await this.#services.trim(message.upTo) };
        });
        return;
      case 'close':
        peer.port.close();
    }
  }

  async #commit(peer: Peer, number: number, commit: Commit): Promise<void> {
    const outcome = await this.#services.commit(commit);
    peer.outcomes.push([number, outcome]);
    if (peer.outcomes.length > 1) return;
    // The commits of a group are answered in one turn: one message takes all their outcomes.
    queueMicrotask(() => {
      this.#tell(peer, { kind: 'outcomes', outcomes: peer.outcomes });
      peer.outcomes = [];
    });
  }

  async #answer(peer: Peer, number: number, work: () => Promise<FromWriter>): Promise<void> {
    try {
      this.#tell(peer, await work());
    } catch (error) {
      const kind = error instanceof DatabaseError ? error.kind : 'unavailable';
      this.#tell(peer, { kind: 'error', number, error: { kind, message: toError(error).message } });
    }
  }

  #spread(entries: readonly LogEntry[]): void {
    this.#tellAll({ kind: 'durable', entries: JSON.stringify(entries) });
  }

  #tellAll(message: FromWriter): void {
    for (const peer of this.#peers) this.#tell(peer, message);
  }

  #tell(peer: Peer, message: FromWriter): void {
    if (this.#peers.has(peer)) peer.port.postMessage(message);
  }

  #forget(peer: Peer): void {
    this.#peers.delete(peer);
    if (this.#peers.size > 0) return;
    this.#stopListening?.();
    this.#stopListening = null;
  }
}
