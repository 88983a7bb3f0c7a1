import { testDatabaseDriver } from '../../src/engines/database/contract.ts';
import { createRemoteSqliteTarget, createSqliteTarget } from './sqlite-targets.ts';

testDatabaseDriver('sqlite', createSqliteTarget);
testDatabaseDriver('sqlite, from a thread that does not write', createRemoteSqliteTarget);
