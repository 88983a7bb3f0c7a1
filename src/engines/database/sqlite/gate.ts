import { DatabaseError } from '../driver.ts';

const slots = 256;
const headerCells = 2;
const syncCell = 0;
const stateCell = 1;
const failed = 1;
/** Where the newest durable row number lies: 64 bits, aligned. */
const headOffset = (headerCells + slots) * 4;
const waitMs = 30_000;
const slotNamesMax = 4096;

/**
 * Tells which tables hold committed rows that are not on stable storage yet, to all threads of the process: a reader that
 * shows its answer to somebody waits until the running sync has ended. One group is in flight at a time.
 *
 * Order on the writing thread: `begin` (flags), COMMIT, sync, `settle` (flags off, then the counter). A reader reads rows first and
 * asks `pending` afterwards, so whatever it saw was either durable already or belongs to the sync that the counter ends.
 */
export class DurableGate {
  /** Shared with other threads. */
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array<SharedArrayBuffer>;
  readonly #head: BigInt64Array<SharedArrayBuffer>;
  readonly #slotOf = new Map<string, number>();
  #marked: number[] = [];
  #waiting: (() => void)[] = [];

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(headOffset + 8)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer, 0, headerCells + slots);
    this.#head = new BigInt64Array(buffer, headOffset, 1);
  }

  /** Row number of the newest durable log entry. */
  get head(): number {
    return Number(Atomics.load(this.#head, 0));
  }

  /** True when nothing will be on stable storage any more. */
  get isFailed(): boolean {
    return Atomics.load(this.#cells, stateCell) === failed;
  }

  /** Flags the tables of the group that is about to be committed. `null` = every table. */
  begin(tables: Iterable<string> | null): void {
    const marked: number[] = [];
    if (tables === null) for (let i = 0; i < slots; i++) marked.push(headerCells + i);
    else for (const table of tables) marked.push(this.#slot(table));
    for (const slot of marked) Atomics.store(this.#cells, slot, 1);
    this.#marked = marked;
  }

  /** The group is on stable storage, and with it the log up to row number `head`. */
  settle(head: number): void {
    Atomics.store(this.#head, 0, BigInt(head));
    for (const slot of this.#marked) Atomics.store(this.#cells, slot, 0);
    this.#marked = [];
    this.#wake();
  }

  /** Nothing will be on stable storage any more: all who wait, now and later, are told so. */
  fail(): void {
    Atomics.store(this.#cells, stateCell, failed);
    this.#wake();
  }

  /**
   * Null when everything just read from these tables is durable; else a promise of that. It rejects with `DatabaseError`
   * (`unavailable`) when the store failed. Call it after reading. `isWriter`: this thread is the one that calls `settle`.
   */
  pending(tables: readonly string[], isWriter: boolean): Promise<void> | null {
    const cells = this.#cells;
    const count = Atomics.load(cells, syncCell);
    if (this.isFailed) return Promise.reject(storeFailed());
    let isFlagged = false;
    for (const table of tables) if (Atomics.load(cells, this.#slot(table)) !== 0) isFlagged = true;
    if (!isFlagged) return null;
    return this.#confirmed(
      isWriter ? new Promise<void>((resolve) => void this.#waiting.push(resolve)) : waitForChange(cells, count),
    );
  }

  async #confirmed(woken: Promise<void>): Promise<void> {
    await woken;
    if (this.isFailed) throw storeFailed();
  }

  #wake(): void {
    Atomics.add(this.#cells, syncCell, 1);
    Atomics.notify(this.#cells, syncCell);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #slot(table: string): number {
    let slot = this.#slotOf.get(table);
    if (slot === undefined) {
      let hash = 0x811c9dc5;
      for (let i = 0; i < table.length; i++) hash = Math.imul(hash ^ table.charCodeAt(i), 0x01000193);
      slot = headerCells + ((hash >>> 0) % slots);
      if (this.#slotOf.size >= slotNamesMax) this.#slotOf.clear();
      this.#slotOf.set(table, slot);
    }
    return slot;
  }
}

async function waitForChange(cells: Int32Array<SharedArrayBuffer>, count: number): Promise<void> {
  const wait = Atomics.waitAsync(cells, syncCell, count, waitMs);
  if (wait.async && (await wait.value) === 'timed-out') {
    throw new DatabaseError('unavailable', 'The store did not sync in time.');
  }
}

function storeFailed(): DatabaseError {
  return new DatabaseError('unavailable', 'The store has failed; nothing can be confirmed any more.');
}
