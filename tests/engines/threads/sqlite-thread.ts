// Opens a data folder on a thread of its own; the test holds the end of a thread that does not write.
import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite } from '../../../src/engines/database/sqlite/sqlite.ts';

const { folder } = workerData as { readonly folder: string };
try {
  const driver = await openSqlite(folder);
  const remote = driver.connect(() => void driver.close());
  parentPort!.postMessage({ remote }, [remote.port]);
} catch (error) {
  const { kind, message } = error as { kind: string; message: string };
  parentPort!.postMessage({ error: { kind, message } });
}
