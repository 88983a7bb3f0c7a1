import type { LogEntry, Position } from '../model/commit.ts';

/** A rough cost of an entry, beside its texts. */
const entryBytes = 300;
const changeBytes = 200;

/** The newest entries of the log in memory, without a gap, bounded in number and bytes. */
export class RecentEntries {
  readonly #entriesMax: number;
  readonly #bytesMax: number;
  #entries: { readonly entry: LogEntry; readonly bytes: number }[] = [];
  #head = 0;
  #bytes = 0;
  /** Everything after this position is held. */
  #base: Position;
  #last: Position;

  /** Holds nothing yet: everything after `base` will be pushed. */
  constructor(base: Position, options: { readonly entriesMax: number; readonly bytesMax: number }) {
    this.#base = base;
    this.#last = base;
    this.#entriesMax = options.entriesMax;
    this.#bytesMax = options.bytesMax;
  }

  /** The newest position known. */
  get last(): Position {
    return this.#last;
  }

  /** Adds entries in log order; what is known already is left out. */
  push(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      if (entry.position <= this.#last) continue;
      const bytes = sizeOf(entry);
      this.#entries.push({ entry, bytes });
      this.#bytes += bytes;
      this.#last = entry.position;
    }
    while (this.#length > this.#entriesMax || (this.#bytes > this.#bytesMax && this.#length > 0)) this.#drop();
  }

  /** True when every entry after the position is held. */
  covers(position: Position): boolean {
    return position >= this.#base;
  }

  /** How many entries there are after a position that is covered. */
  countAfter(position: Position): number {
    return this.#entries.length - this.#find(position);
  }

  /** Entries after a position that is covered, oldest first, at most `limitMax`. */
  after(position: Position, limitMax: number): LogEntry[] {
    const start = this.#find(position);
    return this.#entries.slice(start, start + limitMax).map(({ entry }) => entry);
  }

  get #length(): number {
    return this.#entries.length - this.#head;
  }

  #drop(): void {
    const { entry, bytes } = this.#entries[this.#head]!;
    this.#head++;
    this.#bytes -= bytes;
    this.#base = entry.position;
    // Moving the rest down costs as much as it saves only once in a while.
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  /** The index of the first entry after a position. */
  #find(position: Position): number {
    let low = this.#head;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#entries[middle]!.entry.position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function sizeOf(entry: LogEntry): number {
  let bytes = entryBytes;
  for (const { row } of entry.changes) {
    bytes += changeBytes;
    for (const name in row) {
      const value = row[name];
      bytes += 16 + (typeof value === 'string' ? value.length : 0);
    }
  }
  return bytes;
}
