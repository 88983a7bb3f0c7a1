import type { Collection, Schema } from '../../model/collection.ts';
import type { Viewer } from '../../model/record.ts';
import type { RequestInfo } from '../../services/records/request-info.ts';
import type { PreparedRule, RuleBook } from '../../services/records/rule-book.ts';
import type { RealtimeClient } from '../../services/realtime/clients.ts';
import type { TopicGroup } from '../../services/realtime/topic-index.ts';
import type { Topic } from '../../services/realtime/topics.ts';

/** Clients of one topic for whom every question has the same answer: one of them stands for all. */
export interface ViewerClass {
  readonly viewer: Viewer;
  /** The request that the rules are asked about. */
  readonly info: RequestInfo;
  /** What must hold for the record; null when everything passes. */
  readonly rule: PreparedRule | null;
  /** Same text: the message looks the same to them. */
  readonly look: string;
  readonly clients: RealtimeClient[];
}

interface Sorted {
  readonly schema: Schema;
  readonly revision: number;
  readonly classes: readonly ViewerClass[];
}

/**
 * Sorts the clients of a topic into classes: viewers that differ in nothing that the rule, the client's filter or the shape of the message
 * looks at. A rule is then asked once per class instead of once per client.
 */
export class Audience {
  readonly #rules: RuleBook;
  readonly #sorted = new WeakMap<TopicGroup, Sorted>();

  constructor(rules: RuleBook) {
    this.#rules = rules;
  }

  /** The classes of a topic's clients; remembered until the members or the collections change. */
  classesOf(group: TopicGroup, schema: Schema, collection: Collection): readonly ViewerClass[] {
    const known = this.#sorted.get(group);
    if (known !== undefined && known.schema === schema && known.revision === group.revision) return known.classes;
    const classes = new Map<string, ViewerClass>();
    for (const client of group.clients) this.#sort(classes, client, group.topic, schema, collection);
    const sorted = { schema, revision: group.revision, classes: [...classes.values()] };
    this.#sorted.set(group, sorted);
    return sorted.classes;
  }

  /** The class of one client alone, or null when it may see nothing. */
  classOf(client: RealtimeClient, topic: Topic, schema: Schema, collection: Collection): ViewerClass | null {
    const classes = new Map<string, ViewerClass>();
    this.#sort(classes, client, topic, schema, collection);
    return [...classes.values()][0] ?? null;
  }

  #sort(
    classes: Map<string, ViewerClass>,
    client: RealtimeClient,
    topic: Topic,
    schema: Schema,
    collection: Collection,
  ): void {
    const { viewer } = client;
    const text = topic.record === '*' ? collection.listRule : collection.viewRule;
    if (this.#rules.isLocked(text, viewer)) return;
    const rule = this.#prepare(text, topic.query.filter ?? '', viewer, schema, collection);
    // A rule or filter that cannot be used shows nothing.
    if (rule === undefined) return;
    const look = lookOf(viewer, topic, collection);
    const key = `${look}\n${ruleKey(rule, viewer)}`;
    const known = classes.get(key);
    if (known !== undefined) known.clients.push(client);
    else classes.set(key, { viewer, info: infoOf(topic, viewer), rule, look, clients: [client] });
  }

  #prepare(
    rule: string | null,
    filter: string,
    viewer: Viewer,
    schema: Schema,
    collection: Collection,
  ): PreparedRule | null | undefined {
    const parts: PreparedRule[] = [];
    if (rule !== null && !this.#rules.isOpen(rule, viewer)) {
      const prepared = this.#rules.tryPrepare(schema, collection, rule);
      if (prepared === null) return undefined;
      parts.push(prepared);
    }
    if (filter !== '') {
      const prepared = this.#rules.tryPrepare(schema, collection, filter, {
        mode: viewer.isSuperuser ? 'rule' : 'client',
        isFilter: true,
      });
      if (prepared === null) return undefined;
      parts.push(prepared);
    }
    if (parts.length < 2) return parts[0] ?? null;
    return this.#rules.join(parts[0]!, parts[1]!);
  }
}

/** Everything about the viewer that the shape of a message depends on. */
function lookOf(viewer: Viewer, topic: Topic, collection: Collection): string {
  if (viewer.isSuperuser) return topic.query.expand ? viewerKey(viewer) : 'superuser';
  // Owners and managers see addresses that others do not, and expanded records pass rules of their own.
  return collection.type === 'auth' || topic.query.expand ? viewerKey(viewer) : 'plain';
}

/** Everything about the viewer that the rule depends on. */
function ruleKey(rule: PreparedRule | null, viewer: Viewer): string {
  if (rule === null || viewer.auth === null) return viewer.auth === null && rule !== null ? 'guest' : '';
  const { dependencies, predicate } = rule;
  if (!dependencies.auth) return '';
  if (predicate === null) return viewerKey(viewer);
  const { auth } = viewer;
  return JSON.stringify([auth.collection.id, ...dependencies.authFields.map((name) => auth.data[name] ?? null)]);
}

function viewerKey({ auth }: Viewer): string {
  return auth === null ? 'guest' : `${auth.collection.id}/${auth.id}`;
}

function infoOf(topic: Topic, viewer: Viewer): RequestInfo {
  return { viewer, method: 'GET', headers: topic.headers, query: topic.query, context: 'realtime', remoteIp: '' };
}
