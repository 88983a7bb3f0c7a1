import assert from 'node:assert/strict';

/** What a row may be as far as a client knows: its note, or null for no row. */
export type RowState = string | null;

interface Belief {
  /** The id, once it is known. */
  id: string | null;
  /** One state is certain; two or more when a request has no answer. */
  possible: RowState[];
}

/** A row as it was found after a crash. */
export interface FoundRow {
  readonly id: string;
  readonly key: string;
  readonly note: string;
}

/**
 * What the clients of a server may rely on: for every unique key they ever sent, the states that its row can be in, and for every counter
 * the numbers that it can have. A request that is sent adds a possibility; its answer, or the look at the data after a crash, takes
 * the others away.
 */
export class Beliefs {
  readonly #rows = new Map<string, Belief>();
  readonly #counters = new Map<string, { least: number; most: number }>();
  #acknowledged = 0;
  #refused = 0;
  #unanswered = 0;

  get counts(): { readonly acknowledged: number; readonly refused: number; readonly unanswered: number } {
    return { acknowledged: this.#acknowledged, refused: this.#refused, unanswered: this.#unanswered };
  }

  addCounter(id: string): void {
    this.#counters.set(id, { least: 0, most: 0 });
  }

  get counterIds(): string[] {
    return [...this.#counters.keys()];
  }

  /**
   * Follows a request that would leave the rows with these keys in these states and raise a counter by one. `send` answers whether it was
   * done (and the id of the only row, if the request made one), or throws when there was no answer.
   */
  async follow(
    effects: ReadonlyMap<string, RowState>,
    counterId: string | null,
    send: () => Promise<{ readonly isDone: boolean; readonly id?: string }>,
  ): Promise<boolean> {
    const before = new Map([...effects.keys()].map((key) => [key, this.#belief(key).possible]));
    for (const [key, state] of effects) this.#belief(key).possible = [...before.get(key)!, state];
    const counter = counterId === null ? undefined : this.#counters.get(counterId)!;
    if (counter !== undefined) counter.most++;
    this.#unanswered++;
    const { isDone, id } = await send();
    this.#unanswered--;
    for (const [key, state] of effects) {
      const belief = this.#belief(key);
      belief.possible = isDone ? [state] : before.get(key)!;
      if (id !== undefined) belief.id = id;
    }
    if (counter !== undefined && isDone) counter.least++;
    else if (counter !== undefined) counter.most--;
    if (isDone) this.#acknowledged++;
    else this.#refused++;
    return isDone;
  }

  /** Follows a request that must change nothing. */
  expectAbsent(key: string): void {
    this.#belief(key);
  }

  /** Holds what was found against the beliefs; from then on it is what is believed. */
  checkRows(found: readonly FoundRow[]): void {
    const byKey = new Map<string, FoundRow>();
    const ids = new Set<string>();
    for (const row of found) {
      assert.ok(!byKey.has(row.key) && !ids.has(row.id), `there twice: ${row.key} (${row.id})`);
      assert.ok(this.#rows.has(row.key), `nobody sent ${row.key}`);
      byKey.set(row.key, row);
      ids.add(row.id);
    }
    for (const [key, belief] of this.#rows) {
      const row = byKey.get(key);
      const state = row?.note ?? null;
      assert.ok(
        belief.possible.includes(state),
        `${key} is ${JSON.stringify(state)}, it can only be ${JSON.stringify(belief.possible)}`,
      );
      if (row !== undefined && belief.id !== null) assert.equal(row.id, belief.id, `${key} has another id`);
      belief.possible = [state];
      belief.id = row?.id ?? belief.id;
    }
  }

  /** The same for the counters. */
  checkCounters(found: ReadonlyMap<string, number>): void {
    for (const [id, counter] of this.#counters) {
      const total = found.get(id);
      assert.ok(total !== undefined, `the counter ${id} is gone`);
      assert.ok(
        total >= counter.least && total <= counter.most,
        `the counter ${id} is ${total}, it can only be ${counter.least} to ${counter.most}`,
      );
      counter.least = total;
      counter.most = total;
    }
  }

  #belief(key: string): Belief {
    let belief = this.#rows.get(key);
    if (belief === undefined) this.#rows.set(key, (belief = { id: null, possible: [null] }));
    return belief;
  }
}
