import type { Commit, LogEntry, LoggedChange, Position } from '../../model/commit.ts';

/** Version of the body's format; a reader refuses bodies of a newer one. */
export const logBodyFormat = 1;

/** One row change in a body: action, table, collection id, id, version, row. */
type ChangeBody = readonly ['c' | 'u' | 'd', string, string, string, number, LoggedChange['row']];
interface Body {
  readonly v: number;
  readonly s: 0 | 1;
  readonly c: readonly ChangeBody[];
}

const letters = { create: 'c', update: 'u', delete: 'd' } as const;
const actions = { c: 'create', u: 'update', d: 'delete' } as const;

/** The row changes of a commit as the log keeps them. */
export function loggedChangesOf(commit: Commit): LoggedChange[] {
  const changes: LoggedChange[] = [];
  for (const change of commit.changes) {
    if (change.kind === 'schema') continue;
    const { table, collectionId, id, row } = change;
    if (change.kind === 'insert') changes.push({ action: 'create', table, collectionId, id, version: 1, row });
    else if (change.kind === 'update') {
      changes.push({ action: 'update', table, collectionId, id, version: change.version + 1, row });
    } else changes.push({ action: 'delete', table, collectionId, id, version: change.version, row });
  }
  return changes;
}

/** A log row's body: compact JSON with a format version. */
export function encodeBody(changes: readonly LoggedChange[], schema: boolean): string {
  const c = changes.map(
    (change): ChangeBody => [
      letters[change.action],
      change.table,
      change.collectionId,
      change.id,
      change.version,
      change.row,
    ],
  );
  const body: Body = { v: logBodyFormat, s: schema ? 1 : 0, c };
  return JSON.stringify(body);
}

/** The entry of a log row. Throws when the body has a newer format than this program knows. */
export function decodeEntry(position: Position, at: number, key: string | null, text: string): LogEntry {
  const body = JSON.parse(text) as Body;
  if (body.v > logBodyFormat)
    throw new Error(`log entry ${position} has format ${body.v}, newer than ${logBodyFormat}`);
  const changes = body.c.map(
    ([letter, table, collectionId, id, version, row]): LoggedChange => ({
      action: actions[letter],
      table,
      collectionId,
      id,
      version,
      row,
    }),
  );
  return { position, at, key, changes, schema: body.s === 1 };
}
