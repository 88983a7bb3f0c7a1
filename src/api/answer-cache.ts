import type { Cache } from '../engines/cache/cache.ts';
import type { Viewer } from '../model/record.ts';
import type { AnswerScope } from '../services/records/reads.ts';

/** Longer addresses are not kept. */
const urlLengthMax = 2048;

/**
 * Keeps whole answers of reads, as text, until something that they were read from changes. An answer that depends on who asks is
 * kept for that viewer alone.
 */
export class AnswerCache {
  readonly #cache: Cache;

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** The kept answer to this address for this viewer, or null. Never waits. */
  find(viewer: Viewer, url: string): string | null {
    const own = this.#cache.peek(keyOf(viewer, url));
    if (own !== null || viewer.isSuperuser) return own;
    return this.#cache.peek(everyoneKey(url));
  }

  /** The moment to hand to `keep`; ask for it before anything is read. */
  moment(): number {
    return this.#cache.moment();
  }

  /** Keeps an answer, made from reads that began at `moment`, for whom `scope` allows. */
  keep(
    viewer: Viewer,
    url: string,
    answer: { scope: AnswerScope; tags: readonly string[] },
    moment: number,
    body: string,
  ): void {
    if (answer.scope === 'nobody' || url.length > urlLengthMax) return;
    const shared = answer.scope === 'everyone' && !viewer.isSuperuser;
    this.#cache.set(shared ? everyoneKey(url) : keyOf(viewer, url), body, answer.tags, moment);
  }
}

function everyoneKey(url: string): string {
  return `answer everyone ${url}`;
}

function keyOf(viewer: Viewer, url: string): string {
  return `answer ${viewer.auth === null ? 'guest' : `${viewer.auth.collection.id}/${viewer.auth.id}`} ${url}`;
}
