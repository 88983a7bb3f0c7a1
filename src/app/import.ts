import { importPocketbase, type ImportOptions } from '../services/import/import-pocketbase.ts';
import type { ImportReport } from '../services/import/report.ts';
import { systemClock } from '../util/clock.ts';
import { holdFolder, openDatabase, openForeignDatabase } from './engines.ts';

export { ImportError } from '../services/import/source.ts';

/** Makes a data folder of a `pb_data` folder; see `importPocketbase`. */
export function importFolder(options: ImportOptions): Promise<ImportReport> {
  return importPocketbase(options, { openDatabase, openSource: openForeignDatabase, holdFolder, clock: systemClock });
}
