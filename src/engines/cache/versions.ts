const slotCount = 4096;
const momentCell = slotCount;
const knownTagsMax = 16_384;

/**
 * When each tag was changed last, in one piece of memory that all threads of a process share, so that what one thread learns is
 * true for all at once. Time is a counter that rises with every change: a *moment*. Tags share 4096 slots, so a change of one tag may
 * look like a change of another; never the other way round.
 */
export class Versions {
  /** Hand it to another thread, and make a `Versions` of it there. */
  readonly buffer: SharedArrayBuffer;
  readonly #cells: BigInt64Array<SharedArrayBuffer>;
  readonly #slotOf = new Map<string, number>();

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer((slotCount + 1) * 8)) {
    this.buffer = buffer;
    this.#cells = new BigInt64Array(buffer);
  }

  /** The present moment. Whatever is read after asking is at least as new. */
  moment(): number {
    return Number(Atomics.load(this.#cells, momentCell));
  }

  /** The moment of a tag's last change; 0 when it never changed. */
  version(tag: string): number {
    return Number(Atomics.load(this.#cells, this.#slot(tag)));
  }

  /** Notes that a tag changed. Call it when the change can be read by everybody. */
  bump(tag: string): void {
    const slot = this.#slot(tag);
    const moment = Atomics.add(this.#cells, momentCell, 1n) + 1n;
    let present = Atomics.load(this.#cells, slot);
    // Another thread may be at it too: the later moment stays. Each turn lost means that somebody else got on.
    while (present < moment) {
      const found = Atomics.compareExchange(this.#cells, slot, present, moment);
      if (found === present) return;
      present = found;
    }
  }

  #slot(tag: string): number {
    let slot = this.#slotOf.get(tag);
    if (slot === undefined) {
      let hash = 0x811c9dc5;
      for (let i = 0; i < tag.length; i++) hash = Math.imul(hash ^ tag.charCodeAt(i), 0x01000193);
      slot = (hash ^ (hash >>> 15)) & (slotCount - 1);
      if (this.#slotOf.size >= knownTagsMax) this.#slotOf.clear();
      this.#slotOf.set(tag, slot);
    }
    return slot;
  }
}
