import type { Database } from '../../engines/database/database.ts';
import { DatabaseError } from '../../engines/database/database.ts';
import type { Schema } from '../../model/collection.ts';
import type { Change, LogEntry } from '../../model/commit.ts';
import { codecOf } from '../../model/record-codec.ts';
import type { RuleBook } from '../../services/records/rule-book.ts';
import type { ViewerClass } from './audience.ts';
import type { RecordEvent } from './record-events.ts';

/** Decides whether a class of viewers may hear of a change. */
export class Visibility {
  readonly #database: Database;
  readonly #rules: RuleBook;

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
    const statement = this.#rules.onRow(rule.condition, codecOf(record.collection).encode(record.data), info);
    const query = { ...statement, purpose: 'show' as const };
    try {
      const pending = event.action === 'delete' ? restored(event.entry) : undefined;
      return (await this.#database.read({ ...query, pending })).length > 0;
    } catch (error) {
      if (!(error instanceof DatabaseError && error.kind === 'query')) throw error;
      // What was removed cannot be put back beside what is there by now, or the tables have changed since.
      return event.action === 'delete' && schema.find(record.collection.id) !== undefined
        ? this.#existsNow(query)
        : false;
    }
  }

  async #existsNow(query: {
    sql: string;
    params: readonly (string | number | null)[];
    tables: readonly string[];
    purpose: 'show';
  }): Promise<boolean> {
    try {
      return (await this.#database.read(query)).length > 0;
    } catch (error) {
      if (error instanceof DatabaseError && error.kind === 'query') return false;
      throw error;
    }
  }
}

/** The rows that a commit removed, as if they were added again. */
function restored(entry: LogEntry): Change[] {
  return entry.changes
    .filter((change) => change.action === 'delete')
    .map(({ table, collectionId, id, row }) => ({ kind: 'insert', table, collectionId, id, row }));
}
