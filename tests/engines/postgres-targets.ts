import type { DatabaseTarget } from '../../src/engines/database/contract.ts';
import { openPostgres } from '../../src/engines/database/postgres/postgres.ts';
import type { PostgresUnderTest } from '../../src/testing/postgres.ts';

/** Empty databases on a server. */
export function postgresTargets(server: () => PostgresUnderTest): () => Promise<DatabaseTarget> {
  return async () => {
    const url = await server().createDatabase();
    return {
      open: () => openPostgres(url),
      openMissing: () => openPostgres(`${url}_missing`),
      destroy: () => server().dropDatabase(url),
    };
  };
}
