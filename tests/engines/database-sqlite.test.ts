import { testDatabaseDriver } from '../../src/engines/database/contract.ts';
import { createSqliteTarget } from './sqlite-targets.ts';

testDatabaseDriver('sqlite', createSqliteTarget);
