import { after, before } from 'node:test';
import { testDatabaseDriver } from '../../src/engines/database/contract.ts';
import { type PostgresUnderTest, startPostgres } from '../../src/testing/postgres.ts';
import { postgresTargets } from './postgres-targets.ts';

let server: PostgresUnderTest;
before(async () => {
  server = await startPostgres();
});
after(() => server[Symbol.asyncDispose]());

testDatabaseDriver(
  'postgres',
  postgresTargets(() => server),
);
