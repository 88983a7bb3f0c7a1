import type { Change, ColumnValue, Commit, DeleteChange, InsertChange, UpdateChange } from '../../../model/commit.ts';
import { encodeBody, loggedChangesOf } from '../log-body.ts';
import { quoteIdentifier as quote } from './identifiers.ts';
import { functionSchema } from './function-schema.ts';
import { versionColumn } from './schema.ts';
import { logColumnsSql, logValuesSql, positionSql } from './store.ts';

/** A change of a row. */
export type RowChange = InsertChange | UpdateChange | DeleteChange;

/** One statement of a commit, and what it is about. */
export interface Step {
  readonly sql: string;
  readonly params: readonly ColumnValue[];
  /** The row that a failure is told of. */
  readonly table: string;
  readonly id: string;
  /** Which of the commit's changes it is; -1 when it is none. */
  readonly change: number;
}

const version = quote(versionColumn);

/** The statement of a change; it answers one row when the change was made, none when the row is not as it should be. */
function changeSql(change: RowChange): { readonly sql: string; readonly params: readonly ColumnValue[] } {
  const table = quote(change.table);
  switch (change.kind) {
    case 'insert': {
      const names = Object.keys(change.row);
      const marks = names.map(() => '?').join(',');
      return {
        sql: `INSERT INTO ${table} (${names.map(quote).join(',')}) VALUES (${marks}) RETURNING 1`,
        params: names.map((name) => change.row[name]!),
      };
    }
    case 'update': {
      const names = Object.keys(change.set);
      const assignments = names.map((name) => `${quote(name)}=?,`).join('');
      return {
        sql: `UPDATE ${table} SET ${assignments}${version}=${version}+1 WHERE "id"=? AND ${version}=? RETURNING 1`,
        params: [...names.map((name) => change.set[name]!), change.id, change.version],
      };
    }
    case 'delete':
      return {
        sql: `DELETE FROM ${table} WHERE "id"=? AND ${version}=? RETURNING 1`,
        params: [change.id, change.version],
      };
  }
}

/** A commit of one row change as one statement; it answers the position, or no row when the change could not be made. */
export function singleStep(commit: Commit, change: RowChange): Step {
  const { sql, params } = changeSql(change);
  return {
    sql: `WITH "c" AS (${sql}) INSERT INTO "_log" (${logColumnsSql}) SELECT ${logValuesSql} FROM "c" RETURNING ${positionSql}`,
    params: [...params, ...logParams(commit)],
    table: change.table,
    id: change.id,
    change: 0,
  };
}

/** The log entry of a commit of several changes; it answers the position. */
export function logStep(commit: Commit): Step {
  const sql = `INSERT INTO "_log" (${logColumnsSql}) VALUES (${logValuesSql}) RETURNING ${positionSql}`;
  return { sql, params: logParams(commit), table: '_log', id: '', change: -1 };
}

function logParams(commit: Commit): ColumnValue[] {
  const hasSchema = commit.changes.some((change) => change.kind === 'schema');
  return [commit.key, encodeBody(loggedChangesOf(commit), hasSchema)];
}

/** A change among others: fails with the code of a broken expectation when it could not be made. */
export function rowStep(change: RowChange, index: number): Step {
  const { sql, params } = changeSql(change);
  const checked =
    change.kind === 'insert' ? sql : `WITH "c" AS (${sql}) SELECT ${functionSchema}.found(count(*)) FROM "c"`;
  return { sql: checked, params, table: change.table, id: change.id, change: index };
}

/** What must hold, and goes on to hold until the commit is over. */
export function expectationSteps(commit: Commit): Step[] {
  return commit.expects.flatMap((expectation) => {
    if (expectation.kind === 'unreferenced') return [];
    const { table, id } = expectation;
    const name = quote(table);
    const step = (sql: string, ...params: ColumnValue[]): Step => ({ sql, params, table, id, change: -1 });
    const locked = (where: string, lock: string, ...params: ColumnValue[]): Step[] => [
      step(
        `SELECT ${functionSchema}.found(count(*)) FROM (SELECT 1 FROM ${name} WHERE ${where} FOR ${lock}) AS "c"`,
        ...params,
      ),
    ];
    switch (expectation.kind) {
      case 'exists':
        return locked('"id"=?', 'KEY SHARE', id);
      case 'version':
        return locked(`"id"=? AND ${version}=?`, 'SHARE', id, expectation.version);
      case 'absent':
        // A row that is not there cannot be locked; the table is, against every other writer.
        return [
          step(`LOCK TABLE ${name} IN SHARE ROW EXCLUSIVE MODE`),
          step(`SELECT ${functionSchema}.missing(count(*)) FROM ${name} WHERE "id"=?`, id),
        ];
    }
  });
}

/**
 * What must hold of references once the commit's own changes are made: whoever begins to refer to a row locks it first, so what this
 * commit removes nobody can begin to refer to any more.
 */
export function referenceSteps(commit: Commit): Step[] {
  return commit.expects.flatMap((expectation) => {
    if (expectation.kind !== 'unreferenced') return [];
    const { table, column, isList, ids } = expectation;
    const wanted = 'SELECT jsonb_array_elements_text(?::jsonb)';
    const where = isList
      ? `jsonb_exists_any(${quote(column)}::jsonb, ARRAY(${wanted}))`
      : `${quote(column)} IN (${wanted})`;
    const found = `SELECT 1 FROM ${quote(table)} WHERE ${where} LIMIT 1`;
    const sql = `SELECT ${functionSchema}.missing(count(*)) FROM (${found}) AS "c"`;
    return [{ sql, params: [JSON.stringify(ids)], table, id: ids[0]!, change: -1 }];
  });
}

/**
 * Locks the rows that a commit of several changes will change, always in the same order, so that two such commits wait for each
 * other instead of dying in each other's arms.
 */
export function lockSteps(changes: readonly Change[]): Step[] {
  const rows = new Map<string, Set<string>>();
  let count = 0;
  for (const change of changes) {
    if (change.kind !== 'update' && change.kind !== 'delete') continue;
    const ids = rows.get(change.table) ?? new Set<string>();
    rows.set(change.table, ids.add(change.id));
    count++;
  }
  if (count < 2) return [];
  return [...rows]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([table, ids]) => ({
      sql: `SELECT count(*) FROM (SELECT 1 FROM ${quote(table)} WHERE "id" IN (SELECT jsonb_array_elements_text(?::jsonb)) ORDER BY "id" FOR UPDATE) AS "c"`,
      params: [JSON.stringify([...ids])],
      table,
      id: ids.values().next().value!,
      change: -1,
    }));
}
