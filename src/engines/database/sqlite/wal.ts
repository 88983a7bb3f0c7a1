import { close, closeSync, fdatasync, fdatasyncSync, fstatSync, openSync, stat } from 'node:fs';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Connection, Statement } from './connection.ts';
import type { DatabaseFiles } from './folder.ts';
import { siblingModule } from '../../../util/module-url.ts';

/** Frames of 4 KiB that the log file may hold before writing pauses until all are in the database: 16 MB. */
export const walFramesMaxDefault = 4000;

const syncDescriptor = promisify(fdatasync);
const closeDescriptor = promisify(close);
const statPath = promisify(stat);

/** What the helper thread answers: SQLite's numbers, or the error's text. */
export type CheckpointReport =
  | { readonly ok: true; readonly frames: number; readonly copied: number }
  | { readonly ok: false; readonly message: string };

/**
 * The write-ahead log file of a database: makes it durable off the event loop and keeps it short.
 *
 * The descriptor is our own. Closing it drops no locks, because in WAL mode SQLite locks the database and the `-shm` file; the
 * database file itself is never opened here for that reason.
 */
export class Wal {
  readonly #files: DatabaseFiles;
  readonly #fd: number;
  readonly #measure: Statement;
  /** From here on a helper thread copies frames into the database beside the writing. */
  readonly #checkpointFrom: number;
  /** From here on writing pauses until the helper has caught up, so that the file starts over. */
  readonly #framesMax: number;
  #helper: Worker | null = null;
  #running: Promise<CheckpointReport> | null = null;
  #pauseAt: number;
  #frames = 0;

  /** The log file must exist: write something first. */
  constructor(connection: Connection, files: DatabaseFiles, framesMax: number) {
    this.#files = files;
    this.#framesMax = framesMax;
    this.#checkpointFrom = Math.ceil(framesMax / 4);
    this.#pauseAt = framesMax;
    this.#fd = openSync(files.wal, 'r+');
    this.#measure = connection.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#measure.setReturnArrays(true);
  }

  /** Makes everything committed so far durable. Rejects when the disk refuses: then never sync again. */
  sync(): Promise<void> {
    return syncDescriptor(this.#fd);
  }

  /** The same, blocking; for opening only. */
  syncNow(): void {
    fdatasyncSync(this.#fd);
  }

  /**
   * Call after every group, outside a transaction. Starts the helper when the file has grown, and answers a promise to wait for
   * before the next group when it has grown past its bound; else null. The promise rejects when the store failed.
   *
   * A reader that holds an old snapshot can keep the file from starting over; then writing goes on and the next pause comes one
   * bound later. Readers are limited to seconds, so the file stays bounded.
   */
  relieve(): Promise<void> | null {
    const [, frames, copied] = this.#measure.get() as unknown as [number, number, number];
    // Fewer than last time: the file has started over.
    if (frames < this.#frames) this.#pauseAt = this.#framesMax;
    this.#frames = frames;
    if (frames < this.#pauseAt) {
      if (this.#running === null && frames - copied >= this.#checkpointFrom) void this.#checkpoint();
      return null;
    }
    return this.#pause(frames);
  }

  async #pause(frames: number): Promise<void> {
    // A run that started before the newest frames cannot have copied them: wait for it, then run once more.
    if (this.#running !== null) throwUnlessOk(await this.#running);
    throwUnlessOk(await this.#checkpoint());
    this.#pauseAt = frames + this.#framesMax;
    await this.#assertSameFile();
  }

  #checkpoint(): Promise<CheckpointReport> {
    const helper = (this.#helper ??= this.#startHelper());
    const report = new Promise<CheckpointReport>((resolve) => {
      const settle = (message: CheckpointReport): void => {
        helper.off('message', settle);
        helper.off('error', fail);
        helper.off('exit', end);
        this.#running = null;
        resolve(message);
      };
      const fail = (error: unknown): void => settle({ ok: false, message: String(error) });
      const end = (): void => settle({ ok: false, message: 'the checkpoint thread ended' });
      helper.on('message', settle);
      helper.on('error', fail);
      helper.on('exit', end);
      helper.postMessage('checkpoint');
    });
    this.#running = report;
    return report;
  }

  #startHelper(): Worker {
    const helper = new Worker(siblingModule(import.meta.url, 'checkpoint-thread'), {
      workerData: { file: this.#files.database },
    });
    helper.unref();
    // Errors are reported to whoever waits for a checkpoint; without a listener they would end the process.
    helper.on('error', () => undefined);
    helper.once('exit', () => {
      if (this.#helper === helper) this.#helper = null;
    });
    return helper;
  }

  /** Somebody who replaced the file would make every later sync worthless. */
  async #assertSameFile(): Promise<void> {
    const named = await statPath(this.#files.wal);
    if (named.ino !== fstatSync(this.#fd).ino) throw new Error('the write-ahead log file was replaced');
  }

  /** Ends the helper and closes the descriptor. */
  async close(): Promise<void> {
    if (this.#running !== null) await this.#running;
    const helper = this.#helper;
    this.#helper = null;
    if (helper !== null) {
      const ended = new Promise<void>((resolve) => void helper.once('exit', () => resolve()));
      helper.ref();
      helper.postMessage('close');
      await ended;
    }
    await closeDescriptor(this.#fd);
  }

  /** Closes the descriptor of a store that failed, at once. */
  abandon(): void {
    this.#helper?.terminate().catch(() => undefined);
    this.#helper = null;
    closeSync(this.#fd);
  }
}

function throwUnlessOk(report: CheckpointReport): void {
  if (!report.ok) throw new Error(`checkpoint failed: ${report.message}`);
}
