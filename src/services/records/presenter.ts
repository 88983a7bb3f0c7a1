import type { Collection, Schema } from '../../model/collection.ts';
import type { StoredRecord } from '../../model/record.ts';
import { serialiseRecord } from '../../model/record-codec.ts';
import type { JsonObject } from '../../util/json.ts';
import type { RequestInfo } from './request-info.ts';
import type { RuleBook } from './rule-book.ts';
import type { RecordStore } from './store.ts';

/**
 * Turns stored records into what a viewer may see: hidden fields only for superusers, an e-mail address only when its owner shows it, or
 * to the owner, to who may manage the record, and to superusers. Password hashes and token keys are shown to nobody.
 */
export class Presenter {
  readonly #store: RecordStore;
  readonly #rules: RuleBook;

  constructor(store: RecordStore, rules: RuleBook) {
    this.#store = store;
    this.#rules = rules;
  }

  /** One JSON object per record; `expands[i]`, where it is not null, becomes the `expand` key. */
  async present(
    schema: Schema,
    records: readonly StoredRecord[],
    info: RequestInfo,
    expands: readonly (JsonObject | null)[] | null,
  ): Promise<JsonObject[]> {
    const showHidden = info.viewer.isSuperuser;
    const managed = await this.#managed(schema, records, info);
    return records.map((record, index) =>
      serialiseRecord(record, {
        showHidden,
        showEmail: record.collection.type !== 'auth' || this.#showsEmail(record, info, managed),
        expand: expands?.[index] ?? null,
      }),
    );
  }

  #showsEmail(record: StoredRecord, info: RequestInfo, managed: ReadonlySet<string>): boolean {
    const { auth, isSuperuser } = info.viewer;
    if (isSuperuser || record.data.emailVisibility === true) return true;
    if (auth !== null && auth.id === record.id && auth.collection.id === record.collection.id) return true;
    return managed.has(record.id);
  }

  /** The ids of those records whose address is hidden and whom the viewer may manage. */
  async #managed(schema: Schema, records: readonly StoredRecord[], info: RequestInfo): Promise<ReadonlySet<string>> {
    const collection = records[0]?.collection;
    if (collection === undefined || info.viewer.auth === null || info.viewer.isSuperuser) return new Set();
    const rule = collection.auth?.manageRule;
    if (!rule) return new Set();
    const asked = records.filter((record) => record.data.emailVisibility !== true);
    return new Set((await this.manageable(schema, collection, asked, info)).map((record) => record.id));
  }

  /** Those of the records that satisfy the collection's manage rule for a signed-in viewer. */
  async manageable(
    schema: Schema,
    collection: Collection,
    records: readonly StoredRecord[],
    info: RequestInfo,
  ): Promise<readonly StoredRecord[]> {
    const rule = collection.auth?.manageRule;
    const prepared = rule ? this.#rules.tryPrepare(schema, collection, rule) : null;
    if (prepared === null || info.viewer.auth === null) return [];
    const { predicate } = prepared;
    if (predicate !== null) return records.filter((record) => this.#rules.test(predicate, record.data, info));
    const where = this.#rules.tryFilterOf(schema, collection, rule!, info);
    if (where === 'nobody') return [];
    const ids = records.map((record) => record.id);
    return this.#store.findMany(collection, ids, { purpose: 'decide' }, where);
  }
}
