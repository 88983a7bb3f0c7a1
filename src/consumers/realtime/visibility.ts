import type { Database } from '../../engines/database/database.ts';
import { DatabaseError, type Query } from '../../engines/database/database.ts';
import type { Schema } from '../../model/collection.ts';
import type { Change, LogEntry, Row } from '../../model/commit.ts';
import { codecOf } from '../../model/record-codec.ts';
import type { RequestInfo } from '../../services/records/request-info.ts';
import type { PreparedRule, RuleBook } from '../../services/records/rule-book.ts';
import type { ViewerClass } from './audience.ts';
import type { RecordEvent } from './record-events.ts';

/** Up to so many rows are put back for every single question. */
const restoredSingly = 20;
/** Questions of one statement; fewer where they are long or have many values. */
const questionsMax = 100;
const questionLettersMax = 200_000;
const questionValuesMax = 20_000;

/** What is known of the changes of one commit. */
interface Verdicts {
  readonly entry: LogEntry;
  readonly byId: Map<string, boolean>;
}

/** Decides whether a class of viewers may hear of a change. */
export class Visibility {
  readonly #database: Database;
  readonly #rules: RuleBook;
  /** Answers that were found together with another one. */
  readonly #verdicts = new WeakMap<ViewerClass, Verdicts>();

  constructor(database: Database, rules: RuleBook) {
    this.#database = database;
    this.#rules = rules;
  }

  /**
   * Asks the rule about the record as the change left it. A delete is judged as if it had not happened: everything that the same commit
   * removed is there again while the rule is asked.
   */
  async isVisible(event: RecordEvent, schema: Schema, viewerClass: ViewerClass): Promise<boolean> {
    const { rule, info } = viewerClass;
    if (rule === null) return true;
    const { record } = event;
    if (rule.predicate !== null) return this.#rules.test(rule.predicate, record.data, info);
    const query = this.#question(rule, info, codecOf(record.collection).encode(record.data));
    try {
      if (event.action !== 'delete') return (await this.#database.read(query)).length > 0;
      return await this.#wasVisible(event, query, viewerClass, rule);
    } catch (error) {
      if (!(error instanceof DatabaseError && error.kind === 'query')) throw error;
      // What was removed cannot be put back beside what is there by now, or the tables have changed since.
      return event.action === 'delete' && schema.find(record.collection.id) !== undefined
        ? this.#existsNow(query)
        : false;
    }
  }

  #question(rule: PreparedRule, info: RequestInfo, row: Row): Query {
    return { ...this.#rules.onRow(rule.condition, row, info), purpose: 'show' };
  }

  /** Putting back many rows costs the same for one question as for many: those that will come next are asked with it. */
  async #wasVisible(
    { entry, record }: RecordEvent,
    query: Query,
    viewerClass: ViewerClass,
    rule: PreparedRule,
  ): Promise<boolean> {
    const known = this.#verdicts.get(viewerClass);
    const { byId } = known?.entry === entry ? known : { byId: new Map<string, boolean>() };
    const verdict = byId.get(record.id);
    if (verdict !== undefined) return verdict;
    const pending = restored(entry, query.tables);
    if (pending.length <= restoredSingly) return (await this.#database.read({ ...query, pending })).length > 0;
    const { id: collectionId } = record.collection;
    const changes = entry.changes.filter(
      (change) => change.collectionId === collectionId && change.action === 'delete',
    );
    const first = changes.findIndex(({ id }) => id === record.id);
    const asked = changes.slice(first, first + questionsAtOnce(query));
    const questions = asked.map(({ row }) => this.#question(rule, viewerClass.info, row));
    const sql = `SELECT ${questions.map((each) => `CASE WHEN EXISTS (${each.sql}) THEN 1 ELSE 0 END`).join(', ')}`;
    const params = questions.flatMap((each) => each.params);
    const [answers] = await this.#database.read({ ...query, sql, params, pending });
    for (const [index, { id }] of asked.entries()) byId.set(id, answers![index] === 1);
    this.#verdicts.set(viewerClass, { entry, byId });
    return byId.get(record.id)!;
  }

  async #existsNow(query: Query): Promise<boolean> {
    try {
      return (await this.#database.read(query)).length > 0;
    } catch (error) {
      if (error instanceof DatabaseError && error.kind === 'query') return false;
      throw error;
    }
  }
}

function questionsAtOnce({ sql, params }: Query): number {
  const byLetters = Math.floor(questionLettersMax / sql.length);
  const byValues = Math.floor(questionValuesMax / Math.max(1, params.length));
  return Math.max(1, Math.min(questionsMax, byLetters, byValues));
}

/** The rows that a commit removed from some tables, as if they were added again. */
function restored(entry: LogEntry, tables: readonly string[]): Change[] {
  return entry.changes
    .filter(({ action, table }) => action === 'delete' && tables.includes(table))
    .map(({ table, collectionId, id, row }) => ({ kind: 'insert', table, collectionId, id, row }));
}
