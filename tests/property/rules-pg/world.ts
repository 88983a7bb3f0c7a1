import { randomUUID } from 'node:crypto';
import assert from 'node:assert/strict';
import type { DatabaseDriver } from '../../../src/engines/database/driver.ts';
import type { Change, ColumnValue } from '../../../src/model/commit.ts';
import { columnTypeOf } from '../../../src/model/fields/field.ts';
import type { RecordData } from '../../../src/model/record.ts';
import {
  type CompiledSql,
  type Condition,
  compileFilter,
  compileFilterOnRow,
  type RequestContext,
} from '../../../src/rules/rules.ts';
import { type RuleWorld, toRow } from '../../unit/rules/fixtures.ts';

/** The records of a world in tables of a database that many worlds use one after the other. */
export class StoredWorld {
  readonly #driver: DatabaseDriver;
  readonly #world: RuleWorld;

  constructor(driver: DatabaseDriver, world: RuleWorld) {
    this.#driver = driver;
    this.#world = world;
  }

  async store(): Promise<void> {
    const changes: Change[] = [];
    for (const { name: table, fields } of this.#world.schema.all) {
      const columns = fields.map((field) => ({ name: field.name, type: columnTypeOf(field) }));
      changes.push({ kind: 'schema', change: { kind: 'createTable', table, columns } });
    }
    for (const collection of this.#world.schema.all) {
      for (const data of this.#world.all(collection.id)) {
        const row = toRow(collection, data);
        const place = { table: collection.name, collectionId: collection.id, id: data['id'] as string };
        changes.push({ kind: 'insert', ...place, row });
      }
    }
    await this.#commit(changes);
  }

  async drop(): Promise<void> {
    await this.#commit(
      this.#world.schema.all.map(({ name }) => ({ kind: 'schema', change: { kind: 'dropTable', table: name } })),
    );
  }

  /** The ids that a condition lets through, by its SQL on the table. */
  async selectIds(condition: Condition, context: RequestContext): Promise<string[]> {
    const { dialect } = this.#driver;
    const where = compileFilter(condition, dialect, context);
    const table = dialect.identifier(condition.base.name);
    const order = dialect.insertionOrder('base').text;
    const sql = `SELECT "base"."id" FROM ${table} AS "base" WHERE ${where.sql} ORDER BY ${order}`;
    return (await this.run({ sql, params: where.params, tables: [] })).map(([id]) => id as string);
  }

  /** Whether a condition lets a record through that need not be in the table. */
  async isSelected(condition: Condition, context: RequestContext, data: RecordData): Promise<boolean> {
    const row = toRow(condition.base, data);
    return (await this.run(compileFilterOnRow(condition, this.#driver.dialect, context, row))).length > 0;
  }

  async run(query: CompiledSql): Promise<ColumnValue[][]> {
    try {
      return await this.#driver.read({ ...query, purpose: 'show' });
    } catch (error) {
      throw new Error(`${String(error)}\n${query.sql}\n${JSON.stringify(query.params)}`, { cause: error });
    }
  }

  async #commit(changes: readonly Change[]): Promise<void> {
    const outcome = await this.#driver.commit({ key: randomUUID(), bucket: null, expects: [], changes });
    assert.equal(outcome.kind, 'done', JSON.stringify(outcome));
  }
}
