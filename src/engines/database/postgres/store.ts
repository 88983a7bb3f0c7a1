import { DatabaseError } from '../driver.ts';
import { functionSchema } from './function-schema.ts';
import { createFunctionsSql } from './functions.ts';
import type { Session } from './session.ts';

/** Version of the store's layout. A newer one is refused. */
const storeFormat = 1;
/** The lock under which nodes set up a store, one at a time. */
const setupLock = 7_264_313_001;

/** A log row's position: transaction and sequence number in hexadecimal of fixed width, so that byte order is log order. */
export const positionSql = `(lpad(to_hex("xid"::text::bigint), 16, '0') || lpad(to_hex("seq"), 16, '0'))`;
/** What a log row is made of, besides what the server gives it. */
export const logColumnsSql = '"at", "key", "body"';
export const logValuesSql = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint, ?, ?';

const tables = `
CREATE TABLE IF NOT EXISTS "_meta" ("name" text PRIMARY KEY, "value" text NOT NULL);
CREATE TABLE IF NOT EXISTS "_log" (
  "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
  "seq" bigint GENERATED ALWAYS AS IDENTITY,
  "at" bigint NOT NULL,
  "key" text,
  "body" text NOT NULL,
  PRIMARY KEY ("xid", "seq")
);
CREATE UNIQUE INDEX IF NOT EXISTS "_log_key" ON "_log" ("key") WHERE "key" IS NOT NULL;
INSERT INTO "_meta" VALUES ('format', '${storeFormat}'), ('trimmed', '') ON CONFLICT DO NOTHING;`;

/** Makes the tables and functions that are missing. Several nodes may do so at once. Rejects with `DatabaseError` (`unavailable`). */
export async function prepareStore(session: Session): Promise<void> {
  await checkDatabase(session);
  await session.script(`BEGIN; SELECT pg_advisory_xact_lock(${setupLock}); ${tables} COMMIT`);
  if (!(await hasFunctions(session))) await createFunctions(session);
  const { rows } = await session.run(
    `SELECT (SELECT "value" FROM "_meta" WHERE "name" = 'format'),` +
      ` EXISTS (SELECT 1 FROM "_log" WHERE "xid" >= pg_snapshot_xmax(pg_current_snapshot()))`,
  );
  const [format, isAhead] = rows[0]!;
  if (Number(format) > storeFormat) {
    throw refused(`has store format ${format}; this Pando knows formats up to ${storeFormat}. Use a newer Pando.`);
  }
  if (isAhead === 1) {
    throw refused('holds a log from another server, whose transactions this server has not reached.');
  }
}

async function hasFunctions(session: Session): Promise<boolean> {
  return (await session.run('SELECT 1 FROM pg_namespace WHERE nspname = ?', [functionSchema])).rows.length > 0;
}

async function createFunctions(session: Session): Promise<void> {
  await session.script(`BEGIN; SELECT pg_advisory_xact_lock(${setupLock})`);
  // Another node may have been first.
  if (!(await hasFunctions(session))) await session.script(createFunctionsSql);
  await session.script('COMMIT');
}

/** Text must compare as bytes everywhere, or the same query answers differently elsewhere. */
async function checkDatabase(session: Session): Promise<void> {
  const { rows } = await session.run(
    'SELECT datcollate, datlocprovider::text, pg_encoding_to_char(encoding), datname::text' +
      ' FROM pg_database WHERE datname = current_database()',
  );
  const [collation, provider, encoding, name] = rows[0]! as string[];
  if (provider === 'c' && (collation === 'C' || collation === 'POSIX') && encoding === 'UTF8') return;
  throw refused(
    `orders text by ${collation} in ${encoding}; Pando needs collation C and UTF8. Create it with: CREATE DATABASE "${name}"` +
      ` TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'`,
  );
}

function refused(why: string): DatabaseError {
  return new DatabaseError('unavailable', `The database ${why}`);
}
