import type { Change, ColumnValue, Refusal } from '../../../model/commit.ts';
import { expectationCode, serverErrorOf, toError } from './failures.ts';
import { shortName } from './identifiers.ts';
import type { Session } from './session.ts';
import type { Step } from './steps.ts';

/** What a failed statement of a commit means: a refusal, or that the whole commit should be tried again, or null: nobody knows. */
export type Failure = { readonly kind: 'refused'; readonly refusal: Refusal } | { readonly kind: 'again' } | null;

/** Judges the error of a step, after the transaction has ended. */
export async function judge(
  session: Session,
  step: Step,
  change: Change | undefined,
  error: unknown,
): Promise<Failure> {
  const server = serverErrorOf(error);
  if (server === null) return null;
  const { code } = server;
  const refused = (refusal: Refusal): Failure => ({ kind: 'refused', refusal });
  const conflict = refused({ kind: 'conflict', table: step.table, id: step.id });
  // Deadlock, or a plan that was made for another shape of the table: nothing happened, and the next attempt may go well.
  if (code === '40P01' || code === '40001' || code === '0A000' || code === '26000') return { kind: 'again' };
  if (code === expectationCode) return conflict;
  if (change?.kind === 'schema') {
    if (!/^(?:0A|22|23|42|2B)/.test(code)) return null;
    const { change: shape } = change;
    const index = shape.kind === 'createIndex' || shape.kind === 'dropIndex' ? shape.index : '';
    return refused({ kind: 'schema', table: step.table, index, message: toError(error).message });
  }
  if (code === '23505') {
    const columns = await uniqueColumns(session, server.constraint, change);
    return refused({ kind: 'unique', table: step.table, columns, change: Math.max(0, step.change) });
  }
  // The table or a column is gone, or has another type: the schema changed after the commit was decided. Or a lock took too long.
  if (code.startsWith('42') || code === '55P03') return conflict;
  // A value that the server cannot hold.
  if (/^(?:22|23)/.test(code)) {
    return refused({ kind: 'schema', table: step.table, index: '', message: toError(error).message });
  }
  return null;
}

/** The columns of a unique index; of an expression those of its table that it mentions. */
async function uniqueColumns(session: Session, index: string, change: Change | undefined): Promise<string[]> {
  const { rows } = await session.run(
    'SELECT a.attname::text, pg_get_indexdef(x.indexrelid, k.place::int, true) FROM pg_index x' +
      ' CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k (number, place)' +
      ' LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number AND k.number > 0' +
      ' WHERE x.indexrelid = to_regclass(quote_ident(?)) ORDER BY k.place',
    [index],
  );
  const row = change !== undefined && change.kind !== 'schema' ? change.row : {};
  const names = new Map(Object.keys(row).map((name) => [shortName(name), name]));
  return [...new Set(rows.flatMap((part) => columnsOf(part, names)))];
}

function columnsOf([name, definition]: readonly ColumnValue[], names: ReadonlyMap<string, string>): readonly string[] {
  if (typeof name === 'string') return [names.get(name) ?? name];
  const words = new Set(String(definition).match(/[\p{L}_][\p{L}\p{N}_]*/gu));
  return [...names].filter(([short]) => words.has(short)).map(([, full]) => full);
}
