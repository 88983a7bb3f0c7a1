import type { RealtimeClient } from './clients.ts';
import type { Topic } from './topics.ts';

/** What a topic may call a collection. */
export interface CollectionNames {
  readonly id: string;
  readonly name: string;
}

/** Clients that listen to the same topic text. */
export interface TopicGroup {
  readonly topic: Topic;
  readonly clients: Set<RealtimeClient>;
  /** Rises with every change of the members or of who they are. */
  revision: number;
}

/** The groups that listen to one record, or to all records, of a collection. */
interface Listeners {
  readonly byText: Map<string, TopicGroup>;
  /** By key; null after a change. */
  sorted: readonly TopicGroup[] | null;
}

/** Finds who listens to a record without looking at those who listen to others. */
export class TopicIndex {
  /** By collection id or name, then by record id or `*`. */
  readonly #collections = new Map<string, Map<string, Listeners>>();

  /** Adds a client to the group of a topic. */
  join(client: RealtimeClient, topic: Topic): void {
    let records = this.#collections.get(topic.collection);
    if (records === undefined) this.#collections.set(topic.collection, (records = new Map()));
    let listeners = records.get(topic.record);
    if (listeners === undefined) records.set(topic.record, (listeners = { byText: new Map(), sorted: null }));
    const group = listeners.byText.get(topic.text);
    if (group !== undefined) {
      group.clients.add(client);
      group.revision += 1;
      return;
    }
    listeners.byText.set(topic.text, { topic, clients: new Set([client]), revision: 0 });
    listeners.sorted = null;
  }

  /** Takes a client out of the group of a topic. */
  leave(client: RealtimeClient, topic: Topic): void {
    const records = this.#collections.get(topic.collection);
    const listeners = records?.get(topic.record);
    const group = listeners?.byText.get(topic.text);
    if (records === undefined || listeners === undefined || group === undefined) return;
    group.clients.delete(client);
    group.revision += 1;
    if (group.clients.size > 0) return;
    listeners.byText.delete(topic.text);
    listeners.sorted = null;
    if (listeners.byText.size === 0) records.delete(topic.record);
    if (records.size === 0) this.#collections.delete(topic.collection);
  }

  /** Notes that a member of a topic's group is somebody else now. */
  touch(topic: Topic): void {
    const group = this.#collections.get(topic.collection)?.get(topic.record)?.byText.get(topic.text);
    if (group !== undefined) group.revision += 1;
  }

  /** True when somebody listens to something of this collection. */
  isHeard({ id, name }: CollectionNames): boolean {
    return this.#collections.has(id) || this.#collections.has(name);
  }

  /** The groups that hear of a record, in the order of their keys. */
  groupsOf({ id, name }: CollectionNames, recordId: string): readonly TopicGroup[] {
    const found: (readonly TopicGroup[])[] = [];
    for (const names of name === id ? [id] : [id, name]) {
      const records = this.#collections.get(names);
      for (const record of ['*', recordId]) {
        const listeners = records?.get(record);
        if (listeners !== undefined) found.push(sortedOf(listeners));
      }
    }
    if (found.length < 2) return found[0] ?? [];
    return found.flat().sort(byKey);
  }
}

function sortedOf(listeners: Listeners): readonly TopicGroup[] {
  listeners.sorted ??= [...listeners.byText.values()].sort(byKey);
  return listeners.sorted;
}

function byKey({ topic: a }: TopicGroup, { topic: b }: TopicGroup): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
